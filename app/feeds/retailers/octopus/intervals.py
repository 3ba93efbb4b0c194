"""From lists of rates to the app's intervals: half-hours, in UTC, of what is bought and what is sold."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise
from typing import Protocol
from zoneinfo import ZoneInfo

from app.domain.prices import PriceInterval, Quality
from app.domain.tariffs.half_hourly import HALF_HOUR
from app.domain.windows import Window
from app.feeds.retailers.octopus.rates import Rate

SOURCE = "octopus"
LONDON = ZoneInfo("Europe/London")


class Prices(Protocol):
    """One side of the meter, p/kWh."""

    def at(self, instant: datetime) -> float | None:
        """The price at an instant; None where nothing is known."""
        ...

    def edges(self) -> frozenset[datetime]:
        """When it may change, beside the half-hours."""
        ...

    def known_until(self, horizon: datetime) -> datetime:
        """The end of the furthest price, at most `horizon`."""
        ...


class Listed:
    """The rates of one list, at least one. Of those that hold at the same time the one that began last counts."""

    def __init__(self, rates: Iterable[Rate]) -> None:
        # From the same instant on, a row for one way of paying counts more than one for all.
        self._rates = sorted(rates, key=lambda rate: (rate.start, not rate.is_for_all))

    def at(self, instant: datetime) -> float | None:
        began = bisect_right(self._rates, instant, key=lambda rate: rate.start)
        holding = (rate.price_p for rate in reversed(self._rates[:began]) if rate.end is None or rate.end > instant)
        return next(holding, None)

    def edges(self) -> frozenset[datetime]:
        ends = {rate.end for rate in self._rates if rate.end is not None}
        return frozenset({rate.start for rate in self._rates} | ends)

    def known_until(self, horizon: datetime) -> datetime:
        return min(horizon, max(rate.end or horizon for rate in self._rates))


class Split:
    """A list for the day and one for the night, whose hours follow the clock in London."""

    def __init__(self, day: Listed, night: Listed, night_hours: Window) -> None:
        self._day, self._night, self._night_hours = day, night, night_hours

    def at(self, instant: datetime) -> float | None:
        local = instant.astimezone(LONDON)
        return (self._night if self._night_hours.covers(local.date(), local.time()) else self._day).at(instant)

    def edges(self) -> frozenset[datetime]:
        return self._day.edges() | self._night.edges()

    def known_until(self, horizon: datetime) -> datetime:
        return min(self._day.known_until(horizon), self._night.known_until(horizon))


class Fixed:
    """The same price for ever."""

    def __init__(self, price_p: float) -> None:
        self._price_p = price_p

    def at(self, instant: datetime) -> float | None:
        return self._price_p

    def edges(self) -> frozenset[datetime]:
        return frozenset()

    def known_until(self, horizon: datetime) -> datetime:
        return horizon


def joined(bought: Prices, sold: Prices, start: datetime, end: datetime) -> tuple[PriceInterval, ...]:
    """The half-hours of `[start, end)` (UTC, on the half-hour) that have an import price, in order; parts of one where a price changes
    within it. A feed-in price that is not known is None. What is published is final: settled."""
    edges = {start, end} | {edge for edge in bought.edges() | sold.edges() if start < edge < end}
    half_hour = start
    while half_hour < end:
        edges.add(half_hour)
        half_hour += HALF_HOUR
    return tuple(
        PriceInterval(since, until, import_p, sold.at(since), Quality.SETTLED, SOURCE)
        for since, until in pairwise(sorted(edges))
        if (import_p := bought.at(since)) is not None
    )
