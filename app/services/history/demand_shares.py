"""A demand charge by the day. The highest half-hour sets the charge of a whole billing month; each day bears its share of it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any

from app.domain.demand import Cycle, charge_c, cycle_of
from app.domain.settings.demand import Demand

Share = Mapping[tuple[str, date], float]  # (way, day) → minor units


def shares(settings: Demand, peaks: Iterable[tuple[str, date, list[dict[str, Any]]]], days: Iterable[date]) -> Share:
    """The share of each of `days` in each way. `peaks`: (way, day, stored peaks) of every billing month that `days` touch, whole months."""

    @cache
    def cycle_on(day: date) -> Cycle:
        return cycle_of(day, settings.billing_day)

    dearest: dict[tuple[str, Cycle], dict[str, tuple[float, float, float]]] = defaultdict(dict)  # (way, month) → window → cost, kW, rate
    for way, day, found in peaks:
        of_month = dearest[way, cycle_on(day)]
        for peak in found:
            weight = (peak["kw"] * peak["rate_c_per_kw"], peak["kw"], peak["rate_c_per_kw"])
            of_month[peak["period"]] = max(of_month.get(peak["period"], weight), weight)
    a_day_c = {
        (way, cycle): sum(charge_c(kw, rate, settings.unit, cycle.days) for _, kw, rate in windows.values()) / cycle.days
        for (way, cycle), windows in dearest.items()
    }
    ways = {way for way, _ in dearest}
    return {(way, day): a_day_c.get((way, cycle_on(day)), 0.0) for day in days for way in ways}
