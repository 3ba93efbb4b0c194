"""From forecast.solar's energies to mean powers.

`watt_hours_period` holds the energy since the stamp before; the first and last stamps of a day are sunrise and sunset, at odd seconds.
Between a sunset and the next sunrise there is nothing, and so it is in the night before the first and after the last day."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from app.domain.forecasts.series import PowerInterval
from app.domain.forecasts.sun import Place, solar_hour
from app.feeds.forecasts.forecast_solar.client import VENDOR
from app.feeds.forecasts.readings import HIGHEST_W_PER_PEAK_W, number
from app.transports.errors import AnswerNotUnderstood

LONGEST_STEP: Final = timedelta(hours=2)  # a longer one is the night, which has no energy
LONGEST_NIGHT: Final = timedelta(hours=20)
_FIELD: Final = "watt_hours_period"
_SURELY_NIGHT: Final = 0.95  # of the hours on the other side of solar midnight: the night lies about even around it


def read_estimate(result: Mapping[str, Any], peak_w: float, place: Place) -> tuple[tuple[PowerInterval, ...], int]:
    """The intervals in order and the number of those that were refused. Raises AnswerNotUnderstood where it is not as documented."""
    periods = result.get(_FIELD)
    if not isinstance(periods, Mapping):
        raise AnswerNotUnderstood(VENDOR, f"{_FIELD} is not an object")
    stamped = sorted(((_instant(stamp), number(energy)) for stamp, energy in periods.items()), key=lambda each: each[0])
    if not stamped:
        raise AnswerNotUnderstood(VENDOR, "the estimate is empty")
    (first, energy_at_first), (last, _) = stamped[0], stamped[-1]
    known = [_interval(before, end, energy_wh, peak_w) for (before, _), (end, energy_wh) in pairwise(stamped) if end > before]
    nights = (_night_before(first, place) if energy_at_first == 0 else None, _night_after(last, place))
    whole = (nights[0], *known, nights[1])
    return tuple(each for each in whole if each is not None), known.count(None)


def _interval(start: datetime, end: datetime, energy_wh: float | None, peak_w: float) -> PowerInterval | None:
    length = end - start
    if energy_wh is None or energy_wh < 0 or length > (LONGEST_STEP if energy_wh > 0 else LONGEST_NIGHT):
        return None
    power_w = energy_wh / (length / timedelta(hours=1))
    return PowerInterval(start, end, power_w) if power_w <= HIGHEST_W_PER_PEAK_W * peak_w else None


def _night_before(sunrise: datetime, place: Place) -> PowerInterval | None:
    hours = solar_hour(place, sunrise)
    if not 0 < hours < 12:
        return None
    return PowerInterval(sunrise - timedelta(hours=hours * (1 + _SURELY_NIGHT)), sunrise, 0.0)


def _night_after(sunset: datetime, place: Place) -> PowerInterval | None:
    hours = 24 - solar_hour(place, sunset)
    if not 0 < hours < 12:
        return None
    return PowerInterval(sunset, sunset + timedelta(hours=hours * (1 + _SURELY_NIGHT)), 0.0)


def _instant(stamp: Any) -> datetime:
    try:
        at = datetime.fromisoformat(stamp)
    except (TypeError, ValueError):
        raise AnswerNotUnderstood(VENDOR, "a time is not in the form that is documented") from None
    if at.tzinfo is None:
        raise AnswerNotUnderstood(VENDOR, "its times are not in UTC")
    return at.astimezone(UTC)
