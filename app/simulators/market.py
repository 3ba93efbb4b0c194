"""The wholesale market of one region and what a retailer makes of it: settled prices, forecasts, estimates.

All prices are c/kWh with GST. An interval has five minutes and an index: its start in seconds since 1970 divided by 300.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import TypeVar
from zoneinfo import ZoneInfo

from app.simulators.noise import Noise
from app.simulators.places import Place
from app.simulators.sun import Sky

NEM = timezone(timedelta(hours=10))
SLOT_S = 300
_HOUR = 12  # intervals in an hour
_DAY = 288
_CAP_C = 2_500.0
_FLOOR_C = -110.0

# Wholesale price of each hour of the NEM day on a day without sun, c/kWh.
_HOURLY_C = (
    9.8, 9.2, 8.8, 8.4, 8.8, 10.2, 13.0, 14.2, 11.0, 8.5, 7.2, 6.4,
    6.0, 6.2, 7.4, 9.6, 14.0, 20.5, 25.0, 23.5, 18.5, 15.0, 12.6, 10.8,
)  # fmt: skip
_RENEWABLE_PCT = (24, 23, 22, 22, 22, 24, 30, 40, 50, 57, 62, 65, 66, 65, 61, 53, 42, 32, 26, 24, 23, 23, 24, 24)


@dataclass(frozen=True, slots=True)
class Quote:
    """What is said at one moment about one interval: its spot price and, until it is final, a low, middle and high one."""

    spot_c: float
    low_c: float
    predicted_c: float
    high_c: float
    estimate: bool = False


@dataclass(frozen=True, slots=True)
class NetworkPeriod:
    """A time-of-use period of the network tariff and what network and market fees add, c/kWh."""

    name: str
    adder_c: float


PEAK, SHOULDER, SOLAR_SPONGE = NetworkPeriod("peak", 20.5), NetworkPeriod("offPeak", 12.4), NetworkPeriod("solarSponge", 7.1)


_T = TypeVar("_T")


class _Kept(dict[int, _T]):
    """Values by interval, forgotten all at once when there are too many."""

    def __setitem__(self, index: int, value: _T) -> None:
        if len(self) > 40_000:
            self.clear()
        super().__setitem__(index, value)


class Market:
    """One region, the same for the same seed whatever is asked first.

    `confirm_after_s`: seconds from an interval's start until its price is final; None draws 17 to 37 s per interval.
    `horizon_h`: how far forecasts look; None: to the end of the last trading day that is bid for (04:00 NEM time; from 12:30 on
    a day more).
    """

    def __init__(
        self, place: Place, seed: int, sky: Sky | None = None, confirm_after_s: float | None = 25.0, horizon_h: float | None = None
    ) -> None:
        self.place = place
        self.zone = ZoneInfo(place.zone)
        self.confirm_after_s, self.horizon_h = confirm_after_s, horizon_h
        self._sky = sky or Sky(place, seed)
        region = place.nem_region
        self._drift, self._jitter = Noise(seed, f"{region} drift"), Noise(seed, f"{region} jitter")
        self._days, self._spikes = Noise(seed, f"{region} days"), Noise(seed, f"{region} spikes")
        self._view, self._estimate = Noise(seed, f"{region} view"), Noise(seed, f"{region} estimate")
        self._confirms, self._green = Noise(seed, f"{region} confirms"), Noise(seed, f"{region} renewables")
        self._base, self._settled, self._shares = _Kept[float](), _Kept[float](), _Kept[float]()
        self._periods = _Kept[NetworkPeriod]()
        self._windows: dict[int, list[_Spike]] = {}
        self._forecasts: tuple[int, dict[int, Quote]] = (-1, {})
        self._pinned: dict[int, _Pin] = {}

    def pin(self, first: int, last: int, spot_c: float, foreseen_h: float = 0.0) -> None:
        """Fix the price of the intervals [first, last), whatever the market would do; forecasts see it `foreseen_h` hours ahead.

        The services keep their answers for the five minutes they are in: pin before they are asked.
        """
        for index in range(first, last):
            self._pinned[index] = _Pin(spot_c, foreseen_h)
            self._settled.pop(index, None)
        self._forecasts = (-1, {})

    # -- what is true ---------------------------------------------------------------------------------------------

    def settled_c(self, index: int) -> float:
        """The final spot price of an interval."""
        price = self._settled.get(index)
        if price is None and index in self._pinned:
            price = self._settled[index] = self._pinned[index].spot_c
        if price is None:
            shake = 1 + 0.07 * self._jitter.normal(index)
            price = self._usual_c(index) * shake + sum(spike.at(index) for spike in self._spikes_near(index))
            price = self._settled[index] = round(max(_FLOOR_C, min(_CAP_C, price)), 5)
        return price

    def renewables_pct(self, index: int) -> float:
        """The region's share of renewables."""
        share = self._shares.get(index)
        if share is None:
            share = self._shares[index] = self._renewables_pct(index)
        return share

    def _renewables_pct(self, index: int) -> float:
        hour, part = divmod((index * SLOT_S + 36_000) % 86_400, 3600)
        shape = _RENEWABLE_PCT[hour] + (_RENEWABLE_PCT[(hour + 1) % 24] - _RENEWABLE_PCT[hour]) * part / 3600
        return min(99.0, max(5.0, shape * (0.75 + 0.4 * self._sunny(index)) + 6 * self._green.smooth(index / 20)))

    def period(self, index: int) -> NetworkPeriod:
        """The network's period by the local clock: peak 15 to 21, solar sponge 10 to 15."""
        period = self._periods.get(index)
        if period is None:
            hour = datetime.fromtimestamp(index * SLOT_S, self.zone).hour
            period = PEAK if 15 <= hour < 21 else SOLAR_SPONGE if 10 <= hour < 15 else SHOULDER
            self._periods[index] = period
        return period

    def import_c(self, index: int, spot_c: float) -> float:
        """What a kWh costs at `spot_c`: losses, network, market fees."""
        return 1.06 * spot_c + self.period(index).adder_c

    @staticmethod
    def controlled_load_c(spot_c: float) -> float:
        """What a kWh on the switched circuit costs."""
        return 1.06 * spot_c + 6.2

    @staticmethod
    def feed_in_c(spot_c: float) -> float:
        """What an exported kWh earns: the spot price without GST."""
        return spot_c / 1.1

    # -- what is known --------------------------------------------------------------------------------------------

    def confirmed_at(self, index: int) -> datetime:
        """When the price of an interval becomes final."""
        after_s = self.confirm_after_s
        if after_s is None:
            after_s = min(37.0, max(17.0, 23 + 4.5 * self._confirms.normal(index)))
        return datetime.fromtimestamp(index * SLOT_S, UTC) + timedelta(seconds=after_s)

    def horizon(self, now: datetime) -> int:
        """The index at which the forecast ends."""
        if self.horizon_h is not None:
            return int((now.timestamp() + self.horizon_h * 3600) // SLOT_S)
        nem = now.astimezone(NEM)
        days = 2 if nem.hour * 60 + nem.minute >= 750 else 1
        end = nem.replace(hour=4, minute=0, second=0, microsecond=0) + timedelta(days=days)
        return int(end.timestamp()) // SLOT_S

    def quote(self, index: int, now: datetime) -> Quote:
        """What is known at `now` about an interval: past ones are final, the present one an estimate until it is confirmed."""
        present = int(now.timestamp()) // SLOT_S
        if index < present:
            spot = self.settled_c(index)
            return Quote(spot, spot, spot, spot)
        if index == present:
            return self._current(index, now)
        issued, known = self._forecasts
        if issued != present:
            known = {}
            self._forecasts = (present, known)
        quote = known.get(index)
        if quote is None:
            quote = known[index] = self._forecast(index, present)
        return quote

    def _current(self, index: int, now: datetime) -> Quote:
        spot = self.settled_c(index)
        if now >= self.confirmed_at(index):
            return Quote(spot, spot, spot, spot)
        guess = spot * (1 + 0.02 * self._estimate.normal(index)) + 0.15 * self._estimate.smooth(index / 3)
        return Quote(round(guess, 5), guess - 1.2, spot, guess + 0.1 * abs(guess) + 2, estimate=True)

    def _forecast(self, index: int, issued: int) -> Quote:
        lead = index - issued
        lead_h = lead / _HOUR
        pin = self._pinned.get(index)
        if pin is not None and lead_h <= pin.foreseen_h:
            return Quote(pin.spot_c, pin.spot_c, pin.spot_c, pin.spot_c)
        spread = 0.03 + 0.25 * (1 - math.exp(-lead_h / 7))
        error = self._view.smooth(index / 22 + issued / 31) + 0.5 * self._view.smooth(1e6 + index / 5 + issued / 4)
        usual = self._usual_c(index)
        spot = usual * math.exp(spread * error) + 3 * spread * error
        spot += sum(spike.foreseen(index, lead_h) for spike in self._spikes_near(index))
        spot = max(_FLOOR_C, min(_CAP_C, spot))
        width = spread * (abs(spot) * 0.8 + 6)
        predicted = spot * (1 - 0.25 * spread) + 0.4 * width * self._view.smooth(2e6 + index / 9)
        return Quote(round(spot, 5), min(spot, predicted) - width, predicted, max(spot, predicted) + 1.6 * width)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _sunny(self, index: int) -> float:
        return self._sky.sunniness(index * SLOT_S)

    def _usual_c(self, index: int) -> float:
        """The spot price without spikes and without the shake of single intervals."""
        price = self._base.get(index)
        if price is None:
            nem_s = index * SLOT_S + 36_000
            hour, part = divmod(nem_s % 86_400, 3600)
            shape = _HOURLY_C[hour] + (_HOURLY_C[(hour + 1) % 24] - _HOURLY_C[hour]) * part / 3600
            level = math.exp(0.22 * self._days.normal(nem_s // 86_400) + 0.16 * self._drift.smooth(index / 14))
            noon = max(0.0, 1 - ((hour + part / 3600 - 12.2) / 4.6) ** 2)
            sun_c = noon * (13.0 * self._sunny(index) - 3.0) * (0.9 + 0.25 * self._drift.smooth(5e5 + index / 9))
            price = shape * level - sun_c
            self._base[index] = price
        return price

    def _spikes_near(self, index: int) -> "list[_Spike]":
        day = (index * SLOT_S + 36_000) // 86_400
        spikes = self._windows.get(day)
        if spikes is None:
            if len(self._windows) > 400:
                self._windows.clear()
            spikes = self._windows[day] = self._spikes_of(day)
        return spikes

    def _spikes_of(self, day: int) -> "list[_Spike]":
        """At most three a day: an evening one, a lone interval, and one that is forecast and never comes."""
        dice, key, first = self._spikes, day * 16, day * _DAY - 120
        spikes = []
        if dice.unit(key) < 0.28:
            start = first + int(dice.between(key + 1, 16.3, 19.2) * _HOUR)
            peak = 45 * math.exp(2.6 * dice.unit(key + 2))
            seen_h = 5.0 if dice.unit(key + 3) < 0.6 else 0.3
            spikes.append(_Spike(start, 3 + int(10 * dice.unit(key + 4)), peak, seen_h, self._jitter))
        if dice.unit(key + 5) < 0.18:
            start = first + int(dice.between(key + 6, 6, 22) * _HOUR)
            spikes.append(_Spike(start, 1, 35 * math.exp(3.4 * dice.unit(key + 7)), 0.0, self._jitter))
        if dice.unit(key + 8) < 0.2:
            start = first + int(dice.between(key + 9, 15, 20) * _HOUR)
            spikes.append(_Spike(start, 6, 150 * dice.unit(key + 10) + 40, 6.0, self._jitter, comes=False))
        return spikes


@dataclass(frozen=True, slots=True)
class _Pin:
    spot_c: float
    foreseen_h: float


@dataclass(frozen=True, slots=True)
class _Spike:
    start: int
    length: int
    peak_c: float
    seen_h: float
    noise: Noise
    comes: bool = True

    def at(self, index: int) -> float:
        """What it adds to the settled price of an interval."""
        if not self.comes or not self.start <= index < self.start + self.length:
            return 0.0
        return self.peak_c * (0.35 + 0.65 * self.noise.unit(index * 3 + 1))

    def foreseen(self, index: int, lead_h: float) -> float:
        """What a forecast `lead_h` ahead sees of it."""
        if not self.start <= index < self.start + self.length or lead_h > self.seen_h:
            return 0.0
        if not self.comes:
            return self.peak_c if lead_h > 1 else 0.0
        return self.at(index) * (1 - 0.5 * lead_h / max(self.seen_h, 0.1))
