"""AEMO as a market feed: the wholesale price of all five regions, read once for all homes."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from app.domain.prices import PriceInterval
from app.feeds.capabilities import FeedState, PriceAnswer
from app.feeds.market.aemo.actuals import KEPT
from app.feeds.market.aemo.dashboard import Dashboard
from app.feeds.market.aemo.file_server import FileServer
from app.feeds.market.aemo.forecast import (
    P5_PUBLISHED_AFTER,
    PREDISPATCH_PUBLISHED_AFTER,
    five_minute_forecast,
    half_hourly_forecast,
    published,
)
from app.feeds.market.aemo.limits import PriceLimits
from app.feeds.market.aemo.nem import FIVE_MINUTES, HALF_HOUR, REGIONS, Refusal, Spot, period_start
from app.feeds.market.aemo.present import Present
from app.feeds.market.aemo.quarantine import Quarantine
from app.transports.context import Context

SOURCE: Final = "aemo"
CHANNELS: Final = frozenset({"import", "feed_in"})
PUBLISHED_AFTER: Final = timedelta(seconds=20)  # from the start of an interval until its price can be read at the earliest
LEAST_PAUSE: Final = timedelta(seconds=15)
FORECAST_PAUSE: Final = timedelta(seconds=30)
_NAMED_REFUSALS: Final = 20


def open_aemo(context: Context) -> "AemoFeed":
    """The feed of the market. Nothing is sent on opening."""
    return AemoFeed(context)


class AemoFeed:
    """A MarketFeed, for one thread at a time.

    In 5 minutes it takes three looks at the summary at most (until the price is there, then once more with the forecast) and the listing
    and file of the 5-minute forecast; in half an hour the listing and file of the predispatch besides. The first fetch takes six calls."""

    def __init__(self, context: Context, limits: PriceLimits | None = None) -> None:
        self._dashboard, self._files = Dashboard(context), FileServer(context)
        self._quarantine = Quarantine(limits or PriceLimits())
        self._present = Present(self._dashboard, self._files, self._quarantine)
        self._five_minutes = five_minute_forecast(self._dashboard, self._files, self._quarantine)
        self._half_hours = half_hourly_forecast(self._dashboard, self._files, self._quarantine)

    def is_due(self, state: FeedState, now: datetime) -> bool:
        """Pure: whether the price of the running interval is out and not there yet, or a forecast has come out since the last answer."""
        if state.as_of is None or state.as_of > now:
            return True
        since = now - state.as_of
        if since < LEAST_PAUSE:
            return False
        running = period_start(now, FIVE_MINUTES)
        is_out_until = running + FIVE_MINUTES if now - running >= PUBLISHED_AFTER else running
        if state.actual_until is None or state.actual_until < is_out_until:
            return True
        forecasts_at = max(published(now, FIVE_MINUTES, P5_PUBLISHED_AFTER), published(now, HALF_HOUR, PREDISPATCH_PUBLISHED_AFTER))
        return (state.ahead_at is None or state.ahead_at < forecasts_at) and since >= FORECAST_PAUSE

    def fetch(self, now: datetime) -> Mapping[str, PriceAnswer]:
        """Region → the settled prices of the last day, the present one, and both forecasts.

        Raises a VendorError when the present price cannot be read. When a forecast cannot, the answers say so in `quarantined`; before
        there has been any predispatch they leave `known_until` open, so that what is stored of an earlier one goes on."""
        self._dashboard.host.new_round()
        self._files.host.new_round()
        refused = self._present.refresh(now)
        self._five_minutes.refresh(now)
        self._half_hours.refresh(now)
        self._quarantine.forget_before(now - KEPT)
        refused = (*refused, *self._five_minutes.refused, *self._half_hours.refused)
        return {region: self._answer(region, refused, now) for region in REGIONS}

    def _answer(self, region: str, refused: Sequence[Refusal], now: datetime) -> PriceAnswer:
        actuals = self._present.actuals.of(region)
        near = [price for price in self._five_minutes.prices(region, now) if price.start not in actuals]
        far = self._half_hours.prices(region, now)
        words = tuple(each.words for each in refused if each.region in (None, region))
        if len(words) > _NAMED_REFUSALS:
            words = (*words[:_NAMED_REFUSALS], f"and {len(words) - _NAMED_REFUSALS} more")
        known_until = max(price.end for price in (*near, *far)) if far else None
        prices = sorted((*actuals.values(), *near, *far), key=lambda price: (price.start, price.end))
        return PriceAnswer(tuple(_interval(price) for price in prices), now, known_until, CHANNELS, words)


def _interval(price: Spot) -> PriceInterval:
    """The wholesale price on both sides, without tax and charges."""
    c_per_kwh = price.c_per_kwh
    return PriceInterval(price.start, price.end, c_per_kwh, c_per_kwh, price.quality, SOURCE, spot_c_per_kwh=c_per_kwh)
