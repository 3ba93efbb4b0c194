"""Wholesale prices by hand, as the market's tables give them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.prices import PriceInterval, Quality
from app.feeds.capabilities import MarketView, PriceAnswer
from app.feeds.retailers.flow_power.feed import FlowPowerOnMarket, open_flow_power
from app.feeds.retailers.flow_power.fields import FlowPowerFields
from app.simulators.pace import SimulatedPace
from app.transports.context import Context

NOW = datetime(2026, 11, 20, 3, 2, 10, tzinfo=UTC)
SYDNEY = ZoneInfo("Australia/Sydney")
ZONES = {
    "NSW1": SYDNEY,
    "QLD1": ZoneInfo("Australia/Brisbane"),
    "SA1": ZoneInfo("Australia/Adelaide"),
    "TAS1": ZoneInfo("Australia/Hobart"),
    "VIC1": ZoneInfo("Australia/Melbourne"),
}


def wholesale(start: datetime, spot_c: float | None, minutes: int = 5, quality: Quality = Quality.SETTLED) -> PriceInterval:
    return PriceInterval(start, start + timedelta(minutes=minutes), spot_c, spot_c, quality, "aemo", spot_c_per_kwh=spot_c)


def a_view(*intervals: PriceInterval, mean_c: float | None = None) -> MarketView:
    return MarketView(tuple(intervals), NOW, intervals[-1].end if intervals else None, lambda _back: mean_c)


def a_feed(zone: ZoneInfo | None = None, **entered: Any) -> FlowPowerOnMarket:
    fields = FlowPowerFields.model_validate({"region": "NSW1", **entered})
    feed = open_flow_power(fields, Context(SimulatedPace(NOW), zone=zone or ZONES[fields.region]))
    assert isinstance(feed, FlowPowerOnMarket)
    return feed


def price_at(start: datetime, spot_c: float | None, zone: ZoneInfo | None = None, **entered: Any) -> PriceInterval:
    """Flow Power's price of the 5 minutes from `start`."""
    (interval,) = a_feed(zone, **entered).derive(a_view(wholesale(start, spot_c)), NOW).intervals
    return interval


def answer_to(spot_c: Callable[[datetime], float], start: datetime, end: datetime, minutes: int = 30, **entered: Any) -> PriceAnswer:
    """Flow Power's prices from `start` to `end`."""
    intervals = []
    while start < end:
        intervals.append(wholesale(start, spot_c(start), minutes))
        start += timedelta(minutes=minutes)
    return a_feed(**entered).derive(a_view(*intervals), NOW)
