"""Figures in the answers of forecast services, taken only where they can be true."""

import json
import math
from collections.abc import Mapping
from typing import Any

HIGHEST_W_PER_M2 = 1600.0  # on any plane, clouds that mirror included; the sun sends 1361 outside the air
HIGHEST_W_PER_PEAK_W = 1.6


def number(value: Any) -> float | None:
    """A finite number; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def bounded(value: Any, low: float, high: float) -> float | None:
    """A number from `low` to `high`; None for anything else."""
    found = number(value)
    return found if found is not None and low <= found <= high else None


def reason_in(body: bytes, *path: str) -> str:
    """The text at `path` in an error's JSON body, at most 200 characters; empty where there is none."""
    found = value_in(body, *path)
    return " ".join(found.split())[:200] if isinstance(found, str) else ""


def value_in(body: bytes, *path: str) -> Any:
    """The value at `path` in a JSON body; None where there is none."""
    try:
        found = json.loads(body[:20_000])
    except (ValueError, RecursionError):
        return None
    for part in path:
        found = found.get(part) if isinstance(found, Mapping) else None
    return found
