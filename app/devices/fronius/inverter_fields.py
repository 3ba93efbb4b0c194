"""What the owner enters to connect a Fronius inverter that is to be limited."""

from pydantic import BaseModel, ConfigDict, Field

from app.devices.network_fields import HOST_HELP, PORT_HELP, Host, Port, UnitId

METER_HELP = "The Modbus unit id of the Smart Meter at the grid connection, 200 at a GEN24. Leave it empty where there is none."
SOFT_LIMIT_HELP = (
    "For experts. The installer has set a dynamic export limit of 0 W, which counts while the power limit over Modbus is switched off; "
    "the limit is on, at 100 %, in normal operation. PowerSync then switches it off instead of setting a limit."
)


class InverterFields(BaseModel):
    """One inverter with a Datamanager or a GEN24."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: Host = Field(title="Address", description=HOST_HELP)
    port: Port = Field(default=502, title="Port", description=PORT_HELP)
    unit_id: UnitId = Field(default=1, title="Unit id", description="Usually 1.")
    meter_unit_id: UnitId | None = Field(default=None, title="Unit id of the meter", description=METER_HELP)
    has_soft_limit: bool = Field(default=False, title="Use the installer's export limit", description=SOFT_LIMIT_HELP)
