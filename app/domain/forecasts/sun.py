"""Where the sun stands, and what a sky without clouds would send.

Position: Spencer, Fourier series representation of the position of the sun, Search 2 (1971): within 0.3° of the true one. Radiation:
Haurwitz, Insolation in relation to cloudiness and cloud density, Journal of Meteorology 2 (1945), as quoted by Reno, Hansen and Stein,
Global horizontal irradiance clear sky models, SAND2012-2389, section 3.3."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

RISES_AT_DEG = -0.833  # the upper edge on the horizon, the air's refraction counted
STEP = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Place:
    """A point on earth: degrees, north and east positive."""

    latitude_deg: float
    longitude_deg: float

    def __post_init__(self) -> None:
        if not (-90 <= self.latitude_deg <= 90 and -180 <= self.longitude_deg <= 180):
            raise ValueError(f"no place on earth: {self.latitude_deg}, {self.longitude_deg}")


def elevation_deg(place: Place, at: datetime) -> float:
    """Height of the sun's centre above the horizon at `at` (aware), without refraction: −90 to 90."""
    declination = _declination_rad(_year_angle(at))
    latitude, hour = math.radians(place.latitude_deg), math.radians((solar_hour(place, at) - 12) * 15)
    sine = math.sin(latitude) * math.sin(declination) + math.cos(latitude) * math.cos(declination) * math.cos(hour)
    return math.degrees(math.asin(max(-1.0, min(1.0, sine))))


def solar_hour(place: Place, at: datetime) -> float:
    """Apparent solar time at `at` (aware), 0 to below 24; the sun is highest at 12. Clocks that change do not change it."""
    at = at.astimezone(UTC)
    clock_h = at.hour + at.minute / 60 + at.second / 3600
    return (clock_h + place.longitude_deg / 15 + _equation_of_time_min(_year_angle(at)) / 60) % 24


def clear_sky_w_per_m2(place: Place, at: datetime) -> float:
    """Global horizontal irradiance under a sky without clouds, W/m²; 0 while the sun is down."""
    sine = math.sin(math.radians(elevation_deg(place, at)))
    return 1098.0 * sine * math.exp(-0.057 / sine) if sine > 0 else 0.0


def mean_clear_sky_w_per_m2(place: Place, start: datetime, end: datetime) -> float:
    """Mean of the above over `[start, end)`."""
    steps = max(1, round((end - start) / STEP))
    length = (end - start) / steps
    return sum(clear_sky_w_per_m2(place, start + (number + 0.5) * length) for number in range(steps)) / steps


def is_up_within(place: Place, start: datetime, end: datetime) -> bool:
    """Whether the sun is above the horizon at some time of `[start, end]`."""
    steps = max(1, math.ceil((end - start) / STEP))
    length = (end - start) / steps
    return any(elevation_deg(place, start + number * length) > RISES_AT_DEG for number in range(steps + 1))


def _year_angle(at: datetime) -> float:
    at = at.astimezone(UTC)
    day = at.timetuple().tm_yday - 1 + (at.hour + at.minute / 60) / 24
    return 2 * math.pi * day / 365.2422


def _declination_rad(angle: float) -> float:
    return (
        0.006918
        - 0.399912 * math.cos(angle)
        + 0.070257 * math.sin(angle)
        - 0.006758 * math.cos(2 * angle)
        + 0.000907 * math.sin(2 * angle)
        - 0.002697 * math.cos(3 * angle)
        + 0.001480 * math.sin(3 * angle)
    )


def _equation_of_time_min(angle: float) -> float:
    return 229.18 * (
        0.000075 + 0.001868 * math.cos(angle) - 0.032077 * math.sin(angle) - 0.014615 * math.cos(2 * angle) - 0.040849 * math.sin(2 * angle)
    )
