"""A day of prices as the owner sees it: settled, current, forecast and estimated, in steps of 30 or 5 minutes."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.control.connections import brand_of, load
from app.control.observe import estimated_book, overrides_since, price_book, settings_of
from app.control.price_rows import stored_intervals
from app.domain.overrides import overridden
from app.domain.prices import PriceBook, PriceInterval, Quality, Range, Spike, without_overlap
from app.domain.settings.tariff_sync import TariffSync
from app.domain.source_chain import FRESH_FOR, Sourced, newest_actual, sourced
from app.domain.tariffs.half_hourly import HALF_HOUR, Missing, build
from app.models.connection import Connection
from app.models.price import Price, PriceFeed
from app.models.site import Site

LOST_AFTER = timedelta(minutes=15)  # after the end of the last actual price: nothing rests on it any more
DAYS_BACK = 90
STEPS = (30, 5)  # minutes
LEVEL_LIMITS_C = (5.0, 15.0, 22.0, 32.0, 45.0, 100.0)  # import c/kWh between the seven price levels
SPIKE_FROM_C = LEVEL_LIMITS_C[-1]
_RANK = {Quality.SETTLED: 0, Quality.CURRENT: 1, Quality.FORECAST: 2, Quality.ESTIMATE: 3}


class Freshness(StrEnum):
    """How far a figure can be trusted by its age."""

    FRESH = "fresh"
    LATE = "late"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class PriceRow:
    """The price of one step, c/kWh; None where it is not known for the whole step. `quality` None: nothing is known."""

    start: datetime  # UTC
    end: datetime
    import_c: float | None
    feed_in_c: float | None
    quality: Quality | None
    import_range: Range | None = None
    feed_in_range: Range | None = None
    is_now: bool = False
    is_past: bool = False

    @property
    def kind(self) -> str:
        """How sure it is, in words."""
        match self.quality:
            case None:
                return "No price"
            case Quality.FORECAST if self.is_past:
                return "Only forecast"
            case quality:
                return quality.value.capitalize()

    @property
    def level(self) -> int | None:
        """The price level of the import price, 0 (low) to 6 (spike)."""
        return level_of(self.import_c)


@dataclass(frozen=True, slots=True)
class Mark:
    """One price that stands out, and when it begins."""

    price_c: float
    at: datetime
    is_warned: bool = False  # the retailer warns of a spike


@dataclass(frozen=True, slots=True)
class Present:
    """The price of this moment and what follows. `last` is the newest price that is more than a forecast."""

    freshness: Freshness
    last: PriceInterval | None
    following: PriceInterval | None
    forecast: PriceInterval | None  # what had been forecast for now, where the price itself is lost
    has_feed_in: bool = True

    @property
    def import_c(self) -> float | None:
        return self.last.import_c_per_kwh if self.last and self.freshness is not Freshness.LOST else None

    @property
    def feed_in_c(self) -> float | None:
        return self.last.feed_in_c_per_kwh if self.last and self.freshness is not Freshness.LOST else None


@dataclass(frozen=True, slots=True)
class Source:
    """Where the prices come from and how that is going."""

    connection_id: int
    retailer: str
    as_of: datetime | None  # when it last gave prices
    is_streaming: bool
    known_until: datetime | None
    problem: str | None
    refused: str | None  # records of its last answer that were not taken, in words
    market_from: datetime | None = None  # from here on the prices are estimates from the wholesale market


@dataclass(frozen=True, slots=True)
class PriceDay:
    """One page of prices: today with what is known of the time to come, or one earlier day."""

    now: datetime
    zone: ZoneInfo
    currency: str
    day: date  # local
    step_min: int
    source: Source
    rows: tuple[PriceRow, ...]
    present: Present | None  # None on an earlier day
    highest: Mark | None  # import, of what is more than a forecast on this day
    lowest: Mark | None
    highest_feed_in: Mark | None
    lowest_feed_in: Mark | None
    dearest_ahead: Mark | None
    cheapest_ahead: Mark | None
    earlier: date | None  # a day before that has prices
    later: date | None

    @property
    def is_today(self) -> bool:
        return self.day == self.now.astimezone(self.zone).date()

    @property
    def has_spike(self) -> bool:
        """The day has seen a price spike."""
        return self.highest is not None and (self.highest.price_c >= SPIKE_FROM_C or self.highest.is_warned)


def level_of(import_c: float | None) -> int | None:
    """The price level of an import price: 0 below 5 c/kWh … 6 from 100 c/kWh on; None for an unknown one."""
    return None if import_c is None else bisect_right(LEVEL_LIMITS_C, import_c)


def present_price(book: PriceBook, now: datetime) -> Present:
    """The price of this moment with its freshness: fresh until 7 minutes after its interval's end, lost after 15."""
    last = newest_actual(book, now)
    following = book.at(last.end) if last is not None and last.end > now else book.at(now)
    has_feed_in = "feed_in" in book.channels
    if last is None or now - last.end > LOST_AFTER:
        return Present(Freshness.LOST, last, None, book.at(now), has_feed_in)
    freshness = Freshness.FRESH if now - last.end <= FRESH_FOR else Freshness.LATE
    return Present(freshness, last, following if following is not last else None, None, has_feed_in)


