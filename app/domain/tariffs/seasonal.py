"""A tariff for a battery that keeps a whole year: seasons, each with the days of a week, each day cut into blocks of one price."""

import math
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby

from app.domain.tariffs.half_hourly import DemandSide, RollingTariff, Slot
from app.domain.tariffs.time_of_use import WEEK_DAYS, Season, TimeOfUse, week_of

MonthDay = tuple[int, int]
_LEAP_YEAR = 2028
_YEAR = [(day.month, day.day) for day in (date(_LEAP_YEAR, 1, 1) + timedelta(days=number) for number in range(366))]


@dataclass(frozen=True, slots=True)
class Block:
    """Half-hours `[first, end)` of the clock at one price."""

    first: int
    end: int  # up to 48
    name: str  # of the period, for people
    import_c_per_kwh: float
    feed_in_c_per_kwh: float
    demand_c_per_kw: float = 0.0


@dataclass(frozen=True, slots=True)
class DayPlan:
    """Weekdays that are alike, and their blocks: in order, without a hole, from 0 to 48."""

    days: tuple[int, ...]  # Monday is 0
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class SeasonPlan:
    """A part of the year, (month, day) both included; it may cross the new year."""

    name: str
    first: MonthDay
    last: MonthDay
    week: tuple[DayPlan, ...]

    def covers(self, day: date) -> bool:
        """Whether local date `day` lies in it."""
        on = (day.month, day.day)
        return self.first <= on <= self.last if self.first <= self.last else on >= self.first or on <= self.last

    def on_weekday(self, weekday: int) -> DayPlan:
        """What holds on that day of its week."""
        return next(plan for plan in self.week if weekday in plan.days)


@dataclass(frozen=True, slots=True)
class SeasonalTariff:
    """The plan of a whole year as it is sent and kept."""

    zone: str  # IANA
    currency: str
    seasons: tuple[SeasonPlan, ...]
    plan: str = "TOU"  # the kind of plan, by which PowerSync knows its own: POWERSYNC:<KIND>
    provider: str = ""  # the retailer's name for people
    daily_charge_c: float = 0.0
    monthly_charge_c: float = 0.0
    name: str = ""  # of the plan, for people
    demand_applies_to: DemandSide = DemandSide.BUY

    def season_on(self, day: date) -> SeasonPlan | None:
        """The season of local date `day`."""
        return next((season for season in self.seasons if season.covers(day)), None)

    def block_at(self, day: date, slot: int) -> Block | None:
        """What holds in half-hour `slot` of local date `day`; None on a day without a season."""
        season = self.season_on(day)
        if season is None:
            return None
        return next(block for block in season.on_weekday(day.weekday()).blocks if slot < block.end)

    def told(self, change: Callable[[Block, date], Block]) -> "SeasonalTariff":
        """The tariff with each half-hour of each week changed by `change(half-hour, a date of its weekday and month)`.

        `change` may go by the weekday, and by the month where the tariff is `divided` so that each season has one kind of months."""
        seasons = []
        for season in self.seasons:
            days = [(weekday, _a_date(season.first[0], weekday)) for weekday in WEEK_DAYS]
            week = [(weekday, [change(each, day) for each in half_hours_of(season.on_weekday(weekday))]) for weekday, day in days]
            seasons.append(replace(season, week=joined_days(week)))
        return replace(self, seasons=tuple(seasons))

    def divided(self, kind_of: Callable[[int], Hashable]) -> "SeasonalTariff":
        """The same tariff with its seasons cut wherever the kind of the month changes."""
        seasons = []
        for season in self.seasons:
            for _, run in groupby(_days_of(season), key=lambda day: kind_of(day[0])):
                days = list(run)
                seasons.append(replace(season, first=days[0], last=days[-1]))
        return replace(self, seasons=tuple(seasons))

    def joined(self) -> "SeasonalTariff":
        """The same tariff with the parts of a season that came out alike put together again."""
        seasons: list[SeasonPlan] = []
        for season in self.seasons:
            if seasons and _goes_on(seasons[-1], season):
                seasons[-1] = replace(seasons[-1], last=season.last)
            else:
                seasons.append(season)
        if len(seasons) > 1 and _goes_on(seasons[-1], seasons[0]):
            seasons[0] = replace(seasons[0], first=seasons.pop().first)
        return replace(self, seasons=tuple(seasons))


