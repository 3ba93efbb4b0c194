"""What a forecast makes of the truth: the noise model, at a scale (0 is perfect, 1 the base).

Price: the smooth truth plus a random walk of 0.6 c per 5 minutes, clipped at ± 12 c; spikes beyond the next hour are not seen. Sun: the
smooth truth times 1 + N(0, 12 %), one draw per forecast, growing over the first 3 hours, clipped to 0.4 to 1.6. Load: the usual load of the
hour. The present price is known. Published prices have no error."""

import random
from dataclasses import dataclass

from tests.closed_loop.households import PER_HOUR, Household

STEP_PER_KWH = 0.006
MOST_PER_KWH = 0.12
SOLAR_SIGMA = 0.12
SOLAR_RAMP = 3 * PER_HOUR
SEEN_SPIKES = PER_HOUR


@dataclass(frozen=True)
class Forecast:
    """One value per 5 minutes from `begin` on; without the spikes, which come into sight one by one."""

    begin: int
    buy: list[float]
    sell: list[float]
    solar_kw: list[float]
    load_kw: list[float]


def forecast(home: Household, begin: int, count: int, scale: float, draw: random.Random) -> Forecast:
    """A forecast made at interval `begin` for `count` intervals."""
    blend = min(1.0, scale)
    walk, walked = 0.0, []
    for _ in range(count):
        walked.append(walk)
        walk = min(max(walk + draw.gauss(0, STEP_PER_KWH * scale), -MOST_PER_KWH * scale), MOST_PER_KWH * scale)
    error = draw.gauss(0, SOLAR_SIGMA * scale)
    buy, sell, solar, load = [], [], [], []
    for lead in range(count):
        index = begin + lead
        true_buy, true_sell = home.buy[index] - home.spike_buy[index], home.sell[index] - home.spike_sell[index]
        move = walked[lead] if home.is_market else 0.0
        buy.append(true_buy + blend * (home.smooth_buy[index] - true_buy) + 1.1 * move)
        sell.append(true_sell + blend * (home.smooth_sell[index] - true_sell) + move)
        factor = min(max(1 + error * min(1.0, lead / SOLAR_RAMP), 0.4), 1.6)
        true_sun = home.solar_kw[index]
        solar.append((true_sun + blend * (home.smooth_solar_kw[index] - true_sun)) * factor)
        load.append(max(0.05, home.load_kw[index] + scale * (home.usual_load_kw[index] - home.load_kw[index])))
    return Forecast(begin, buy, sell, solar, load)


def seen_spikes(home: Household, now: int, scale: float) -> int:
    """Up to which interval spikes are known at interval `now`."""
    return len(home.buy) if scale == 0 else now + SEEN_SPIKES + 1
