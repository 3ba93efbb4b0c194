"""SunSpec models: where a figure stands within its model, and what it is with its scale factor.

Source: SunSpec Information Model Reference and the official model definitions. Offsets count from the register that holds the number of the
model. 32-bit values have their high word first. Everything here is pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.devices.registers import Kind, Point

MARKER: Final = (0x5375, 0x6E53)  # "SunS"
BASES: Final = (40_000, 50_000, 0)
END: Final = 0xFFFF
LARGEST_EXPONENT: Final = 10  # of a scale factor


@dataclass(frozen=True, slots=True)
class Model:
    """One model as a device has it. `address` is the wire address of its number, `length` what follows the two registers of its head."""

    number: int
    address: int
    length: int


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a model. `exponent_at`: the offset of its scale factor, None where it has none. A figure outside `least` to `most` is
    not believed."""

    name: str
    offset: int
    kind: Kind = Kind.U16
    exponent_at: int | None = None
    least: float = -1e9
    most: float = 1e9
    length: int = 0  # registers of a text


@dataclass(frozen=True, slots=True)
class Group:
    """Figures that are read together, of the first of `models` that a device has."""

    models: frozenset[int]
    figures: tuple[Figure, ...]


COMMON: Final = Group(frozenset({1}), (Figure("firmware", 42, Kind.TEXT, length=8), Figure("serial", 50, Kind.TEXT, length=16)))
INVERTER: Final = Group(
    frozenset({101, 102, 103}), (Figure("ac_w", 14, Kind.S16, 15, -1_000_000, 1_000_000), Figure("state", 38, least=1, most=8))
)
INVERTER_FLOAT: Final = Group(
    frozenset({111, 112, 113}), (Figure("ac_w", 22, Kind.F32, None, -1_000_000, 1_000_000), Figure("state", 48, least=1, most=8))
)
NAMEPLATE: Final = Group(frozenset({120}), (Figure("rated_w", 3, Kind.U16, 4, 100, 1_000_000),))
METER: Final = Group(frozenset({201, 202, 203, 204}), (Figure("meter_w", 18, Kind.S16, 22, -1_000_000, 1_000_000),))
METER_FLOAT: Final = Group(frozenset({211, 212, 213, 214}), (Figure("meter_w", 28, Kind.F32, None, -1_000_000, 1_000_000),))

CONTROLS: Final = 123
CONTROLS_LENGTH: Final = 24


def points_of(model: Model, group: Group) -> tuple[Point, ...]:
    """The registers of a group of figures and of their scale factors, as raw figures; what stands beyond the model's end is left out."""
    found = [Point(each.name, model.address + each.offset, each.kind, length=each.length) for each in group.figures]
    exponents = sorted({each.exponent_at for each in group.figures if each.exponent_at is not None})
    found += [exponent_point(model, offset) for offset in exponents]
    end = model.address + 2 + model.length
    return tuple(point for point in found if point.address + point.words <= end)


def exponent_point(model: Model, offset: int) -> Point:
    """The scale factor at `offset` of a model."""
    return Point(_exponent_name(offset), model.address + offset, Kind.S16, least=-LARGEST_EXPONENT, most=LARGEST_EXPONENT)


def figures_from(group: Group, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Raw figures with their scale factors; None where the device has none, gives no scale factor, or what cannot be."""
    return {each.name: _scaled(each, raw) for each in group.figures}


def _scaled(figure: Figure, raw: Mapping[str, Any]) -> Any:
    value = raw.get(figure.name)
    if value is None or figure.kind is Kind.TEXT:
        return value
    if figure.exponent_at is not None:
        exponent = raw.get(_exponent_name(figure.exponent_at))
        if exponent is None:
            return None
        value = value * power_of_ten(exponent)
    return value if figure.least <= value <= figure.most else None


def power_of_ten(exponent: float) -> float:
    """What one step of a raw figure is worth."""
    return float(10.0 ** round(exponent))


def _exponent_name(offset: int) -> str:
    return f"exponent at {offset}"
