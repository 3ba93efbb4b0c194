"""What a plan says at given moments, for people: the same meaning by which two plans are compared."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.devices.capabilities import ShownRates
from app.devices.tesla.schedule import Schedule, Side, schedule
from app.devices.tesla.weeks import DAY_MINUTES


def shown_rates(plan: Mapping[str, Any], moments: Sequence[datetime]) -> tuple[ShownRates, ...]:
    """Buy and sell price of `plan` at each moment of the site's wall clock, c/kWh; None where it gives none."""
    buy, sell = schedule(plan, Side.BUY), schedule(plan, Side.SELL)
    return tuple(ShownRates(_rate_c(buy, each), _rate_c(sell, each)) for each in moments)


def _rate_c(year: Schedule | None, local: datetime) -> float | None:
    if not year:
        return None
    at = bisect_right([(run.month, run.day) for run in year], (local.month, local.day)) - 1
    week = year[at].week
    minute = local.weekday() * DAY_MINUTES + local.hour * 60 + local.minute
    found = bisect_right([start for start, _, _ in week], minute) - 1
    if found < 0 or minute >= week[found][1]:
        return None
    return round(week[found][2] * 100, 2)
