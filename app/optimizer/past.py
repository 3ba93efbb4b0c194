"""A home's measured past, and what could have been foretold from it at any moment: a forecast never looks beyond its own moment."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from app.optimizer.issues import Issue
from app.optimizer.problem import Problem

HORIZON_DAYS = 2
DAYS_BACK = 7


@dataclass(frozen=True)
class Series:
    """What was measured and priced, interval by interval, in order; an interval of which something is not known is left out.

    `slots`: the number of each interval, counted from any fixed moment; a gap leaves numbers out. `days`: the local day of each. Mean
    powers in kW, prices in major units per kWh. `is_published`: the prices ahead were known at any time, as those of a plan are."""

    interval_h: float
    slots: Sequence[int]
    days: Sequence[date]
    load_kw: Sequence[float]
    solar_kw: Sequence[float]
    import_price_per_kwh: Sequence[float]
    export_price_per_kwh: Sequence[float]
    is_published: bool

    def __len__(self) -> int:
        return len(self.slots)

    @property
    def per_day(self) -> int:
        """How many intervals 24 hours have."""
        return round(24 / self.interval_h)

    @cached_property
    def _places(self) -> dict[int, int]:
        return {slot: index for index, slot in enumerate(self.slots)}

    def at(self, slot: int) -> int | None:
        """The index of an interval by its number; None in a gap and beyond both ends."""
        return self._places.get(slot)


def foretold(series: Series, now: int, problem_of: Callable[..., Problem]) -> Issue | None:
    """The forecast made at the beginning of interval number `now`, for two days; None while the past does not know each time of day.

    The load of a time of day is its mean over the last week, sun and prices are those of the newest day that knows them. Prices that are
    published are known as far as the series has them. `problem_of(buy, sell, solar, load)` makes the problem."""
    day = [_same_time(series, now, phase) for phase in range(series.per_day)]
    if not all(day):
        return None
    load = [sum(series.load_kw[index] for index in known) / len(known) for known in day]
    solar = [series.solar_kw[known[0]] for known in day]
    buy = [series.import_price_per_kwh[known[0]] for known in day] * HORIZON_DAYS
    sell = [series.export_price_per_kwh[known[0]] for known in day] * HORIZON_DAYS
    is_known = [False] * len(buy)
    for lead in range(len(buy) if series.is_published else 1):  # the running price is known everywhere
        index = series.at(now + lead)
        if index is not None:
            buy[lead], sell[lead], is_known[lead] = series.import_price_per_kwh[index], series.export_price_per_kwh[index], True
    return Issue(now, problem_of(buy, sell, solar * HORIZON_DAYS, load * HORIZON_DAYS), is_known)


def _same_time(series: Series, now: int, phase: int) -> list[int]:
    """The intervals at the time of day of `now + phase` that are over at `now`, the newest first, up to a week back."""
    found = (series.at(now + phase - days * series.per_day) for days in range(1, DAYS_BACK + 1))
    return [index for index in found if index is not None]
