"""The plan of a whole year for a Powerwall: each season's week cut into as few named periods as there are rates.

Buying and selling are cut apart, each by its own rates. How a half-hour is called in the owner's plan does not divide it; a demand rate
does, as Tesla's form has one for each name."""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from app.devices.tesla.plan_form import ALL_YEAR, SUMMER, WINTER, MonthDay, PlanPeriod, PlanSeason, entries
from app.devices.tesla.rates import rate_from_c
from app.domain.tariffs.half_hourly import DemandSide
from app.domain.tariffs.seasonal import Block, SeasonalTariff, SeasonPlan

# The Tesla app draws these four names alone as bands of colour.
_BANDS: Final[Mapping[int, tuple[str, ...]]] = {
    1: ("OFF_PEAK",),
    2: ("ON_PEAK", "OFF_PEAK"),
    3: ("ON_PEAK", "PARTIAL_PEAK", "OFF_PEAK"),
    4: ("ON_PEAK", "PARTIAL_PEAK", "OFF_PEAK", "SUPER_OFF_PEAK"),
}
_RESERVED: Final = "ALL"  # names what holds where nothing else is said
_LONGEST_NAME: Final = 40


class _Rate(NamedTuple):
    """What tells one period from another: $/kWh, and $/kW of demand."""

    energy: float
    demand: float


_RateOf = Callable[[Block], _Rate]


def weekly_sides(tariff: SeasonalTariff) -> tuple[list[PlanSeason], list[PlanSeason]]:
    """The buying and the selling side. Raises ValueError for a price that is no finite number."""
    buys_demand, sells_demand = tariff.demand_applies_to is not DemandSide.SELL, tariff.demand_applies_to is not DemandSide.BUY

    def bought(block: Block) -> _Rate:
        return _Rate(rate_from_c(block.import_c_per_kwh), rate_from_c(block.demand_c_per_kw) if buys_demand else 0.0)

    def sold(block: Block) -> _Rate:
        return _Rate(rate_from_c(block.feed_in_c_per_kwh), rate_from_c(block.demand_c_per_kw) if sells_demand else 0.0)

    names = _season_names([season.name for season in tariff.seasons])
    whole_year = len(names) == 1
    sides = []
    for rate_of in (bought, sold):
        seasons = zip(names, tariff.seasons, strict=True)
        sides.append([PlanSeason(name, *_dates(season, whole_year), tuple(_periods(season, rate_of))) for name, season in seasons])
    return sides[0], sides[1]


def _dates(season: SeasonPlan, whole_year: bool) -> tuple[MonthDay, MonthDay]:
    """A plan without seasons begins with the year, wherever its only season was said to begin."""
    return ALL_YEAR if whole_year else (season.first, season.last)


def _periods(season: SeasonPlan, rate_of: _RateOf) -> Iterator[PlanPeriod]:
    """The dearest first."""
    hours: dict[_Rate, dict[tuple[int, int], set[int]]] = defaultdict(lambda: defaultdict(set))
    owners: dict[_Rate, str] = {}
    for day in season.week:
        for rate, run in groupby(day.blocks, key=rate_of):
            blocks = list(run)
            hours[rate][blocks[0].first, blocks[-1].end] |= set(day.days)
            owners.setdefault(rate, blocks[0].name)
    rates = sorted(hours, reverse=True)
    for rate, name in zip(rates, _period_names([owners[rate] for rate in rates]), strict=True):
        when = [each for (first, end), days in hours[rate].items() for each in entries(first, end, days)]
        yield PlanPeriod(name, rate.energy, rate.demand, tuple(sorted(when, key=_place_in_week)))


def _place_in_week(entry: Mapping[str, int]) -> tuple[int, ...]:
    return entry["fromDayOfWeek"], entry["fromHour"], entry["fromMinute"]


def _period_names(owners: Sequence[str]) -> Sequence[str]:
    """The names of periods, the dearest first: the app's own as far as they go, else from the owner's."""
    return _BANDS.get(len(owners)) or _unlike([_form(name, "PERIOD") for name in owners])


def _season_names(owners: Sequence[str]) -> Sequence[str]:
    """Summer and Winter as far as they go, else from the owner's names."""
    if len(owners) == 1:
        return [SUMMER]
    if len(owners) == 2:
        is_turned = owners[0].casefold() == WINTER.casefold() or owners[1].casefold() == SUMMER.casefold()
        return [WINTER, SUMMER] if is_turned else [SUMMER, WINTER]
    return _unlike([_form(name, "Season") for name in owners])


def _form(name: str, otherwise: str) -> str:
    """An owner's name in the letters that a name may have there."""
    formed = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")[:_LONGEST_NAME]
    return otherwise if formed.upper() in ("", _RESERVED) else formed


def _unlike(names: Sequence[str]) -> list[str]:
    """The names, alike ones counted: PEAK, PEAK_2."""
    taken: list[str] = []
    for name in names:
        taken.append(name if name not in taken else _counted(name, taken))
    return taken


def _counted(name: str, taken: Collection[str]) -> str:
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"