Tariff = RollingTariff | SeasonalTariff


def moved_c(one: Tariff, other: Tariff) -> float:
    """The largest difference of a half-hour's price between two tariffs, c/kWh; infinite where they are of different kinds."""
    if isinstance(one, RollingTariff) and isinstance(other, RollingTariff):
        return _furthest_c(zip(one.slots, other.slots, strict=True))
    if isinstance(one, SeasonalTariff) and isinstance(other, SeasonalTariff):
        return max(_weeks_apart_c(one.season_on(day), other.season_on(day)) for day in _first_days(one, other))
    return math.inf


def _furthest_c(pairs: Iterable[tuple[Slot | Block, Slot | Block]]) -> float:
    return max(max(abs(a.import_c_per_kwh - b.import_c_per_kwh), abs(a.feed_in_c_per_kwh - b.feed_in_c_per_kwh)) for a, b in pairs)


def _first_days(one: SeasonalTariff, other: SeasonalTariff) -> set[date]:
    """The days on which either tariff begins a season: between them both stay as they are."""
    return {date(_LEAP_YEAR, *season.first) for season in (*one.seasons, *other.seasons)}


def _weeks_apart_c(a: SeasonPlan | None, b: SeasonPlan | None) -> float:
    if a is None or b is None:
        return math.inf
    if a.week == b.week:
        return 0.0
    days = [(half_hours_of(a.on_weekday(day)), half_hours_of(b.on_weekday(day))) for day in WEEK_DAYS]
    return max(_furthest_c(zip(mine, theirs, strict=True)) for mine, theirs in days)


def seasonal(plan: TimeOfUse, zone: str, currency: str, **about: str | float) -> SeasonalTariff:
    """The plan for a battery. `about` names plan, provider and charges. Raises ValueError where the plan has a hole."""
    return SeasonalTariff(zone, currency, tuple(_season_plan(season) for season in plan.seasons), **about)  # type: ignore[arg-type]


def _season_plan(season: Season) -> SeasonPlan:
    week = []
    for day, periods in enumerate(week_of(season)):
        if any(period is None for period in periods):
            raise ValueError(f"season {season.name} has hours without a price")
        blocks = [
            Block(slot, slot + 1, each.name, each.import_c_per_kwh, each.feed_in_c_per_kwh, each.demand_c_per_kw)
            for slot, each in enumerate(periods)
            if each is not None
        ]
        week.append((day, blocks))
    return SeasonPlan(season.name, season.first, season.last, joined_days(week))


def joined_days(week: list[tuple[int, list[Block]]]) -> tuple[DayPlan, ...]:
    """Half-hours of each weekday as day plans: neighbours of one price become a block, days that are alike one plan."""
    by_blocks: dict[tuple[Block, ...], list[int]] = {}
    for day, slots in week:
        by_blocks.setdefault(_joined(slots), []).append(day)
    return tuple(DayPlan(tuple(days), blocks) for blocks, days in sorted(by_blocks.items(), key=lambda item: item[1]))


def _joined(slots: list[Block]) -> tuple[Block, ...]:
    blocks = []
    for _, run in groupby(slots, key=lambda each: (each.name, each.import_c_per_kwh, each.feed_in_c_per_kwh, each.demand_c_per_kw)):
        alike = list(run)
        blocks.append(replace(alike[0], end=alike[-1].end))
    return tuple(blocks)


def half_hours_of(day: DayPlan) -> list[Block]:
    """The 48 half-hours of a day plan."""
    return [replace(block, first=slot, end=slot + 1) for block in day.blocks for slot in range(block.first, block.end)]


def _a_date(month: int, weekday: int) -> date:
    first = date(_LEAP_YEAR, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7)


def _days_of(season: SeasonPlan) -> list[MonthDay]:
    """The days of the year that a season covers, 29 February included, from its first to its last."""
    at = _YEAR.index(season.first)
    days = _YEAR[at:] + _YEAR[:at]
    return days[: days.index(season.last) + 1]


def _goes_on(one: SeasonPlan, other: SeasonPlan) -> bool:
    """Whether `other` begins where `one` ends and is the same but for its dates."""
    following = date(_LEAP_YEAR, *one.last) + timedelta(days=1)
    return (one.name, one.week, (following.month, following.day)) == (other.name, other.week, other.first)
