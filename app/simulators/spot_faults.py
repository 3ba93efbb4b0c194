"""Faults in wholesale prices, the same for every service that tells them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from app.simulators import effects as e
from app.simulators.nem import SpotPrice
from app.simulators.service import Taken

ABSENT: Final = object()
"""In the place of a price that has no place."""
_BAD_VALUES: dict[str, Any] = {
    "null": None,
    "nan": float("nan"),
    "infinity": float("inf"),
    "text": "n/a",
    "absent": ABSENT,
    "absurd": 987_654.0,
}


def seen_at(now: datetime, taken: Taken) -> datetime:
    """The instant whose knowledge is served: an earlier one while the data is frozen."""
    for effect, fault in taken:
        if isinstance(effect, e.Frozen):
            return now - timedelta(seconds=effect.age_s) if effect.age_s is not None else min(now, fault.start or now)
        if isinstance(effect, e.StaleSummary):
            return now - timedelta(seconds=effect.age_s)
    return now


def spoilt(prices: Iterable[SpotPrice], taken: Taken, seen: datetime, now: datetime) -> list[SpotPrice]:
    """The prices with the faults of this request in them; `seen` is the instant whose knowledge is served."""
    caps = [effect.cap_per_mwh for effect, _ in taken if isinstance(effect, e.AdministeredPricing)]
    prices = [replace(price, rrp=max(-caps[0], min(caps[0], price.rrp))) for price in prices] if caps else list(prices)
    for effect, _ in taken:
        match effect:
            case e.PriceGap():
                prices = [price for price in prices if not _within(price, now, effect.ahead_half_hours, effect.half_hours)]
            case e.ShortHorizon():
                limit = (seen + timedelta(hours=effect.hours)).timestamp()
                prices = [price for price in prices if price.start_s < limit]
            case e.MissingRegion():
                prices = [price for price in prices if price.region != effect.region]
            case e.BadPrice():
                bad = _BAD_VALUES.get(effect.value, effect.value)
                hit = effect.ahead_half_hours, effect.half_hours
                prices = [replace(price, rrp=bad) if _within(price, now, *hit) else price for price in prices]
    return prices


def _within(price: SpotPrice, now: datetime, ahead: int, half_hours: int) -> bool:
    first = now.timestamp() // 1800 * 1800 + ahead * 1800
    return first <= price.start_s < first + half_hours * 1800
