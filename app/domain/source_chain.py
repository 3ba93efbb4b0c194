"""Which prices count when a source falls silent or looks less far: live, then the last forecast, then estimates from the market.

Each step down is told. Nothing is ever made up: where no step has a price there is none."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.prices import PriceBook, PriceInterval, Quality, without_overlap
from app.domain.tariffs.half_hourly import LEAST_HORIZON

FRESH_FOR = timedelta(minutes=7)  # after the end of the last interval that was more than a forecast
SHORT = timedelta(hours=12)  # a horizon below this is widened by the market


class Step(StrEnum):
    """Where the prices of a site come from at the moment."""

    LIVE = "live"  # the retailer answers
    LAST_FORECAST = "last_forecast"  # it is silent; what it gave last still reaches far enough
    MARKET = "market"  # estimates from the wholesale market
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Sourced:
    """The prices that count, and how they were come by. `market_from`: from here on they are estimates from the market."""

    step: Step
    prices: PriceBook | None
    present: PriceInterval | None  # the newest interval up to now that can be trusted
    market_from: datetime | None = None


def sourced(own: PriceBook | None, estimates: PriceBook | None, now: datetime, forecast_max_age: timedelta) -> Sourced:
    """The prices of a site from its retailer's (`own`) and from what the market lets estimate."""
    if own is not None:
        present = newest_actual(own, now)
        if present is not None and now - present.end <= FRESH_FOR:
            return _widened(own, estimates, now, present)
        if _reaches(own, now) and now - own.as_of <= forecast_max_age:
            return Sourced(Step.LAST_FORECAST, own, present)
    if estimates is not None:
        running = estimates.at(now)
        if running is not None and now - estimates.as_of <= 2 * FRESH_FOR and _reaches(estimates, now):
            return Sourced(Step.MARKET, _with_past(estimates, own, running.start), running, running.start)
    return Sourced(Step.NONE, own, newest_actual(own, now) if own is not None else None)


def newest_actual(prices: PriceBook, now: datetime) -> PriceInterval | None:
    """The latest interval up to `now` that is more than a forecast."""
    for interval in reversed(prices.between(now - timedelta(days=1), now + timedelta(seconds=1))):
        if interval.start <= now and interval.quality in (Quality.SETTLED, Quality.CURRENT):
            return interval
    return None


def _reaches(prices: PriceBook, now: datetime) -> bool:
    return prices.known_until is not None and prices.known_until >= now + LEAST_HORIZON


def _with_past(estimates: PriceBook, own: PriceBook | None, start: datetime) -> PriceBook:
    """The estimates after what the retailer gave for the time before: what lies beyond their horizon is judged by that."""
    past = tuple(each for each in own.intervals if each.end <= start) if own is not None else ()
    return replace(estimates, intervals=(*past, *(each for each in estimates.intervals if each.end > start)))


def _widened(own: PriceBook, estimates: PriceBook | None, now: datetime, present: PriceInterval) -> Sourced:
    """The retailer's prices, continued by estimates behind its horizon as far as these follow without a gap. A gap inside the retailer's
    own horizon stays one."""
    until = own.known_until
    if estimates is None or estimates.known_until is None or until is None or until < now or until >= now + SHORT:
        return Sourced(Step.LIVE, own, present)
    behind = _unbroken(estimates, until)
    if not behind:
        return Sourced(Step.LIVE, own, present)
    inside = tuple(each for each in own.intervals if each.start < until)
    book = replace(own, intervals=without_overlap((*inside, *behind)), known_until=behind[-1].end)
    return Sourced(Step.LIVE, book, present, until)


def _unbroken(estimates: PriceBook, start: datetime) -> tuple[PriceInterval, ...]:
    """The estimates from `start` on, up to the first gap."""
    found = []
    reached = start
    for each in estimates.between(start, estimates.known_until or start):
        if each.start > reached:
            break
        found.append(replace(each, start=max(each.start, start)))
        reached = each.end
    return tuple(found)
