"""What the figures of a register table come to together."""

from collections.abc import Mapping
from typing import Any

_SOLAR = ("solar_w", "solar_2_w", "solar_3_w", "solar_4_w")


def solar_w_from(found: Mapping[str, Any]) -> float | None:
    """The sum of what is told, ≥ 0; None where nothing is."""
    told = [found[name] for name in _SOLAR if found.get(name) is not None]
    return max(0.0, float(sum(told))) if told else None


def load_w_from(found: Mapping[str, Any], solar_w: float | None) -> float | None:
    """What the device tells, else what sun, grid and battery add up to; None where one of them is missing."""
    if found["load_w"] is not None:
        return float(found["load_w"])
    powers = (solar_w, found["grid_w"], found["battery_w"])
    return None if None in powers else sum(powers)
