"""What the owner enters to connect an AlphaESS battery."""

from pydantic import BaseModel, ConfigDict, Field

from app.devices.network_fields import HOST_HELP, PORT_HELP, Host, Port, UnitId


class AlphaEssFields(BaseModel):
    """One hybrid inverter with its battery."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: Host = Field(title="Address", description=HOST_HELP)
    port: Port = Field(default=502, title="Port", description=PORT_HELP)
    unit_id: UnitId = Field(default=85, title="Unit id", description="Usually 85.")
    full_feed_in_w: int | None = Field(
        default=None,
        ge=500,
        le=500_000,
        title="Feed-in at 100 % (W)",
        description="What a feed-in limit of 100 % stands for. Left empty, PowerSync takes the larger of the panels' and the battery's "
        "power as the inverter tells them.",
    )
    keeps_limit_in_command: bool = Field(
        default=False,
        title="Keeps its feed-in limit during a command",
        description="Many of these inverters ignore their feed-in limit while they charge, discharge or hold on command. PowerSync "
        "therefore gives no command that could feed in more than the limit. Switch this on only if you have seen yours keep it.",
    )
