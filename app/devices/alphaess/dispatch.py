"""The dispatch of an AlphaESS inverter: one command of five figures, in force together and for a time."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from app.devices.alphaess import registers
from app.devices.alphaess.registers import NO_POWER, OFF
from app.devices.command_timer import CommandTimer
from app.devices.register_device import RegisterDevice
from app.domain.sentences import kilowatts, percent
from app.transports.modbus import Conversation

DISPATCH, POWER_W, MODE, UNTIL_PCT, TIMER = "dispatch", "dispatch_w", "dispatch_mode", "dispatch_soc_pct", "timer"
ON: Final = 1
LABELS: Final = {
    DISPATCH: "command",
    POWER_W: "commanded power",
    MODE: "command's mode",
    UNTIL_PCT: "command's charge",
    TIMER: "command's timer",
}
FIELDS: Final = frozenset(LABELS)
_STEP: Final = {DISPATCH: 1, POWER_W: 1, MODE: 1, UNTIL_PCT: 0.4, TIMER: 1}


def read(talk: Conversation, device: RegisterDevice, timer: CommandTimer) -> dict[str, Any]:
    """Whether it runs, and with which figures: what is left in the registers of a stopped one means nothing. Empty where the inverter
    does not tell. Raises a VendorError."""
    found = device.read(talk, registers.DISPATCH)
    start, power = found[registers.START.name], found[registers.POWER.name]
    if start is None:
        return {}
    if start == OFF:
        return {DISPATCH: OFF}
    told = {
        POWER_W: float(power) - NO_POWER if power is not None else None,
        MODE: found[registers.MODE.name],
        UNTIL_PCT: found[registers.CUTOFF_PCT.name],
    }
    return {DISPATCH: ON, TIMER: int(timer.is_in_order), **{name: figure for name, figure in told.items() if figure is not None}}


def is_complete(wanted: Mapping[str, Any]) -> bool:
    """Pure: whether these settings say that it runs, and how."""
    return wanted.get(DISPATCH) == ON and {POWER_W, MODE, UNTIL_PCT} <= wanted.keys()


def start(talk: Conversation, device: RegisterDevice, wanted: Mapping[str, Any], seconds: int) -> None:
    """Put it in force for `seconds`: the mode goes last, as it takes what stands in the others. Raises a VendorError."""
    device.write(talk, registers.START, ON)
    device.write(talk, registers.POWER, NO_POWER + wanted[POWER_W])
    device.write(talk, registers.SECONDS, seconds)
    device.write(talk, registers.CUTOFF_PCT, wanted[UNTIL_PCT])
    device.write(talk, registers.MODE, wanted[MODE])


def stop(talk: Conversation, device: RegisterDevice) -> None:
    """Back to the inverter's own ways. Raises a VendorError."""
    device.write(talk, registers.START, OFF)


def differing(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> frozenset[str]:
    """Pure: its fields that `found` has and shows otherwise; what is wanted no longer (None) differs from whatever there is."""
    compared = ((name, step) for name, step in _STEP.items() if name in wanted and name in found)
    return frozenset(name for name, step in compared if wanted[name] is None or abs(float(found[name]) - float(wanted[name])) >= step)


def in_words(settings: Mapping[str, Any]) -> dict[str, str]:
    """Label → value, for people."""
    return {LABELS[name]: words(float(settings[name])) for name, words in _WORDS.items() if settings.get(name) is not None}


def _power_in_words(power_w: float) -> str:
    if power_w == 0:
        return "nothing"
    return f"{kilowatts(abs(power_w))} {'out of' if power_w > 0 else 'into'} the battery"


_WORDS: Final[Mapping[str, Callable[[float], str]]] = {
    DISPATCH: lambda value: "running" if value else "none",
    POWER_W: _power_in_words,
    MODE: lambda value: "to a charge" if round(value) == registers.TO_A_CHARGE else f"mode {value:.0f}",
    UNTIL_PCT: percent,
    TIMER: lambda value: "set" if value else "to be set",
}