def price_day(session: Session, site: Site, now: datetime, day: date | None = None, step_min: int = 30) -> PriceDay | None:
    """The prices of a local day; None: today, with all that is known ahead. None is returned for a site without a retailer."""
    zone = ZoneInfo(site.timezone)
    retailer = load(session, site.id, "retailer")
    if retailer is None:
        return None
    feed = session.scalars(select(PriceFeed).where(PriceFeed.connection_id == retailer.id)).one_or_none()
    today = now.astimezone(zone).date()
    shown = day or today
    start, end = day_bounds(shown, zone)
    book = price_book(session, retailer, now, since=start - timedelta(days=1)) if shown == today else None
    if shown == today:
        end = day_bounds(today + timedelta(days=1), zone)[1]
        source = chain_of(session, site, feed, book, now) if feed is not None else None
        book, market_from = (source.prices, source.market_from) if source is not None else (book, None)
        known = book.between(start, end) if book else ()
    else:
        stored = without_overlap(stored_intervals(session, feed, retailer.brand, start - HALF_HOUR, end)) if feed else ()
        known, market_from = overridden(stored, overrides_since(session, site.id, start)), None
    known = tuple(clipped(known, start, end))
    ahead = estimates(book, zone, now, site.currency, end) if book else ()
    half_hours = trimmed(half_hour_rows(known, ahead, start, end, now))
    rows = half_hours if step_min == 30 else trimmed(published_rows(known, ahead, now))
    midnight = day_bounds(shown, zone)[1]
    actual = [each for each in known if each.quality in (Quality.SETTLED, Quality.CURRENT) and each.start < midnight]
    future = [row for row in half_hours if row.start >= now and row.quality is Quality.FORECAST]
    return PriceDay(
        now=now,
        zone=zone,
        currency=site.currency,
        day=shown,
        step_min=step_min,
        source=replace(source_of(retailer, feed), market_from=market_from),
        rows=rows,
        present=present_price(book, now) if book else None,
        highest=_extreme(actual, _import, highest=True),
        lowest=_extreme(actual, _import, highest=False),
        highest_feed_in=_extreme(actual, _feed_in, highest=True),
        lowest_feed_in=_extreme(actual, _feed_in, highest=False),
        dearest_ahead=_ahead(future, known, highest=True),
        cheapest_ahead=_ahead(future, known, highest=False),
        earlier=_earlier(session, feed, shown, today, zone),
        later=shown + timedelta(days=1) if shown < today else None,
    )


def chain_of(session: Session, site: Site, feed: PriceFeed, book: PriceBook | None, now: datetime) -> Sourced:
    """What counts of the retailer's prices and of the market's estimates, as tariff sync sees it."""
    longest = timedelta(hours=settings_of(session, site.id).of(TariffSync).forecast_max_age_h)
    return sourced(book, estimated_book(session, site, feed, now), now, longest)


def source_of(retailer: Connection, feed: PriceFeed | None) -> Source:
    """How the retailer's prices are coming in."""
    return Source(
        connection_id=retailer.id,
        retailer=brand_of("retailer", retailer.brand).title,
        as_of=feed.as_of if feed else None,
        is_streaming=retailer.stream_state == "live",
        known_until=feed.known_until if feed else None,
        problem=retailer.problem,
        refused=feed.quarantined if feed else None,
    )


def day_bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The UTC start and end of a local day of 23, 24 or 25 hours."""
    return tuple(  # type: ignore[return-value]
        datetime(each.year, each.month, each.day, tzinfo=zone).astimezone(UTC) for each in (day, day + timedelta(days=1))
    )


def clipped(intervals: Iterable[PriceInterval], start: datetime, end: datetime) -> Iterable[PriceInterval]:
    """What of the intervals lies in `[start, end)`."""
    for each in intervals:
        if each.end > start and each.start < end:
            yield each if each.start >= start and each.end <= end else replace(each, start=max(each.start, start), end=min(each.end, end))


def estimates(book: PriceBook, zone: ZoneInfo, now: datetime, currency: str, end: datetime) -> tuple[PriceRow, ...]:
    """The half-hours beyond what is published, as the battery's tariff assumes them; none where no tariff can be built."""
    built = build(book, zone, now, currency)
    if isinstance(built, Missing):
        return ()
    return tuple(
        PriceRow(slot.start, slot.start + HALF_HOUR, slot.import_c_per_kwh, slot.feed_in_c_per_kwh, Quality.ESTIMATE)
        for slot in sorted({slot.start: slot for slot in built.slots}.values(), key=lambda slot: slot.start)
        if slot.quality is Quality.ESTIMATE and slot.start < end
    )


def half_hour_rows(
    known: Sequence[PriceInterval], ahead: Sequence[PriceRow], start: datetime, end: datetime, now: datetime
) -> list[PriceRow]:
    """One row per half-hour: the time-weighted price where every minute is known."""
    by_start = {row.start: row for row in ahead}
    starts = [each.start for each in known]
    rows = []
    while start < end:
        first = max(bisect_right(starts, start) - 1, 0)
        parts = list(clipped(known[first : bisect_right(starts, start + HALF_HOUR)], start, start + HALF_HOUR))
        row = _half_hour(parts, start, now)
        rows.append(by_start[start] if row.import_c is None and row.feed_in_c is None and start in by_start else row)
        start += HALF_HOUR
    return rows


