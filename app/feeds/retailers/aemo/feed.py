"""The wholesale price as a retailer: a sum on what the market gives."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from app.domain.prices import PriceInterval
from app.feeds.capabilities import MarketView, PriceAnswer
from app.feeds.retailers.aemo.fields import AemoFields
from app.transports.context import Context

SOURCE: Final = "aemo"
GST: Final = 1.1
_CHANNELS: Final = frozenset({"import", "feed_in"})


def open_wholesale(fields: AemoFields, context: Context) -> "WholesalePrice":
    """The feed of one home. It asks nobody: the market is fetched once for all."""
    return WholesalePrice(fields)


class WholesalePrice:
    """DerivesFromMarket: import = wholesale (× 1.1 with GST) + other charges; feed-in = wholesale × share, or a flat rate."""

    is_published_ahead = False

    def __init__(self, fields: AemoFields) -> None:
        self._fields = fields
        self.market = f"aemo:{fields.region}"

    def derive(self, view: MarketView, now: datetime) -> PriceAnswer:
        """Pure: the prices of `view`'s intervals. What the market does not know stays unknown."""
        prices = tuple(self._priced(interval) for interval in view.intervals)
        return PriceAnswer(prices, view.as_of, view.known_until, _CHANNELS, view.quarantined)

    def _priced(self, interval: PriceInterval) -> PriceInterval:
        spot_c = interval.import_c_per_kwh
        return replace(
            interval,
            import_c_per_kwh=self._import_c(spot_c),
            feed_in_c_per_kwh=self._feed_in_c(spot_c),
            source=SOURCE,
            spot_c_per_kwh=spot_c,
        )

    def _import_c(self, spot_c: float | None) -> float | None:
        return None if spot_c is None else spot_c * (GST if self._fields.gst else 1.0) + self._fields.add_c

    def _feed_in_c(self, spot_c: float | None) -> float | None:
        if self._fields.feed_in == "flat":
            return self._fields.feed_in_c
        return None if spot_c is None else spot_c * self._fields.feed_in_factor
