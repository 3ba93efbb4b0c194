"""What a `tariff_content_v2` means: which price holds at which minute of the week, in which part of the year.

Two plans are compared in this form, never as JSON: reading back drops each field whose value is 0, unknown fields and season ALL, and
writes the end of a day as hour 24 or as hour 0."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property, lru_cache
from itertools import groupby
from typing import Any, Final, NamedTuple

from app.devices.tesla.numbers import part
from app.devices.tesla.tariff import NEUTRAL_CODE, is_ours
from app.devices.tesla.weeks import ANY, DEMAND, ENERGY, Span, seasons_of, week_of, whole


class Side(StrEnum):
    """Which half of a plan."""

    BUY = "buy"
    SELL = "sell"


class Run(NamedTuple):
    """From this day of the year on (month, day) the week looks so."""

    month: int
    day: int
    week: tuple[tuple[int, int, float], ...]  # start, end, rate


Schedule = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Priced:
    """What holds at one moment, $/kWh."""

    season: str
    period: str
    rate: float
    until: datetime  # local wall clock, naive; the same price may go on


def schedule(payload: Mapping[str, Any], side: Side) -> Schedule | None:
    """The whole year of one side, in one form for every way to write it; None where the plan gives no rates for that side."""
    half = _half(payload, side)
    return _year_of(half, ENERGY) if _has_rates(half) else None


def demand_schedule(payload: Mapping[str, Any], side: Side) -> Schedule | None:
    """As `schedule`, the demand rates in $/kW; None where the plan says nothing of demand on that side, or of seasons."""
    half = _half(payload, side)
    return _year_of(half, DEMAND) if DEMAND in half and seasons_of(half) else None


def price_at(payload: Mapping[str, Any], side: Side, local: datetime) -> Priced | None:
    """What holds at a moment of the site's wall clock (its zone is not looked at); None where the plan says nothing."""
    half, local = _half(payload, side), local.replace(tzinfo=None)
    season = _season_on(half, local.month, local.day)
    if season is None:
        return None
    monday = datetime.combine(local.date() - timedelta(days=local.weekday()), datetime.min.time())
    minute = int((local - monday).total_seconds() // 60)
    for span in week_of(half, season):
        if span.start <= minute < span.end:
            until = monday + timedelta(minutes=span.end)
            return Priced(season, span.period, span.rate, min(until, _season_end(half, season, local.date(), until)))
    return None


def same_plan(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    """`found` shows what `wanted` means.

    No plan wanted (an empty mapping): satisfied by any plan that is not ours, as the owner chose it in the meantime, and by the neutral
    one that stands in for none. Demand rates are compared only where `found` says anything of them, if only that there are none."""
    if not wanted:
        return not found or not is_ours(found) or found.get("code") == NEUTRAL_CODE
    if not found or is_ours(wanted) != is_ours(found):
        return False
    if wanted == found:
        return True
    one, other = _meaning(json.dumps(wanted)), _meaning(json.dumps(found))
    if one.without_zeros == other.without_zeros:
        return True  # the usual read-back of what was sent, known without pricing a year twice
    by_name = False
    for side in Side:
        mine, theirs = one.schedule(side), other.schedule(side)
        if mine is None or theirs is None:
            by_name = by_name or (side is Side.BUY and theirs is None) or not (_is_free(mine) and _is_free(theirs))
        elif mine != theirs:
            return False
        shown = other.demand(side)
        if shown is not None and mine is not None and not _same_demand(one.demand(side), shown):
            return False
    return not by_name or _same_name(wanted, found)


def _same_demand(mine: Schedule | None, shown: Schedule) -> bool:
    return mine == shown or (_is_free(mine) and _is_free(shown))


class _Meaning:
    """What a plan means, worked out when it is asked for and kept: the same plans are compared again and again."""

    def __init__(self, payload: Mapping[str, Any]) -> None:
        self._payload = payload
        self._schedules: dict[tuple[str, Side], Schedule | None] = {}

    @cached_property
    def without_zeros(self) -> Any:
        return _without_zeros(self._payload)

    def schedule(self, side: Side) -> Schedule | None:
        if (ENERGY, side) not in self._schedules:
            self._schedules[ENERGY, side] = schedule(self._payload, side)
        return self._schedules[ENERGY, side]

    def demand(self, side: Side) -> Schedule | None:
        if (DEMAND, side) not in self._schedules:
            self._schedules[DEMAND, side] = demand_schedule(self._payload, side)
        return self._schedules[DEMAND, side]


@lru_cache(maxsize=128)
def _meaning(text: str) -> _Meaning:
    return _Meaning(json.loads(text))


def _without_zeros(value: Any) -> Any:
    """As it reads back: fields that are 0 or empty are left out."""
    if isinstance(value, Mapping):
        return {key: kept for key, each in value.items() if (kept := _without_zeros(each))}
    if isinstance(value, list):
        return [_without_zeros(each) for each in value]
    return value


def _same_name(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    """Where rates are not given back, what is left to compare."""
    told = [key for key in ("code", "name") if key in found]
    return bool(told) and all(wanted.get(key) == found[key] for key in told)


def _half(payload: Mapping[str, Any], side: Side) -> Mapping[str, Any]:
    return payload if side is Side.BUY else part(payload, "sell_tariff")


def _has_rates(half: Mapping[str, Any]) -> bool:
    charges = part(half, ENERGY)
    return bool(seasons_of(half)) and any(part(part(charges, name), "rates") for name in (*seasons_of(half), ANY))


def _year_of(half: Mapping[str, Any], charges: str) -> Schedule:
    weeks = {name: _plain(week_of(half, name, charges)) for name in seasons_of(half)}
    starts = sorted({(1, 1), *(edge for season in seasons_of(half).values() for edge in _edges(season))})
    runs = [Run(month, day, weeks.get(_season_on(half, month, day) or "", ())) for month, day in starts]
    return tuple(next(alike) for _, alike in groupby(runs, key=lambda run: run.week))


def _plain(week: Sequence[Span]) -> tuple[tuple[int, int, float], ...]:
    """Neighbours of one price become one: how a day is cut into periods, and what they are called, means nothing."""
    plain: list[tuple[int, int, float]] = []
    for start, end, rate, _ in week:
        if plain and plain[-1][1] == start and plain[-1][2] == rate:
            plain[-1] = (plain[-1][0], end, rate)
        else:
            plain.append((start, end, rate))
    return tuple(plain)


def _is_free(year: Schedule | None) -> bool:
    """All rates are 0, which reading back may leave out altogether."""
    return year is None or all(rate == 0 for run in year for _, _, rate in run.week)


def _season_on(half: Mapping[str, Any], month: int, day: int) -> str | None:
    on = (month, min(day, 28)) if month == 2 else (month, day)
    for name, season in seasons_of(half).items():
        first, last = _bounds(season)
        if (first <= on <= last) if first <= last else (on >= first or on <= last):
            return name
    return None


def _bounds(season: Mapping[str, Any]) -> tuple[tuple[int, int], tuple[int, int]]:
    """First and last day (month, day), both included."""
    return (
        (whole(season, "fromMonth", 1, 12), whole(season, "fromDay", 1, 31) or 1),
        (whole(season, "toMonth", 12, 12), whole(season, "toDay", 31, 31) or 31),
    )


_COMMON_YEAR: Final = 2026


def _edges(season: Mapping[str, Any]) -> Iterator[tuple[int, int]]:
    """The first day of a season, and the day after its last."""
    first, last = _bounds(season)
    yield first
    month, day = last
    following = date(_COMMON_YEAR, month, 1) + timedelta(days=day)
    yield (following.month, following.day) if following.month == month else (following.month, 1)


def _season_end(half: Mapping[str, Any], season: str, today: date, latest: datetime) -> datetime:
    """The first midnight up to `latest` at which another season begins; `latest` if none does."""
    day = today
    while (midnight := datetime.combine(day + timedelta(days=1), datetime.min.time())) < latest:
        day += timedelta(days=1)
        if _season_on(half, day.month, day.day) != season:
            return midnight
    return latest
