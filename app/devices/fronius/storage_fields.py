"""What the owner enters to connect a GEN24 with its battery."""

from pydantic import BaseModel, ConfigDict, Field

from app.devices.network_fields import HOST_HELP, PORT_HELP, Host, Port, UnitId


class StorageFields(BaseModel):
    """One GEN24 hybrid inverter with a battery and a Smart Meter at the grid connection."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: Host = Field(title="Address", description=HOST_HELP)
    port: Port = Field(default=502, title="Port", description=PORT_HELP)
    unit_id: UnitId = Field(default=1, title="Unit id", description="Usually 1.")
    meter_unit_id: UnitId = Field(
        default=200, title="Unit id of the meter", description="Of the Smart Meter at the grid connection, usually 200."
    )
