"""Households whose every interval is known: prices, sun and load of some days at 5 minutes. The same name and seed give the same one.

The noise that a forecast makes of them is in `noise`."""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from app.optimizer.problem import BatterySpec, GridLimits

SYDNEY = ZoneInfo("Australia/Sydney")
PER_HOUR = 12
PER_DAY = 24 * PER_HOUR
DAYS = 3
LOOK_AHEAD_DAYS = 2  # truth beyond the last day, so that the last day has a horizon too


BATTERY = BatterySpec(13.5, 5.0, 5.0, 0.95, 0.95, 0.1, 1.0)


@dataclass(frozen=True)
class Household:
    """The truth. Prices in major units per kWh, powers in kW, one value per 5 minutes."""

    name: str
    buy: Sequence[float]
    sell: Sequence[float]
    solar_kw: Sequence[float]
    load_kw: Sequence[float]
    # What a forecast is made from: prices without spikes and without quick changes, sun without quick clouds, the usual load of the hour.
    smooth_buy: Sequence[float]
    smooth_sell: Sequence[float]
    smooth_solar_kw: Sequence[float]
    usual_load_kw: Sequence[float]
    spike_buy: Sequence[float]
    spike_sell: Sequence[float]
    is_market: bool  # else prices are published and a forecast of them has no error
    grid: GridLimits
    demand_charge_per_kw: float
    demand_window: Sequence[bool]
    battery: BatterySpec = BATTERY
    soc_initial: float = 0.4
    days: int = DAYS

    @property
    def steps(self) -> int:
        """How many intervals are lived through."""
        return self.days * PER_DAY


@dataclass(frozen=True)
class Kind:
    """What one set of households has in common."""

    start: datetime
    peak_sun_kw: float = 5.0
    midday_dip_c: float = 8.0
    spikes_a_day: float = 0.5
    tariff: Callable[[datetime], tuple[float, float]] | None = None  # published prices in c; None: the market's
    max_export_kw: float = 5.0
    demand_charge_per_kw: float = 0.0


def _flat(_local: datetime) -> tuple[float, float]:
    return 30.0, 5.0


def _time_of_use(local: datetime) -> tuple[float, float]:
    if 15 <= local.hour < 21:
        return 52.0, 6.0
    return (21.0, 6.0) if local.hour < 7 or local.hour >= 22 else (32.0, 6.0)


def _day(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=SYDNEY).astimezone(UTC)


KINDS: dict[str, Kind] = {
    "summer": Kind(_day(2026, 1, 12)),
    "winter without solar": Kind(_day(2026, 7, 6), peak_sun_kw=0.0, midday_dip_c=3.0),
    "spring, negative midday": Kind(_day(2026, 10, 12), midday_dip_c=20.0, spikes_a_day=0.2),
    "spike week": Kind(_day(2026, 2, 2), spikes_a_day=2.0),
    "flat": Kind(_day(2026, 3, 9), tariff=_flat),
    "time of use": Kind(_day(2026, 6, 8), peak_sun_kw=1.5, tariff=_time_of_use),
    "demand charge": Kind(_day(2026, 8, 10), peak_sun_kw=2.0, tariff=_time_of_use, demand_charge_per_kw=0.6),
    "zero export": Kind(_day(2026, 8, 17), peak_sun_kw=1.5, max_export_kw=0.0),
    "clocks go forward": Kind(_day(2026, 10, 3)),
    "clocks go back": Kind(_day(2026, 4, 4), peak_sun_kw=1.5, tariff=_time_of_use),
}


def household(name: str, seed: int, days: int = DAYS) -> Household:
    """The household of that set and seed."""
    kind, draw = KINDS[name], random.Random(f"{name} {seed}")
    count = (days + LOOK_AHEAD_DAYS) * PER_DAY
    locals_ = [(kind.start + timedelta(minutes=5 * index)).astimezone(SYDNEY) for index in range(count)]
    hours = [local.hour + local.minute / 60 for local in locals_]
    dates = [(local.date() - locals_[0].date()).days for local in locals_]
    smooth_solar, solar = _sun(kind, draw, hours, dates)
    usual, load = _load(draw, hours, dates)
    if kind.tariff is None:
        smooth_c, wholesale_c, spikes_c = _wholesale(kind, draw, hours, dates)
        prices = [_retail(price) for price in wholesale_c]
        smooth = [_retail(price) for price in smooth_c]
        spikes = [(1.1 * spike / 100, spike / 100) for spike in spikes_c]
    else:
        prices = smooth = [(buy / 100, sell / 100) for buy, sell in map(kind.tariff, locals_)]
        spikes = [(0.0, 0.0)] * count
    buy, sell = zip(*prices, strict=True)
    smooth_buy, smooth_sell = zip(*smooth, strict=True)
    spike_buy, spike_sell = zip(*spikes, strict=True)
    is_charged = [kind.demand_charge_per_kw > 0 and 15 <= hour < 21 and index < days * PER_DAY for index, hour in enumerate(hours)]
    return Household(
        name,
        [base + spike for base, spike in zip(buy, spike_buy, strict=True)],
        [base + spike for base, spike in zip(sell, spike_sell, strict=True)],
        solar,
        load,
        smooth_buy,
        smooth_sell,
        smooth_solar,
        usual,
        spike_buy,
        spike_sell,
        kind.tariff is None,
        GridLimits(15.0, kind.max_export_kw),
        kind.demand_charge_per_kw,
        is_charged,
        days=days,
    )


