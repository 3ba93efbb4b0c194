"""48 half-hour slots for the next 24 hours from prices of any length, in the clock of the site.

A battery that plans by a daily table knows only wall-clock times. So slot 13:30 holds today's price while 13:30 is not over, and
tomorrow's afterwards: a rolling day. Where nothing is published yet, the slot holds an estimate that can neither tempt the battery to wait
for a cheaper import nor for a better feed-in than is known."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from statistics import median
from zoneinfo import ZoneInfo

from app.domain.prices import PriceBook, PriceInterval, Quality, Spike

SLOTS = 48
HALF_HOUR = timedelta(minutes=30)
LEAST_HORIZON = timedelta(hours=6)  # a tariff that knows less of the time to come is not sent
_RANK = {Quality.SETTLED: 0, Quality.CURRENT: 1, Quality.FORECAST: 2, Quality.ESTIMATE: 3}


class DemandSide(StrEnum):
    """Which prices a battery is told demand rates beside."""

    BUY = "buy"
    SELL = "sell"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Slot:
    """One half-hour of the rolling day."""

    index: int  # 0 = 00:00 … 47 = 23:30, local
    date: date  # local date whose price it holds
    start: datetime  # UTC; of the half-hour whose price it holds
    import_c_per_kwh: float
    feed_in_c_per_kwh: float
    quality: Quality
    spike: Spike = Spike.NONE
    demand_c_per_kw: float = 0.0  # of the highest half-hour, per day or month as the plan says

    @property
    def label(self) -> str:
        """ "17:30"."""
        return slot_label(self.index)


@dataclass(frozen=True, slots=True)
class RollingTariff:
    """Exactly 48 slots in order of the clock, for the 24 hours from the running half-hour."""

    zone: str  # IANA
    currency: str
    slots: tuple[Slot, ...]
    plan: str = "SYNC"  # the kind of plan, by which PowerSync knows its own: POWERSYNC:<KIND>
    provider: str = ""  # the retailer's name for people
    daily_charge_c: float = 0.0
    monthly_charge_c: float = 0.0
    demand_applies_to: DemandSide = DemandSide.BUY

    def __post_init__(self) -> None:
        if [slot.index for slot in self.slots] != list(range(SLOTS)):
            raise ValueError("a rolling tariff has the 48 half-hours of a day, in order")

    def told(self, change: Callable[[Slot, date], Slot]) -> "RollingTariff":
        """The tariff with each slot changed by `change(slot, local date)`."""
        return replace(self, slots=tuple(change(slot, slot.date) for slot in self.slots))


@dataclass(frozen=True, slots=True)
class Missing:
    """Why there is no tariff: the half-hours without a price, or a horizon that is too short."""

    half_hours: tuple[datetime, ...] = ()  # UTC starts, unknown between now and `known_until`
    known_until: datetime | None = None
    is_too_short: bool = False


def slot_label(index: int) -> str:
    """0 → "00:00", 35 → "17:30"."""
    return f"{index // 2:02d}:{index % 2 * 30:02d}"


def slot_index(local: datetime) -> int:
    """The half-hour of the clock that `local` lies in."""
    return local.hour * 2 + (local.minute >= 30)


def half_hour_start(instant: datetime) -> datetime:
    """The start of the half-hour that `instant` lies in, in UTC. Every zone served here is offset by whole half-hours."""
    instant = instant.astimezone(UTC)
    return instant.replace(minute=instant.minute // 30 * 30, second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class _Place:
    """Which half-hour a slot stands for. `is_repeated`: the local day lacks this half-hour, the next one stands in."""

    date: date
    start: datetime
    is_repeated: bool


def rolling_places(zone: ZoneInfo, now: datetime) -> tuple[_Place, ...]:
    """For each of the 48 half-hours of the clock, the next occurrence that is not over at `now`.

    A half-hour that occurs twice (clocks go back) counts by its first occurrence that is not over; one that a day lacks (clocks go
    forward) repeats the next half-hour of that day."""
    return _places_from(zone, half_hour_start(now))


@lru_cache(maxsize=64)
def _places_from(zone: ZoneInfo, running: datetime) -> tuple[_Place, ...]:
    today = running.astimezone(zone).date()
    return tuple(_place(zone, running, today, index) for index in range(SLOTS))


def _place(zone: ZoneInfo, running: datetime, today: date, index: int) -> _Place:
    for day in (today, today + timedelta(days=1)):
        starts, is_repeated = half_hour_on(zone, day, index)
        for start in starts:
            if start >= running:
                return _Place(day, start, is_repeated)
    raise ValueError(f"half-hour {index} has no occurrence after {running}")


def half_hour_on(zone: ZoneInfo, day: date, index: int) -> tuple[list[datetime], bool]:
    """The UTC starts of half-hour `index` on a local day (two where the clock goes back), and whether the day lacks it.

    A half-hour that the day lacks is stood in for by the next one that it has."""
    wall = datetime(day.year, day.month, day.day, index // 2, index % 2 * 30, tzinfo=zone)
    starts = sorted({wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1)})
    real = [start for start in starts if start.astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None, fold=0)]
    if real:
        return real, False
    for later in range(index + 1, SLOTS):
        following, _ = half_hour_on(zone, day, later)
        return following[:1], True
    return half_hour_on(zone, day + timedelta(days=1), 0)[0][:1], True


@dataclass(frozen=True, slots=True)
class _Mean:
    import_c: float
    feed_in_c: float
    quality: Quality
    spike: Spike


def mean_price(intervals: Sequence[PriceInterval], start: datetime, end: datetime) -> _Mean | None:
    """The time-weighted price of `[start, end)`; None unless every minute of it is known, on both sides."""
    covered = imported = fed_in = 0.0
    quality, spike = Quality.SETTLED, Spike.NONE
    for interval in intervals:
        if interval.import_c_per_kwh is None or interval.feed_in_c_per_kwh is None:
            return None
        seconds = (min(interval.end, end) - max(interval.start, start)).total_seconds()
        covered += seconds
        imported += interval.import_c_per_kwh * seconds
        fed_in += interval.feed_in_c_per_kwh * seconds
        if _RANK[interval.quality] > _RANK[quality]:
            quality = interval.quality
        if interval.spike is Spike.SPIKE or (interval.spike is Spike.POTENTIAL and spike is Spike.NONE):
            spike = interval.spike
    whole = (end - start).total_seconds()
    if abs(covered - whole) > 0.5:
        return None
    return _Mean(imported / whole, fed_in / whole, quality, spike)


def build(prices: PriceBook, zone: ZoneInfo, now: datetime, currency: str, **about: str | float) -> RollingTariff | Missing:
    """The rolling tariff of the next 24 hours, or what keeps it from being built.

    The running slot carries the price of this moment. Every slot from now to `prices.known_until` must be known, and that must be at least
    6 hours ahead; the rest of the ring is estimated. `about` names plan, provider and charges."""
    known_until = prices.known_until
    if known_until is None or known_until < now + LEAST_HORIZON:
        return Missing(known_until=known_until, is_too_short=True)
    places = rolling_places(zone, now)
    running = half_hour_start(now)
    known: dict[int, _Mean] = {}
    missing: list[datetime] = []
    for index, place in enumerate(places):
        if place.start == running and not place.is_repeated:
            interval = prices.at(now)
            mean = mean_price((interval,), interval.start, interval.end) if interval else None
        elif place.start + HALF_HOUR <= known_until:
            mean = mean_price(prices.between(place.start, place.start + HALF_HOUR), place.start, place.start + HALF_HOUR)
        else:
            continue
        if mean is None:
            missing.append(place.start)
        else:
            known[index] = mean
    if missing:
        return Missing(half_hours=tuple(sorted(set(missing))), known_until=known_until)
    slots = [
        _slot(index, place, known[index]) if index in known else _estimated(index, place, prices, zone, known)
        for index, place in enumerate(places)
    ]
    gaps = tuple(sorted({places[index].start for index, slot in enumerate(slots) if slot is None}))
    if gaps:
        return Missing(half_hours=gaps, known_until=known_until)
    return RollingTariff(zone.key, currency, tuple(slot for slot in slots if slot is not None), **about)  # type: ignore[arg-type]


def _slot(index: int, place: _Place, mean: _Mean) -> Slot:
    return Slot(index, place.date, place.start, mean.import_c, mean.feed_in_c, mean.quality, mean.spike)


def _estimated(index: int, place: _Place, prices: PriceBook, zone: ZoneInfo, known: dict[int, _Mean]) -> Slot | None:
    """The newest known price of the same local half-hour, import not below and feed-in not above the median of the known slots."""
    for days_back in range(1, 8):
        starts, _ = half_hour_on(zone, place.date - timedelta(days=days_back), index)
        for start in reversed(starts):
            mean = mean_price(prices.between(start, start + HALF_HOUR), start, start + HALF_HOUR)
            if mean is not None:
                import_c = max(mean.import_c, median(each.import_c for each in known.values()))
                feed_in_c = min(mean.feed_in_c, median(each.feed_in_c for each in known.values()))
                return Slot(index, place.date, place.start, import_c, feed_in_c, Quality.ESTIMATE)
    return None
