"""What the sun sends on a tilted plane, and how warm the air is: the truth, and what a forecast of it makes of the hours to come."""

import math
from dataclasses import dataclass

from app.simulators.noise import Noise
from app.simulators.sun import Sky

DAY_S = 86_400
_KNOWN_S, _FULL_ERROR_S = 900, 3 * 3600  # as far as the forecast is sure, and from where it errs most


@dataclass(frozen=True, slots=True)
class Facing:
    """A plane: `azimuth_deg` 0 south, −90 east, 90 west, ±180 north."""

    latitude_deg: float
    longitude_deg: float
    tilt_deg: float
    azimuth_deg: float


@dataclass(frozen=True, slots=True)
class SunPosition:
    """Unit vector to the sun: east, north, up."""

    east: float
    north: float
    up: float


def sun_at(latitude_deg: float, longitude_deg: float, at_s: float) -> SunPosition:
    """Where the sun stands at `at_s` (seconds since 1970)."""
    days = at_s / DAY_S - 10_957.5  # since noon of 1 January 2000 (Astronomical Almanac, low precision formulae)
    mean = math.radians((357.528 + 0.9856003 * days) % 360)
    longitude = math.radians((280.460 + 0.9856474 * days + 1.915 * math.sin(mean) + 0.020 * math.sin(2 * mean)) % 360)
    tilt = math.radians(23.439 - 0.0000004 * days)
    right_ascension = math.atan2(math.cos(tilt) * math.sin(longitude), math.cos(longitude))
    declination = math.asin(math.sin(tilt) * math.sin(longitude))
    sidereal = math.radians((280.46062 + 360.98564737 * days + longitude_deg) % 360)
    hour, latitude = sidereal - right_ascension, math.radians(latitude_deg)
    return SunPosition(
        east=-math.cos(declination) * math.sin(hour),
        north=math.sin(declination) * math.cos(latitude) - math.cos(declination) * math.sin(latitude) * math.cos(hour),
        up=math.sin(declination) * math.sin(latitude) + math.cos(declination) * math.cos(latitude) * math.cos(hour),
    )


class Weather:
    """The sun and the air over one place, under the same clouds as the simulated home's."""

    def __init__(self, sky: Sky, seed: int) -> None:
        self._sky, self._errors, self._warmth = sky, Noise(seed, "sun forecast"), Noise(seed, "air")

    def tilted_w_per_m2(self, facing: Facing, at_s: float) -> float:
        """What truly falls on the plane at an instant, W/m²."""
        sun = sun_at(facing.latitude_deg, facing.longitude_deg, at_s)
        if sun.up <= 0.01:
            return 0.0
        tilt, azimuth = math.radians(facing.tilt_deg), math.radians(facing.azimuth_deg)
        east, north = -math.sin(tilt) * math.sin(azimuth), -math.sin(tilt) * math.cos(azimuth)
        incidence = max(0.0, sun.east * east + sun.north * north + sun.up * math.cos(tilt))
        beam = 1353 * math.pow(0.7, math.pow(1 / sun.up, 0.678))
        diffuse = 90 * math.sqrt(sun.up) * (1 + math.cos(tilt)) / 2
        return (beam * incidence + diffuse) * self._sky.clearness(at_s)

    def forecast_w_per_m2(self, facing: Facing, at_s: float, made_at_s: float) -> float:
        """The same as it was forecast at `made_at_s`: the further ahead, the further off, by up to a third."""
        ahead = min(1.0, max(0.0, at_s - made_at_s - _KNOWN_S) / _FULL_ERROR_S)
        return self.tilted_w_per_m2(facing, at_s) * max(0.0, 1 + 0.33 * ahead * self._errors.smooth(at_s / 7200))

    def mean_w_per_m2(self, facing: Facing, start_s: float, end_s: float, made_at_s: float) -> float:
        """Mean of the forecast over a time."""
        steps = max(1, round((end_s - start_s) / 300))
        length = (end_s - start_s) / steps
        return sum(self.forecast_w_per_m2(facing, start_s + (step + 0.5) * length, made_at_s) for step in range(steps)) / steps

    def temperature_c(self, longitude_deg: float, at_s: float) -> float:
        """Of the air: warmest at three in the afternoon, warmer and colder for days."""
        hour = (at_s / 3600 + longitude_deg / 15) % 24
        return 19 + 6 * math.cos((hour - 15) / 24 * 2 * math.pi) + 7 * self._warmth.smooth(at_s / (3 * DAY_S))
