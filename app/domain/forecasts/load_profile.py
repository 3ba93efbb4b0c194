"""What a home will use, learnt from what it used: by weekday or weekend and half-hour, recent weeks counting more, with its answer to the
weather and without the car."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from app.domain.forecasts.load_samples import HALF_HOUR, SLOTS, WEEKDAY, WEEKEND, LoadSample, Slot, Weighed, degrees_of, slot_of, weigh
from app.domain.forecasts.quantiles import HIGH, LOW, quantile
from app.domain.forecasts.series import PowerInterval, TemperatureInterval, mean_temperature_c
from app.domain.forecasts.temperature_response import NO_RESPONSE, Response, learn_response

LEAST_DAYS = 3
LEAST_OF_A_DAY = 36  # half-hours that make a day count
LEAST_FOR_A_BAND = 8  # samples of a half-hour and its neighbours


@dataclass(frozen=True, slots=True)
class Habit:
    """A half-hour of the day: its mean without weather, the mean degrees it was learnt at, and how far single days lay from the mean."""

    base_w: float
    degrees: tuple[float, float]
    low_w: float | None  # to be added: ≤ 0
    high_w: float | None  # ≥ 0


@dataclass(frozen=True, slots=True)
class LoadProfile:
    """All half-hours of both kinds of day."""

    zone: ZoneInfo
    habits: dict[Slot, Habit] = field(repr=False)
    response: Response
    days: int  # that it was learnt from

    def expected(self, start: datetime, temperatures: Sequence[TemperatureInterval] = ()) -> PowerInterval:
        """The half-hour that begins at `start`: not below 0. A temperature that is not known counts as the usual one of that half-hour."""
        habit = self.habits[slot_of(start, self.zone)]
        temperature_c = mean_temperature_c(temperatures, start, start + HALF_HOUR)
        degrees = habit.degrees if temperature_c is None else degrees_of(temperature_c)
        power_w = max(0.0, habit.base_w + _weather_w(self.response, degrees))
        low_w = None if habit.low_w is None else max(0.0, power_w + habit.low_w)
        return PowerInterval(start, start + HALF_HOUR, power_w, low_w, None if habit.high_w is None else power_w + habit.high_w)


def learn_load(samples: Sequence[LoadSample], zone: ZoneInfo, now: datetime) -> LoadProfile | None:
    """From the last 8 weeks; None below 3 days of which at least 36 half-hours are known."""
    weighed = [(sample.start.astimezone(zone).date(), found) for sample in samples if (found := weigh(sample, zone, now)) is not None]
    days = _whole_days([day for day, _ in weighed])
    if days < LEAST_DAYS:
        return None
    known = [each for _, each in weighed]
    response = learn_response(known)
    groups: dict[Slot, list[Weighed]] = defaultdict(list)
    for each in known:
        groups[each.slot].append(each)
    habits = {(kind, slot): _habit(groups, (kind, slot), response) for kind in (WEEKDAY, WEEKEND) for slot in range(SLOTS)}
    return LoadProfile(zone, habits, response, days)


def _whole_days(days: Sequence[date]) -> int:
    counts: dict[date, int] = defaultdict(int)
    for day in days:
        counts[day] += 1
    return sum(count >= LEAST_OF_A_DAY for count in counts.values())


def _habit(groups: dict[Slot, list[Weighed]], slot: Slot, response: Response) -> Habit:
    group = _group(groups, slot)
    told = [each for each in group if each.degrees is not None] if response != NO_RESPONSE else []
    group = told or group
    total = sum(each.weight for each in group)
    base_w = sum(each.weight * _without_weather_w(each, response) for each in group) / total
    warm, hot = (sum(each.weight * (each.degrees or NO_RESPONSE)[place] for each in group) / total for place in (0, 1))
    low_w, high_w = _band(groups, slot, response)
    return Habit(base_w, (warm, hot), low_w, high_w)


def _group(groups: dict[Slot, list[Weighed]], slot: Slot) -> list[Weighed]:
    """The samples of a half-hour, else of the same one on the other kind of day, else all."""
    kind, half_hour = slot
    other = groups.get((WEEKEND if kind == WEEKDAY else WEEKDAY, half_hour))
    return groups.get(slot) or other or [each for group in groups.values() for each in group]


def _band(groups: dict[Slot, list[Weighed]], slot: Slot, response: Response) -> tuple[float | None, float | None]:
    """What one day in ten lies below and above the mean, from the half-hour and its two neighbours, each against its own mean."""
    kind, half_hour = slot
    offs: list[float] = []
    weights: list[float] = []
    for near in (half_hour - 1, half_hour, half_hour + 1):
        group = groups.get((kind, near % SLOTS), [])
        total = sum(each.weight for each in group)
        mean_w = sum(each.weight * _without_weather_w(each, response) for each in group) / total if total else 0.0
        offs += [_without_weather_w(each, response) - mean_w for each in group]
        weights += [each.weight for each in group]
    if len(offs) < LEAST_FOR_A_BAND:
        return None, None
    return min(0.0, quantile(offs, LOW, weights)), max(0.0, quantile(offs, HIGH, weights))


def _without_weather_w(sample: Weighed, response: Response) -> float:
    return sample.power_w - (_weather_w(response, sample.degrees) if sample.degrees is not None else 0.0)


def _weather_w(response: Response, degrees: tuple[float, float]) -> float:
    return response[0] * degrees[0] + response[1] * degrees[1]
