"""SolarEdge: inverters with or without a StorEdge battery."""

from typing import Final

from app.devices.solaredge import battery, solar
from app.devices.solaredge.fields import SolarEdgeFields
from app.devices.solaredge.unit import VENDOR
from app.domain.brands import Brand

_HOW_TO_GET: Final = (
    "In SetApp, under site communication, switch on Modbus TCP and note its port. Connect the inverter to your network by cable and give "
    "it a fixed address. It serves one program at a time, and needs a meter at the grid connection."
)

BRANDS = (
    Brand(
        role="battery",
        key="solaredge",
        title="SolarEdge StorEdge",
        vendor=VENDOR,
        fields=SolarEdgeFields,
        open=battery.open_battery,
        capabilities=frozenset({*(command.__name__ for command in battery.ABILITIES.commands), "power_setpoint", "timer"}),
        poll_s=battery.ABILITIES.poll_s,
        summary="StorEdge and Home Hub inverters with up to three batteries, over Modbus in your own network.",
        how_to_get=f"{_HOW_TO_GET} Allow charging from the grid in SetApp if PowerSync is to do so.",
        if_we_stop="A charge, discharge or hold that you asked for ends by itself at most 2 minutes after its time; one by price ends "
        "within 20 minutes. The battery then does what is set in SetApp as the default of remote control, until PowerSync runs again. "
        "An export limit or backup reserve stays in force until then.",
    ),
    Brand(
        role="inverter",
        key="solaredge",
        title="SolarEdge inverter, export limit only",
        vendor=VENDOR,
        fields=SolarEdgeFields,
        open=solar.open_solar,
        capabilities=frozenset({"Run", "Curtail"}),
        poll_s=solar.ABILITIES.poll_s,
        summary="SolarEdge inverters with a meter at the grid connection; a battery is left alone. Limits what your home feeds in, over "
        "Modbus in your own network. PowerSync does not use their limit of what the inverter makes.",
        how_to_get=_HOW_TO_GET,
        if_we_stop="The export limit stays in force until PowerSync runs again or you lift it in SetApp.",
    ),
)
