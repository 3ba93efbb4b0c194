"""What the owner enters to connect a Sungrow hybrid inverter."""

from pydantic import BaseModel, ConfigDict, Field

from app.devices.network_fields import HOST_HELP, PORT_HELP, Host, Port, UnitId

DONGLE_HELP = (
    "Whether it is reached through its WiNet-S dongle rather than its own LAN port. "
    "Requests are then made slowly, and export is limited to no less than 50 W, as the dongle may fail at 0 W."
)


class HybridFields(BaseModel):
    """One SH inverter."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: Host = Field(title="Address", description=HOST_HELP)
    port: Port = Field(default=502, title="Port", description=PORT_HELP)
    unit_id: UnitId = Field(default=1, title="Unit id", description="Usually 1.")
    is_winet_s: bool = Field(default=True, title="Through a WiNet-S", description=DONGLE_HELP)
