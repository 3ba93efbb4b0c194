"""What a `tariff_content_v2` means: which price holds at which minute of the week, in which part of the year.

Two plans are compared in this form, never as JSON: reading back drops each field whose value is 0, unknown fields and season ALL, and
writes the end of a day as hour 24 or as hour 0. Read it for owners' own plans too: seasons, weekday runs, periods over midnight."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property, lru_cache
from itertools import groupby
from typing import Any, Final, NamedTuple

from app.devices.tesla.numbers import finite, part
from app.devices.tesla.tariff import NEUTRAL_CODE, is_ours

DAY_MINUTES: Final = 24 * 60
WEEK_MINUTES: Final = 7 * DAY_MINUTES
_ANY: Final = "ALL"
_DECIMALS: Final = 4


class Side(StrEnum):
    """Which half of a plan."""

    BUY = "buy"
    SELL = "sell"


class Span(NamedTuple):
    """Minutes of the week (Monday 00:00 = 0), `end` excluded, and what a kWh costs in them, $/kWh."""

    start: int
    end: int
    rate: float
    period: str = ""


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
    if not _has_rates(half):
        return None
    weeks = {name: _plain(week_of(half, name)) for name in seasons_of(half)}
    starts = sorted({(1, 1), *(edge for season in seasons_of(half).values() for edge in _edges(season))})
    runs = [Run(month, day, weeks.get(_season_on(half, month, day) or "", ())) for month, day in starts]
    return tuple(next(alike) for _, alike in groupby(runs, key=lambda run: run.week))


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
    one that stands in for none."""
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
    return not by_name or _same_name(wanted, found)


class _Meaning:
    """What a plan means, worked out when it is asked for and kept: the same plans are compared again and again."""

    def __init__(self, payload: Mapping[str, Any]) -> None:
        self._payload = payload
        self._schedules: dict[Side, Schedule | None] = {}

    @cached_property
    def without_zeros(self) -> Any:
        return _without_zeros(self._payload)

    def schedule(self, side: Side) -> Schedule | None:
        if side not in self._schedules:
            self._schedules[side] = schedule(self._payload, side)
        return self._schedules[side]


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


def expand(entry: Mapping[str, Any], *, monday_only: bool = False) -> tuple[tuple[int, int], ...]:
    """The minutes of the week of one entry, in order; absent fields are 0, and an absent last day is Sunday unless `monday_only`.

    An end at or before the start lies on the next day, so 0:00 to 0:00 is a whole day."""
    first = _int(entry, "fromDayOfWeek", 0, 6)
    last = _int(entry, "toDayOfWeek", 0 if monday_only else 6, 6)
    start = _int(entry, "fromHour", 0, 24) * 60 + _int(entry, "fromMinute", 0, 60)
    end = _int(entry, "toHour", 0, 24) * 60 + _int(entry, "toMinute", 0, 60)
    return _minutes(first, last, start, end)


@lru_cache(maxsize=1024)  # the same half-hours come again at each comparison
def _minutes(first: int, last: int, start: int, end: int) -> tuple[tuple[int, int], ...]:
    if end <= start:
        end += DAY_MINUTES
    spans: list[tuple[int, int]] = []
    for step in range((last - first) % 7 + 1):
        midnight = (first + step) % 7 * DAY_MINUTES
        spans.extend(_within_week(midnight + start, midnight + end))
    return tuple(sorted(spans))


def week_of(half: Mapping[str, Any], season: str) -> list[Span]:
    """The priced minutes of one season's week, in order."""
    rate_of = rates_of(half, season)
    return sorted(
        Span(start, end, rate_of(period), period)
        for period, entry, is_monday_only in entries_of(part(seasons_of(half), season))
        for start, end in expand(entry, monday_only=is_monday_only)
    )


