"""How the price of a tariff moves: by the half-hour, by the hours of the day, by the day, or now and then.

Instants are seconds since 1970, prices p/kWh without VAT (standing charges: p a day). Each class answers four questions: which prices hold
in a span, until when each of them does, what it is, and up to when prices are known.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Protocol

from app.simulators.noise import Noise
from app.simulators.octopus_market import HALF_HOUR_S, LONDON, DayAheadMarket, london_s

_DAY = timedelta(days=1)
VAT = 1.05


@dataclass(slots=True)
class Publication:
    """When prices come out, by the clock in London. A price beyond what is known is not in the answers."""

    agile_at: time = time(16, 5)  # half-hours until 23:00 of the next day
    tracker_at: time = time(16, 5)  # the next day; the hour is not documented
    days_ahead: int = 2  # of prices by the hours of the day, beyond the present day
    notice: timedelta = timedelta(days=14)  # of a change of a variable price


class Pricing(Protocol):
    """The four questions."""

    def starts(self, since_s: int, until_s: int) -> Sequence[int]:
        """The starts of the prices that hold at some time in [since, until), in order; the first may be earlier than `since_s`."""
        ...

    def end(self, start_s: int, known_s: int) -> int | None:
        """The end of the price that starts at `start_s`; None: until further notice."""
        ...

    def p_exc_vat(self, start_s: int, region: str) -> float:
        """The price that starts at `start_s`."""
        ...

    def known_s(self, now: datetime, publication: Publication, late: timedelta) -> int:
        """Prices that start before this instant are published at `now`; `late` delays what comes out daily."""
        ...


class HalfHourly:
    """`multiplier` × wholesale, and `peak adder` more from 16:00 to 19:00 in London, at most `cap_inc_vat_p`."""

    def __init__(self, market: DayAheadMarket, terms: Mapping[str, tuple[float, float]], cap_inc_vat_p: float = 100.0) -> None:
        self._market, self._terms = market, terms
        self._cap_p = math.floor(cap_inc_vat_p / VAT * 100) / 100

    def starts(self, since_s: int, until_s: int) -> Sequence[int]:
        return range(since_s // HALF_HOUR_S * HALF_HOUR_S, until_s, HALF_HOUR_S)

    def end(self, start_s: int, known_s: int) -> int | None:
        return start_s + HALF_HOUR_S

    def p_exc_vat(self, start_s: int, region: str) -> float:
        multiplier, peak_adder_p = self._terms[region]
        is_peak = 16 <= datetime.fromtimestamp(start_s, LONDON).hour < 19
        price = multiplier * self._market.wholesale_p(start_s) + (peak_adder_p if is_peak else 0.0)
        return min(self._cap_p, round(price, 2))

    def known_s(self, now: datetime, publication: Publication, late: timedelta) -> int:
        return london_s(_newest_day(now - late, publication.agile_at), time(23))


class Daily:
    """One price a local day, from the mean of its wholesale prices."""

    def __init__(
        self, market: DayAheadMarket, adders_p: Mapping[str, float], multiplier: float = 1.3, cap_inc_vat_p: float = 100.0
    ) -> None:
        self._market, self._adders_p, self._multiplier = market, adders_p, multiplier
        self._cap_p = math.floor(cap_inc_vat_p / VAT * 100) / 100
        self._means = lru_cache(maxsize=4_000)(self._mean_p)

    def starts(self, since_s: int, until_s: int) -> Sequence[int]:
        return _starts(lambda day: [london_s(day)], since_s, until_s)

    def end(self, start_s: int, known_s: int) -> int | None:
        return london_s(_local_day(start_s) + _DAY)

    def p_exc_vat(self, start_s: int, region: str) -> float:
        return min(self._cap_p, round(self._multiplier * self._means(_local_day(start_s)) + self._adders_p[region], 2))

    def known_s(self, now: datetime, publication: Publication, late: timedelta) -> int:
        return london_s(_newest_day(now - late, publication.tracker_at) + _DAY)

    def _mean_p(self, day: date) -> float:
        halves = range(london_s(day), london_s(day + _DAY), HALF_HOUR_S)
        return sum(self._market.wholesale_p(half) for half in halves) / len(halves)


class TimeBands:
    """A price for each part of the local day; all of them move a little with each quarter of the year.

    `bands` are (from, price) in order; the last one lasts until the first one of the next day.
    """

    def __init__(self, bands: Sequence[tuple[time, float]], factors: Mapping[str, float], levels: Noise) -> None:
        self._bands, self._factors, self._levels = tuple(bands), factors, levels

    def starts(self, since_s: int, until_s: int) -> Sequence[int]:
        return _starts(self._starts_on, since_s, until_s)

    def end(self, start_s: int, known_s: int) -> int | None:
        day = _local_day(start_s)
        return next(start for start in (*self._starts_on(day), *self._starts_on(day + _DAY)) if start > start_s)

    def p_exc_vat(self, start_s: int, region: str) -> float:
        local = datetime.fromtimestamp(start_s, LONDON)
        price_p = self._bands[bisect_right([start for start, _ in self._bands], local.time()) - 1][1]
        return round(price_p * self._factors[region] * _level(self._levels, local.date()), 4)

    def known_s(self, now: datetime, publication: Publication, late: timedelta) -> int:
        return london_s(now.astimezone(LONDON).date() + timedelta(days=publication.days_ahead + 1))

    def _starts_on(self, day: date) -> list[int]:
        times = {start for start, _ in self._bands} | ({time(0)} if _is_first_of_quarter(day) else set())
        return [london_s(day, start) for start in sorted(times)]


class Occasional:
    """A price that holds until further notice: for good, or `quarterly` until the quarter's end."""

    def __init__(self, price_p: float, factors: Mapping[str, float], levels: Noise, *, quarterly: bool = False) -> None:
        self._price_p, self._factors, self._levels, self._quarterly = price_p, factors, levels, quarterly

    def starts(self, since_s: int, until_s: int) -> Sequence[int]:
        if until_s <= since_s:
            return []
        if not self._quarterly:
            return [0]
        starts = [_quarter_of(_local_day(since_s))]
        while london_s(following := _next_quarter(starts[-1])) < until_s:
            starts.append(following)
        return [london_s(day) for day in starts]

    def end(self, start_s: int, known_s: int) -> int | None:
        if not self._quarterly:
            return None
        following_s = london_s(_next_quarter(_local_day(start_s)))
        return following_s if following_s < known_s else None

    def p_exc_vat(self, start_s: int, region: str) -> float:
        level = _level(self._levels, _local_day(start_s)) if self._quarterly else 1.0
        return round(self._price_p * self._factors[region] * level, 4)

    def known_s(self, now: datetime, publication: Publication, late: timedelta) -> int:
        return int((now + publication.notice).timestamp())


