"""Prices that the owner knows better for one stretch of time: a free hour, an event. They replace what the source says, for that time."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.domain.prices import PriceInterval, Spike


@dataclass(frozen=True, slots=True)
class PriceOverride:
    """What holds in `[start, end)` (UTC); None leaves that side as it is."""

    start: datetime
    end: datetime
    import_c_per_kwh: float | None
    feed_in_c_per_kwh: float | None
    note: str = ""


def overridden(intervals: Iterable[PriceInterval], overrides: Sequence[PriceOverride]) -> tuple[PriceInterval, ...]:
    """The same stretch of time with `overrides` applied in the order in which they were created: where several hold, the later one counts,
    side by side. Intervals are cut at the borders of an override; source, quality and the wholesale price stay. Where there is no
    interval, none is made."""
    found = tuple(intervals)
    for override in overrides:
        found = tuple(part for interval in found for part in _applied(interval, override))
    return found


def _applied(interval: PriceInterval, override: PriceOverride) -> Iterator[PriceInterval]:
    start, end = max(interval.start, override.start), min(interval.end, override.end)
    if end <= start:
        yield interval
        return
    if interval.start < start:
        yield replace(interval, end=start)
    yield _changed(replace(interval, start=start, end=end), override)
    if end < interval.end:
        yield replace(interval, start=end)


def _changed(interval: PriceInterval, override: PriceOverride) -> PriceInterval:
    """The retailer's bounds, warning and word are about the price that it told: they go with it."""
    if override.import_c_per_kwh is not None:
        interval = replace(interval, import_c_per_kwh=override.import_c_per_kwh, import_range=None, spike=Spike.NONE, descriptor=None)
    if override.feed_in_c_per_kwh is not None:
        interval = replace(interval, feed_in_c_per_kwh=override.feed_in_c_per_kwh, feed_in_range=None)
    return interval
