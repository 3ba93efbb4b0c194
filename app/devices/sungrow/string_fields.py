"""What the owner enters to connect a Sungrow string inverter."""

from pydantic import BaseModel, ConfigDict, Field

from app.devices.network_fields import HOST_HELP, PORT_HELP, Host, Port, UnitId


class StringFields(BaseModel):
    """One SG inverter."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: Host = Field(title="Address", description=HOST_HELP)
    port: Port = Field(default=502, title="Port", description=PORT_HELP)
    unit_id: UnitId = Field(default=1, title="Unit id", description="Usually 1.")
    rated_w: int | None = Field(
        default=None, ge=500, le=350_000, title="Rated power (W)", description="Only where the inverter does not tell it itself."
    )
    is_stopped_at_zero: bool = Field(
        default=True,
        title="Stop it at a limit of 0",
        description="Some models go on making a little at 0 %. A stopped inverter takes some minutes until it makes power again.",
    )
