"""The 5-minute prices that have come into force, of the last day."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from app.domain.prices import Quality
from app.feeds.market.aemo.nem import FIVE_MINUTES, REGIONS, Spot, period_start

KEPT: Final = timedelta(hours=24)
WANTED: Final = timedelta(hours=23, minutes=30)  # within what the reports go back


class Actuals:
    """By region and interval. A settled price is not replaced by one that may still change."""

    def __init__(self) -> None:
        self._prices: dict[str, dict[datetime, Spot]] = {region: {} for region in REGIONS}

    def add(self, prices: Iterable[Spot]) -> None:
        """Take what is more than a forecast."""
        for price in prices:
            known = self._prices[price.region].get(price.start)
            if price.quality is Quality.SETTLED or (
                price.quality is Quality.CURRENT and (known is None or known.quality is not Quality.SETTLED)
            ):
                self._prices[price.region][price.start] = price

    @property
    def regions(self) -> frozenset[str]:
        """Those of the market."""
        return frozenset(self._prices)

    def of(self, region: str) -> dict[datetime, Spot]:
        """Start → price."""
        return self._prices[region]

    def newest_end(self) -> datetime | None:
        """The end of the newest interval of any region."""
        return max((price.end for prices in self._prices.values() for price in prices.values()), default=None)

    def lacking(self, start: datetime) -> list[str]:
        """The regions without a price for the interval that begins at `start`."""
        return [region for region, prices in self._prices.items() if start not in prices]

    def unsettled(self, now: datetime) -> set[datetime]:
        """The starts of intervals that are over and not settled in every region."""
        running = period_start(now, FIVE_MINUTES)
        count = int(WANTED / FIVE_MINUTES)
        return {
            start
            for start in (running - step * FIVE_MINUTES for step in range(1, count + 1))
            if not all(start in prices and prices[start].quality is Quality.SETTLED for prices in self._prices.values())
        }

    def forget_before(self, instant: datetime) -> None:
        """Drop the intervals that ended by `instant`."""
        self._prices = {
            region: {at: price for at, price in prices.items() if price.end > instant} for region, prices in self._prices.items()
        }
