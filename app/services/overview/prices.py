"""The price of this moment, and what comes next."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.control.connections import brand_of
from app.domain.prices import PriceBook, PriceInterval, Quality, Spike
from app.domain.sentences import cents, clock, day_and_clock
from app.domain.source_chain import newest_actual
from app.services.overview.freshness import Freshness
from app.services.overview.half_hours import HalfHour, cheapest, dearest
from app.services.overview.stored import Stored

DIFFERS_FROM_C = 1.0  # a half-hour is worth naming as the next one when a price differs by this much
LEAST_REST_OF_DAY = timedelta(hours=3)  # late in the evening the dearest and cheapest are those of the next 24 hours

_QUALITY_WORDS = {
    Quality.SETTLED: "Settled",
    Quality.CURRENT: "May still change",
    Quality.FORECAST: "Forecast",
    Quality.ESTIMATE: "Estimate",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """A half-hour that stands out. `day` is empty for today."""

    start: datetime
    import_c_per_kwh: float | None
    feed_in_c_per_kwh: float | None
    is_tomorrow: bool
    is_spike: bool


@dataclass(frozen=True, slots=True)
class PricesNow:
    """What a kWh costs and earns now; the prices are None once they are lost, and `was` says the last ones."""

    state: Freshness
    source: str  # the retailer's name
    at: datetime | None  # when the source last gave prices
    import_c_per_kwh: float | None = None
    feed_in_c_per_kwh: float | None = None
    until: datetime | None = None
    is_over: bool = False  # the interval has ended and the next price is not there yet
    certainty: str = ""  # "Settled", "May still change"
    level: str = ""  # the retailer's word: "Extremely low"
    renewables_pct: float | None = None
    spike: str = ""
    was: str = ""
    following: Moment | None = None
    dearest: Moment | None = None
    cheapest: Moment | None = None
    span: str = "today"  # over what dearest and cheapest are


def prices_now(stored: Stored, book: PriceBook | None, ahead: tuple[HalfHour, ...]) -> PricesNow | None:
    """None where there is no retailer."""
    if stored.retailer is None:
        return None
    source = brand_of("retailer", stored.retailer.brand).title
    present = newest_actual(book, stored.now) if book else None
    if present is None and stored.price_end is not None:
        was = f"No price since {day_and_clock(stored.price_end, stored.zone)}"
        return PricesNow(Freshness.LOST, source, book.as_of if book else None, until=stored.price_end, was=was)
    if present is None or book is None:
        return PricesNow(Freshness.NONE, source, book.as_of if book else None)
    state = stored.price_state
    rest, span = _rest_of_day(ahead, stored.now, stored.zone)
    is_lost = state is Freshness.LOST
    return PricesNow(
        state=state,
        source=source,
        at=book.as_of,
        import_c_per_kwh=None if is_lost else present.import_c_per_kwh,
        feed_in_c_per_kwh=None if is_lost else present.feed_in_c_per_kwh,
        until=present.end,
        is_over=present.end <= stored.now,
        certainty=_QUALITY_WORDS[present.quality],
        level=in_words(present.descriptor),
        renewables_pct=None if is_lost else present.renewables_pct,
        spike="" if is_lost else _spike_words(present.spike),
        was=_was(present, stored.zone) if is_lost else "",
        following=_following(present, ahead, stored),
        dearest=_moment(dearest(rest), stored),
        cheapest=_moment(cheapest(rest), stored),
        span=span,
    )


def in_words(descriptor: str | None) -> str:
    """ "extremelyLow" → "Extremely low"; nothing stays nothing."""
    if not descriptor:
        return ""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|[_\-]+", " ", descriptor).strip().lower().capitalize()


def _spike_words(spike: Spike) -> str:
    return {Spike.NONE: "", Spike.POTENTIAL: "Spike possible", Spike.SPIKE: "Price spike"}[spike]


def _was(present: PriceInterval, zone: ZoneInfo) -> str:
    return f"Was {cents(present.import_c_per_kwh)} to buy and {cents(present.feed_in_c_per_kwh)} to sell until {clock(present.end, zone)}"


def _rest_of_day(ahead: tuple[HalfHour, ...], now: datetime, zone: ZoneInfo) -> tuple[tuple[HalfHour, ...], str]:
    today = now.astimezone(zone).date()
    rest = tuple(each for each in ahead[1:] if each.start.astimezone(zone).date() == today)
    if not rest or rest[-1].end - now < LEAST_REST_OF_DAY:
        return ahead[1:], "in the next 24 hours"
    return rest, "today"


def _following(present: PriceInterval, ahead: tuple[HalfHour, ...], stored: Stored) -> Moment | None:
    """The next half-hour whose price differs in a way that matters, else simply the next one."""
    known = [each for each in ahead[1:] if each.import_c_per_kwh is not None]
    differing = (each for each in known if _differs(each, present))
    return _moment(next(differing, known[0] if known else None), stored)


def _differs(half_hour: HalfHour, present: PriceInterval) -> bool:
    pairs = (
        (half_hour.import_c_per_kwh, present.import_c_per_kwh),
        (half_hour.feed_in_c_per_kwh, present.feed_in_c_per_kwh),
    )
    return any(a is None or b is None or abs(a - b) >= DIFFERS_FROM_C for a, b in pairs)


def _moment(half_hour: HalfHour | None, stored: Stored) -> Moment | None:
    if half_hour is None:
        return None
    today = stored.now.astimezone(stored.zone).date()
    return Moment(
        half_hour.start,
        half_hour.import_c_per_kwh,
        half_hour.feed_in_c_per_kwh,
        half_hour.start.astimezone(stored.zone).date() != today,
        half_hour.spike is not Spike.NONE,
    )
