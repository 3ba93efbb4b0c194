"""The wholesale market of all five regions, in the operator's own terms: $/MWh without GST, labels at the end of an interval in NEM time.

The region of the simulated home takes its prices from the home's own market, so that the operator and the retailer agree.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from app.simulators.market import NEM, SLOT_S, Market
from app.simulators.noise import Noise
from app.simulators.places import place_of_region

REGIONS = ("NSW1", "QLD1", "SA1", "TAS1", "VIC1")
HALF_HOUR = 6
"""Intervals of five minutes in one of thirty."""
_P5MIN = 12
_DEMAND_MW = {"NSW1": 7_800.0, "QLD1": 6_600.0, "SA1": 1_500.0, "TAS1": 1_150.0, "VIC1": 5_200.0}


@dataclass(frozen=True, slots=True)
class SpotPrice:
    """The price of one region for `slots` intervals of five minutes from `index` on.

    `rrp` is the regional reference price and a number, unless a fault spoilt it; `rop` is the one before any limit.
    """

    region: str
    index: int
    slots: int
    rrp: Any
    rop: float

    @property
    def start_s(self) -> int:
        """Seconds since 1970."""
        return self.index * SLOT_S

    @property
    def label(self) -> datetime:
        """The end, in NEM time."""
        return label_of(self.index, self.slots)


def label_of(index: int, slots: int = 1) -> datetime:
    """The end, in NEM time, of `slots` intervals from `index` on."""
    return datetime.fromtimestamp((index + slots) * SLOT_S, NEM)


def trading_day(label: datetime) -> tuple[str, int]:
    """The trading day of a label as YYYYMMDD, and how many minutes into the day (which begins at 04:00) it stands."""
    into = label - timedelta(hours=4, microseconds=1)
    return f"{into:%Y%m%d}", into.hour * 60 + into.minute + 1


def per_mwh(spot_c: float) -> float:
    """c/kWh with GST as $/MWh without, to the cent."""
    return round(spot_c / 1.1 * 10, 2) + 0.0


class Nem:
    """Prices, forecasts and quantities of every region; nothing is worked out before it is asked for.

    `cap_per_mwh` and `floor_per_mwh` are the market's limits of the year. `bids_in_at`: the NEM time from which the forecast covers the
    next trading day too.
    """

    def __init__(
        self,
        market: Market,
        seed: int,
        *,
        cap_per_mwh: float = 23_200.0,
        floor_per_mwh: float = -1_000.0,
        bids_in_at: time = time(12, 30),
    ) -> None:
        self.region = market.place.nem_region
        self.seed = seed
        self.cap_per_mwh, self.floor_per_mwh = cap_per_mwh, floor_per_mwh
        self.bids_in_at = bids_in_at
        self._home = market
        self._markets = {self.region: market}
        self._flows = Noise(seed, "nem flows")
        self._services = Noise(seed, "nem ancillary services")

    def market(self, region: str) -> Market:
        """The market of one region, in c/kWh with GST."""
        market = self._markets.get(region)
        if market is None:
            market = self._markets[region] = Market(place_of_region(region), self.seed)
        return market

    # -- prices ---------------------------------------------------------------------------------------------------

    def settled(self, region: str, index: int) -> SpotPrice:
        """The price of an interval, as it is known a few seconds after its start."""
        return self._five_minutes(region, index, index)

    def p5min(self, region: str, run: int) -> list[SpotPrice]:
        """The forecast made in interval `run`: that one and the eleven after it."""
        end = max(run + 1, min(run + _P5MIN, self.horizon(run)))
        return [self._five_minutes(region, index, run) for index in range(run, end)]

    def predispatch(self, region: str, run: int) -> list[SpotPrice]:
        """The forecast made in interval `run`, the first of a half hour: by half hours, to the end of the last trading day bid for."""
        end = max(run + 1, self.horizon(run))
        return [self._half_hour(region, index, run) for index in range(run, end, HALF_HOUR)]

    def settled_between(self, region: str, first: int, last: int) -> list[SpotPrice]:
        """The settled prices of the intervals [first, last)."""
        return [self.settled(region, index) for index in range(first, last)]

    def past_half_hours(self, region: str, first: int, last: int) -> list[SpotPrice]:
        """The means of six settled intervals each, for the half hours that lie within [first, last)."""
        begin, end = -(-first // HALF_HOUR) * HALF_HOUR, last // HALF_HOUR * HALF_HOUR
        return [self._half_hour(region, index, index + HALF_HOUR) for index in range(begin, end, HALF_HOUR)]

    def horizon(self, run: int) -> int:
        """The interval at which a forecast made in `run` ends."""
        nem = datetime.fromtimestamp(run * SLOT_S, NEM)
        if self._home.horizon_h is not None:
            return self._home.horizon(nem)
        end = nem.replace(hour=4, minute=0, second=0, microsecond=0) + timedelta(days=2 if nem.time() >= self.bids_in_at else 1)
        return int(end.timestamp()) // SLOT_S

    def _half_hour(self, region: str, index: int, run: int) -> SpotPrice:
        limited = [self._limited(self._expected(region, each, run)) for each in range(index, index + HALF_HOUR)]
        mean = round(sum(limited) / HALF_HOUR, 2) + 0.0
        return SpotPrice(region, index, HALF_HOUR, mean, mean)

    def _expected(self, region: str, index: int, run: int) -> float:
        market = self.market(region)
        if index <= run:
            return per_mwh(market.settled_c(index))
        return per_mwh(market.quote(index, datetime.fromtimestamp(run * SLOT_S, UTC)).spot_c)

    def _five_minutes(self, region: str, index: int, run: int) -> SpotPrice:
        price = self._expected(region, index, run)
        return SpotPrice(region, index, 1, self._limited(price), price)

    def _limited(self, price: float) -> float:
        return max(self.floor_per_mwh, min(self.cap_per_mwh, price))

    # -- quantities and the other markets -------------------------------------------------------------------------

    def demand_mw(self, region: str, index: int) -> float:
        """What the region draws."""
        usual = _DEMAND_MW[region]
        return round(usual * (1 + 0.18 * self._flows.smooth(index / 70 + usual)), 1)

    def interchange_mw(self, region: str, index: int) -> float:
        """What the region sends to its neighbours, negative when it takes."""
        usual = _DEMAND_MW[region]
        return round(0.12 * usual * self._flows.smooth(7e5 + index / 30 + usual), 1)

    def flow_mw(self, interconnector: int, index: int) -> float:
        """The flow on one interconnector."""
        return round(480 * self._flows.smooth(1e6 * (interconnector + 2) + index / 25), 1)

    def ancillary(self, service: int, region: str, index: int) -> float:
        """The price of one ancillary service: mostly cents."""
        return round(9 * self._services.unit(index * 128 + REGIONS.index(region) * 16 + service) ** 4, 2)
