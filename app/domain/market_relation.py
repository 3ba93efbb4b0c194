"""How a retailer's price follows the wholesale price, learnt from what has settled: one factor for the market, one adder per half-hour of
the day. With it a forecast of the market becomes an estimate of the retailer's price."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from zoneinfo import ZoneInfo

from app.domain.prices import PriceInterval, Quality
from app.domain.tariffs.half_hourly import SLOTS, slot_index

LEAST_SAMPLES = 3  # prices for a half-hour of the day, else nothing is estimated for it
LEAST_SPREAD_C2 = 0.05  # variance of the wholesale price inside the half-hours, (c/kWh)²: below it no factor can be told
IMPORT_FACTOR = (0.9, 1.4)  # tax and losses; outside of it something else moved the price, and nothing is estimated
FEED_IN_FACTOR = (0.5, 1.3)


@dataclass(frozen=True, slots=True)
class Line:
    """price = factor × wholesale + adder of the half-hour, c/kWh."""

    factor: float
    adders_c: tuple[float | None, ...]  # of the 48 half-hours of the clock; None where too little is known

    def at(self, slot: int, spot_c: float) -> float | None:
        """The estimate for half-hour `slot` of the local clock."""
        adder_c = self.adders_c[slot]
        return None if adder_c is None else self.factor * spot_c + adder_c


@dataclass(frozen=True, slots=True)
class Relation:
    """Both sides of a retailer's price."""

    imported: Line
    fed_in: Line

    def estimate(self, market: PriceInterval, zone: ZoneInfo) -> PriceInterval | None:
        """The retailer's price in an interval of the market; None where too little has been learnt for its half-hour."""
        spot_c = market.spot_c_per_kwh
        if spot_c is None:
            return None
        slot = slot_index(market.start.astimezone(zone))
        import_c, feed_in_c = self.imported.at(slot, spot_c), self.fed_in.at(slot, spot_c)
        if import_c is None or feed_in_c is None:
            return None
        return replace(market, import_c_per_kwh=import_c, feed_in_c_per_kwh=feed_in_c, quality=Quality.ESTIMATE)


def learn(settled: Iterable[PriceInterval], zone: ZoneInfo) -> Relation | None:
    """The relation from settled prices that state their wholesale part; None where they do not move with it in a way that can be told."""
    imported: dict[int, list[tuple[float, float]]] = defaultdict(list)
    fed_in: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for each in settled:
        if each.quality is not Quality.SETTLED or each.spot_c_per_kwh is None:
            continue
        slot = slot_index(each.start.astimezone(zone))
        if each.import_c_per_kwh is not None:
            imported[slot].append((each.spot_c_per_kwh, each.import_c_per_kwh))
        if each.feed_in_c_per_kwh is not None:
            fed_in[slot].append((each.spot_c_per_kwh, each.feed_in_c_per_kwh))
    buying, selling = _line(imported, IMPORT_FACTOR), _line(fed_in, FEED_IN_FACTOR)
    return Relation(buying, selling) if buying is not None and selling is not None else None


def _line(samples: Mapping[int, Sequence[tuple[float, float]]], bounds: tuple[float, float]) -> Line | None:
    """Least squares with an adder of its own for each half-hour: the factor comes from how prices move inside the half-hours."""
    enough = {slot: pairs for slot, pairs in samples.items() if len(pairs) >= LEAST_SAMPLES}
    means = {slot: (fmean(spot for spot, _ in pairs), fmean(price for _, price in pairs)) for slot, pairs in enough.items()}
    count = sum(len(pairs) for pairs in enough.values())
    if count == 0:
        return None
    spread = sum((spot - means[slot][0]) ** 2 for slot, pairs in enough.items() for spot, _ in pairs)
    if spread / count < LEAST_SPREAD_C2:
        return None
    together = sum((spot - means[slot][0]) * (price - means[slot][1]) for slot, pairs in enough.items() for spot, price in pairs)
    factor = together / spread
    if not bounds[0] <= factor <= bounds[1]:
        return None
    adders = [means[slot][1] - factor * means[slot][0] if slot in means else None for slot in range(SLOTS)]
    return Line(factor, tuple(adders))
