"""Flow Power as a retailer: its prices follow from the wholesale price, wherever that comes from."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from app.domain.charges import StandingCharges
from app.domain.prices import PriceInterval
from app.feeds.capabilities import FeedState, FetchesAhead, FetchesPresent, MarketView, PriceAnswer
from app.feeds.retailers.flow_power.fields import FlowPowerFields
from app.feeds.retailers.flow_power.kwatch import KwatchFeed
from app.feeds.retailers.flow_power.pricing import MeanSpot, Priced, priced
from app.feeds.retailers.flow_power.sources import KWATCH, MARKET, open_quoting
from app.feeds.retailers.flow_power.terms import Timeline
from app.transports.context import Context

CHANNELS: Final = frozenset({"import", "feed_in"})


class _Plan:
    """The plan of one home on its clock."""

    def __init__(self, fields: FlowPowerFields, context: Context) -> None:
        self._zone = context.zone
        self._timeline = Timeline(fields, context.zone)

    def charges(self, now: datetime) -> StandingCharges:
        return self._timeline.on(now.astimezone(self._zone).date()).charges

    def priced(self, wholesale: Iterable[PriceInterval], mean_spot: MeanSpot | None = None) -> Priced:
        return priced(wholesale, self._timeline, self._zone, mean_spot)


class FlowPowerOnMarket:
    """DerivesFromMarket: the wholesale price is that of the region, fetched once for all homes."""

    is_published_ahead = False

    def __init__(self, fields: FlowPowerFields, context: Context) -> None:
        self.market = f"{MARKET}:{fields.region}"
        self._plan = _Plan(fields, context)

    def derive(self, view: MarketView, now: datetime) -> PriceAnswer:
        """Pure: the prices of the region's intervals, as far as the region is known."""
        found = self._plan.priced([replace(each, spot_c_per_kwh=each.import_c_per_kwh) for each in view.intervals], view.mean_c)
        refused = (*view.quarantined, *found.refused)
        return PriceAnswer(found.intervals, view.as_of, view.known_until, CHANNELS, refused, self._plan.charges(now))


class FlowPowerOnSource:
    """FetchesAhead: the wholesale price is asked for with the owner's key."""

    is_published_ahead = False

    def __init__(self, fields: FlowPowerFields, source: FetchesAhead, context: Context) -> None:
        self._source = source
        self._plan = _Plan(fields, context)

    def is_due(self, state: FeedState, now: datetime) -> bool:
        """When the source has something new."""
        return self._source.is_due(state, now)

    def fetch_ahead(self, now: datetime) -> PriceAnswer:
        """What the source has, in Flow Power's prices. Raises a VendorError of the source."""
        return self._in_our_prices(self._source.fetch_ahead(now), now)

    def _in_our_prices(self, answer: PriceAnswer, now: datetime) -> PriceAnswer:
        found = self._plan.priced(answer.intervals)
        refused = (*answer.quarantined, *found.refused)
        return PriceAnswer(found.intervals, answer.as_of, answer.known_until, CHANNELS, refused, self._plan.charges(now))


class FlowPowerWithPresent(FlowPowerOnSource):
    """FetchesPresent too, of a source where the running price can be asked for alone."""

    def __init__(self, fields: FlowPowerFields, source: FetchesAhead, present: FetchesPresent, context: Context) -> None:
        super().__init__(fields, source, context)
        self._present = present

    def fetch_present(self, now: datetime) -> PriceAnswer:
        """The running interval in Flow Power's prices. Raises a VendorError of the source."""
        return self._in_our_prices(self._present.fetch_present(now), now)


def open_flow_power(fields: FlowPowerFields, context: Context) -> FlowPowerOnMarket | FlowPowerOnSource:
    """The feed of one home. Nothing is sent on opening."""
    if fields.source == MARKET:
        return FlowPowerOnMarket(fields, context)
    source: FetchesAhead
    if fields.source == KWATCH:
        source = KwatchFeed(fields, context)
    else:
        source = open_quoting(fields.source, fields.source_token, fields.source_site_id, context)
    if isinstance(source, FetchesPresent):
        return FlowPowerWithPresent(fields, source, source, context)
    return FlowPowerOnSource(fields, source, context)
