"""The connections of a home as the owner sees them: health with its age, what is set, what the device told."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer

from app.control.connections import ANOTHER_ANSWERS, REFUSALS, brand_of, brands_of, fields_of
from app.control.forecasts.rows import newest
from app.control.forecasts.setup import ROLE as SOLAR_FORECAST
from app.control.forecasts.setup import setup_of
from app.control.observe import price_book, reading_fresh_for
from app.control.surroundings import Surroundings
from app.devices.capabilities import Battery
from app.domain.brands import Brand
from app.domain.source_chain import FRESH_FOR, newest_actual
from app.models.connection import Connection
from app.models.control import Baseline, DeviceState
from app.models.energy import Reading
from app.models.price import PriceFeed
from app.models.site_forecast import SOLAR
from app.models.types import SecretUnreadable
from app.services.config_words import config_in_words
from app.services.connecting import ROLE_TITLES, SEVERAL
from app.services.proving import facts_in_words
from app.transports.context import Context

FRESH, LATE, LOST, WAITING = "ok", "late", "lost", "waiting"
PRICES_LOST_AFTER = timedelta(minutes=15)  # after the end of the last actual price: commands that rest on it end here
READING_LOST_AFTER = timedelta(minutes=10)
FORECAST_LATE, FORECAST_LOST_AFTER = timedelta(minutes=30), timedelta(hours=24)  # the first beyond the longest pause of its source
_KEY_LOST = "The stored key cannot be read any more. Enter it again."
_STREAMS = {
    "live": "Prices arrive by live stream",
    "silent": "The live stream is silent; prices are asked for each 5 minutes",
    "down": "The live stream is down; prices are asked for each 5 minutes",
    "refused": "The live stream is refused; prices are asked for each 5 minutes",
}


@dataclass(frozen=True, slots=True)
class Health:
    """`state`: "ok", "late", "lost" or "waiting" (nothing has come yet). `as_of`: when the newest value was true."""

    state: str
    as_of: datetime | None
    problem: str | None = None
    problem_since: datetime | None = None
    retry_at: datetime | None = None
    needs_key: bool = False
    is_another: bool = False  # what answers is not the device that was linked


@dataclass(frozen=True, slots=True)
class ConnectionView:
    """One connection as its card draws it."""

    id: int
    role: str
    role_title: str
    brand: Brand
    health: Health
    stream: str | None
    config: tuple[tuple[str, str], ...]  # (label, words), without secrets
    facts: tuple[tuple[str, str], ...]
    facts_at: datetime | None
    settings: tuple[tuple[str, str], ...]
    settings_at: datetime | None
    is_steered: bool  # the owner's settings are still to be given back


@dataclass(frozen=True, slots=True)
class Addable:
    """A role that the home has room for, with the brands that can take it."""

    role: str
    title: str
    brands: tuple[Brand, ...]


def connections_of(session: Session, site_id: int) -> list[Connection]:
    """Retailer first, then devices. The secrets stay closed: they may be unreadable, and a page has no use for them."""
    rows = session.scalars(select(Connection).where(Connection.site_id == site_id).options(defer(Connection.secrets)))
    order = list(ROLE_TITLES)
    return sorted(rows, key=lambda row: (order.index(row.role) if row.role in order else len(order), row.key))


def views(around: Surroundings, session: Session, site_id: int, now: datetime) -> tuple[ConnectionView, ...]:
    """A view of each connection of the home."""
    return tuple(view(around, session, row, now) for row in connections_of(session, site_id))


def view(around: Surroundings, session: Session, row: Connection, now: datetime) -> ConnectionView:
    """One connection."""
    brand = brand_of(row.role, row.brand).as_linked(row.config)
    state = session.get(DeviceState, row.id)
    driver = _driver(around, brand, row)
    found = state.found if state is not None else None
    return ConnectionView(
        id=row.id,
        role=row.role,
        role_title=ROLE_TITLES.get(row.role, row.role.capitalize()),
        brand=brand,
        health=health(session, row, now, can_open=driver is not None),
        stream=_STREAMS.get(row.stream_state or "") if row.role == "retailer" else None,
        config=config_in_words(brand.fields, row.config),
        facts=tuple(facts_in_words(row.facts or {})),
        facts_at=row.facts_at,
        settings=tuple(driver.in_words(found).items()) if isinstance(driver, Battery) and found else (),
        settings_at=state.found_at if state is not None else None,
        is_steered=session.get(Baseline, row.id) is not None,
    )


def _driver(around: Surroundings, brand: Brand, row: Connection) -> Any:
    """The opened driver or feed, which sends nothing; None where the key is lost."""
    try:
        return brand.open(fields_of(row), Context(around.pace, around.environment))
    except SecretUnreadable:
        return None


def health(session: Session, row: Connection, now: datetime, *, can_open: bool = True) -> Health:
    """How old the newest value is against the limits of its source, and what is wrong."""
    as_of, fresh_for, lost_after = _newest(session, row, now)
    problem = row.problem if can_open else _KEY_LOST
    if as_of is None:
        state = LOST if problem else WAITING
    else:
        old = now - as_of
        state = FRESH if old <= fresh_for else LATE if old <= lost_after else LOST
    return Health(
        state=state,
        as_of=as_of,
        problem=problem,
        problem_since=row.problem_since,
        retry_at=row.retry_at if row.retry_at is not None and row.retry_at > now else None,
        needs_key=not can_open or row.problem_kind in REFUSALS,
        is_another=row.problem_kind == ANOTHER_ANSWERS,
    )


def _newest(session: Session, row: Connection, now: datetime) -> tuple[datetime | None, timedelta, timedelta]:
    """When the newest value was true, how long it is fresh, and from when it is not used any more."""
    if row.role == "retailer":
        book = price_book(session, row, now)
        actual = newest_actual(book, now) if book is not None else None
        # A running interval is true now, however long ago it began.
        return (min(actual.end, now) if actual else None), FRESH_FOR, PRICES_LOST_AFTER
    if row.role == "battery":
        taken_at = session.scalar(select(func.max(Reading.taken_at)).where(Reading.site_id == row.site_id))
        fresh_for = reading_fresh_for(row)
        return taken_at, fresh_for, max(READING_LOST_AFTER, fresh_for)
    if row.role == SOLAR_FORECAST:
        forecast = newest(session, row.site_id, SOLAR, setup_of(row))
        fresh_for = timedelta(seconds=brand_of(row.role, row.brand).poll_s) + FORECAST_LATE
        return (forecast.issued_at if forecast else None), fresh_for, FORECAST_LOST_AFTER
    return row.seen_at, timedelta(minutes=2), READING_LOST_AFTER


def addable(session: Session, site_id: int) -> tuple[Addable, ...]:
    """The roles that are still free, where there is a brand for them."""
    taken = set(session.scalars(select(Connection.role).where(Connection.site_id == site_id)))
    return tuple(
        Addable(role, title, tuple(brands.values()))
        for role, title in ROLE_TITLES.items()
        if (brands := brands_of(role)) and (role in SEVERAL or role not in taken)
    )


@dataclass(frozen=True, slots=True)
class Prospect:
    """Whether prices reach far enough to give a battery a day of them."""

    known_until: datetime | None
    as_of: datetime | None


def prospect(session: Session, site_id: int) -> Prospect:
    """How far the home's retailer sees."""
    feed = session.scalars(
        select(PriceFeed).join(Connection, Connection.id == PriceFeed.connection_id).where(Connection.site_id == site_id)
    ).first()
    return Prospect(feed.known_until if feed else None, feed.as_of if feed else None)


def config_of(session: Session, connection_id: int) -> dict[str, Any]:
    """The stored fields of a connection that are not secret."""
    return dict(session.scalar(select(Connection.config).where(Connection.id == connection_id)) or {})
