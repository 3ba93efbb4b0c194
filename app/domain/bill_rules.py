"""What a bill counts by the day or the month and no price of a single half-hour can say: a better feed-in price for the first kWh of an
evening, a credit for a day without imports, a pool of free energy. Pure.

Energy that was not measured is no zero: without it a credit is neither earned nor lost."""

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Protocol, runtime_checkable
from zoneinfo import ZoneInfo

from app.domain.tariffs.half_hourly import HALF_HOUR
from app.domain.tariffs.time_of_use import TimeOfUse
from app.domain.units import cost_c
from app.domain.windows import Window


@dataclass(frozen=True, slots=True)
class CappedFeedIn:
    """The first `cap_wh_per_day` exported inside the window on a local day earn at least `c_per_kwh`; the rest earns the base price."""

    window: Window
    cap_wh_per_day: float
    c_per_kwh: float


@dataclass(frozen=True, slots=True)
class DailyCredit:
    """`credit_c` for each local day on which at most `most_import_wh` are imported inside the window."""

    window: Window
    most_import_wh: float
    credit_c: float


@dataclass(frozen=True, slots=True)
class FreeImport:
    """Imports inside the window cost nothing until the pool of the calendar month is used up: so many Wh for each day that the month has.
    `pool_wh_per_day_of_month` None: without an end."""

    window: Window
    pool_wh_per_day_of_month: float | None


@dataclass(frozen=True, slots=True)
class SpikeBonus:
    """A payment for exports while the wholesale price is at or above a threshold. `c_per_kwh` None: not known, and not counted."""

    threshold_per_mwh: float  # major units of the currency
    c_per_kwh: float | None = None  # on top of the feed-in price


@dataclass(frozen=True, slots=True)
class BillRules:
    """The rules of one plan, and the plan without them."""

    base: TimeOfUse
    capped_feed_in: CappedFeedIn | None = None
    daily_credit: DailyCredit | None = None
    free_import: FreeImport | None = None
    spike_bonus: SpikeBonus | None = None


@runtime_checkable
class HasBillRules(Protocol):
    """A retailer whose bill is more than the sum of its half-hours."""

    def bill_rules(self) -> BillRules:
        """The rules of this site's plan. Asks nobody."""
        ...


@dataclass(frozen=True, slots=True)
class Metered:
    """What the meter counted in one half-hour, and the prices of the plan without the rules."""

    start: datetime  # in the clock of the site, with its zone
    import_wh: float
    export_wh: float
    import_c_per_kwh: float
    feed_in_c_per_kwh: float
    is_spike: bool = False  # the wholesale price was at or above the threshold of the bonus


class CreditStatus(StrEnum):
    """How a day stands with its credit."""

    ELIGIBLE = "eligible"
    AT_RISK = "at_risk"  # from 80 % of what may be imported on
    LOST = "lost"
    EARNED = "earned"
    UNKNOWN = "unknown"  # half-hours of the window were not measured, and what was does not exceed what is allowed


AT_RISK_FROM = 0.8


@dataclass(frozen=True, slots=True)
class Credit:
    """The credit of one day; `earned_c` is 0 unless it is earned."""

    status: CreditStatus
    imported_wh: float  # inside the window, as far as it was measured
    most_import_wh: float
    earned_c: float


@dataclass(frozen=True, slots=True)
class DaySettled:
    """One local day in money, as far as it was measured."""

    day: date
    import_c: float  # what imports cost, free energy left out
    feed_in_c: float  # what exports earn at the base price
    top_up_c: float  # and more inside the window of the better price
    bonus_c: float  # and more in spikes
    capped_wh: float  # of the day's cap, used
    free_wh: float  # of the month's pool, used
    credit: Credit | None
    measured: int  # half-hours
    passed: int  # half-hours that there were, up to the end of what is settled


@dataclass(frozen=True, slots=True)
class Pool:
    """The free energy of one calendar month; `pool_wh` None: without an end."""

    year: int
    month: int
    pool_wh: float | None
    used_wh: float


@dataclass(frozen=True, slots=True)
class Settlement:
    """Days in order, and the months that they touch."""

    days: tuple[DaySettled, ...]
    pools: tuple[Pool, ...]

    @property
    def feed_in_c(self) -> float:
        """Everything that exports earn, credits left out."""
        return sum(day.feed_in_c + day.top_up_c + day.bonus_c for day in self.days)

    @property
    def credit_c(self) -> float:
        """The credits that are earned."""
        return sum(day.credit.earned_c for day in self.days if day.credit is not None)

    @property
    def import_c(self) -> float:
        """What imports cost."""
        return sum(day.import_c for day in self.days)

    @property
    def cost_c(self) -> float:
        """What the owner pays for energy, standing charges left out; negative when money comes back."""
        return self.import_c - self.feed_in_c - self.credit_c


def pool_wh(rule: FreeImport, day: date) -> float | None:
    """The free energy of the month that `day` lies in."""
    per_day_wh = rule.pool_wh_per_day_of_month
    return None if per_day_wh is None else per_day_wh * calendar.monthrange(day.year, day.month)[1]


