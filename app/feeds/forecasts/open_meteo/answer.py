"""From Open-Meteo's lists to the sun on one face of a roof and the temperature, in intervals.

Stamps are the END of the 15 minutes that an irradiance is the mean of; a temperature is that of the stamp."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from app.domain.forecasts.series import COLDEST_C, HOTTEST_C, TemperatureInterval
from app.feeds.forecasts.open_meteo.client import IRRADIANCE, TEMPERATURE, VENDOR
from app.feeds.forecasts.readings import HIGHEST_W_PER_M2, bounded, number
from app.transports.errors import AnswerNotUnderstood

STEP: Final = timedelta(minutes=15)
UNITS: Final = {IRRADIANCE: "W/m²", TEMPERATURE: "°C"}
LEAST_W_PER_M2: Final = -50.0  # slightly negative values occur at dusk and mean 0
_LATEST_S: Final = 4_102_444_800  # 2100: a stamp beyond is none


@dataclass(frozen=True, slots=True)
class SunInterval:
    """Mean irradiance on the plane over `[start, end)`, and the air's temperature, None where it is not told."""

    start: datetime
    end: datetime
    tilted_w_per_m2: float
    temperature_c: float | None


@dataclass(frozen=True, slots=True)
class PlaneAnswer:
    """What could be read, in order. `refused`: values that cannot be; what is null is not told and not counted."""

    sun: tuple[SunInterval, ...]
    temperatures: tuple[TemperatureInterval, ...]
    refused: int


def read_answer(answer: Mapping[str, Any]) -> PlaneAnswer:
    """Raises AnswerNotUnderstood where the lists are not as documented."""
    lists = answer.get("minutely_15")
    _check_units(answer.get("minutely_15_units"))
    if answer.get("utc_offset_seconds", 0) != 0:
        raise AnswerNotUnderstood(VENDOR, "its times are not in UTC")
    if not isinstance(lists, Mapping):
        raise AnswerNotUnderstood(VENDOR, "the forecast has no 15-minute values")
    ends = [_instant(each) for each in _list(lists, "time")]
    irradiances, degrees = _list(lists, IRRADIANCE), _list(lists, TEMPERATURE)
    if not len(ends) == len(irradiances) == len(degrees):
        raise AnswerNotUnderstood(VENDOR, "its lists are of different lengths")
    if any(after - before != STEP for before, after in pairwise(ends)):
        raise AnswerNotUnderstood(VENDOR, "its times are not 15 minutes apart")
    refused, sun, temperatures = 0, [], []
    before_c: float | None = None
    for end, irradiance, told_c in zip(ends, irradiances, degrees, strict=True):
        at_end_c = bounded(told_c, COLDEST_C, HOTTEST_C)
        mean_c = None if at_end_c is None or before_c is None else (at_end_c + before_c) / 2
        tilted = bounded(irradiance, LEAST_W_PER_M2, HIGHEST_W_PER_M2)
        refused += (tilted is None and irradiance is not None) + (at_end_c is None and told_c is not None)
        if tilted is not None:
            sun.append(SunInterval(end - STEP, end, max(0.0, tilted), mean_c if mean_c is not None else at_end_c))
        if mean_c is not None:
            temperatures.append(TemperatureInterval(end - STEP, end, mean_c))
        before_c = at_end_c
    return PlaneAnswer(tuple(sun), tuple(temperatures), refused)


def _check_units(units: Any) -> None:
    if not isinstance(units, Mapping):
        raise AnswerNotUnderstood(VENDOR, "it does not say in what units its values are")
    for name, expected in UNITS.items():
        if units.get(name) != expected:
            raise AnswerNotUnderstood(VENDOR, f"{name} is not in {expected}")


def _list(lists: Mapping[str, Any], name: str) -> list[Any]:
    found = lists.get(name)
    if not isinstance(found, list):
        raise AnswerNotUnderstood(VENDOR, f"{name} is not a list")
    return found


def _instant(value: Any) -> datetime:
    seconds = number(value)
    if seconds is None or not 0 <= seconds <= _LATEST_S:
        raise AnswerNotUnderstood(VENDOR, "a time is not in seconds since 1970")
    return datetime.fromtimestamp(seconds, UTC)
