"""GoodWe: ET, EH, BT and BH hybrid inverters with their battery."""

from app.devices.goodwe import hybrid, hybrid_solar
from app.devices.goodwe.fields import GoodWeFields, GoodWeSolarFields
from app.domain.brands import Brand

_HOW_TO_GET: str = (
    "PowerSync reaches it through its Wi-Fi dongle (UDP port 8899), or through a LAN or Wi-Fi/LAN kit that speaks Modbus TCP. "
    "Give that a fixed address in your router."
)

BRANDS = (
    Brand(
        role="battery",
        key="goodwe",
        title="GoodWe ET",
        vendor=hybrid.VENDOR,
        fields=GoodWeFields,
        open=hybrid.open_hybrid,
        capabilities=frozenset({*(command.__name__ for command in hybrid.ABILITIES.commands), "power_setpoint"}),
        poll_s=hybrid.ABILITIES.poll_s,
        summary="ET, EH, BT and BH hybrid inverters with their battery, over Modbus in your own network.",
        how_to_get=_HOW_TO_GET,
        if_we_stop="A charge, discharge or hold goes on until PowerSync runs again or you choose another mode in SolarGo. "
        "The lowest charge kept by the inverter still ends a discharge.",
    ),
    Brand(
        role="inverter",
        key="goodwe",
        title="GoodWe ET, export limit only",
        vendor=hybrid.VENDOR,
        fields=GoodWeSolarFields,
        open=hybrid_solar.open_hybrid_solar,
        capabilities=frozenset({"Run", "Curtail"}),
        poll_s=hybrid_solar.ABILITIES.poll_s,
        summary="An ET, EH, BT or BH hybrid inverter whose battery PowerSync leaves alone. Limits what your home feeds in. "
        "PowerSync does not limit DT and D-NS string inverters.",
        how_to_get=_HOW_TO_GET,
        if_we_stop="The export limit stays in force until PowerSync runs again or you lift it in SolarGo.",
    ),
)
