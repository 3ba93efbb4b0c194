"""What a home used in its half-hours, sorted for learning: by kind of day and local half-hour, with weights."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

HALF_HOUR = timedelta(minutes=30)
SLOTS = 48
WEEKDAY, WEEKEND = 0, 1
LEARNT_FROM = timedelta(days=56)
HALF_LIFE = timedelta(days=14)  # so the last weeks stand for the season
HEATS_BELOW_C, COOLS_ABOVE_C = 16.0, 23.0  # daily comfort: what a house does by itself between the two needs no power

Slot = tuple[int, int]  # kind of day, local half-hour


@dataclass(frozen=True, slots=True)
class LoadSample:
    """One half-hour of the home. `car_w` is what the car took of `load_w`, None where nobody knows; `temperature_c` of the air outside."""

    start: datetime  # UTC, on the half-hour
    load_w: float
    car_w: float | None = None
    temperature_c: float | None = None


@dataclass(frozen=True, slots=True)
class Weighed:
    """A sample as the learning takes it: without the car, how much it counts, and the degrees that are heated or cooled away."""

    slot: Slot
    power_w: float
    weight: float
    degrees: tuple[float, float] | None  # below the heating and above the cooling border; None where the temperature is not known


def slot_of(instant: datetime, zone: ZoneInfo) -> Slot:
    """Kind of day and half-hour on the clock of the site."""
    local = instant.astimezone(zone)
    return (WEEKEND if local.weekday() >= 5 else WEEKDAY, local.hour * 2 + local.minute // 30)


def degrees_of(temperature_c: float) -> tuple[float, float]:
    """(to heat, to cool), both ≥ 0."""
    return max(0.0, HEATS_BELOW_C - temperature_c), max(0.0, temperature_c - COOLS_ABOVE_C)


def weigh(sample: LoadSample, zone: ZoneInfo, now: datetime) -> Weighed | None:
    """None for a sample that is too old, or not over."""
    if not now - LEARNT_FROM <= sample.start <= now - HALF_HOUR:
        return None
    return Weighed(
        slot=slot_of(sample.start, zone),
        power_w=max(0.0, sample.load_w - (sample.car_w or 0.0)),
        weight=0.5 ** ((now - sample.start) / HALF_LIFE),
        degrees=None if sample.temperature_c is None else degrees_of(sample.temperature_c),
    )
