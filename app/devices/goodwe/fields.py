"""What the owner enters to connect a GoodWe hybrid inverter."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from app.devices.network_fields import HOST_HELP, Host, Port, UnitId

CONNECTION_HELP = "How its dongle is reached: tcp for a LAN kit or the newer Wi-Fi/LAN kit, udp for the older Wi-Fi dongle."


class GoodWeSolarFields(BaseModel):
    """One hybrid inverter."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: Host = Field(title="Address", description=HOST_HELP)
    connection: Literal["tcp", "udp"] = Field(default="tcp", title="Connection", description=CONNECTION_HELP)
    port: Port | None = Field(default=None, title="Port", description="Left empty: 502 for tcp, 8899 for udp.")
    unit_id: UnitId = Field(default=247, title="Unit id", description="Usually 247.")
    is_limit_in_percent: bool = Field(
        default=False,
        title="Export limit in percent",
        description="Most firmware keeps its export limit in watts, some as a percentage of its rated power. "
        "Switch this on if SolarGo shows yours as a percentage.",
    )


class GoodWeFields(GoodWeSolarFields):
    """One hybrid inverter with its battery."""

    is_depth: bool = Field(
        default=False,
        title="Keeps a depth of discharge",
        description="Whether the firmware keeps how deep the battery may be discharged instead of the charge that stays in it. "
        "Switch this on if PowerSync shows a lowest charge of 80 % where 20 % are kept.",
    )
    capacity_kwh: float | None = Field(
        default=None,
        ge=0.5,
        le=500,
        title="Battery size (kWh)",
        description="Left empty, PowerSync works it out from the ampere hours and the voltage that the inverter tells.",
    )
