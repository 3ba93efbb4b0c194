"""A solar forecast made right by the site's own history: shade, dirt, a wrong tilt and a source's bias all show as a ratio that comes back
at the same hour of the sun's day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.forecasts.series import PowerInterval
from app.domain.forecasts.solar_hours import HOURS, at_hour, hour_ratios
from app.domain.forecasts.sun import Place, is_up_within, solar_hour

LEARNT_FROM = timedelta(days=28)
HALF_LIFE = timedelta(days=10)  # the sun's path and the trees change with the season
LEAST_DAYS = 5  # fewer days of sun say more about the weather than about the roof
LEAST_RATIO, MOST_RATIO = 0.3, 2.0  # beyond, the planes are entered wrongly: that is to be told, not smoothed over
FIRMNESS = 0.01


@dataclass(frozen=True, slots=True)
class SolarSample:
    """What was forecast for `[start, end)` and what was made, mean W. `is_held_back`: the sun was not free to make all it could."""

    start: datetime
    end: datetime
    forecast_w: float
    measured_w: float
    is_held_back: bool = False


@dataclass(frozen=True, slots=True)
class SolarCorrection:
    """Measured to forecast for each solar hour, 0.3 to 2, learnt from `days` days."""

    place: Place
    ratios: tuple[float, ...]
    days: int

    def ratio_at(self, instant: datetime) -> float:
        """The ratio at an instant."""
        return at_hour(self.ratios, solar_hour(self.place, instant))

    def corrected(self, interval: PowerInterval) -> PowerInterval:
        """The forecast with its band times the ratio; 0 while the sun is down."""
        if not is_up_within(self.place, interval.start, interval.end):
            return interval.scaled(0.0)
        return interval.scaled(self.ratio_at(interval.start + (interval.end - interval.start) / 2))


def learn_correction(samples: Sequence[SolarSample], place: Place, now: datetime) -> SolarCorrection | None:
    """From the last 28 days, recent ones counting more; None below 5 days with sun in the forecast."""
    measured, forecast = [0.0] * HOURS, [0.0] * HOURS
    days = set()
    for sample in samples:
        if sample.is_held_back or sample.forecast_w <= 0 or not now - LEARNT_FROM <= sample.start < now:
            continue
        middle = sample.start + (sample.end - sample.start) / 2
        hour = int(solar_hour(place, middle))
        weight = 0.5 ** ((now - sample.start) / HALF_LIFE) * (sample.end - sample.start).total_seconds()
        measured[hour] += weight * max(0.0, sample.measured_w)
        forecast[hour] += weight * sample.forecast_w
        days.add((middle + timedelta(hours=place.longitude_deg / 15)).date())
    ratios = hour_ratios(measured, forecast, FIRMNESS)
    if len(days) < LEAST_DAYS or ratios is None:
        return None
    return SolarCorrection(place, tuple(min(MOST_RATIO, max(LEAST_RATIO, each)) for each in ratios), len(days))
