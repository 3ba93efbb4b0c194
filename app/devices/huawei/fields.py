"""What the owner enters to connect a Huawei inverter."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.devices.network_fields import HOST_HELP, Host, Port

HuaweiUnitId = Annotated[int, Field(ge=0, le=247)]  # 0 is the inverter behind its own access point

PORT_HELP = "Usually 502. Older firmware, and the inverter's own Wi-Fi, answer at 6607."
UNIT_HELP = "1 behind a dongle, 0 in the inverter's own Wi-Fi, 2 and more for further inverters."


class HuaweiSolarFields(BaseModel):
    """One SUN2000 inverter."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: Host = Field(title="Address", description=HOST_HELP)
    port: Port = Field(default=502, title="Port", description=PORT_HELP)
    unit_id: HuaweiUnitId = Field(default=1, title="Unit id", description=UNIT_HELP)


class HuaweiFields(HuaweiSolarFields):
    """One SUN2000 inverter with its battery. Which cut-off charges it takes is not documented for all firmware."""

    highest_empty_pct: int = Field(
        default=20,
        ge=0,
        le=50,
        title="Highest end of discharge (%)",
        description="The highest charge at which FusionSolar lets you end a discharge, usually 20 %. PowerSync sets none above it.",
    )
    lowest_full_pct: int = Field(
        default=90,
        ge=50,
        le=100,
        title="Lowest end of charge (%)",
        description="The lowest charge at which FusionSolar lets you end a charge, usually 90 %. PowerSync sets none below it.",
    )
