"""Flow Power's price lists: pure. Their form is not published, so each that has been seen is understood, and nothing else.

A list of objects, bare or as the only list of an object (`data`, `result`, `items` …), or an object {time: price}. An object's time and
price go by several names. What a time means where it does not say so itself, `KwatchTimes` tells."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.domain.prices import PriceInterval, Quality
from app.domain.units import c_per_kwh_from_per_mwh
from app.feeds.retailers.flow_power.kwatch_client import VENDOR
from app.feeds.retailers.flow_power.source_fields import KwatchTimes
from app.transports.errors import AnswerNotUnderstood

SOURCE: Final = "kwatch"
NEM_TIME: Final = timezone(timedelta(hours=10))  # the market keeps UTC+10 all year
FURTHEST_AHEAD, FURTHEST_BACK = timedelta(days=8), timedelta(days=8)
LEAST_PER_MWH, MOST_PER_MWH = -1000.0, 30_000.0  # the market's floor, and its cap of 2026-27 (23,200) with room for the years to come
_TIMES: Final = frozenset({"timestamp", "time", "key", "datetime", "perioddatetime", "settlementdate"})
_PRICES: Final = frozenset({"price", "value", "rrp", "dispatchprice"})
_NUMBER: Final = re.compile(r"[+-]?\d{1,9}(\.\d{1,12})?")
_NAMED_REFUSALS: Final = 20


class _RowRefused(Exception):
    """A row is not in a known form; the text names the field, never its value."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How times are read: `labels_end` where they name the end of an interval, `zone` where they do not say theirs."""

    labels_end: bool
    zone: tzinfo


@dataclass(frozen=True, slots=True)
class ReadPrices:
    """The prices of one list that could be read, in order, and the others in words."""

    intervals: tuple[PriceInterval, ...]
    refused: tuple[str, ...]


def reading_of(times: KwatchTimes, home: ZoneInfo) -> Reading:
    """The owner's setting as what it means; "local" is the clock of the home."""
    label, _, clock = times.partition("_")
    zones: Mapping[str, tzinfo] = {"utc": UTC, "nem": NEM_TIME, "local": home}
    return Reading(label == "end", zones[clock])


def read_prices(answer: Any, length: timedelta, quality: Quality, reading: Reading, now: datetime) -> ReadPrices:
    """Each row for itself: a bad one is left out and named. Two prices for one interval are no price. Raises AnswerNotUnderstood where
    there is no list, and where none of its rows can be read."""
    found: dict[datetime, float] = {}
    disputed: set[datetime] = set()
    refused: list[str] = []
    count = 0
    for count, (label, value) in enumerate(_rows(answer), start=1):
        try:
            start, per_mwh = _start(label, length, reading, now), _per_mwh(value)
        except _RowRefused as reason:
            refused.append(f"price {count}: {reason}")
            continue
        if found.setdefault(start, per_mwh) != per_mwh:
            disputed.add(start)
    refused += [f"two prices for {start:%Y-%m-%d %H:%MZ}" for start in sorted(disputed)]
    if count and len(found) == len(disputed):
        raise AnswerNotUnderstood(VENDOR, f"none of {count} prices is in a known form: {refused[0]}")
    if len(refused) > _NAMED_REFUSALS:
        refused[_NAMED_REFUSALS:] = [f"and {len(refused) - _NAMED_REFUSALS} more"]
    intervals = (_interval(start, length, found[start], quality) for start in sorted(found.keys() - disputed))
    return ReadPrices(tuple(intervals), tuple(refused))


def _interval(start: datetime, length: timedelta, per_mwh: float, quality: Quality) -> PriceInterval:
    spot_c = c_per_kwh_from_per_mwh(per_mwh)
    return PriceInterval(start, start + length, spot_c, spot_c, quality, SOURCE, spot_c_per_kwh=spot_c)


def _rows(answer: Any) -> Iterable[tuple[Any, Any]]:
    """(time, price) of each row, as they are written."""
    if isinstance(answer, list):
        return [_named(row) for row in answer]
    lists = [value for value in answer.values() if isinstance(value, list)]
    if len(lists) == 1:
        return [_named(row) for row in lists[0]]
    if not lists and not any(isinstance(value, Mapping) for value in answer.values()):
        return list(answer.items())
    raise AnswerNotUnderstood(VENDOR, "the answer holds no list of prices")


def _named(row: Any) -> tuple[Any, Any]:
    if not isinstance(row, Mapping):
        return None, None
    plain = {str(name).casefold().replace("_", ""): value for name, value in row.items()}
    times, prices = [plain[name] for name in _TIMES & plain.keys()], [plain[name] for name in _PRICES & plain.keys()]
    return times[0] if len(times) == 1 else None, prices[0] if len(prices) == 1 else None


def _start(label: Any, length: timedelta, reading: Reading, now: datetime) -> datetime:
    if not isinstance(label, str):
        raise _RowRefused("its time is missing or not one")
    try:
        instant = datetime.fromisoformat(label.strip().replace("/", "-"))
        instant = (instant if instant.tzinfo else instant.replace(tzinfo=reading.zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _RowRefused("its time is not an instant") from None
    start = instant - length if reading.labels_end else instant
    if start.timestamp() % length.total_seconds():
        raise _RowRefused(f"its time is not on the {length.total_seconds() / 60:.0f} minutes")
    if not now - FURTHEST_BACK <= start <= now + FURTHEST_AHEAD:
        raise _RowRefused("its time is out of reach")
    return start


def _per_mwh(value: Any) -> float:
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _RowRefused("its price is missing or not a number")
    if not math.isfinite(value) or not LEAST_PER_MWH <= value <= MOST_PER_MWH:
        raise _RowRefused("its price is beyond the market's limits")
    return float(value)