def entries_of(season: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any], bool]]:
    """Period, entry, and whether the entry is about Mondays alone although it names no day."""
    listed = list(_listed(season))
    taken = bytearray()
    if any(_is_ambiguous(entry) for _, entry in listed):
        taken = bytearray(WEEK_MINUTES)
        for start, end in (span for _, entry in listed if not _is_ambiguous(entry) for span in expand(entry)):
            taken[start:end] = b"\x01" * (end - start)
    return [(period, entry, _is_ambiguous(entry) and _rest_is_taken(entry, taken)) for period, entry in listed]


def _within_week(start: int, end: int) -> list[tuple[int, int]]:
    if end <= WEEK_MINUTES:
        return [(start, end)]
    return [(start, WEEK_MINUTES), (0, end - WEEK_MINUTES)]


def _is_ambiguous(entry: Mapping[str, Any]) -> bool:
    """Neither day is given: a default (the whole week), or Monday to Monday with both zeros dropped."""
    return "fromDayOfWeek" not in entry and "toDayOfWeek" not in entry


def _rest_is_taken(entry: Mapping[str, Any], taken: bytearray) -> bool:
    """The other entries price these minutes on the other six days already, so that this one means Monday alone."""
    monday = set(expand(entry, monday_only=True))
    return all(all(taken[start:end]) for start, end in expand(entry) if (start, end) not in monday)


def _half(payload: Mapping[str, Any], side: Side) -> Mapping[str, Any]:
    return payload if side is Side.BUY else part(payload, "sell_tariff")


def seasons_of(half: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The seasons in use; an unused one has no months (they read back as an empty object)."""
    return {
        name: season
        for name, season in part(half, "seasons").items()
        if isinstance(season, Mapping) and all(_int(season, edge, 0, 12) for edge in ("fromMonth", "toMonth"))
    }


def _listed(season: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for period, held in part(season, "tou_periods").items():
        listed = held.get("periods", []) if isinstance(held, Mapping) else held
        if isinstance(listed, Sequence):
            yield from ((period, entry) for entry in listed if isinstance(entry, Mapping))


def _has_rates(half: Mapping[str, Any]) -> bool:
    charges = part(half, "energy_charges")
    return bool(seasons_of(half)) and any(part(part(charges, name), "rates") for name in (*seasons_of(half), _ANY))


def rates_of(half: Mapping[str, Any], season: str) -> Callable[[str], float]:
    """Period → rate: the season's, else that of season ALL, each under the period's name or ALL. A rate that stands nowhere is a dropped
    zero: a price of 0 is a real price."""
    charges = part(half, "energy_charges")
    held = [part(part(charges, name), "rates") for name in (season, _ANY)]

    def rate(period: str) -> float:
        for rates in held:
            for name in (period, _ANY):
                if (value := finite(rates.get(name))) is not None:
                    return round(value, _DECIMALS)
        return 0.0

    return rate


def _plain(week: Sequence[Span]) -> tuple[tuple[int, int, float], ...]:
    """Neighbours of one price become one: how a day is cut into periods, and what they are called, means nothing."""
    plain: list[tuple[int, int, float]] = []
    for start, end, rate, _ in week:
        if plain and plain[-1][1] == start and plain[-1][2] == rate:
            plain[-1] = (plain[-1][0], end, rate)
        else:
            plain.append((start, end, rate))
    return tuple(plain)


def _is_free(whole: Schedule | None) -> bool:
    """All rates are 0, which reading back may leave out altogether."""
    return whole is None or all(rate == 0 for run in whole for _, _, rate in run.week)


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
        (_int(season, "fromMonth", 1, 12), _int(season, "fromDay", 1, 31) or 1),
        (_int(season, "toMonth", 12, 12), _int(season, "toDay", 31, 31) or 31),
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


def _int(held: Mapping[str, Any], key: str, default: int, most: int) -> int:
    """A field as it was sent, 0 to `most`; anything else counts as absent."""
    value = finite(held.get(key))
    return int(value) if value is not None and 0 <= value <= most else default
