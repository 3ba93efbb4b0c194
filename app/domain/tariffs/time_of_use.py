"""A plan of fixed prices: seasons of the year, each with the periods of a week. From it come prices for any time and a plan for a battery
that keeps a whole week.

Clocks are the site's. A period may cross midnight; then it holds on each of its days before its end and from its start on, so that a price
follows the weekday of the day it is charged on."""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from app.domain.prices import PriceInterval, Quality
from app.domain.tariffs.half_hourly import HALF_HOUR, SLOTS, slot_index

WEEK_DAYS = range(7)  # Monday is 0, as in `date.weekday`


@dataclass(frozen=True, slots=True)
class Period:
    """One price at certain hours of certain weekdays. `end` not after `start` crosses midnight; equal means the whole day."""

    name: str
    days: frozenset[int]  # of WEEK_DAYS
    start: time  # on the half-hour
    end: time
    import_c_per_kwh: float
    feed_in_c_per_kwh: float
    demand_c_per_kw: float = 0.0  # of the highest half-hour, per day or month as the plan says

    def slots(self) -> frozenset[int]:
        """The half-hours of the clock that it covers on each of its days."""
        first, end = _index(self.start), _index(self.end)
        if first < end:
            return frozenset(range(first, end))
        return frozenset({*range(first, SLOTS), *range(end)})


@dataclass(frozen=True, slots=True)
class Season:
    """A part of the year, the same each year: `first` and `last` are (month, day), both included; it may cross the new year."""

    name: str
    first: tuple[int, int]
    last: tuple[int, int]
    periods: tuple[Period, ...]

    def covers(self, day: date) -> bool:
        """Whether local date `day` lies in it."""
        on = (day.month, day.day)
        return self.first <= on <= self.last if self.first <= self.last else on >= self.first or on <= self.last


@dataclass(frozen=True)
class TimeOfUse:
    """A whole plan. Make sure with `faults_of` that it has no hole and no overlap before prices are drawn from it."""

    seasons: tuple[Season, ...]
    name: str = ""
    utility: str = ""
    code: str = ""

    def season_on(self, day: date) -> Season | None:
        """The season of local date `day`; the first that covers it."""
        return next((season for season in self.seasons if season.covers(day)), None)

    def period_at(self, day: date, slot: int) -> Period | None:
        """What holds in half-hour `slot` of local date `day`; None where the plan says nothing."""
        for number, season in enumerate(self.seasons):
            if season.covers(day):
                return self._weeks_of_seasons[number][day.weekday()][slot]
        return None

    @cached_property
    def _weeks_of_seasons(self) -> tuple[tuple[tuple[Period | None, ...], ...], ...]:
        return tuple(week_of(season) for season in self.seasons)


def week_of(season: Season) -> tuple[tuple[Period | None, ...], ...]:
    """Weekday → half-hour → the period that holds; of several the one that is listed first, None in a hole."""
    week: list[list[Period | None]] = [[None] * SLOTS for _ in WEEK_DAYS]
    for period in reversed(season.periods):
        slots = period.slots()
        for day in period.days:
            for slot in slots:
                week[day][slot] = period
    return tuple(tuple(day) for day in week)


def half_hours(plan: TimeOfUse, zone: ZoneInfo, start: datetime, end: datetime, source: str) -> tuple[PriceInterval, ...]:
    """The prices of the half-hours that start in `[start, end)`; they are settled. None where the plan says nothing."""
    return tuple(
        PriceInterval(instant, instant + HALF_HOUR, period.import_c_per_kwh, period.feed_in_c_per_kwh, Quality.SETTLED, source)
        for instant, period in _periods(plan, zone, start, end)
    )


def _periods(plan: TimeOfUse, zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[tuple[datetime, Period]]:
    instant = start.astimezone(UTC)
    while instant < end:
        local = instant.astimezone(zone)
        period = plan.period_at(local.date(), slot_index(local))
        if period is not None:
            yield instant, period
        instant += HALF_HOUR


@dataclass(frozen=True, slots=True)
class Fault:
    """Hours of a season that no period covers, or more than one does; or days of the year without a season, or with several."""

    kind: str  # "hole", "overlap", "days_without_season", "days_with_several_seasons"
    season: str  # "" where it is about the year
    days: frozenset[int]  # weekdays; empty where it is about the year
    start: str  # "HH:MM" local, or "MM-DD"
    end: str  # "HH:MM" (24:00 at the end of the day), or "MM-DD" (the last day)
    periods: tuple[str, ...] = ()  # the names that overlap


def faults_of(plan: TimeOfUse) -> tuple[Fault, ...]:
    """Everything that keeps the plan from saying one price for each half-hour of the year, exactly; empty when it is whole."""
    return (*_year_faults(plan), *(fault for season in plan.seasons for fault in _week_faults(season)))


def _week_faults(season: Season) -> list[Fault]:
    """Alike faults of several days become one."""
    found: dict[tuple[str, int, int, tuple[str, ...]], set[int]] = {}
    for day in WEEK_DAYS:
        covering: list[tuple[str, ...]] = [()] * SLOTS
        for period in season.periods:
            if day in period.days:
                for slot in period.slots():
                    covering[slot] = (*covering[slot], period.name)
        for first, end, names in _runs(covering):
            if len(names) != 1:
                found.setdefault(("overlap" if names else "hole", first, end, names), set()).add(day)
    return [
        Fault(kind, season.name, frozenset(days), clock_label(first), clock_label(end), names)
        for (kind, first, end, names), days in sorted(found.items(), key=lambda item: (min(item[1]), item[0][1]))
    ]


def _runs(covering: list[tuple[str, ...]]) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    first = 0
    for slot in range(1, SLOTS + 1):
        if slot == SLOTS or covering[slot] != covering[first]:
            yield first, slot, covering[first]
            first = slot


_LEAP_YEAR = 2028


def _year_faults(plan: TimeOfUse) -> list[Fault]:
    days = [date(_LEAP_YEAR, 1, 1) + timedelta(days=number) for number in range(366)]
    covering = [tuple(season.name for season in plan.seasons if season.covers(day)) for day in days]
    faults = []
    first = 0
    for number in range(1, len(days) + 1):
        if number == len(days) or covering[number] != covering[first]:
            if len(covering[first]) != 1:
                kind = "days_with_several_seasons" if covering[first] else "days_without_season"
                faults.append(Fault(kind, "", frozenset(), _day(days[first]), _day(days[number - 1]), covering[first]))
            first = number
    return faults


def _day(day: date) -> str:
    return f"{day.month:02d}-{day.day:02d}"


def is_day_of_the_year(month: int, day: int) -> bool:
    """Whether the calendar has this day, 29 February included."""
    return 1 <= month <= 12 and 1 <= day <= calendar.monthrange(_LEAP_YEAR, month)[1]


def clock_label(slot: int) -> str:
    """0 → "00:00", 48 → "24:00"."""
    return f"{slot // 2:02d}:{slot % 2 * 30:02d}"


def _index(clock: time) -> int:
    if clock.minute % 30 or clock.second:
        raise ValueError(f"a period begins and ends on the half-hour, not at {clock:%H:%M}")
    return slot_index(datetime.combine(date(2000, 1, 1), clock))