def settle(rules: BillRules, metered: Sequence[Metered], zone: ZoneInfo, until: datetime, free_used_wh: float = 0.0) -> Settlement:
    """The money of the half-hours from the first one metered to `until`, under `rules`, on the clock `zone`.

    Half-hours before `until` that are missing were not measured; the running one may be there as far as it has come. `free_used_wh`: what
    was used of the first month's pool before. Raises ValueError where a half-hour comes twice."""
    by_start = {each.start.astimezone(UTC): each for each in metered}
    if len(by_start) != len(metered):
        raise ValueError("a half-hour is metered twice")
    if not by_start:
        return Settlement((), ())
    day, last = min(by_start).astimezone(zone).date(), until.astimezone(zone).date()
    pools = {(day.year, day.month): free_used_wh}
    days = []
    while day <= last:
        read = _Day(day, _half_hours_of(day, zone), by_start, until)
        if read.passed:
            month = (day.year, day.month)
            days.append(_settled(rules, read, pools.setdefault(month, 0.0)))
            pools[month] += days[-1].free_wh
        day += timedelta(days=1)
    free = rules.free_import
    months = [Pool(year, month, pool_wh(free, date(year, month, 1)), used) for (year, month), used in pools.items()] if free else []
    return Settlement(tuple(days), tuple(months))


@dataclass(frozen=True)
class _Day:
    """A local day, its half-hours (UTC start → clock) and what is metered of them up to `until`."""

    day: date
    clocks: Mapping[datetime, time]
    metered: Mapping[datetime, Metered]
    until: datetime

    @cached_property
    def passed(self) -> list[datetime]:
        """The half-hours that are over, and the running one where it is metered."""
        return [start for start in self.clocks if start + HALF_HOUR <= self.until or (start < self.until and start in self.metered)]

    @property
    def rows(self) -> list[tuple[time, Metered]]:
        """What is metered, in order, with its clock."""
        return [(self.clocks[start], self.metered[start]) for start in self.passed if start in self.metered]


def _settled(rules: BillRules, read: _Day, used_wh: float) -> DaySettled:
    import_c = feed_in_c = top_up_c = bonus_c = 0.0
    capped_wh = free_wh = 0.0
    better = rules.capped_feed_in
    bonus_c_per_kwh = rules.spike_bonus.c_per_kwh if rules.spike_bonus else None
    for clock, row in read.rows:
        free_now_wh = _free_wh(rules.free_import, read.day, clock, row.import_wh, used_wh + free_wh)
        free_wh += free_now_wh
        import_c += cost_c(row.import_wh - free_now_wh, row.import_c_per_kwh)
        feed_in_c += cost_c(row.export_wh, row.feed_in_c_per_kwh)
        if better is not None and better.window.covers(read.day, clock):
            now_wh = min(row.export_wh, better.cap_wh_per_day - capped_wh)
            capped_wh += now_wh
            top_up_c += cost_c(now_wh, max(better.c_per_kwh - row.feed_in_c_per_kwh, 0.0))
        if row.is_spike and bonus_c_per_kwh is not None:
            bonus_c += cost_c(row.export_wh, bonus_c_per_kwh)
    credit = _credit(rules.daily_credit, read) if rules.daily_credit else None
    return DaySettled(read.day, import_c, feed_in_c, top_up_c, bonus_c, capped_wh, free_wh, credit, len(read.rows), len(read.passed))


def _free_wh(rule: FreeImport | None, day: date, clock: time, import_wh: float, used_wh: float) -> float:
    if rule is None or not rule.window.covers(day, clock):
        return 0.0
    pool = pool_wh(rule, day)
    return import_wh if pool is None else min(import_wh, max(pool - used_wh, 0.0))


def _credit(rule: DailyCredit, read: _Day) -> Credit:
    inside = [start for start, clock in read.clocks.items() if rule.window.covers(read.day, clock)]
    imported_wh = round(sum(row.import_wh for clock, row in read.rows if rule.window.covers(read.day, clock)), 6)
    if imported_wh > rule.most_import_wh:
        status = CreditStatus.LOST
    elif any(start in read.passed and start not in read.metered for start in inside):
        status = CreditStatus.UNKNOWN
    elif all(start + HALF_HOUR <= read.until for start in inside):
        status = CreditStatus.EARNED
    else:
        status = CreditStatus.AT_RISK if imported_wh >= AT_RISK_FROM * rule.most_import_wh else CreditStatus.ELIGIBLE
    return Credit(status, imported_wh, rule.most_import_wh, rule.credit_c if status is CreditStatus.EARNED else 0.0)


def _half_hours_of(day: date, zone: ZoneInfo) -> dict[datetime, time]:
    """A local day's half-hours (46, 48 or 50), in order: UTC start → clock."""
    start, end = (datetime.combine(each, time(), zone).astimezone(UTC) for each in (day, day + timedelta(days=1)))
    starts = [start + number * HALF_HOUR for number in range(round((end - start) / HALF_HOUR))]
    return {each: each.astimezone(zone).time() for each in starts}
