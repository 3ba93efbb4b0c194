"""The form of a `tariff_content_v2` (Tesla energy API, `time_of_use_settings`): what every plan has that PowerSync sends.

Money is in the major unit of the currency. Times are the site's wall clock; a plan carries no zone. Each side, buying and selling, has
periods of its own, whose names of rates and times match."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

Payload = dict[str, Any]
MonthDay = tuple[int, int]

ALL_YEAR: Final[tuple[MonthDay, MonthDay]] = ((1, 1), (12, 31))
# The Tesla app knows these two names of seasons alone.
SUMMER, WINTER = "Summer", "Winter"


@dataclass(frozen=True, slots=True)
class Label:
    """How a plan is known to us (`code`) and to the owner in the Tesla app (the rest). Charges are in $."""

    code: str
    name: str
    utility: str
    currency: str | None = None
    sell_name: str = ""
    daily_charge: float = 0.0
    monthly_charge: float = 0.0


@dataclass(frozen=True, slots=True)
class PlanPeriod:
    """Hours of the week at one rate, $/kWh; `demand` is what a kW of their highest half-hour costs, $."""

    name: str
    rate: float
    demand: float
    entries: tuple[dict[str, int], ...]


@dataclass(frozen=True, slots=True)
class PlanSeason:
    """A part of the year, both days included."""

    name: str
    first: MonthDay
    last: MonthDay
    periods: tuple[PlanPeriod, ...]


def plan(label: Label, buy: Sequence[PlanSeason], sell: Sequence[PlanSeason]) -> Payload:
    """The whole `tariff_content_v2`."""
    payload: Payload = {"version": 1, "code": label.code, "name": label.name, "utility": label.utility}
    if label.currency:
        payload["currency"] = label.currency
    daily = {"name": "Supply", "amount": label.daily_charge} if label.daily_charge > 0 else {"name": "Charge"}
    payload |= {"monthly_charges": label.monthly_charge or 0, "daily_charges": [daily], **_side(buy)}
    payload["sell_tariff"] = {
        "name": label.sell_name or f"{label.name} export",
        "utility": label.utility,
        "monthly_charges": 0,
        "daily_charges": [{"name": "Charge"}],
        **_side(sell),
    }
    return payload


def _side(seasons: Sequence[PlanSeason]) -> Payload:
    """What buying and selling have alike. `demand_charges` stands there even when it is zero: the Tesla app stumbles without it."""
    side: Payload = {
        "demand_charges": {"ALL": {"rates": {"ALL": 0}}, **{season.name: _demand_rates(season) for season in seasons}},
        "energy_charges": {
            "ALL": {"rates": {"ALL": 0}},
            **{season.name: {"rates": {period.name: period.rate for period in season.periods}} for season in seasons},
        },
        "seasons": {season.name: _written(season) for season in seasons},
    }
    if len(seasons) == 1:  # as the app itself writes a plan without seasons
        side["demand_charges"][WINTER] = {}
        side["energy_charges"][WINTER] = {}
        side["seasons"][WINTER] = {"fromMonth": 0, "fromDay": 0, "toMonth": 0, "toDay": 0, "tou_periods": {}}
    return side


def _demand_rates(season: PlanSeason) -> Payload:
    if not any(period.demand for period in season.periods):
        return {}
    return {"rates": {period.name: period.demand for period in season.periods}}


def _written(season: PlanSeason) -> Payload:
    (from_month, from_day), (to_month, to_day) = season.first, season.last
    return {
        "fromMonth": from_month,
        "fromDay": from_day,
        "toMonth": to_month,
        "toDay": to_day,
        "tou_periods": {period.name: {"periods": list(period.entries)} for period in season.periods},
    }


def entries(first: int, end: int, days: Collection[int]) -> Iterator[dict[str, int]]:
    """When half-hours `[first, end)` of the clock hold on those weekdays (Monday is 0): one entry for each run of days, also one over the
    end of the week. The end of the day is hour 24."""
    for first_day, last_day in _runs(days):
        yield {
            "fromDayOfWeek": first_day,
            "toDayOfWeek": last_day,
            "fromHour": first // 2,
            "fromMinute": first % 2 * 30,
            "toHour": end // 2,
            "toMinute": end % 2 * 30,
        }


def _runs(days: Collection[int]) -> Iterator[tuple[int, int]]:
    if len(days) == 7:
        yield 0, 6
        return
    for first in sorted(days):
        if (first - 1) % 7 not in days:
            last = first
            while (last + 1) % 7 in days:
                last = (last + 1) % 7
            yield first, last
