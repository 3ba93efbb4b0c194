"""The day-ahead market of Great Britain, half-hour by half-hour, in p/kWh without VAT.

Nights are cheap and windy ones below zero, evenings dear, middays lower in summer; on a few calm winter evenings the price goes through the
roof. Nothing here knows of the Australian market.
"""

import math
from datetime import date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from app.simulators.noise import Noise

LONDON = ZoneInfo("Europe/London")
HALF_HOUR_S = 1800
_LOWEST_P, _HIGHEST_P = -6.0, 60.0

# Wholesale price of each local hour on a still, grey day.
_HOURLY_P = (
    6.6, 6.2, 5.9, 5.7, 5.8, 6.4, 7.8, 9.2, 9.6, 8.9, 8.2, 7.7,
    7.4, 7.2, 7.4, 8.0, 9.4, 11.2, 11.8, 11.0, 9.8, 8.8, 7.8, 7.0,
)  # fmt: skip


def london_s(day: date, at: time = time(0)) -> int:
    """A wall-clock time in London, in seconds since 1970; of a doubled hour the first."""
    return int(datetime.combine(day, at, LONDON).timestamp())


class DayAheadMarket:
    """The same prices for the same `seed`, whatever is asked first."""

    def __init__(self, seed: int) -> None:
        self._days, self._jitter = Noise(seed, "GB days"), Noise(seed, "GB jitter")
        self._wind, self._scarce = Noise(seed, "GB wind"), Noise(seed, "GB scarcity")
        self._kept = lru_cache(maxsize=100_000)(self._price)

    def wholesale_p(self, start_s: int) -> float:
        """The price of the half-hour that holds `start_s` (seconds since 1970); may be negative."""
        return self._kept(start_s // HALF_HOUR_S)

    def _price(self, index: int) -> float:
        local = datetime.fromtimestamp(index * HALF_HOUR_S, LONDON)
        day, hour = local.toordinal(), local.hour + local.minute / 60
        shape = _HOURLY_P[local.hour] + (_HOURLY_P[(local.hour + 1) % 24] - _HOURLY_P[local.hour]) * local.minute / 60
        winter = math.cos(2 * math.pi * (local.timetuple().tm_yday - 15) / 365.25)  # 1 in mid-January, −1 in mid-July
        price = shape * (1 + 0.13 * winter) * math.exp(0.15 * self._days.normal(day)) + 0.3 * self._jitter.normal(index)
        wind = self._wind.smooth(index / 60)
        price -= 15 * max(0.0, wind - 0.25)
        price -= max(0.0, 1 - ((hour - 13) / 4.5) ** 2) * (2.2 - 2.2 * winter)
        if winter > 0.3 and wind < 0 and self._scarce.unit(day * 2) < 0.12:
            price += max(0.0, 1 - ((hour - 17.75) / 1.75) ** 2) * self._scarce.between(day * 2 + 1, 8, 70)
        return min(_HIGHEST_P, max(_LOWEST_P, price))
