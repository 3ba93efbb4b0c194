"""What the owner enters to connect a Zeversolar inverter."""

from pydantic import BaseModel, ConfigDict, Field

from app.devices.network_fields import HOST_HELP, Host, Port


class MonitorFields(BaseModel):
    """One inverter with its built-in monitor."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: Host = Field(title="Address", description=HOST_HELP)
    port: Port = Field(default=80, title="Port", description="Usually 80.")
    least_pct: int = Field(
        default=0,
        ge=0,
        le=20,
        title="Lowest limit (%)",
        description="0, unless the inverter takes no limit below some percent of its power.",
    )
