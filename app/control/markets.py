"""Wholesale markets: each region is fetched once for all sites and stored; retailers work their prices out from it."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.control.connections import Opener
from app.control.forecast_quality import is_first_of_half_hour, remember
from app.control.price_rows import region_feed, state_of, store_in, stored_intervals
from app.control.surroundings import Surroundings
from app.domain.prices import Quality, without_overlap
from app.domain.settings import aemo_spike
from app.feeds.capabilities import DerivesFromMarket, MarketView, PriceAnswer
from app.models.connection import Connection
from app.models.policy_settings import PolicySettings
from app.models.price import Price, PriceFeed
from app.transports.errors import VendorError

LEAST_FOR_A_MEAN = 12  # intervals
FAILED_FOR = timedelta(seconds=10)  # so long a failure answers for the next who ask


def key_of(region: str) -> str:
    """ "aemo:NSW1" → "aemo"."""
    return region.partition(":")[0]


def regions_in_use(session: Session, opener: Opener) -> frozenset[str]:
    """The regions ("aemo:NSW1") that some site's prices follow from, or that a policy of some site looks at."""
    regions = set()
    for connection in session.scalars(select(Connection).where(Connection.role == "retailer")):
        try:
            feed = opener.retailer(connection)
        except VendorError:
            continue  # its key cannot be read: the fetch tells the owner
        if isinstance(feed, DerivesFromMarket):
            regions.add(feed.market)
    for values in session.scalars(select(PolicySettings.values).where(PolicySettings.policy == aemo_spike.SETTINGS.name)):
        if values.get("enabled") and values.get("region"):
            regions.add(f"{aemo_spike.MARKET}:{values['region']}")
    return frozenset(regions)


def is_due(around: Surroundings, opener: Opener, region: str, now: datetime) -> bool:
    """Whether the market has published something new for `region`."""
    with around.reading() as session:
        state = state_of(session, region, now)
    return state.as_of is None or state.as_of > now or opener.market(key_of(region)).feed.is_due(state, now)


def fetch(around: Surroundings, opener: Opener, wanted: Collection[str], now: datetime) -> bool:
    """Bring the regions `wanted` of one market up to date, and with them all that are in use; nothing is asked where none of them is due.

    Whoever comes while it is being fetched waits and finds it done, or failed. Returns whether anything changed. Raises a VendorError."""
    (key,) = {key_of(region) for region in wanted}
    market = opener.market(key)
    with market.lock:
        if not any(is_due(around, opener, region, now) for region in wanted):
            return False
        if market.failure is not None and timedelta(0) <= now - market.failure[0] < FAILED_FOR:
            raise market.failure[1]
        try:
            answers = market.feed.fetch(now)
        except VendorError as error:
            market.failure = (now, error)
            raise
        market.failure = None
        with around.reading() as session:
            in_use = {region for region in regions_in_use(session, opener) if key_of(region) == key}
        return _stored(around, {*wanted, *in_use}, answers)


def _stored(around: Surroundings, regions: Iterable[str], answers: Mapping[str, PriceAnswer]) -> bool:
    has_changed = False
    with around.session() as session:
        for region in sorted(regions):
            answer = answers.get(region.partition(":")[2])
            if answer is not None:
                feed = region_feed(session, region)
                if is_first_of_half_hour(feed.ahead_at, answer.as_of):
                    remember(session, feed, answer.intervals, answer.as_of)
                has_changed |= store_in(session, feed, answer)
        session.commit()
    return has_changed


def view(session: Session, region: str, since: datetime) -> MarketView | None:
    """What is stored of a region from `since` on; None before its first answer."""
    feed = session.scalars(select(PriceFeed).where(PriceFeed.key == region)).one_or_none()
    if feed is None or feed.as_of is None:
        return None
    as_of, feed_id = feed.as_of, feed.id

    def mean_c(back: timedelta) -> float | None:
        settled = (Price.feed_id == feed_id, Price.quality == Quality.SETTLED.value, Price.start >= as_of - back, Price.start < as_of)
        sums = select(func.sum(Price.import_c * Price.minutes), func.sum(Price.minutes), func.count())
        total, minutes, count = session.execute(sums.where(*settled, Price.import_c.is_not(None))).one()
        return float(total or 0) / float(minutes) if minutes and count >= LEAST_FOR_A_MEAN else None

    intervals = without_overlap(stored_intervals(session, feed, key_of(region), since, None))
    return MarketView(intervals, as_of, feed.known_until, mean_c, (feed.quarantined,) if feed.quarantined else ())
