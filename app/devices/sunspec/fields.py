"""What the owner enters to connect a SunSpec inverter."""

from pydantic import BaseModel, ConfigDict, Field

from app.devices.network_fields import HOST_HELP, PORT_HELP, Host, Port, UnitId


class SunSpecFields(BaseModel):
    """One inverter of any brand with the SunSpec models."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: Host = Field(title="Address", description=HOST_HELP)
    port: Port = Field(default=502, title="Port", description=PORT_HELP)
    unit_id: UnitId = Field(default=1, title="Unit id", description="Usually 1; some brands use 126.")
    rated_w: int | None = Field(
        default=None, ge=500, le=350_000, title="Rated power (W)", description="Only where the inverter does not tell it itself."
    )
    is_switched_off_to_change: bool = Field(
        default=False,
        title="Switch the limit off while it is changed",
        description="Some firmware ignores a new limit while one is in force. The inverter is then free for a moment at each change.",
    )
