"""Reading values from Tesla's JSON: what is not a plain finite number counts as missing, never as 0."""

import math
from collections.abc import Mapping
from typing import Any


def finite(value: Any) -> float | None:
    """The number, or None for anything else (a text, a flag, NaN, nothing)."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def part(held: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The object under `key`; empty when it is missing or something else."""
    value = held.get(key)
    return value if isinstance(value, Mapping) else {}
