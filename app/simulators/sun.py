"""What the roof makes: a clear sky from latitude and time, and seeded clouds in front of it."""

import math
from datetime import datetime
from typing import Protocol

from app.simulators.noise import Noise
from app.simulators.places import Place

_DAY_S = 86_400


class Sky:
    """The clouds over one place. The market looks at the same sky: sunny middays are cheap."""

    def __init__(self, place: Place, seed: int) -> None:
        self._offset_s = place.longitude_deg / 15 * 3600
        self._days = Noise(seed, "sunny days")
        self._banks = Noise(seed, "cloud banks")
        self._puffs = Noise(seed, "clouds")

    def sunniness(self, at_s: float) -> float:
        """How sunny the solar day around `at_s` (seconds since 1970) is: 0 overcast, 1 without a cloud."""
        return math.pow(self._days.unit(int((at_s + self._offset_s) // _DAY_S)), 0.6)

    def clearness(self, at_s: float) -> float:
        """Share of the clear-sky power that comes through at `at_s`, 0.08 to 1."""
        sunny = self.sunniness(at_s)
        if sunny > 0.85:
            return 1 - 0.04 * abs(self._banks.smooth(at_s / 5400))
        cover = (1 - sunny) * 1.25 + 0.45 * self._banks.smooth(at_s / 5400) + 0.25 * self._puffs.smooth(at_s / 480)
        return max(0.08, 1 - 0.85 * max(0.0, min(1.0, cover)))


class Sun(Protocol):
    """What a roof makes."""

    def power_w(self, at: datetime) -> float:
        """W, ≥ 0."""
        ...


class SolarArray:
    """Panels that face the equator."""

    def __init__(self, place: Place, sky: Sky, peak_w: float, tilt_deg: float = 20) -> None:
        self._sky = sky
        self._peak_w = peak_w
        self._longitude = math.radians(place.longitude_deg)
        latitude = math.radians(place.latitude_deg)
        self._sin_lat, self._cos_lat = math.sin(latitude), math.cos(latitude)
        tilted = latitude - math.copysign(math.radians(tilt_deg), latitude)
        self._sin_tilted, self._cos_tilted = math.sin(tilted), math.cos(tilted)
        self._day = -1
        self._sin_decl = self._cos_decl = self._equation_rad = 0.0

    def power_w(self, at: datetime) -> float:
        """What the array could make at `at` (W, ≥ 0)."""
        at_s = at.timestamp()
        clear = self.clear_sky_share(at_s)
        return 0.0 if clear <= 0 else self._peak_w * clear * self._sky.clearness(at_s)

    def clear_sky_share(self, at_s: float) -> float:
        """Share of the peak power under a sky without clouds; 0 at night."""
        day = int(at_s // _DAY_S)
        if day != self._day:
            self._start_day(day)
        hour_angle = (at_s % _DAY_S) / _DAY_S * 2 * math.pi - math.pi + self._longitude + self._equation_rad
        cos_hour = math.cos(hour_angle)
        elevation = self._sin_decl * self._sin_lat + self._cos_decl * self._cos_lat * cos_hour
        if elevation <= 0.01:
            return 0.0
        incidence = self._sin_decl * self._sin_tilted + self._cos_decl * self._cos_tilted * cos_hour
        beam = 1.25 * math.pow(0.7, math.pow(1 / elevation, 0.678)) * max(0.0, incidence)
        return min(1.0, beam + 0.08 * elevation)

    def _start_day(self, day: int) -> None:
        """Declination and equation of time change little within a day (Spencer's first terms)."""
        self._day = day
        angle = 2 * math.pi * ((day - 0.5) % 365.2422) / 365.2422
        declination = math.radians(-23.44) * math.cos(angle + 2 * math.pi * 10 / 365.2422)
        self._sin_decl, self._cos_decl = math.sin(declination), math.cos(declination)
        minutes = 0.017 + 0.43 * math.cos(angle) - 7.35 * math.sin(angle) - 3.35 * math.cos(2 * angle) - 9.36 * math.sin(2 * angle)
        self._equation_rad = minutes / 1440 * 2 * math.pi
