"""Prices from a retailer's feed into the tables. Feed jobs alone call this; the tick reads what is stored."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from app.control import market_link, markets
from app.control.connections import Opener, may_ask, note_answer, note_failure
from app.control.forecast_quality import is_first_of_half_hour, remember
from app.control.price_rows import feed_of, state_of, store
from app.control.surroundings import Surroundings
from app.domain.prices import without_overlap
from app.feeds.capabilities import (
    DerivesFromMarket,
    FeedState,
    FetchesAhead,
    FetchesPresent,
    FollowsMarket,
    MarketView,
    PriceAnswer,
    Retailer,
)
from app.feeds.registry import markets as market_kinds
from app.models.connection import Connection
from app.models.site import Site
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood, VendorError

HISTORY = timedelta(hours=49)  # how far back prices are worked out from a market at first
LATE_SETTLEMENT = timedelta(hours=1)  # and again, since what settled may have been revised


def fetch_due(around: Surroundings, opener: Opener, connection_id: int, now: datetime) -> PriceAnswer | None:
    """Ask the retailer for everything ahead if that is due, and store the answer; None when nothing was asked or given."""
    return fetch(around, opener, connection_id, now) if is_due(around, opener, connection_id, now) else None


def is_due(around: Surroundings, opener: Opener, connection_id: int, now: datetime) -> bool:
    """Whether prices never came, came from a clock that was set back, or are older than the retailer's cadence."""
    try:
        feed = opened_retailer(around, opener, connection_id)
    except VendorError:
        return True  # its key cannot be read: the fetch tells the owner
    with around.reading() as session:
        state = state_of(session, _key(connection_id), now)
    if state.as_of is None or state.as_of > now:
        return True
    if isinstance(feed, DerivesFromMarket):
        return _is_behind(around, feed.market, state, now) or markets.is_due(around, opener, feed.market, now)
    # A first price may have come by a stream, or be one of the past: what lies ahead has not been asked for yet.
    return isinstance(feed, FetchesAhead) and (state.ahead_at is None or feed.is_due(state, now))


def _is_behind(around: Surroundings, region: str, state: FeedState, now: datetime) -> bool:
    with around.reading() as session:
        market_at = state_of(session, region, now).as_of
    return market_at is not None and state.as_of is not None and market_at > state.as_of


def fetch(around: Surroundings, opener: Opener, connection_id: int, now: datetime, *, present_only: bool = False) -> PriceAnswer | None:
    """Ask the retailer and store the answer; None when it gave none, with the reason kept at the connection.

    `present_only`: the running price alone, of retailers where that can be asked for."""
    with around.reading() as session:
        connection = session.get(Connection, connection_id)
        if connection is None or not may_ask(connection, now):
            return None
    try:
        feed = opened_retailer(around, opener, connection_id)
        answer = _answer(around, opener, connection_id, feed, now, present_only)
    except VendorError as error:
        with around.session() as session:
            note_failure(session.get_one(Connection, connection_id), error, now)
            session.commit()
        return None
    if answer is None:
        return None
    with around.session() as session:
        connection = session.get_one(Connection, connection_id)
        note_answer(connection, now)
        row = feed_of(session, connection)
        if answer.known_until is not None and is_first_of_half_hour(row.ahead_at, now):
            remember(session, row, answer.intervals, now)
        store(session, connection, answer, is_published_ahead=feed.is_published_ahead)
        if isinstance(feed, FollowsMarket) and answer.known_until is not None:
            site = session.get_one(Site, connection.site_id)
            market_link.learn_relation(session, row, feed.market_region(), site, now)
        session.commit()
    return answer


def _answer(
    around: Surroundings, opener: Opener, connection_id: int, feed: Retailer, now: datetime, present_only: bool
) -> PriceAnswer | None:
    """What the retailer gives, or what follows from its market. Raises a VendorError."""
    if present_only:
        return feed.fetch_present(now) if isinstance(feed, FetchesPresent) else None
    if isinstance(feed, DerivesFromMarket):
        markets.fetch(around, opener, (feed.market,), now)
        with around.reading() as session:
            actual_until = state_of(session, _key(connection_id), now).actual_until
            view = markets.view(session, feed.market, actual_until - LATE_SETTLEMENT if actual_until else now - HISTORY)
            return feed.derive(view, now) if view is not None else None
    return feed.fetch_ahead(now) if isinstance(feed, FetchesAhead) else None


def ask_once(feed: Retailer, context: Context, now: datetime) -> PriceAnswer:
    """Everything ahead, asked for and not stored: for a test of a connection. Raises a VendorError."""
    if isinstance(feed, FetchesAhead):
        return feed.fetch_ahead(now)
    if not isinstance(feed, DerivesFromMarket):
        raise TypeError(f"{type(feed).__name__} gives no prices")
    key, _, region = feed.market.partition(":")
    answers: Mapping[str, PriceAnswer] = market_kinds()[key].open(context).fetch(now)
    wholesale = answers.get(region)
    if wholesale is None:
        raise AnswerNotUnderstood(market_kinds()[key].vendor, f"it gives no prices for {region}")
    book = without_overlap(wholesale.intervals)
    view = MarketView(book, wholesale.as_of, wholesale.known_until, lambda _back: None, wholesale.quarantined)
    return feed.derive(view, now)


def opened_retailer(around: Surroundings, opener: Opener, connection_id: int) -> Retailer:
    """The feed of a connection by its number. Raises CredentialsRefused when its stored key cannot be read."""
    with around.reading() as session:
        return opener.retailer(session.get_one(Connection, connection_id))


def _key(connection_id: int) -> str:
    return f"connection:{connection_id}"
