"""Prices for every step ahead: as published, and beyond that the newest known price of the same local half-hour, marked as an estimate."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from app.domain.prices import PriceBook
from app.domain.tariffs.half_hourly import HALF_HOUR, half_hour_start, slot_index

LOOK_BACK = timedelta(hours=49)


@dataclass(frozen=True, slots=True)
class PricePoint:
    """What a kWh costs and earns in one step, c/kWh."""

    import_c_per_kwh: float
    feed_in_c_per_kwh: float
    is_estimate: bool


def price_course(book: PriceBook, zone: ZoneInfo, starts: Sequence[datetime], now: datetime) -> list[PricePoint] | None:
    """The price of each step that begins at `starts`; None where that of the first is not known.

    An estimate tempts nobody to wait: its import is not below and its feed-in not above the median of what is known ahead."""
    known = [_known(book, start) for start in starts]
    if not known or known[0] is None:
        return None
    ahead = [point for point in known if point is not None]
    usual_import = median(point.import_c_per_kwh for point in ahead)
    usual_feed_in = median(point.feed_in_c_per_kwh for point in ahead)
    by_clock = _by_clock(book, zone, starts[-1] if len(ahead) == len(starts) else _last_known(book, now), now)
    return [
        point or _estimate(by_clock.get(slot_index(start.astimezone(zone))), usual_import, usual_feed_in)
        for point, start in zip(known, starts, strict=True)
    ]


def _known(book: PriceBook, start: datetime) -> PricePoint | None:
    interval = book.at(start)
    if interval is None or interval.import_c_per_kwh is None or interval.feed_in_c_per_kwh is None:
        return None
    return PricePoint(interval.import_c_per_kwh, interval.feed_in_c_per_kwh, is_estimate=False)


def _last_known(book: PriceBook, now: datetime) -> datetime:
    return book.known_until or (book.intervals[-1].end if book.intervals else now)


def _by_clock(book: PriceBook, zone: ZoneInfo, until: datetime, now: datetime) -> dict[int, PricePoint]:
    """The newest known price of each half-hour of the local clock."""
    found: dict[int, PricePoint] = {}
    start = half_hour_start(now - LOOK_BACK)
    while start < until:
        point = _known(book, start)
        if point is not None:
            found[slot_index(start.astimezone(zone))] = point
        start += HALF_HOUR
    return found


def _estimate(earlier: PricePoint | None, usual_import: float, usual_feed_in: float) -> PricePoint:
    if earlier is None:
        return PricePoint(usual_import, usual_feed_in, is_estimate=True)
    return PricePoint(max(earlier.import_c_per_kwh, usual_import), min(earlier.feed_in_c_per_kwh, usual_feed_in), is_estimate=True)
