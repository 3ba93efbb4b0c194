"""Any device that speaks Modbus, described by a register table that its owner writes."""

from collections.abc import Mapping
from typing import Any, Final

from app.devices.modbus_table.battery import POLL_S, open_battery
from app.devices.modbus_table.fields import BatteryTableFields, InverterTableFields
from app.devices.modbus_table.inverter import open_inverter
from app.devices.modbus_table.load import plan_from
from app.devices.modbus_table.text import TableRefused
from app.domain.brands import Brand

VENDOR: Final = "Modbus device"
_TITLE: Final = "Any Modbus device (own register table)"
_COMMANDS: Final = {"SelfConsume": "self_consume", "Hold": "hold", "Charge": "charge", "Discharge": "discharge"}
_BATTERY: Final = frozenset({*_COMMANDS, "power_setpoint", "timer"})


def _lacks(config: Mapping[str, Any]) -> frozenset[str]:
    """What the table of a connection does not offer; all where it has none that can be used."""
    try:
        plan = plan_from(str(config.get("table", "")))
    except TableRefused:
        return _BATTERY
    lacking = {name for name, sequence in _COMMANDS.items() if sequence not in plan.sequences}
    lacking |= set() if plan.has_power_setpoint else {"power_setpoint"}
    return frozenset(lacking | (set() if plan.timer else {"timer"}))


_HOW_TO_GET: Final = (
    "Take the register list of its maker, write the table as docs/modbus describes, begin with what is read alone, and compare "
    "each figure with the device's own display before you let PowerSync steer it. Switch on Modbus TCP there and give it a fixed address."
)

BRANDS = (
    Brand(
        role="battery",
        key="modbus_table",
        title=_TITLE,
        vendor=VENDOR,
        fields=BatteryTableFields,
        open=open_battery,
        capabilities=_BATTERY,
        lacks=_lacks,
        poll_s=POLL_S,
        summary="A battery that PowerSync does not know, over Modbus in your own network. What it can do is what your table says.",
        how_to_get=_HOW_TO_GET,
        if_we_stop="With a timer in its table, a command that sets it ends by itself: one with an end at most 3 minutes after it where the "
        "timer reaches so far, another within 20 minutes. Everything else stays in force until PowerSync runs again or you change it at "
        "the device.",
    ),
    Brand(
        role="inverter",
        key="modbus_table",
        title=_TITLE,
        vendor=VENDOR,
        fields=InverterTableFields,
        open=open_inverter,
        capabilities=frozenset({"Run", "Curtail"}),
        poll_s=POLL_S,
        summary="A solar inverter that PowerSync does not know, over Modbus in your own network. Limits what it makes or what your home "
        "feeds in, as your table says.",
        how_to_get=_HOW_TO_GET,
        if_we_stop="The limit stays in force until PowerSync runs again or you lift it at the device.",
    ),
)
