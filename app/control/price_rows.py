"""Prices in the tables: of a retailer's connection, or of a market region that many sites share."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import cast

from sqlalchemy import Executable, Table, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.domain.codec import to_json
from app.domain.prices import PriceInterval, Quality, Range, Spike
from app.feeds.capabilities import FeedState, PriceAnswer
from app.models.connection import Connection
from app.models.first_row import insert_if_missing
from app.models.price import Price, PriceFeed

LONGEST_INTERVAL = timedelta(hours=1)
_MORE_THAN_A_FORECAST = (Quality.SETTLED.value, Quality.CURRENT.value)


def feed_of(session: Session, connection: Connection) -> PriceFeed:
    """The feed row of a retailer connection, made on first use."""
    return _feed(session, f"connection:{connection.id}", connection.id)


def region_feed(session: Session, key: str) -> PriceFeed:
    """The feed row of a market region ("aemo:NSW1"), made on first use."""
    return _feed(session, key, None)


def _feed(session: Session, key: str, connection_id: int | None) -> PriceFeed:
    known = select(PriceFeed).where(PriceFeed.key == key)
    feed = session.scalars(known).one_or_none()
    if feed is None:
        insert_if_missing(session, PriceFeed, key=key, connection_id=connection_id, is_published_ahead=False)
        feed = session.scalars(known).one()
    return feed


def state_of(session: Session, key: str, now: datetime) -> FeedState:
    """What is stored of the feed of that key; empty before its first answer."""
    feed = session.scalars(select(PriceFeed).where(PriceFeed.key == key)).one_or_none()
    if feed is None or feed.as_of is None:
        return FeedState()
    ends = session.execute(
        select(Price.start, Price.minutes)
        .where(Price.feed_id == feed.id, Price.start <= now, Price.quality.in_(_MORE_THAN_A_FORECAST))
        .order_by(Price.start.desc())
        .limit(2)
    )
    actual_until = max((start + timedelta(minutes=minutes) for start, minutes in ends), default=None)
    return FeedState(feed.as_of, feed.ahead_at, feed.known_until, actual_until)


def store(session: Session, connection: Connection, answer: PriceAnswer, *, is_published_ahead: bool = False) -> bool:
    """Store a retailer's answer. Returns whether a price is new or differs. The caller commits."""
    return store_in(session, feed_of(session, connection), answer, is_published_ahead=is_published_ahead)


def store_in(session: Session, feed: PriceFeed, answer: PriceAnswer, *, is_published_ahead: bool = False) -> bool:
    """Store an answer in its feed. Returns whether a price is new or differs. The caller commits."""
    before = feed.as_of if is_published_ahead else None
    feed.as_of = answer.as_of
    if answer.known_until is not None:
        feed.known_until, feed.ahead_at = answer.known_until, answer.as_of
        feed.plan = to_json(answer.plan) if answer.plan is not None else None
    if answer.charges is not None:
        feed.daily_charge_c, feed.monthly_charge_c = answer.charges.daily_c, answer.charges.monthly_c
    feed.is_published_ahead = is_published_ahead
    feed.channels = ",".join(sorted(answer.channels))
    feed.quarantined = "; ".join(answer.quarantined) or None
    # What was published and is over stays as it was charged, also when the owner changes plan or retailer settings.
    rows = [_row(feed.id, interval, answer.as_of) for interval in answer.intervals if before is None or interval.end > before]
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
        "spot_c": interval.spot_c_per_kwh,
    }


_COLUMNS = (
    Price.start,
    Price.minutes,
    Price.import_c,
    Price.feed_in_c,
    Price.quality,
    Price.controlled_load_c,
    Price.import_low_c,
    Price.import_high_c,
    Price.feed_in_low_c,
    Price.feed_in_high_c,
    Price.spike,
    Price.descriptor,
    Price.renewables_pct,
    Price.spot_c,
)


def stored_intervals(session: Session, feed: PriceFeed, source: str, start: datetime, end: datetime | None) -> list[PriceInterval]:
    """The stored intervals that start in `[start, end)`, as they are, overlaps included."""
    query = select(*_COLUMNS).where(Price.feed_id == feed.id, Price.start >= start)
    if end is not None:
        query = query.where(Price.start < end)
    return [
        PriceInterval(
            start=row[0],
            end=row[0] + timedelta(minutes=row[1]),
            import_c_per_kwh=row[2],
            feed_in_c_per_kwh=row[3],
            quality=Quality(row[4]),
            source=source,
            controlled_load_c_per_kwh=row[5],
            import_range=_range(row[6], row[7]),
            feed_in_range=_range(row[8], row[9]),
            spike=Spike(row[10]),
            descriptor=row[11],
            renewables_pct=row[12],
            spot_c_per_kwh=row[13],
        )
        for row in session.execute(query)
    ]


def _range(low: float | None, high: float | None) -> Range | None:
    return None if low is None or high is None else Range(low, high)
