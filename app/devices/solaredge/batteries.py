"""The figures of the batteries at a SolarEdge inverter, of which there may be three.

Source: the blocks 0xE100, 0xE200 and 0xE400 as implementations use them. Their 32-bit figures have the low word first."""

from collections.abc import Mapping
from typing import Any, Final

from app.devices.registers import Kind, Point

_BASES: Final = (0xE100, 0xE200, 0xE400)
_LARGEST_W: Final = 200_000
_FIGURES: Final = {
    "most_charge_w": (0x44, 1.0, 0, _LARGEST_W),
    "most_discharge_w": (0x46, 1.0, 0, _LARGEST_W),
    "battery_w": (0x74, -1.0, -_LARGEST_W, _LARGEST_W),  # + charging there
    "capacity_wh": (0x7E, 1.0, 100, 1_000_000),
    "soc_pct": (0x84, 1.0, 0, 100),
}


def points() -> tuple[Point, ...]:
    """What is read of all of them; most homes have the first alone."""
    return tuple(
        Point(f"{name} {number}", base + offset, Kind.F32, scale, low_word_first=True, least=least, most=most)
        for number, base in enumerate(_BASES, 1)
        for name, (offset, scale, least, most) in _FIGURES.items()
    )


def battery_w_in(found: Mapping[str, Any]) -> float | None:
    """+ discharging, of all together; None where there is none."""
    return _sum(found, "battery_w")


def capacity_wh_in(found: Mapping[str, Any]) -> float | None:
    """Of all together; None where there is none."""
    return _sum(found, "capacity_wh")


def most_w_in(found: Mapping[str, Any], name: str) -> float | None:
    """The most that all together charge or discharge with; None where they do not tell, or none at all."""
    return _sum(found, name) or None


def soc_pct_in(found: Mapping[str, Any]) -> float | None:
    """Of all together; None where one of them does not tell."""
    sizes = _of(found, "capacity_wh")
    charges = {number: found[f"soc_pct {number}"] for number in sizes}
    if not sizes or None in charges.values():
        return None
    return float(sum(charges[number] * size for number, size in sizes.items()) / sum(sizes.values()))


def _of(found: Mapping[str, Any], name: str) -> dict[int, float]:
    """Number of the battery → figure, of those that have a size: a place without a battery has none."""
    present = [number for number in range(1, len(_BASES) + 1) if found[f"capacity_wh {number}"] is not None]
    return {number: found[f"{name} {number}"] for number in present if found[f"{name} {number}"] is not None}


def _sum(found: Mapping[str, Any], name: str) -> float | None:
    figures = _of(found, name)
    return sum(figures.values()) if figures else None
