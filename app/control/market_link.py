"""Retailers whose own prices move with a market region: how they do is learnt, and where they are silent or look less far than half a day,
the region's forecast gives estimates."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.control import markets
from app.control.connections import Opener
from app.control.price_rows import stored_intervals
from app.control.surroundings import Surroundings
from app.domain.codec import from_json, to_json
from app.domain.market_relation import Relation, learn
from app.domain.prices import PriceBook
from app.domain.source_chain import FRESH_FOR, SHORT
from app.models.price import PriceFeed
from app.models.site import Site
from app.transports.errors import VendorError

LEARNT_FROM = timedelta(days=7)
LEARNT_EVERY = timedelta(hours=6)
JUST_BEFORE = timedelta(hours=1)


def learn_relation(session: Session, feed: PriceFeed, region: str | None, site: Site, now: datetime) -> None:
    """Remember the region of a feed and, every 6 hours, how its prices move with it. The caller commits."""
    if region != feed.market:
        feed.market, feed.relation_at = region, None
    if region is None or (feed.relation_at is not None and timedelta(0) <= now - feed.relation_at < LEARNT_EVERY):
        return
    relation = learn(stored_intervals(session, feed, "", now - LEARNT_FROM, now), ZoneInfo(site.timezone))
    feed.relation, feed.relation_at = to_json(relation) if relation is not None else None, now


def needs_market(feed: PriceFeed, now: datetime) -> bool:
    """Whether its own prices are late or end within half a day."""
    if feed.as_of is None or feed.known_until is None:
        return False
    return now - feed.as_of > FRESH_FOR or feed.known_until < now + SHORT


def regions_needed(session: Session, now: datetime) -> frozenset[str]:
    """The regions that some feed needs estimates from at the moment."""
    late_or_short = or_(PriceFeed.as_of < now - FRESH_FOR, PriceFeed.known_until < now + SHORT)
    regions = session.scalars(select(PriceFeed.market).where(PriceFeed.market.is_not(None), late_or_short).distinct())
    return frozenset(region for region in regions if region is not None)


def bring_market(around: Surroundings, opener: Opener, connection_id: int, now: datetime) -> None:
    """Fetch the market of a retailer whose own prices do not suffice. A market that does not answer leaves everything as it is."""
    with around.reading() as session:
        feed = session.scalars(select(PriceFeed).where(PriceFeed.connection_id == connection_id)).one_or_none()
        if feed is None or feed.market is None or not needs_market(feed, now):
            return
        region = feed.market
    try:
        markets.fetch(around, opener, (region,), now)
    except VendorError:
        return  # the page shows estimates as missing; the retailer's own trouble is told at its connection


def estimates(session: Session, feed: PriceFeed, zone: ZoneInfo, now: datetime) -> PriceBook | None:
    """The retailer's prices as the market lets them be estimated; None while its own suffice, and where nothing has been learnt."""
    if feed.market is None or feed.relation is None or not needs_market(feed, now):
        return None
    view = markets.view(session, feed.market, now - JUST_BEFORE)
    if view is None:
        return None
    relation = from_json(Relation, feed.relation)
    found = tuple(each for interval in view.intervals if (each := relation.estimate(interval, zone)) is not None)
    return PriceBook(found, view.as_of, found[-1].end if found else None)