def _local_day(at_s: int) -> date:
    return datetime.fromtimestamp(at_s, LONDON).date()


def _newest_day(now: datetime, publishes_at: time) -> date:
    """The local day up to which a daily publication reaches at `now`: the present one, from `publishes_at` on the next."""
    local = now.astimezone(LONDON)
    return local.date() + (_DAY if local.time() >= publishes_at else timedelta(0))


def _starts(starts_on: Callable[[date], list[int]], since_s: int, until_s: int) -> list[int]:
    """The starts in [since, until) and the one before, from those of each local day."""
    if until_s <= since_s:
        return []
    day, last = _local_day(since_s) - _DAY, _local_day(until_s)
    starts: list[int] = []
    while day <= last:
        starts += starts_on(day)
        day += _DAY
    return [start for start in starts[bisect_right(starts, since_s) - 1 :] if start < until_s]


def _quarter_of(day: date) -> date:
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def _next_quarter(day: date) -> date:
    return _quarter_of(_quarter_of(day) + timedelta(days=100))


def _is_first_of_quarter(day: date) -> bool:
    return day == _quarter_of(day)


def _level(noise: Noise, day: date) -> float:
    """How dear the quarter is, 0.94 to 1.06."""
    return noise.between(day.year * 4 + (day.month - 1) // 3, 0.94, 1.06)
