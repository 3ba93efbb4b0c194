"""A demand charge by the day. The highest half-hour sets the charge of a whole billing month; each day bears its share of it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from app.domain.demand import charge_c, cycle_of
from app.domain.settings.demand import Demand

Share = Mapping[tuple[str, date], float]  # (way, day) → minor units


def shares(settings: Demand, peaks: Iterable[tuple[str, date, list[dict[str, Any]]]], days: Iterable[date]) -> Share:
    """The share of each of `days` in each way. `peaks`: (way, day, stored peaks) of every billing month that `days` touch, whole months."""
    dearest: dict[tuple[str, date], dict[str, tuple[float, float, float]]] = defaultdict(dict)  # (way, first of the month) → window → …
    for way, day, found in peaks:
        of_month = dearest[way, cycle_of(day, settings.billing_day).first]
        for peak in found:
            weight = (peak["kw"] * peak["rate_c_per_kw"], peak["kw"], peak["rate_c_per_kw"])
            of_month[peak["period"]] = max(of_month.get(peak["period"], weight), weight)
    ways = {way for way, _ in dearest}
    found_shares = {}
    for day in days:
        cycle = cycle_of(day, settings.billing_day)
        for way in ways:
            month_c = sum(charge_c(kw, rate, settings.unit, cycle.days) for _, kw, rate in dearest[way, cycle.first].values())
            found_shares[way, day] = month_c / cycle.days
    return found_shares
