"""How old a figure may be before the page says so, and before it is no longer shown."""

from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.policies import optimizer
from app.domain.source_chain import FRESH_FOR

PRICE_FRESH_FOR = FRESH_FOR  # after the end of the last interval that is more than a forecast
PRICE_LOST_AFTER = timedelta(minutes=15)
READING_LOST_AFTER = timedelta(minutes=10)
DECISION_FRESH_FOR = timedelta(minutes=3)  # a tick comes every minute
DECISION_LOST_AFTER = timedelta(minutes=10)


class Freshness(StrEnum):
    """How a figure is shown."""

    FRESH = "fresh"
    LATE = "late"  # grey, with its age in a badge
    LOST = "lost"  # a dash; the last value stands in words
    NONE = "none"  # there never was one


def freshness(at: datetime | None, now: datetime, fresh_for: timedelta, lost_after: timedelta) -> Freshness:
    """Of a value that was true at `at`: fresh up to and including `fresh_for`, lost beyond `lost_after`."""
    if at is None:
        return Freshness.NONE
    age = now - at
    if age <= fresh_for:
        return Freshness.FRESH
    return Freshness.LATE if age <= lost_after else Freshness.LOST


def of_reading(taken_at: datetime | None, now: datetime, fresh_for: timedelta) -> Freshness:
    """A live reading; `fresh_for` depends on how often its device is asked."""
    return freshness(taken_at, now, fresh_for, max(READING_LOST_AFTER, 2 * fresh_for))


def of_price(end: datetime | None, now: datetime) -> Freshness:
    """The present price, by the end of its interval."""
    return freshness(end, now, PRICE_FRESH_FOR, PRICE_LOST_AFTER)


def of_decision(at: datetime | None, now: datetime) -> Freshness:
    """The last tick."""
    return freshness(at, now, DECISION_FRESH_FOR, DECISION_LOST_AFTER)


def of_plan(made_at: datetime | None, now: datetime) -> Freshness:
    """A plan of the optimizer: followed while it is fresh, given up once it is lost."""
    return freshness(made_at, now, optimizer.FRESH_FOR, optimizer.ENDS_AFTER)
