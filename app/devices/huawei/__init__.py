"""Huawei: SUN2000 inverters, with or without a LUNA2000 battery."""

from typing import Final

from app.devices.huawei import solar
from app.devices.huawei.fields import HuaweiSolarFields
from app.devices.huawei.link import VENDOR
from app.domain.brands import Brand

_HOW_TO_GET: Final = (
    "Have Modbus TCP switched on without restriction, in FusionSolar or SUN2000 with the installer's access, under the communication "
    "settings of the dongle. Connect the dongle to your network and give it a fixed address. It serves one program at a time."
)

BRANDS = (
    Brand(
        role="inverter",
        key="huawei",
        title="Huawei SUN2000",
        vendor=VENDOR,
        fields=HuaweiSolarFields,
        open=solar.open_solar,
        capabilities=frozenset({"Run", "Curtail"}),
        poll_s=solar.ABILITIES.poll_s,
        summary="SUN2000 inverters with Huawei's power meter, over Modbus in your own network. Limits what your home feeds in. "
        "Without the meter the inverter has nothing to hold a limit at, and PowerSync sets none.",
        how_to_get=_HOW_TO_GET,
        if_we_stop="The export limit stays in force until PowerSync runs again or you lift it in FusionSolar.",
    ),
)
