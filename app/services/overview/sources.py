"""Where the page's figures come from, and how old each source is."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.control.connections import REFUSALS, brand_of
from app.domain.reasons import Reason
from app.domain.sentences import clock, sentence
from app.domain.settings.optimizer import Optimizer
from app.models.connection import Connection
from app.services.overview.freshness import Freshness
from app.services.overview.problems import as_sentence, what_next
from app.services.overview.stored import Stored

CONFIRMED_WITHIN = timedelta(minutes=2)
_STREAM_WORDS = {
    "live": "Live stream",
    "silent": "Stream silent, asked instead",
    "down": "Stream down, asked instead",
    "refused": "Asked every 5 minutes",
}


@dataclass(frozen=True, slots=True)
class Source:
    """One row. `at` is when it last gave something; `note` its trouble in words and what happens about it."""

    title: str
    how: str
    state: Freshness
    at: datetime | None
    note: str = ""


def sources(stored: Stored) -> tuple[Source, ...]:
    """Every connection, the last tariff and the last plan."""
    rows = [_connection(each, stored) for each in stored.connections]
    return (*rows, *(each for each in (_tariff(stored), _plan(stored)) if each is not None))


def _connection(connection: Connection, stored: Stored) -> Source:
    title = brand_of(connection.role, connection.brand).title
    note = f"{as_sentence(connection.problem)} {what_next(connection, stored)}" if connection.problem else ""
    if stored.retailer is not None and connection.id == stored.retailer.id:
        at = stored.feed.as_of if stored.feed else None
        return Source(f"{title} prices", _how_prices_come(connection), _worse(stored.price_state, connection), at, note or _refused(stored))
    if stored.battery is not None and connection.id == stored.battery.id:
        at = stored.reading.taken_at if stored.reading else None
        return Source(title, _how_often(connection), _worse(stored.reading_state, connection), at, note)
    state = Freshness.NONE if connection.seen_at is None else Freshness.LATE if connection.problem else Freshness.FRESH
    return Source(title, "", _worse(state, connection), connection.seen_at, note)


def _refused(stored: Stored) -> str:
    quarantined = stored.feed.quarantined if stored.feed else None
    return f"Left out of the last answer: {quarantined}." if quarantined else ""


def _how_prices_come(connection: Connection) -> str:
    return _STREAM_WORDS.get(connection.stream_state or "", "Asked every 5 minutes")


def _how_often(connection: Connection) -> str:
    poll_s = brand_of("battery", connection.brand).as_linked(connection.config).poll_s
    return "Read every minute" if poll_s == 60 else f"Read every {poll_s} s"


def _worse(state: Freshness, connection: Connection) -> Freshness:
    """A refused key is lost at once: its figures will not come back by themselves."""
    return Freshness.LOST if connection.problem_kind in REFUSALS and connection.problem else state


def _tariff(stored: Stored) -> Source | None:
    upload = stored.upload
    if upload is None:
        return None
    if upload.confirmed_at is not None:
        how = f"Sent {clock(upload.at, stored.zone)}, confirmed {clock(upload.confirmed_at, stored.zone)}"
        return Source("Tariff to the battery", how, Freshness.FRESH, upload.at)
    is_waiting = stored.now - upload.at <= CONFIRMED_WITHIN
    how = f"Sent {clock(upload.at, stored.zone)}, {'waiting for confirmation' if is_waiting else 'not confirmed'}"
    return Source("Tariff to the battery", how, Freshness.FRESH if is_waiting else Freshness.LATE, upload.at)


def _plan(stored: Stored) -> Source | None:
    if not stored.settings.of(Optimizer).enabled:
        return None
    problem, plan = stored.plan_problem, stored.plan
    note = f"{sentence(Reason(problem.code, problem.params), stored.zone)}." if problem is not None else ""
    how = f"Made {clock(plan.made_at, stored.zone)}" if plan is not None else "None yet"
    return Source("Plan", how, stored.plan_state, plan.made_at if plan is not None else None, note)
