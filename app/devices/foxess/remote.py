"""The remote control of a FoxESS inverter: a power, in force for a time."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from app.devices.command_timer import CommandTimer
from app.devices.foxess.families import Family
from app.devices.register_device import RegisterDevice
from app.domain.sentences import kilowatts
from app.transports.modbus import Conversation

REMOTE, REMOTE_W, TIMER = "remote", "remote_w", "timer"
OFF, ON = 0, 1
LABELS: Final = {REMOTE: "remote control", REMOTE_W: "remote power", TIMER: "remote control's timer"}
FIELDS: Final = frozenset(LABELS)


def read(talk: Conversation, device: RegisterDevice, family: Family, timer: CommandTimer) -> dict[str, Any]:
    """Whether it is on, and with which power; empty where the inverter does not tell. Raises a VendorError."""
    found = device.read(talk, (family.enable, family.power_w))
    enabled, power_w = found[family.enable.name], found[family.power_w.name]
    if enabled is None:
        return {}
    if enabled == OFF:
        return {REMOTE: OFF}
    return {REMOTE: ON, TIMER: int(timer.is_in_order), **({REMOTE_W: power_w} if power_w is not None else {})}


def start(talk: Conversation, device: RegisterDevice, family: Family, power_w: float, seconds: int) -> None:
    """Switch it on for `seconds`. Each goes by itself: the inverter does not take them in one piece. Raises a VendorError."""
    device.write(talk, family.enable, ON, as_single=True)
    device.write(talk, family.timeout_s, seconds, as_single=True)
    device.write(talk, family.power_w, power_w, as_single=True)


def stop(talk: Conversation, device: RegisterDevice, family: Family) -> None:
    """Back to the work mode. No power is left behind that would come into force with the next switch-on. Raises a VendorError."""
    device.write(talk, family.power_w, 0, as_single=True)
    device.write(talk, family.enable, OFF, as_single=True)


def differing(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> frozenset[str]:
    """Pure: its fields that `found` has and shows otherwise; what is wanted no longer (None) differs from whatever there is."""
    compared = [name for name in FIELDS if name in wanted and name in found]
    return frozenset(name for name in compared if wanted[name] is None or abs(float(found[name]) - float(wanted[name])) >= 1)


def in_words(settings: Mapping[str, Any]) -> dict[str, str]:
    """Label → value, for people."""
    return {LABELS[name]: words(float(settings[name])) for name, words in _WORDS.items() if settings.get(name) is not None}


def _power_in_words(power_w: float) -> str:
    if power_w == 0:
        return "nothing"
    return f"{kilowatts(abs(power_w))} {'out of' if power_w > 0 else 'into'} the battery"


_WORDS: Final[Mapping[str, Callable[[float], str]]] = {
    REMOTE: lambda value: "on" if value else "off",
    REMOTE_W: _power_in_words,
    TIMER: lambda value: "set" if value else "to be set",
}
