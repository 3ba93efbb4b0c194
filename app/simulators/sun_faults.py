"""The faults in forecasts of the sun: what is not told, told late, or cannot be."""

from typing import Any

from app.simulators import effects as e
from app.simulators.service import Taken

_BAD: dict[str, Any] = {
    "null": None,
    "nan": float("nan"),
    "infinity": float("inf"),
    "text": "n/a",
    "true": True,
    "absurd": 9_876_543.0,
    "negative": -4321.0,
}
_SUN = ("global_tilted_irradiance", "watt_hours_period", "pv_estimate")


def made_at_s(now_s: float, taken: Taken) -> float:
    """When the forecast that is served was made: earlier while it is frozen."""
    for effect, fault in taken:
        if isinstance(effect, e.FrozenSun):
            return fault.start.timestamp() if fault.start is not None else now_s
    return now_s


def cut_short(stamps: list[int], now_s: float, taken: Taken) -> list[int]:
    """The stamps that the faults leave."""
    for effect, _ in taken:
        if isinstance(effect, e.NoSun):
            stamps = []
        if isinstance(effect, e.ShortSun):
            limit_s = now_s + effect.hours * 3600
            stamps = [stamp for stamp in stamps if stamp <= limit_s]
    return stamps


def spoilt(value: Any, name: str, start_s: float, now_s: float, taken: Taken) -> Any:
    """The value of a period that begins at `start_s`, with the faults in it."""
    for effect, _ in taken:
        if isinstance(effect, e.BadSun) and name in _SUN:
            first_s = now_s + effect.ahead_h * 3600
            if first_s <= start_s < first_s + effect.hours * 3600:
                return _BAD[effect.value]
    return value
