"""From the entries of a register table to points and settings, in the units and signs of the app."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from app.devices.modbus_table.places import Place, StatePoint, TextPoint, WordOrder
from app.devices.modbus_table.table import Setting, Table, Timer
from app.devices.register_settings import Setting as RegisterSetting
from app.devices.registers import USUALLY_NOT_AVAILABLE, Kind, Point, Space
from app.domain.sentences import kilowatts, percent

UNITS: Final = {"W": 1.0, "kW": 1000.0, "Wh": 1.0, "kWh": 1000.0, "%": 1.0, "s": 1.0, "min": 60.0, "none": 1.0}
"""Unit of a table → how much of the app's unit that is."""

TURNED: Final = frozenset({"export", "charging"})  # what is positive at the device and negative in the app
_BOUNDS: Final = {
    "soc_pct": (0.0, 100.0),
    "capacity_wh": (1.0, 10_000_000.0),
    "grid_w": (-1_000_000.0, 1_000_000.0),
    "battery_w": (-1_000_000.0, 1_000_000.0),
}
_SOLAR: Final = (-100.0, 1_000_000.0)  # an inverter at night may tell what it uses itself
_POWER: Final = (0.0, 1_000_000.0)
_SLACK: Final = 1e-3  # of a step: a bound is not lost to rounding


def read_points(table: Table) -> dict[str, Point]:
    """Name → point of all that is read, settings apart."""
    entries = {name: getattr(table.read, name) for name in type(table.read).model_fields}
    return {name: _read_point(name, entry, table.word_order) for name, entry in entries.items() if entry is not None}


def _read_point(name: str, entry: Place | TextPoint, usual: WordOrder | None) -> Point:
    if isinstance(entry, TextPoint):
        return Point(name, entry.address, Kind.TEXT, space=Space(entry.space), length=entry.length)
    kind, (available, unavailable) = Kind(entry.kind), _raws(Kind(entry.kind), entry.not_available)
    is_low_first = (entry.word_order or usual) == "low_first"
    raw = Point(name, entry.address, kind, 1.0, Space(entry.space), is_low_first, available=available, unavailable=unavailable)
    if isinstance(entry, StatePoint):
        return raw
    scale = getattr(entry, "scale", 1.0) * UNITS[getattr(entry, "unit", "none")]
    turned = -1.0 if getattr(entry, "positive", "") in TURNED else 1.0
    least, most = _BOUNDS.get(name, _SOLAR if name.startswith("solar") else _POWER)
    return replace(raw, scale=scale * turned, least=least, most=most)


def setting_point(name: str, entry: Setting, usual: WordOrder | None) -> Point:
    """Where a setting stands."""
    kind, (available, unavailable) = Kind(entry.kind), _raws(Kind(entry.kind), entry.not_available)
    factor = UNITS[entry.unit]
    slack = entry.scale * factor * _SLACK
    return Point(
        name,
        entry.address,
        kind,
        entry.scale * factor,
        low_word_first=(entry.word_order or usual) == "low_first",
        least=entry.least * factor - slack,
        most=entry.most * factor + slack,
        available=available,
        unavailable=unavailable,
    )


def register_setting(name: str, entry: Setting, usual: WordOrder | None) -> RegisterSetting:
    """A setting with its words for people."""
    point = setting_point(name, entry, usual)
    step = 0.5 if entry.unit in ("W", "kW") else 0.05
    step = step if point.kind is Kind.F32 else point.scale / 2
    return RegisterSetting(point, entry.label, _in_words(entry), step, as_single=(entry.function or (6 if point.words == 1 else 16)) == 6)


def timer_point(entry: Timer, usual: WordOrder | None) -> Point:
    """The timer's register, s. What is left may be less than what may be set, so that it has no bounds here."""
    is_low_first = (entry.word_order or usual) == "low_first"
    return Point("timer_s", entry.address, Kind(entry.kind), UNITS[entry.unit], low_word_first=is_low_first, least=0)


def _raws(kind: Kind, told: Iterable[int] | None) -> tuple[frozenset[int], frozenset[int]]:
    """The raw values that mean something although they usually do not, and those that mean nothing although they usually do."""
    if told is None or kind is Kind.F32:
        return frozenset(), frozenset()
    bits = {Kind.U16: 16, Kind.S16: 16, Kind.U64: 64}.get(kind, 32)
    nothing = frozenset(raw % (1 << bits) for raw in told)
    return USUALLY_NOT_AVAILABLE[kind] - nothing, nothing


def _in_words(entry: Setting) -> Callable[[float], str]:
    if entry.unit in ("W", "kW"):
        return kilowatts
    if entry.unit == "%":
        return percent
    words = entry.words or {}
    return lambda value: words.get(round(value), f"{value:g}")
