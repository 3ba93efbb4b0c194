"""Values with harmless defaults; a test names only what it is about."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.opinions import Wish
from app.domain.power import LiveReading
from app.domain.prices import PriceBook, PriceInterval, Quality, Spike, without_overlap
from app.domain.settings import SettingsBook
from app.domain.snapshot import BatteryView, OwnersChange, SiteLimits, Snapshot, StandingWish

SYDNEY = ZoneInfo("Australia/Sydney")
NOW = datetime(2026, 11, 20, 3, 15, tzinfo=UTC)  # Fri 14:15 in Sydney
EVERY_COMMAND = frozenset({"FollowTariff", "SelfConsume", "Hold", "Charge", "Discharge"})

Price = Callable[[datetime], float]


def an_interval(
    start: datetime, minutes: int = 30, import_c: float | None = 30.0, feed_in_c: float | None = 8.0, **more: Any
) -> PriceInterval:
    more.setdefault("quality", Quality.FORECAST)
    return PriceInterval(start, start + timedelta(minutes=minutes), import_c, feed_in_c, source="amber", **more)


def a_book(
    now: datetime = NOW,
    *,
    hours_back: float = 26,
    hours_ahead: float = 30,
    import_c: Price = lambda start: 30.0,
    feed_in_c: Price = lambda start: 8.0,
    minutes: int = 30,
    spikes: Mapping[datetime, Spike] | None = None,
    without: Sequence[datetime] = (),
    current: Quality = Quality.SETTLED,
    as_of: datetime | None = None,
    is_published_ahead: bool = False,
) -> PriceBook:
    """Prices in steps of `minutes` around `now`, the running one of quality `current`, those before it settled."""
    step = timedelta(minutes=minutes)
    first = now - timedelta(seconds=now.timestamp() % step.total_seconds())
    start = first - timedelta(hours=hours_back)
    end = first + timedelta(hours=hours_ahead)
    intervals = []
    while start < end:
        quality = Quality.FORECAST if start > now else current if start == first else Quality.SETTLED
        if start not in without:
            spike = (spikes or {}).get(start, Spike.NONE)
            intervals.append(an_interval(start, minutes, import_c(start), feed_in_c(start), quality=quality, spike=spike))
        start += step
    return PriceBook(without_overlap(intervals), as_of or now, end, is_published_ahead)


def a_snapshot(now: datetime = NOW, **more: Any) -> Snapshot:
    prices = more.pop("prices", "made")
    settings = more.pop("settings", {})
    return Snapshot(
        now=now,
        zone=more.pop("zone", SYDNEY),
        currency="AUD",
        is_control_on=more.pop("is_control_on", True),
        settings=SettingsBook(dict(settings)),
        retailer="Amber Electric",
        prices=a_book(now) if prices == "made" else prices,
        live=more.pop("live", a_reading(now)),
        battery=more.pop("battery", BatteryView(EVERY_COMMAND, {"mode": "autonomous"}, now)),
        **more,
    )


def a_reading(now: datetime = NOW, **more: Any) -> LiveReading:
    values: dict[str, Any] = {"solar_w": 0.0, "grid_w": 500.0, "battery_w": 0.0, "load_w": 500.0, "soc_pct": 60.0, **more}
    return LiveReading(taken_at=now, source="tesla", **values)


def before(policy: str, wish: Wish, began_at: datetime) -> dict[str, StandingWish]:
    return {policy: StandingWish(wish, began_at)}


__all__ = [
    "EVERY_COMMAND",
    "NOW",
    "SYDNEY",
    "BatteryView",
    "OwnersChange",
    "SiteLimits",
    "a_book",
    "a_reading",
    "a_snapshot",
    "an_interval",
    "before",
]
