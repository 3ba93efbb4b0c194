"""From wholesale prices to Flow Power's: pure. Wholesale is c/kWh without GST, what comes out is c/kWh with GST.

| Plan | Import |
|---|---|
| PEA | base + spot − TWAP − BPEA |
| PEA and network tariff | base + 1.1·spot + tariff − 1.1·TWAP − the day's mean tariff − BPEA |
| a fixed PEA | base + fixed PEA |
| PEA off | spot × factors + network + other fees |

Feed-in is the Happy Hour's rate inside its window of the local clock, and the flat rate of older plans (0) outside. Nothing is clamped:
what is negative stays so."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from app.domain.prices import PriceInterval
from app.domain.tariffs.half_hourly import HALF_HOUR, half_hour_start
from app.feeds.network_tariffs.rates import RateRefused
from app.feeds.retailers.flow_power.plan import Pea
from app.feeds.retailers.flow_power.terms import Terms, Timeline

GST: Final = 1.1
TWAP_BACK: Final = timedelta(days=30)
SOURCE: Final = "flow_power"

MeanSpot = Callable[[timedelta], float | None]
"""(how far back) → the mean wholesale price, c/kWh without GST; None where too little is known."""


@dataclass(frozen=True, slots=True)
class Priced:
    """The prices, and in words why some could not be worked out."""

    intervals: tuple[PriceInterval, ...]
    refused: tuple[str, ...]


def pea_c(spot_c: float, pea: Pea, twap_c: float) -> float:
    """The adjustment without a network tariff."""
    return spot_c - twap_c - pea.bpea_c


def pea_with_network_c(spot_c: float, tariff_c: float, day_mean_c: float, pea: Pea, twap_c: float) -> float:
    """The adjustment where the hours of the network count; over a day its part comes to nothing."""
    return GST * spot_c + tariff_c - GST * twap_c - day_mean_c - pea.bpea_c


def feed_in_c(terms: Terms, local: datetime) -> float:
    """What a kWh sent out at `local` earns."""
    hours = terms.happy_hour
    return terms.happy_hour_c if hours.enabled and hours.window().covers(local.date(), local.time()) else terms.export_c


def import_c(terms: Terms, spot_c: float | None, twap_c: float, start: datetime) -> float | None:
    """What a kWh costs in an interval that begins at `start`; None without a wholesale price where that is needed. Raises RateRefused."""
    pea, network = terms.pea, terms.network
    if pea.enabled and pea.fixed_c is not None:
        return pea.base_c + pea.fixed_c
    if spot_c is None:
        return None
    if not pea.enabled:
        network_c = network.rate_c(start) if network is not None else 0.0
        return spot_c * terms.wholesale_factor + network_c + terms.network_fees_c
    if network is None:
        return pea.base_c + pea_c(spot_c, pea, twap_c)
    return pea.base_c + pea_with_network_c(spot_c, network.rate_c(start), network.day_mean_c(start), pea, twap_c)


def priced(wholesale: Iterable[PriceInterval], timeline: Timeline, zone: ZoneInfo, mean_spot: MeanSpot | None = None) -> Priced:
    """The prices of intervals that carry `spot_c_per_kwh`, in their order. A price that cannot be worked out is None.

    `mean_spot` serves plans whose average moves with the market; without an answer of it their fixed figure holds."""
    rolling_c = _once(mean_spot)
    intervals: list[PriceInterval] = []
    refused: dict[str, None] = {}
    for interval in _within_half_hours(wholesale):
        local = interval.start.astimezone(zone)
        terms = timeline.on(local.date())
        mean_c = rolling_c() if terms.pea.twap == "rolling_30_days" else None
        try:
            price_c = import_c(terms, interval.spot_c_per_kwh, terms.pea.twap_c if mean_c is None else mean_c, interval.start)
        except RateRefused as reason:
            price_c = None
            refused[str(reason)] = None
        intervals.append(
            PriceInterval(
                start=interval.start,
                end=interval.end,
                import_c_per_kwh=price_c,
                feed_in_c_per_kwh=feed_in_c(terms, local),
                quality=interval.quality,
                source=SOURCE,
                spike=interval.spike,
                renewables_pct=interval.renewables_pct,
                spot_c_per_kwh=interval.spot_c_per_kwh,
            )
        )
    return Priced(tuple(intervals), tuple(refused))


def _once(mean_spot: MeanSpot | None) -> Callable[[], float | None]:
    """The mean is asked for at most once: it is a sum over thousands of rows."""
    found: list[float | None] = []

    def ask() -> float | None:
        if not found:
            found.append(mean_spot(TWAP_BACK) if mean_spot is not None else None)
        return found[0]

    return ask


def _within_half_hours(intervals: Iterable[PriceInterval]) -> Iterator[PriceInterval]:
    """The same prices in pieces that cross no half-hour of the clock, where tariffs, days and plans change."""
    for interval in intervals:
        start = interval.start
        while start < interval.end:
            end = min(half_hour_start(start) + HALF_HOUR, interval.end)
            yield interval if end - start == interval.end - interval.start else replace(interval, start=start, end=end)
            start = end
