"""The next 24 hours in half-hours, as far as they are known: what the strip draws and what is dearest."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain.prices import PriceBook, Quality, Spike
from app.domain.tariffs.half_hourly import HALF_HOUR, SLOTS, Missing, build, half_hour_start, mean_price


@dataclass(frozen=True, slots=True)
class HalfHour:
    """One half-hour from now on; prices are None where nothing is known. `is_estimate`: nothing is published for it yet."""

    start: datetime  # UTC
    import_c_per_kwh: float | None = None
    feed_in_c_per_kwh: float | None = None
    is_estimate: bool = False
    spike: Spike = Spike.NONE

    @property
    def end(self) -> datetime:
        return self.start + HALF_HOUR


def half_hours(book: PriceBook | None, zone: ZoneInfo, now: datetime, currency: str) -> tuple[HalfHour, ...]:
    """48 half-hours from the running one, before any shaping; the running one carries the price of this moment."""
    if book is None:
        return ()
    running = half_hour_start(now)
    tariff = build(book, zone, now, currency)
    slots = {} if isinstance(tariff, Missing) else {slot.start: slot for slot in tariff.slots}
    found = []
    for number in range(SLOTS):
        start = running + number * HALF_HOUR
        slot = slots.get(start)
        if slot is not None:
            is_estimate = slot.quality is Quality.ESTIMATE
            found.append(HalfHour(start, slot.import_c_per_kwh, slot.feed_in_c_per_kwh, is_estimate, slot.spike))
        else:
            found.append(_known(book, start, now))
    return tuple(found)


def _known(book: PriceBook, start: datetime, now: datetime) -> HalfHour:
    """Where there is no whole tariff: the mean of what is published, nothing where a part of it is missing."""
    present = book.at(now) if start <= now else None
    mean = (
        mean_price((present,), present.start, present.end)
        if present
        else mean_price(book.between(start, start + HALF_HOUR), start, start + HALF_HOUR)
    )
    if mean is None:
        return HalfHour(start)
    return HalfHour(start, mean.import_c, mean.feed_in_c, mean.quality is Quality.ESTIMATE, mean.spike)


def dearest(ahead: tuple[HalfHour, ...]) -> HalfHour | None:
    """The half-hour with the highest published import price, the earliest of equals."""
    known = [each for each in ahead if each.import_c_per_kwh is not None and not each.is_estimate]
    return max(known, key=lambda each: (each.import_c_per_kwh, -each.start.timestamp())) if known else None


def cheapest(ahead: tuple[HalfHour, ...]) -> HalfHour | None:
    """The half-hour with the lowest published import price, the earliest of equals."""
    known = [each for each in ahead if each.import_c_per_kwh is not None and not each.is_estimate]
    return min(known, key=lambda each: (each.import_c_per_kwh, each.start.timestamp())) if known else None
