"""What the sun may bring where nobody forecasts it: a sky without clouds over the site, scaled by what the site made of it lately.

It knows nothing of tomorrow's clouds, and is always shown as an estimate."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from app.domain.forecasts.quantiles import HIGH, LOW, quantile
from app.domain.forecasts.series import PowerInterval
from app.domain.forecasts.solar_hours import HOURS, at_hour, hour_ratios
from app.domain.forecasts.sun import Place, mean_clear_sky_w_per_m2, solar_hour

LEARNT_FROM = timedelta(days=14)
HALF_LIFE = timedelta(days=4)
LEAST_DAYS = 2
LEAST_OF_A_DAY = 0.5  # share of a day's clear-sky energy that must have been measured
FIRMNESS = 0.01
ABOVE_THE_BEST = 1.1  # times the highest power seen: clouds pass, panels do not grow


@dataclass(frozen=True, slots=True)
class MeasuredSolar:
    """What the sun brought over `[start, end)`, mean W."""

    start: datetime
    end: datetime
    solar_w: float


@dataclass(frozen=True, slots=True)
class SolarEstimate:
    """W per W/m² of clear sky for each solar hour, and how dull and how bright the days were."""

    place: Place
    gains: tuple[float, ...]
    dull: float  # of a day's mean: one day in ten was duller
    bright: float
    most_w: float

    def between(self, start: datetime, end: datetime) -> PowerInterval:
        """The estimate for `[start, end)`, at most a few hours long: not below 0, 0 at night, at most 10 % above the best seen."""
        middle = start + (end - start) / 2
        clear = mean_clear_sky_w_per_m2(self.place, start, end)
        power_w = min(self.most_w, clear * at_hour(self.gains, solar_hour(self.place, middle)))
        return PowerInterval(start, end, power_w, power_w * self.dull, max(power_w, min(self.most_w, power_w * self.bright)))


def learn_estimate(history: Sequence[MeasuredSolar], place: Place, now: datetime) -> SolarEstimate | None:
    """From the last 14 days, recent ones counting more; None below 2 days of which at least half the daylight was measured."""
    made, clear = [0.0] * HOURS, [0.0] * HOURS
    by_day: dict[date, list[tuple[float, float]]] = defaultdict(list)
    most_w = 0.0
    for each in history:
        if not now - LEARNT_FROM <= each.start < now:
            continue
        seconds, middle = (each.end - each.start).total_seconds(), each.start + (each.end - each.start) / 2
        sky = mean_clear_sky_w_per_m2(place, each.start, each.end)
        if sky <= 0:
            continue
        weight = 0.5 ** ((now - each.start) / HALF_LIFE) * seconds
        hour = int(solar_hour(place, middle))
        made[hour] += weight * max(0.0, each.solar_w)
        clear[hour] += weight * sky
        by_day[(middle + timedelta(hours=place.longitude_deg / 15)).date()].append((max(0.0, each.solar_w) * seconds, sky * seconds))
        most_w = max(most_w, each.solar_w)
    days = [sums for day, parts in by_day.items() if (sums := _whole_day(place, day, parts)) is not None]
    gains = hour_ratios(made, clear, FIRMNESS)
    if len(days) < LEAST_DAYS or gains is None:
        return None
    dull, bright = _spread(days)
    return SolarEstimate(place, gains, dull, bright, most_w * ABOVE_THE_BEST)


def _whole_day(place: Place, day: date, parts: Sequence[tuple[float, float]]) -> tuple[float, float] | None:
    """What a solar day made and what its measured part of clear sky was; None where too little of it was measured."""
    made, sky = math.fsum(each for each, _ in parts), math.fsum(each for _, each in parts)
    return (made, sky) if sky >= LEAST_OF_A_DAY * _clear_day(place, day) else None


def _clear_day(place: Place, day: date) -> float:
    """Energy of a day under a clear sky, J/m²."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=place.longitude_deg / 15)
    return mean_clear_sky_w_per_m2(place, start, start + timedelta(days=1)) * 86_400


def _spread(days: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The dull and the bright day as shares of the mean one: at most 1 and at least 1."""
    mean = math.fsum(made for made, _ in days) / math.fsum(sky for _, sky in days)
    if mean <= 0:
        return 1.0, 1.0
    shares = [made / sky / mean for made, sky in days]
    return min(1.0, quantile(shares, LOW)), max(1.0, quantile(shares, HIGH))
