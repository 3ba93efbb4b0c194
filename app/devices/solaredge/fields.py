"""What the owner enters to connect a SolarEdge inverter."""

from pydantic import BaseModel, ConfigDict, Field

from app.devices.network_fields import HOST_HELP, Host, Port, UnitId


class SolarEdgeFields(BaseModel):
    """One SolarEdge inverter with its meter at the grid connection, with or without a battery."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: Host = Field(title="Address", description=HOST_HELP)
    port: Port = Field(default=1502, title="Port", description="Usually 1502, on some models 502.")
    unit_id: UnitId = Field(default=1, title="Unit id", description="Usually 1.")
    meter: int = Field(
        default=1,
        ge=1,
        le=3,
        title="Meter at the grid connection",
        description="Its number in SetApp. Usually 1; another where a production meter was set up first.",
    )
