"""A demand charge: the highest half-hourly mean of import inside the owner's windows sets a charge for the whole billing month.

The kW of a half-hour are its kWh ÷ 0.5 h. Export of another half-hour does not offset it. A half-hour belongs to the window that its start
lies in, by the local date of that start."""

import calendar
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.domain.settings.demand import Demand, DemandPeriod, DemandWindow
from app.domain.tariffs.half_hourly import HALF_HOUR, half_hour_start, slot_index

HALF_HOUR_S = HALF_HOUR.total_seconds()
NEARLY_WHOLE_S = 1500.0  # with so much of a half-hour measured, its mean stands for the rest too
_RANK = {period: rank for rank, period in enumerate(DemandPeriod)}
_LONGEST_STRETCH = timedelta(days=2)  # a window that lasts longer is told as one without end
_LONGEST_BREAK_DAYS = 366


def window_at(settings: Demand, day: date, slot: int) -> DemandWindow | None:
    """The window that bills half-hour `slot` (0–47) of local date `day`: peak before shoulder before off-peak, of alike ones the first."""
    clock = time(slot // 2, slot % 2 * 30)
    covering = [window for window in settings.windows if window.covers(day, clock)]
    return min(covering, key=lambda window: _RANK[window.name], default=None)


def rate_c_per_kw(settings: Demand, day: date, slot: int) -> float:
    """What a kW of the highest half-hour costs if that is half-hour `slot` (0–47) of local date `day`: minor units per kW and per day or
    month, as `settings.unit` says. 0 outside the windows, and where the plan has no demand charge."""
    window = window_at(settings, day, slot) if settings.enabled else None
    return window.rate_c_per_kw if window else 0.0


def charge_c(kw: float, rate_c_per_kw: float, unit: str, days: int) -> float:
    """What a peak of `kw` costs in a billing month of `days`; `unit` of the rate is "day" or "month"."""
    return kw * rate_c_per_kw * (days if unit == "day" else 1)


@dataclass(frozen=True, slots=True)
class Cycle:
    """A billing month: local dates from `first` to before `end`."""

    first: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.first).days

    def days_begun(self, today: date) -> int:
        """How many of its days have begun on local date `today`, which lies in it."""
        return (today - self.first).days + 1

    def days_to_reset(self, today: date) -> int:
        """How many midnights until the peak starts anew; 1 on the last day."""
        return (self.end - today).days

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Start and end in UTC. With a change of the clock inside it is an hour shorter or longer."""
        return _midnight(self.first, zone), _midnight(self.end, zone)


def cycle_of(day: date, billing_day: int) -> Cycle:
    """The billing month that local date `day` lies in; `billing_day` is 1 to 28."""
    first = day.replace(day=billing_day)
    if first > day:
        last_of_month_before = day.replace(day=1) - timedelta(days=1)
        first = last_of_month_before.replace(day=billing_day)
    end = first + timedelta(days=calendar.monthrange(first.year, first.month)[1])
    return Cycle(first, end)


@dataclass(frozen=True, slots=True)
class HalfHour:
    """Import of the half-hour from `start` (UTC), as far as it was measured: `covered_s` of 1800 s."""

    start: datetime
    import_wh: float
    covered_s: float

    @property
    def kw(self) -> float | None:
        """Mean import. Where much was not measured, what it was at least; None where nothing was."""
        if self.covered_s <= 0:
            return None
        return mean_kw(self.import_wh, HALF_HOUR_S if self.is_at_least else self.covered_s)

    @property
    def is_at_least(self) -> bool:
        """Whether too little was measured for more than a lower bound."""
        return self.covered_s < NEARLY_WHOLE_S


def mean_kw(energy_wh: float, seconds: float) -> float:
    """The mean power of that energy over that time."""
    return energy_wh / 1000.0 / (seconds / 3600.0)


@dataclass(frozen=True, slots=True)
class Billed:
    """A half-hour inside a window: its start (UTC), the local date of that start, and the window that bills it."""

    start: datetime
    day: date
    window: DemandWindow


def billed_half_hours(settings: Demand, zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[Billed]:
    """The half-hours from `start` to before `end` that lie in a window, in order of time."""
    instant = start.astimezone(UTC)
    while instant < end:
        local = instant.astimezone(zone)
        window = window_at(settings, local.date(), slot_index(local))
        if window is not None:
            yield Billed(instant, local.date(), window)
        instant += HALF_HOUR


@dataclass(frozen=True, slots=True)
class Peak:
    """The half-hour that sets the charge of one window name."""

    period: DemandPeriod
    start: datetime  # UTC
    kw: float
    rate_c_per_kw: float
    is_at_least: bool  # too little of it was measured for more than a lower bound


def peaks(billed: Sequence[Billed], measured: Mapping[datetime, HalfHour]) -> tuple[Peak, ...]:
    """Per window name the half-hour that costs most, at equal cost the highest, then the first; names of which nothing was measured are
    left out."""
    highest: dict[DemandPeriod, Peak] = {}
    for each in billed:
        half_hour = measured.get(each.start)
        if half_hour is None or half_hour.kw is None:
            continue
        window = each.window
        peak = Peak(window.name, each.start, half_hour.kw, window.rate_c_per_kw, half_hour.is_at_least)
        known = highest.get(window.name)
        if known is None or _weight(peak) > _weight(known):
            highest[window.name] = peak
    return tuple(highest[period] for period in DemandPeriod if period in highest)


def dearest(found: Sequence[Peak]) -> Peak | None:
    """The peak that costs most, at equal cost the highest; None of none."""
    return max(found, key=_weight, default=None)


def _weight(peak: Peak) -> tuple[float, float]:
    return peak.kw * peak.rate_c_per_kw, peak.kw


def coverage_pct(billed: Sequence[Billed], measured: Mapping[datetime, HalfHour]) -> float | None:
    """How much of the billed half-hours was measured; None where there are none."""
    if not billed:
        return None
    found = (measured.get(each.start) for each in billed)
    covered_s = sum(min(half_hour.covered_s, HALF_HOUR_S) for half_hour in found if half_hour is not None)
    return 100.0 * covered_s / (len(billed) * HALF_HOUR_S)


@dataclass(frozen=True, slots=True)
class Cost:
    """A demand charge, minor units; None where it is not known."""

    so_far_c: float | None
    expected_c: float | None  # of the whole billing month, if the peak stays


def cost_of(settings: Demand, cycle: Cycle, today: date, found: Sequence[Peak], *, has_begun: bool, has_windows: bool) -> Cost:
    """What the measured peaks cost. `has_begun`: a billed half-hour is over; `has_windows`: the billing month has one at all."""
    if not has_windows:
        return Cost(0.0, 0.0)
    if not any(window.rate_c_per_kw for window in settings.windows):
        return Cost(None, None)  # a plan with a demand charge has a rate: it was not entered
    if not has_begun:
        return Cost(0.0, None)
    if not found:
        return Cost(None, None)

    def over(days: int) -> float:
        return sum(charge_c(peak.kw, peak.rate_c_per_kw, settings.unit, days) for peak in found)

    return Cost(over(cycle.days_begun(today)), over(cycle.days))


@dataclass(frozen=True, slots=True)
class Stretch:
    """The window that bills at a moment, and until when (UTC); None where it has no end in sight."""

    window: DemandWindow
    start: datetime  # UTC, of the first half-hour looked at
    until: datetime | None


def running_stretch(settings: Demand, zone: ZoneInfo, now: datetime) -> Stretch | None:
    """The window that the half-hour of `now` is billed in."""
    first = half_hour_start(now)
    running = next(billed_half_hours(settings, zone, first, first + HALF_HOUR), None)
    return _stretch(settings, zone, running) if running else None


def next_stretch(settings: Demand, zone: ZoneInfo, now: datetime) -> Stretch | None:
    """The first window that begins after the one of `now` has ended, within a year."""
    running = running_stretch(settings, zone, now)
    since = running.until if running else half_hour_start(now) + HALF_HOUR
    if since is None:
        return None
    day = since.astimezone(zone).date()
    for _ in range(_LONGEST_BREAK_DAYS):
        if any(_has_hours_on(window, day) for window in settings.windows):
            start, end = max(_midnight(day, zone), since), _midnight(day + timedelta(days=1), zone)
            begun = next(billed_half_hours(settings, zone, start, end), None)
            if begun is not None:
                return _stretch(settings, zone, begun)
        day += timedelta(days=1)
    return None


def _stretch(settings: Demand, zone: ZoneInfo, begun: Billed) -> Stretch:
    until = begun.start + HALF_HOUR
    for each in billed_half_hours(settings, zone, until, begun.start + _LONGEST_STRETCH):
        if each.start != until or each.window != begun.window:
            break
        until += HALF_HOUR
    has_end = until < begun.start + _LONGEST_STRETCH
    return Stretch(begun.window, begun.start, until if has_end else None)


def _has_hours_on(window: DemandWindow, day: date) -> bool:
    return day.month in window.months and window.days.include(day)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
