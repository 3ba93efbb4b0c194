"""Forecasts as intervals in UTC: mean power or temperature over `[start, end)`."""

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Protocol, TypeVar

COLDEST_C, HOTTEST_C = -90.0, 60.0  # of the air, anywhere on earth (WMO's archive of extremes, rounded outwards)


class Spans(Protocol):
    """Anything that holds over `[start, end)`."""

    @property
    def start(self) -> datetime: ...
    @property
    def end(self) -> datetime: ...


Span = TypeVar("Span", bound=Spans)


@dataclass(frozen=True, slots=True)
class PowerInterval:
    """Mean power of solar or load over `[start, end)`: W, not below 0. `low_w` to `high_w`: where it lies in 8 of 10 cases, None where
    nobody knows."""

    start: datetime  # UTC
    end: datetime  # UTC
    power_w: float
    low_w: float | None = None
    high_w: float | None = None

    def __post_init__(self) -> None:
        _check_span(self)
        band = (
            self.low_w if self.low_w is not None else self.power_w,
            self.power_w,
            self.high_w if self.high_w is not None else self.power_w,
        )
        if not all(math.isfinite(each) for each in band) or not 0 <= band[0] <= band[1] <= band[2]:
            raise ValueError(f"a power is not below 0 and lies in its band: {band}")

    def scaled(self, factor: float) -> "PowerInterval":
        """The same interval with all powers times `factor` (≥ 0)."""
        return replace(
            self,
            power_w=self.power_w * factor,
            low_w=None if self.low_w is None else self.low_w * factor,
            high_w=None if self.high_w is None else self.high_w * factor,
        )

    def at_most(self, limit_w: float) -> "PowerInterval":
        """The same interval with no power above `limit_w` (≥ 0)."""
        return replace(
            self,
            power_w=min(self.power_w, limit_w),
            low_w=None if self.low_w is None else min(self.low_w, limit_w),
            high_w=None if self.high_w is None else min(self.high_w, limit_w),
        )


@dataclass(frozen=True, slots=True)
class TemperatureInterval:
    """Mean temperature of the outside air over `[start, end)`, °C."""

    start: datetime  # UTC
    end: datetime  # UTC
    temperature_c: float

    def __post_init__(self) -> None:
        _check_span(self)
        if not COLDEST_C <= self.temperature_c <= HOTTEST_C:
            raise ValueError(f"no temperature of the air: {self.temperature_c!r}")


def _check_span(span: Spans) -> None:
    if not span.start.utcoffset() == span.end.utcoffset() == timedelta(0):
        raise ValueError(f"a forecast interval is kept in UTC: {span.start!r} to {span.end!r}")
    if span.end <= span.start:
        raise ValueError(f"a forecast interval ends after its start: {span.start} to {span.end}")


def in_order(intervals: Iterable[Span]) -> tuple[Span, ...]:
    """The intervals by time. Raises ValueError where two overlap."""
    ordered = tuple(sorted(intervals, key=lambda each: each.start))
    for before, after in pairwise(ordered):
        if after.start < before.end:
            raise ValueError(f"two forecast intervals overlap at {after.start}")
    return ordered


def mean_power(intervals: Sequence[PowerInterval], start: datetime, end: datetime) -> PowerInterval | None:
    """The mean over `[start, end)` of intervals in order; None where any of that time is missing. No band where a part has none."""
    return _mean_power(_within(intervals, start, end), start, end)


def _mean_power(parts: Sequence[PowerInterval], start: datetime, end: datetime) -> PowerInterval | None:
    if not _covers(parts, start, end):
        return None
    power_w = _mean(parts, start, end, lambda each: each.power_w)
    lows = None if any(each.low_w is None for each in parts) else _mean(parts, start, end, lambda each: each.low_w or 0.0)
    highs = None if any(each.high_w is None for each in parts) else _mean(parts, start, end, lambda each: each.high_w or 0.0)
    low_w = None if lows is None else min(lows, power_w)  # a sum of floats may end a last digit beside another
    return PowerInterval(start, end, power_w, low_w, None if highs is None else max(highs, power_w))


def mean_temperature_c(intervals: Sequence[TemperatureInterval], start: datetime, end: datetime) -> float | None:
    """The mean over `[start, end)` of intervals in order, °C; None where any of that time is missing."""
    parts = _within(intervals, start, end)
    return _mean(parts, start, end, lambda each: each.temperature_c) if _covers(parts, start, end) else None


def on_grid(intervals: Sequence[PowerInterval], start: datetime, length: timedelta, count: int) -> tuple[PowerInterval | None, ...]:
    """`count` intervals of `length` from `start` on: the mean of each, None where any of it is missing. `intervals` in order."""
    cells = ((start + number * length, start + (number + 1) * length) for number in range(count))
    return tuple(mean_power(intervals, begin, end) for begin, end in cells)


def added(series: Sequence[Sequence[PowerInterval]]) -> tuple[PowerInterval, ...]:
    """The sum of several series, each in order, where all of them are known: one roof face beside the other.

    Their bands are added as they are: the same clouds stand before all faces of a roof."""
    if len(series) == 1:
        return tuple(series[0])
    borders = sorted({border for each in series for interval in each for border in (interval.start, interval.end)})
    total = []
    for start, end in pairwise(borders):
        parts = [mean_power(each, start, end) for each in series]
        known = [part for part in parts if part is not None]
        if len(known) == len(series) and known:
            total.append(_sum(known))
    return tuple(total)


def _sum(parts: Sequence[PowerInterval]) -> PowerInterval:
    power_w = sum(part.power_w for part in parts)
    low_w = None if any(part.low_w is None for part in parts) else min(power_w, sum(part.low_w or 0.0 for part in parts))
    high_w = None if any(part.high_w is None for part in parts) else max(power_w, sum(part.high_w or 0.0 for part in parts))
    return PowerInterval(parts[0].start, parts[0].end, power_w, low_w, high_w)


def cut_to(intervals: Sequence[PowerInterval], start: datetime, end: datetime) -> tuple[PowerInterval, ...]:
    """What of the intervals lies in `[start, end)`."""
    kept = (replace(each, start=max(each.start, start), end=min(each.end, end)) for each in _within(intervals, start, end))
    return tuple(kept)


def gaps(intervals: Sequence[Spans], start: datetime, end: datetime) -> tuple[tuple[datetime, datetime], ...]:
    """The stretches of `[start, end)` that no interval covers; `intervals` in order."""
    found, reached = [], start
    for each in intervals:
        if each.end <= reached:
            continue
        if each.start >= end:
            break
        if each.start > reached:
            found.append((reached, each.start))
        reached = each.end
    if reached < end:
        found.append((reached, end))
    return tuple(found)


def _within(intervals: Sequence[Span], start: datetime, end: datetime) -> Sequence[Span]:
    """Those that share time with `[start, end)`."""
    first = max(0, bisect_right(intervals, start, key=lambda each: each.start) - 1)
    last = bisect_right(intervals, end, key=lambda each: each.start)
    return [each for each in intervals[first:last] if each.end > start and each.start < end]


def _covers(parts: Sequence[Spans], start: datetime, end: datetime) -> bool:
    return bool(parts) and not gaps(parts, start, end)


def _mean(parts: Sequence[Span], start: datetime, end: datetime, value: Callable[[Span], float]) -> float:
    if len(parts) == 1:
        return value(parts[0])
    total = sum(value(each) * (min(each.end, end) - max(each.start, start)).total_seconds() for each in parts)
    return total / (end - start).total_seconds()
