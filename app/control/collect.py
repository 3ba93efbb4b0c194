"""Prices from a retailer's feed into the tables. Feed jobs alone call this; the tick reads what is stored."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import cast

from sqlalchemy import Executable, Table, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.control.connections import Opener, may_ask, note_answer, note_failure
from app.control.surroundings import Surroundings
from app.domain.prices import PriceInterval, Quality
from app.feeds.capabilities import FetchesPresent, PriceAnswer, Retailer
from app.models.connection import Connection
from app.models.price import Price, PriceFeed
from app.transports.errors import VendorError

PERIOD_S = 300
STAGES_S = (0, 35, 60)  # of each 5-minute period: the estimate, the settled price, and a last look where it was late


def is_due(as_of: datetime | None, now: datetime) -> bool:
    """Whether a stage of the running 5-minute period has begun since prices last came (or they came from a clock that was set back)."""
    if as_of is None or as_of > now:
        return True
    into_s = now.timestamp() % PERIOD_S
    stage_s = max(stage for stage in STAGES_S if stage <= into_s)
    return (now - as_of).total_seconds() > into_s - stage_s


def fetch(around: Surroundings, opener: Opener, connection_id: int, now: datetime, *, present_only: bool = False) -> PriceAnswer | None:
    """Ask the retailer and store the answer; None when it gave none, with the reason kept at the connection.

    `present_only`: the running price alone, of retailers where that can be asked for."""
    with around.reading() as session:
        connection = session.get(Connection, connection_id)
        if connection is None or not may_ask(connection, now):
            return None
    try:
        feed = opened_retailer(around, opener, connection_id)
        if not present_only:
            answer = feed.fetch_ahead(now)
        elif isinstance(feed, FetchesPresent):
            answer = feed.fetch_present(now)
        else:
            return None
    except VendorError as error:
        with around.session() as session:
            note_failure(session.get_one(Connection, connection_id), error, now)
            session.commit()
        return None
    with around.session() as session:
        connection = session.get_one(Connection, connection_id)
        note_answer(connection, now)
        store(session, connection, answer, is_published_ahead=feed.is_published_ahead)
        session.commit()
    return answer


def opened_retailer(around: Surroundings, opener: Opener, connection_id: int) -> Retailer:
    """The feed of a connection by its number. Raises CredentialsRefused when its stored key cannot be read."""
    with around.reading() as session:
        return opener.retailer(session.get_one(Connection, connection_id))


def feed_of(session: Session, connection: Connection) -> PriceFeed:
    """The feed row of a retailer connection, made on first use."""
    feed = session.scalars(select(PriceFeed).where(PriceFeed.connection_id == connection.id)).one_or_none()
    if feed is None:
        feed = PriceFeed(key=f"connection:{connection.id}", connection_id=connection.id, is_published_ahead=False)
        session.add(feed)
        session.flush()
    return feed


def store(session: Session, connection: Connection, answer: PriceAnswer, *, is_published_ahead: bool = False) -> bool:
    """Store an answer. Returns whether a price of now or later is new or differs. The caller commits."""
    feed = feed_of(session, connection)
    feed.as_of = answer.as_of
    if answer.known_until is not None:
        feed.known_until, feed.ahead_at = answer.known_until, answer.as_of
    feed.is_published_ahead = is_published_ahead
    feed.channels = ",".join(sorted(answer.channels))
    feed.quarantined = "; ".join(answer.quarantined) or None
    rows = [_row(feed.id, interval, answer.as_of) for interval in answer.intervals]
    if answer.known_until is not None:
        _forget_withdrawn(session, feed.id, rows, answer.as_of)
    return upsert(session, rows)


def _forget_withdrawn(session: Session, feed_id: int, rows: list[dict[str, object]], now: datetime) -> None:
    """A forecast that a full answer no longer gives is no longer known: an earlier one must not fill the gap."""
    given = {(row["start"], row["minutes"]) for row in rows}
    stored = session.execute(
        select(Price.start, Price.minutes).where(Price.feed_id == feed_id, Price.start > now, Price.quality == Quality.FORECAST.value)
    )
    for start, minutes in [(row.start, row.minutes) for row in stored]:
        if (start, minutes) not in given:
            session.execute(delete(Price).where(Price.feed_id == feed_id, Price.start == start, Price.minutes == minutes))


def upsert(session: Session, rows: Sequence[dict[str, object]]) -> bool:
    """Write price rows; a settled price is never replaced by a less sure one. Returns whether anything changed."""
    if not rows:
        return False
    written = session.connection().execute(_upsert_on(session.get_bind().dialect.name), list(rows)).all()
    return bool(written)


@cache
def _upsert_on(dialect: str) -> Executable:
    """One statement for any number of rows, so that it is compiled once."""
    table = Price.__table__
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(cast(Table, table))
    new = statement.excluded
    is_surer = (Price.quality != Quality.SETTLED.value) | (new.quality == Quality.SETTLED.value)
    differs = (
        Price.import_c.is_distinct_from(new.import_c)
        | Price.feed_in_c.is_distinct_from(new.feed_in_c)
        | (Price.quality != new.quality)
        | Price.import_low_c.is_distinct_from(new.import_low_c)
        | Price.import_high_c.is_distinct_from(new.import_high_c)
        | (Price.spike != new.spike)
    )
    changing = [column.name for column in table.columns if not column.primary_key]
    return statement.on_conflict_do_update(
        index_elements=["feed_id", "start", "minutes"], set_={name: getattr(new, name) for name in changing}, where=is_surer & differs
    ).returning(Price.start)


def _row(feed_id: int, interval: PriceInterval, as_of: datetime) -> dict[str, object]:
    return {
        "feed_id": feed_id,
        "start": interval.start,
        "minutes": round((interval.end - interval.start).total_seconds() / 60),
        "import_c": interval.import_c_per_kwh,
        "feed_in_c": interval.feed_in_c_per_kwh,
        "controlled_load_c": interval.controlled_load_c_per_kwh,
        "quality": interval.quality.value,
        "as_of": as_of,
        "import_low_c": interval.import_range.low if interval.import_range else None,
        "import_high_c": interval.import_range.high if interval.import_range else None,
        "feed_in_low_c": interval.feed_in_range.low if interval.feed_in_range else None,
        "feed_in_high_c": interval.feed_in_range.high if interval.feed_in_range else None,
        "spike": interval.spike.value,
        "descriptor": interval.descriptor,
        "renewables_pct": interval.renewables_pct,
    }
