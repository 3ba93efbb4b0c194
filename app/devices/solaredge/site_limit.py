"""The site limit of a SolarEdge inverter, which bounds the export at its meter: a power, and bits that say what it is about. PowerSync
narrows the owner's limit and never lifts it.

Source: the registers 0xE000 to 0xE003 as implementations use them. Their 32-bit figures have the low word first. Of the bits, PowerSync
sets and clears the one for the export at the meter alone; the others stay as they are."""

import math
from collections.abc import Collection, Mapping
from typing import Any, Final

from app.devices.register_device import RegisterDevice
from app.devices.register_settings import Setting, SettingsTable
from app.devices.registers import Kind, Point
from app.domain.sentences import kilowatts
from app.transports.modbus import Conversation

SWITCH, OTHERS, EXPORT_MODE, LIMIT_W = "export_switch", "other_limits", "export_mode", "export_limit_w"
CONTROL: Final = Point("limit_control", 0xE000, least=0, most=0xFFFE)
_OF_EXPORT, _OF_EXPORT_BY_CONSUMPTION, _OF_PRODUCTION = 0b001, 0b010, 0b100
_PER_PHASE: Final = 1
_PHASES: Final = 3

_FIGURES: Final = SettingsTable(
    (
        Setting(
            Point(EXPORT_MODE, 0xE001, least=0, most=10),
            "way of the export limit",
            lambda value: "each phase by itself" if round(value) == _PER_PHASE else "all phases together",
        ),
        Setting(
            Point(LIMIT_W, 0xE002, Kind.F32, low_word_first=True, least=-1e7, most=1e7),
            "export limit",
            kilowatts,
            0.5,
        ),
    )
)
LABELS: Final = {SWITCH: "export limitation", OTHERS: "other limitations", **_FIGURES.labels}


def read(talk: Conversation, device: RegisterDevice) -> dict[str, Any]:
    """All four; empty where the inverter does not tell its limits. Raises a VendorError."""
    control = device.read(talk, [CONTROL])[CONTROL.name]
    figures = _FIGURES.read(talk, device)
    if not isinstance(control, float) or not {EXPORT_MODE, LIMIT_W} <= figures.keys():
        return {}
    return {SWITCH: int(control) & _OF_EXPORT, OTHERS: int(control) & ~_OF_EXPORT, **figures}


def is_ours_to_narrow(settings: Mapping[str, Any]) -> bool:
    """Whether there is a limit, and it is not one of what the inverter makes."""
    return LABELS.keys() <= settings.keys() and not int(settings[OTHERS]) & _OF_PRODUCTION


def narrowed(settings: Mapping[str, Any], limit_w: float) -> dict[str, Any]:
    """`settings` with an export of at most `limit_w`; an owner's limit below that stays."""
    wanted = dict(settings)
    if not is_ours_to_narrow(settings):
        return wanted
    if not _is_limited(settings):
        return {**wanted, EXPORT_MODE: 0, LIMIT_W: math.floor(limit_w), SWITCH: 1}
    most_w = limit_w / _PHASES if settings[EXPORT_MODE] == _PER_PHASE else limit_w
    return {**wanted, LIMIT_W: min(settings[LIMIT_W], math.floor(most_w))}


def limit_w_in(settings: Mapping[str, Any]) -> float | None:
    """The export limit in force, W; None where there is none, or it is one of each phase."""
    if not is_ours_to_narrow(settings) or not _is_limited(settings) or settings[EXPORT_MODE] == _PER_PHASE:
        return None
    return float(settings[LIMIT_W])


def differing(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> frozenset[str]:
    """Pure."""
    bits = {name for name in (SWITCH, OTHERS) if name in wanted and name in found and int(wanted[name]) != int(found[name])}
    return _FIGURES.differing(wanted, found) | bits


def puts_in_force(wanted: Mapping[str, Any], names: Collection[str]) -> bool:
    """Pure: whether writing `names` switches the limit on."""
    return SWITCH in names and wanted.get(SWITCH) == 1


def write(talk: Conversation, device: RegisterDevice, wanted: Mapping[str, Any], names: Collection[str]) -> None:
    """The figures before a switch that goes on, after one that goes off. Raises a VendorError."""
    is_on = wanted.get(SWITCH) == 1
    if not is_on:
        _write_bits(talk, device, wanted, names)
    _FIGURES.write(talk, device, wanted, names, (EXPORT_MODE, LIMIT_W))
    if is_on:
        _write_bits(talk, device, wanted, names)


def in_words(settings: Mapping[str, Any]) -> dict[str, str]:
    """Label → value, for people."""
    words = _FIGURES.in_words(settings)
    if SWITCH in settings:
        words[LABELS[SWITCH]] = "on" if settings[SWITCH] else "off"
    if OTHERS in settings:
        words[LABELS[OTHERS]] = _others_in_words(int(settings[OTHERS]))
    return words


def _others_in_words(bits: int) -> str:
    known = {_OF_EXPORT_BY_CONSUMPTION: "of export, by the meter of the consumption", _OF_PRODUCTION: "of what the inverter makes"}
    named = [words for bit, words in known.items() if bits & bit]
    return " and ".join(named) if named else "none"


def _is_limited(settings: Mapping[str, Any]) -> bool:
    return bool(settings[SWITCH]) or bool(int(settings[OTHERS]) & _OF_EXPORT_BY_CONSUMPTION)


def _write_bits(talk: Conversation, device: RegisterDevice, wanted: Mapping[str, Any], names: Collection[str]) -> None:
    if not {SWITCH, OTHERS} & set(names):
        return
    held = device.read(talk, [CONTROL])[CONTROL.name]
    bits = int(held) if isinstance(held, float) else int(wanted.get(OTHERS, 0))
    if SWITCH in names:
        bits = bits & ~_OF_EXPORT | int(wanted[SWITCH])
    if OTHERS in names:
        bits = bits & _OF_EXPORT | int(wanted[OTHERS])
    device.write(talk, CONTROL, bits, as_single=True)
