"""Huawei: SUN2000 inverters, with or without a LUNA2000 battery."""

from typing import Final

from app.devices.huawei import battery, solar
from app.devices.huawei.fields import HuaweiFields, HuaweiSolarFields
from app.devices.huawei.link import VENDOR
from app.domain.brands import Brand

_HOW_TO_GET: Final = (
    "Have Modbus TCP switched on without restriction, in FusionSolar or SUN2000 with the installer's access, under the communication "
    "settings of the dongle. Connect the dongle to your network and give it a fixed address. It serves one program at a time."
)

BRANDS = (
    Brand(
        role="battery",
        key="huawei",
        title="Huawei LUNA2000",
        vendor=VENDOR,
        fields=HuaweiFields,
        open=battery.open_battery,
        capabilities=frozenset({*(command.__name__ for command in battery.ABILITIES.commands), "power_setpoint"}),
        poll_s=battery.ABILITIES.poll_s,
        summary="SUN2000 inverters with a LUNA2000 or LG RESU battery and Huawei's power meter, over Modbus in your own network.",
        how_to_get=_HOW_TO_GET,
        if_we_stop="A charge or discharge that you asked for ends by itself at most 3 minutes after its time; one by price ends within "
        "20 minutes. A hold, an export limit, an end of discharge, a backup reserve or the leave to charge from the grid stays in force "
        "until PowerSync runs again.",
    ),
    Brand(
        role="inverter",
        key="huawei",
        title="Huawei SUN2000, export limit only",
        vendor=VENDOR,
        fields=HuaweiSolarFields,
        open=solar.open_solar,
        capabilities=frozenset({"Run", "Curtail"}),
        poll_s=solar.ABILITIES.poll_s,
        summary="SUN2000 inverters with Huawei's power meter; a battery is left alone. Limits what your home feeds in, over Modbus in "
        "your own network. Without the meter the inverter has nothing to hold a limit at, and PowerSync sets none.",
        how_to_get=_HOW_TO_GET,
        if_we_stop="The export limit stays in force until PowerSync runs again or you lift it in FusionSolar.",
    ),
)
