"""The weeks of a `tariff_content_v2`, as it was sent or as it reads back: which minutes each entry covers, and at which rate.

Reading back drops each field whose value is 0 and writes the end of a day as hour 24 or as hour 0. Owners' own plans are read by this too:
seasons, weekday runs, periods over midnight."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from app.devices.tesla.numbers import finite, part

DAY_MINUTES: Final = 24 * 60
WEEK_MINUTES: Final = 7 * DAY_MINUTES
ENERGY, DEMAND = "energy_charges", "demand_charges"
ANY: Final = "ALL"
_DECIMALS: Final = 4
_MONDAY, _SUNDAY = 0, 6


class Span(NamedTuple):
    """Minutes of the week (Monday 00:00 = 0), `end` excluded, and what a kWh (or a kW) costs in them, $."""

    start: int
    end: int
    rate: float
    period: str = ""


class Entry(NamedTuple):
    """One entry of a period; `last_day` is its last weekday, told or found out."""

    period: str
    fields: Mapping[str, Any]
    last_day: int


def week_of(half: Mapping[str, Any], season: str, charges: str = ENERGY) -> list[Span]:
    """The minutes of one season's week with their rates, in order."""
    rate_of = rates_of(half, season, charges)
    return sorted(
        Span(start, end, rate_of(entry.period), entry.period)
        for entry in entries_of(part(seasons_of(half), season))
        for start, end in expand(entry.fields, entry.last_day)
    )


def seasons_of(half: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The seasons in use; an unused one has no months (they read back as an empty object)."""
    return {
        name: season
        for name, season in part(half, "seasons").items()
        if isinstance(season, Mapping) and all(whole(season, edge, 0, 12) for edge in ("fromMonth", "toMonth"))
    }


def rates_of(half: Mapping[str, Any], season: str, charges: str = ENERGY) -> Callable[[str], float]:
    """Period → rate: the season's, else that of season ALL, each under the period's name or ALL. A rate that stands nowhere is a dropped
    zero: a price of 0 is a real price."""
    held = [part(part(part(half, charges), name), "rates") for name in (season, ANY)]

    def rate(period: str) -> float:
        for rates in held:
            for name in (period, ANY):
                if (value := finite(rates.get(name))) is not None:
                    return round(value, _DECIMALS)
        return 0.0

    return rate


def entries_of(season: Mapping[str, Any]) -> list[Entry]:
    """All entries of a season.

    An entry without its last day ends on Sunday, as absent means by the form, or on Monday, the day 0 that reading back drops. What the
    other entries leave free tells which: each minute of a week is priced once."""
    listed = list(_listed(season))
    if all("toDayOfWeek" in fields for _, fields in listed):
        return [Entry(period, fields, _last_day(fields)) for period, fields in listed]
    taken = bytearray(WEEK_MINUTES)
    for _, fields in listed:
        for start, end in _certain(fields):
            taken[start:end] = b"\x01" * (end - start)
    return [Entry(period, fields, _found_last_day(fields, taken)) for period, fields in listed]


def expand(fields: Mapping[str, Any], last_day: int | None = None) -> tuple[tuple[int, int], ...]:
    """The minutes of the week of one entry, in order; absent fields are 0, an absent last day is `last_day`, or Sunday.

    An end at or before the start lies on the next day, so 0:00 to 0:00 is a whole day."""
    first = whole(fields, "fromDayOfWeek", _MONDAY, _SUNDAY)
    last = whole(fields, "toDayOfWeek", _SUNDAY if last_day is None else last_day, _SUNDAY)
    start = whole(fields, "fromHour", 0, 24) * 60 + whole(fields, "fromMinute", 0, 60)
    end = whole(fields, "toHour", 0, 24) * 60 + whole(fields, "toMinute", 0, 60)
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


def _within_week(start: int, end: int) -> list[tuple[int, int]]:
    if end <= WEEK_MINUTES:
        return [(start, end)]
    return [(start, WEEK_MINUTES), (0, end - WEEK_MINUTES)]


def _listed(season: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for period, held in part(season, "tou_periods").items():
        listed = held.get("periods", []) if isinstance(held, Mapping) else held
        if isinstance(listed, Sequence):
            yield from ((period, fields) for fields in listed if isinstance(fields, Mapping))


def _first_day(fields: Mapping[str, Any]) -> int:
    return whole(fields, "fromDayOfWeek", _MONDAY, _SUNDAY)


def _last_day(fields: Mapping[str, Any]) -> int:
    return whole(fields, "toDayOfWeek", _SUNDAY, _SUNDAY)


def _certain(fields: Mapping[str, Any]) -> tuple[tuple[int, int], ...]:
    """The minutes that an entry covers whichever its last day is: until Sunday, or on Monday alone if that is its first day."""
    return expand(fields, _SUNDAY if _first_day(fields) > _MONDAY else _MONDAY)


def _found_last_day(fields: Mapping[str, Any], taken: bytearray) -> int:
    if "toDayOfWeek" in fields:
        return _last_day(fields)
    certain = set(_certain(fields))
    if _first_day(fields) > _MONDAY:  # until Sunday; around to Monday if nothing else is there on Monday
        on_monday = [span for span in expand(fields, _MONDAY) if span not in certain]
        return _SUNDAY if any(any(taken[start:end]) for start, end in on_monday) else _MONDAY
    others = [span for span in expand(fields, _SUNDAY) if span not in certain]
    return _MONDAY if all(all(taken[start:end]) for start, end in others) else _SUNDAY


def whole(held: Mapping[str, Any], key: str, default: int, most: int) -> int:
    """A field as it was sent, 0 to `most`; anything else counts as absent."""
    value = finite(held.get(key))
    return int(value) if value is not None and 0 <= value <= most else default
