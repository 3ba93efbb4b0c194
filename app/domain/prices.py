"""Prices as half-open intervals in UTC, with how sure they are. A missing value stays missing: it is None, never 0."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum


class Quality(StrEnum):
    """How sure a price is."""

    SETTLED = "settled"  # billed, or locked in by the retailer
    CURRENT = "current"  # the running interval, may still change
    FORECAST = "forecast"  # published for the time to come
    ESTIMATE = "estimate"  # ours: nothing is published for this time


class Spike(StrEnum):
    """The retailer's warning about a high price."""

    NONE = "none"
    POTENTIAL = "potential"
    SPIKE = "spike"


@dataclass(frozen=True, slots=True)
class Range:
    """The bounds that a source gives to a forecast, c/kWh, in the app's sign."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class PriceInterval:
    """What a kWh costs and earns from `start` (included) to `end` (excluded), GST included; None where the source said nothing."""

    start: datetime  # UTC
    end: datetime  # UTC
    import_c_per_kwh: float | None  # what the owner pays; negative when paid to consume
    feed_in_c_per_kwh: float | None  # what the owner is paid; negative when exporting costs money
    quality: Quality
    source: str  # brand key of the retailer or market feed
    controlled_load_c_per_kwh: float | None = None
    import_range: Range | None = None
    feed_in_range: Range | None = None
    spike: Spike = Spike.NONE
    descriptor: str | None = None  # the retailer's word for the level of the price, as sent
    renewables_pct: float | None = None
    spot_c_per_kwh: float | None = None  # the wholesale part of the import price, without tax

    def __post_init__(self) -> None:
        zero = timedelta(0)
        if self.start.utcoffset() != zero or self.end.utcoffset() != zero:
            raise ValueError(f"a price interval is kept in UTC: {self.start!r} to {self.end!r}")
        if self.end <= self.start:
            raise ValueError(f"a price interval ends after it starts: {self.start!r} to {self.end!r}")

    @property
    def is_whole(self) -> bool:
        """Both prices are known."""
        return self.import_c_per_kwh is not None and self.feed_in_c_per_kwh is not None


_RANK = {Quality.SETTLED: 0, Quality.CURRENT: 1, Quality.FORECAST: 2, Quality.ESTIMATE: 3}


def without_overlap(intervals: Iterable[PriceInterval]) -> tuple[PriceInterval, ...]:
    """The same prices in time order, each instant once: the finest interval wins, then the surer one, then the later given."""
    by_fineness = sorted(enumerate(intervals), key=lambda item: (item[1].end - item[1].start, _RANK[item[1].quality], -item[0]))
    starts: list[datetime] = []
    taken: list[PriceInterval] = []
    for _, interval in by_fineness:
        for piece in _uncovered(interval, starts, taken):
            at = bisect_right(starts, piece.start)
            starts.insert(at, piece.start)
            taken.insert(at, piece)
    return tuple(taken)


def _uncovered(interval: PriceInterval, starts: Sequence[datetime], taken: Sequence[PriceInterval]) -> list[PriceInterval]:
    """The parts of `interval` that no interval of `taken` (ordered, disjoint) covers."""
    at = max(bisect_right(starts, interval.start) - 1, 0)
    free_from = interval.start
    pieces = []
    while at < len(taken) and taken[at].start < interval.end:
        if taken[at].end > free_from:
            if taken[at].start > free_from:
                pieces.append(replace(interval, start=free_from, end=taken[at].start))
            free_from = taken[at].end
        at += 1
    if free_from < interval.end:
        pieces.append(interval if free_from == interval.start else replace(interval, start=free_from))
    return pieces


@dataclass(frozen=True, slots=True)
class PriceBook:
    """What is known of one site's prices: ordered, without overlap, with how far the source sees and when it last answered."""

    intervals: tuple[PriceInterval, ...]
    as_of: datetime  # when the source last gave prices
    known_until: datetime | None  # the end of the last interval that the source published
    is_published_ahead: bool = False  # True: the prices ahead are final (a day-ahead tariff), not forecasts
    channels: frozenset[str] = frozenset({"import", "feed_in"})

    def at(self, instant: datetime) -> PriceInterval | None:
        """The interval that covers `instant`, or None."""
        index = bisect_right(self.intervals, instant, key=lambda interval: interval.start) - 1
        if index < 0 or self.intervals[index].end <= instant:
            return None
        return self.intervals[index]

    def between(self, start: datetime, end: datetime) -> tuple[PriceInterval, ...]:
        """The intervals that touch `[start, end)`."""
        first = bisect_right(self.intervals, start, key=lambda interval: interval.start) - 1
        if first < 0 or self.intervals[first].end <= start:
            first += 1
        last = first
        while last < len(self.intervals) and self.intervals[last].start < end:
            last += 1
        return self.intervals[first:last]