def _retail(wholesale_c: float) -> tuple[float, float]:
    """Import with losses, GST and network; export at the wholesale price. Major units."""
    return (1.1 * wholesale_c + 9) / 100, wholesale_c / 100


def _bump(hour: float, middle: float, width: float) -> float:
    return math.exp(-(((hour - middle) / width) ** 2) / 2)


def _wholesale(
    kind: Kind, draw: random.Random, hours: Sequence[float], days: Sequence[int]
) -> tuple[list[float], list[float], list[float]]:
    evening = [draw.uniform(8, 18) for _ in range(days[-1] + 1)]
    dip = [kind.midday_dip_c * draw.uniform(0.7, 1.3) for _ in evening]
    level = [draw.uniform(9, 13) for _ in evening]
    slow, price = 0.0, []
    for hour, day in zip(hours, days, strict=True):
        slow = 0.97 * slow + draw.gauss(0, 0.5)
        shape = evening[day] * _bump(hour, 18.5, 1.6) + 5 * _bump(hour, 7.5, 1.2) - dip[day] * _bump(hour, 12.5, 2.2)
        price.append(level[day] + shape + slow + draw.gauss(0, 0.8))
    spikes = [0.0] * len(price)
    for day in range(days[-1] + 1):
        for _ in range(_poisson(draw, kind.spikes_a_day)):
            first = day * PER_DAY + int(PER_HOUR * draw.choice([draw.uniform(16.5, 20), draw.uniform(6, 22)]))
            height_c, length = draw.choice([40, 80, 150, 400]), draw.randint(2, 9)
            for index in range(first, min(first + length, len(spikes))):
                spikes[index] = max(spikes[index], height_c * draw.uniform(0.7, 1.0))
    return _smoothed(price, 6), price, spikes


def _poisson(draw: random.Random, mean: float) -> int:
    count, limit, product = 0, math.exp(-mean), draw.random()
    while product > limit:
        count += 1
        product *= draw.random()
    return count


def _sun(kind: Kind, draw: random.Random, hours: Sequence[float], days: Sequence[int]) -> tuple[list[float], list[float]]:
    clearness = [draw.choice([0.95, 0.85, 0.6, 0.3]) for _ in range(days[-1] + 1)]
    cloud, power = 0.0, []
    for hour, day in zip(hours, days, strict=True):
        cloud = 0.9 * cloud + draw.gauss(0, 0.15) * (1.1 - clearness[day])
        clear = max(0.0, math.sin((hour - 6) / 13 * math.pi)) ** 1.2 if 6 < hour < 19 else 0.0
        power.append(kind.peak_sun_kw * clear * min(1.0, max(0.05, clearness[day] + cloud)))
    return _smoothed(power, 6), power


def _load(draw: random.Random, hours: Sequence[float], days: Sequence[int]) -> tuple[list[float], list[float]]:
    usual = [0.4 + 0.6 * _bump(hour, 7.5, 1.0) + 1.3 * _bump(hour, 19, 2.0) + 0.2 * _bump(hour, 13, 2.5) for hour in hours]
    factor = [draw.uniform(0.75, 1.25) for _ in range(days[-1] + 1)]
    load = [each * factor[day] * draw.uniform(0.85, 1.15) * 0.8 for each, day in zip(usual, days, strict=True)]
    for day in range(days[-1] + 1):
        for _ in range(draw.randint(2, 5)):
            first, length, power = day * PER_DAY + int(PER_HOUR * draw.uniform(6, 23)), draw.randint(3, 10), draw.uniform(0.8, 2.4)
            for index in range(first, min(first + length, len(load))):
                load[index] += power
    return usual, load


def _smoothed(values: Sequence[float], reach: int) -> list[float]:
    """The mean of `reach` values to each side."""
    out = []
    for index in range(len(values)):
        around = values[max(0, index - reach) : index + reach + 1]
        out.append(sum(around) / len(around))
    return out
