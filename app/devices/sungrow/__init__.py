"""Sungrow: SH hybrid inverters with their battery, and SG string inverters."""

from app.devices.sungrow import hybrid, hybrid_solar, string_inverter
from app.devices.sungrow.hybrid_fields import HybridFields
from app.devices.sungrow.string_fields import StringFields
from app.domain.brands import Brand

_INVERTER_COMMANDS = frozenset({"Run", "Curtail"})

BRANDS = (
    Brand(
        role="battery",
        key="sungrow",
        title="Sungrow SH",
        vendor=hybrid.VENDOR,
        fields=HybridFields,
        open=hybrid.open_hybrid,
        capabilities=frozenset({*(command.__name__ for command in hybrid.ABILITIES.commands), "power_setpoint"}),
        poll_s=hybrid.ABILITIES.poll_s,
        summary="SH-RS, SH-RT and SH-T hybrid inverters with an SBR, SBH or other battery, over Modbus in your own network.",
        how_to_get="Connect the inverter's LAN port or its WiNet-S to your network and give it a fixed address. "
        "Modbus TCP is on by default at the LAN port; at a WiNet-S it may have to be switched on by the installer.",
        if_we_stop="A forced charge, discharge or hold goes on until PowerSync runs again or you choose self-consumption in iSolarCloud. "
        "The lowest charge kept by the inverter still ends a discharge.",
    ),
    Brand(
        role="inverter",
        key="sungrow_sg",
        title="Sungrow SG",
        vendor=string_inverter.VENDOR,
        fields=StringFields,
        open=string_inverter.open_string,
        capabilities=_INVERTER_COMMANDS,
        poll_s=string_inverter.ABILITIES.poll_s,
        summary="SG string inverters without a battery, over Modbus in your own network. Limits what the inverter makes.",
        how_to_get="Connect the inverter's LAN port or its WiNet-S to your network and give it a fixed address. "
        "Modbus TCP may have to be switched on by the installer.",
        if_we_stop="The limit, or the stop, stays in force until PowerSync runs again or you lift it in iSolarCloud.",
    ),
    Brand(
        role="inverter",
        key="sungrow_sh",
        title="Sungrow SH, export limit only",
        vendor=hybrid.VENDOR,
        fields=HybridFields,
        open=hybrid_solar.open_hybrid_solar,
        capabilities=_INVERTER_COMMANDS,
        poll_s=hybrid_solar.ABILITIES.poll_s,
        summary="An SH hybrid inverter whose battery PowerSync leaves alone. Limits what your home feeds in.",
        how_to_get="Connect the inverter's LAN port or its WiNet-S to your network and give it a fixed address.",
        if_we_stop="The export limit stays in force until PowerSync runs again or you lift it in iSolarCloud.",
    ),
)