def _half_hour(parts: Sequence[PriceInterval], start: datetime, now: datetime) -> PriceRow:
    end, is_now = start + HALF_HOUR, start <= now < start + HALF_HOUR
    import_c, feed_in_c = _mean(parts, _import), _mean(parts, _feed_in)
    if import_c is None and feed_in_c is None:
        return PriceRow(start, end, None, None, None, is_now=is_now, is_past=end <= now)
    quality = max((each.quality for each in parts), key=_RANK.__getitem__)
    running = next((each for each in parts if each.start <= now < each.end), None)
    if is_now and running is not None and running.quality in (Quality.SETTLED, Quality.CURRENT):
        quality = Quality.CURRENT
    is_forecast = quality is Quality.FORECAST
    return PriceRow(
        start,
        end,
        import_c,
        feed_in_c,
        quality,
        import_range=_mean_range([each.import_range for each in parts]) if is_forecast else None,
        feed_in_range=_mean_range([each.feed_in_range for each in parts]) if is_forecast else None,
        is_now=is_now,
        is_past=end <= now,
    )


def published_rows(known: Sequence[PriceInterval], ahead: Sequence[PriceRow], now: datetime) -> list[PriceRow]:
    """One row per interval as the retailer gave it, mostly 5 minutes; a gap is a row without a price."""
    rows: list[PriceRow] = []
    for each in known:
        if rows and rows[-1].end < each.start:
            rows.append(PriceRow(rows[-1].end, each.start, None, None, None, is_past=each.start <= now))
        has_price = each.import_c_per_kwh is not None or each.feed_in_c_per_kwh is not None
        is_forecast = each.quality is Quality.FORECAST
        rows.append(
            PriceRow(
                each.start,
                each.end,
                each.import_c_per_kwh,
                each.feed_in_c_per_kwh,
                each.quality if has_price else None,
                import_range=each.import_range if is_forecast else None,
                feed_in_range=each.feed_in_range if is_forecast else None,
                is_now=each.start <= now < each.end,
                is_past=each.end <= now,
            )
        )
    known_to = rows[-1].end if rows else None
    return rows + [row for row in ahead if known_to is None or row.start >= known_to]


def trimmed(rows: Sequence[PriceRow]) -> tuple[PriceRow, ...]:
    """Without the unknown steps before the first and after the last price; gaps between stay."""
    known = [index for index, row in enumerate(rows) if row.quality is not None]
    return tuple(rows[known[0] : known[-1] + 1]) if known else ()


def _import(interval: PriceInterval) -> float | None:
    return interval.import_c_per_kwh


def _feed_in(interval: PriceInterval) -> float | None:
    return interval.feed_in_c_per_kwh


def _mean(parts: Sequence[PriceInterval], price: Callable[[PriceInterval], float | None]) -> float | None:
    """The time-weighted price of a half-hour; None unless each of its minutes is known."""
    covered_s = total = 0.0
    for each in parts:
        value = price(each)
        if value is None:
            return None
        seconds = (each.end - each.start).total_seconds()
        covered_s, total = covered_s + seconds, total + value * seconds
    return total / covered_s if abs(covered_s - HALF_HOUR.total_seconds()) < 0.5 else None


def _mean_range(ranges: Sequence[Range | None]) -> Range | None:
    known = [each for each in ranges if each is not None]
    if not known or len(known) < len(ranges):
        return None
    return Range(sum(each.low for each in known) / len(known), sum(each.high for each in known) / len(known))


def _extreme(intervals: Sequence[PriceInterval], price: Callable[[PriceInterval], float | None], *, highest: bool) -> Mark | None:
    known = [(value, each) for each in intervals if (value := price(each)) is not None]
    if not known:
        return None
    value, found = (max if highest else min)(known, key=lambda pair: pair[0])
    return Mark(value, found.start, found.spike is Spike.SPIKE)


def _ahead(rows: Sequence[PriceRow], known: Sequence[PriceInterval], *, highest: bool) -> Mark | None:
    priced = [(row.import_c, row) for row in rows if row.import_c is not None]
    if not priced:
        return None
    value, row = (max if highest else min)(priced, key=lambda pair: pair[0])
    warned = any(each.spike is not Spike.NONE and each.start < row.end and each.end > row.start for each in known)
    return Mark(value, row.start, warned)


def _earlier(session: Session, feed: PriceFeed | None, shown: date, today: date, zone: ZoneInfo) -> date | None:
    """The day before, if prices are stored for it or for an earlier one, at most 90 days back."""
    before = shown - timedelta(days=1)
    if feed is None or before < today - timedelta(days=DAYS_BACK):
        return None
    first = session.scalar(select(func.min(Price.start)).where(Price.feed_id == feed.id))
    return before if first is not None and first < day_bounds(before, zone)[1] else None
