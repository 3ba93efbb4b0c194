"""The demand charge: windows, billing months, the half-hour that sets the charge, what it costs."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain.demand import (
    Billed,
    Cost,
    Cycle,
    HalfHour,
    Peak,
    billed_half_hours,
    charge_c,
    cost_of,
    coverage_pct,
    cycle_of,
    dearest,
    next_stretch,
    peaks,
    rate_c_per_kw,
    running_stretch,
)
from app.domain.months import EVERY_MONTH, months_from
from app.domain.settings.demand import Demand, DemandPeriod, DemandWindow
from app.domain.tariffs.half_hourly import SLOTS
from app.domain.windows import Days

SYDNEY = ZoneInfo("Australia/Sydney")
ZONES = [ZoneInfo(name) for name in ("Australia/Sydney", "Australia/Adelaide", "Australia/Brisbane", "Australia/Perth", "Europe/London")]
HALF_HOUR = timedelta(minutes=30)
FRIDAY, SATURDAY = date(2026, 11, 20), date(2026, 11, 21)
NOVEMBER = Cycle(date(2026, 11, 1), date(2026, 12, 1))


def a_window(start: int, end: int, rate_c: float = 0.0, **more: object) -> DemandWindow:
    return DemandWindow(time(start), time(end), rate_c_per_kw=rate_c, **more)  # type: ignore[arg-type]


def a_demand(*windows: DemandWindow, **more: object) -> Demand:
    return Demand(enabled=True, windows=windows, **more)  # type: ignore[arg-type]


EVENING = a_window(15, 21, 39.485)


def at(hour: int, minute: int = 0, day: date = FRIDAY, zone: ZoneInfo = SYDNEY) -> datetime:
    return datetime.combine(day, time(hour, minute), zone).astimezone(UTC)


def measured(first: datetime, kwh: Sequence[float], covered_s: float = 1800) -> dict[datetime, HalfHour]:
    starts = [first + number * HALF_HOUR for number in range(len(kwh))]
    return {start: HalfHour(start, each * 1000, covered_s) for start, each in zip(starts, kwh, strict=True)}


def billed_on(demand: Demand, day: date = FRIDAY, zone: ZoneInfo = SYDNEY) -> tuple[Billed, ...]:
    return tuple(billed_half_hours(demand, zone, at(0, day=day, zone=zone), at(0, day=day + timedelta(days=1), zone=zone)))


# Rates


def test_a_rate_holds_in_its_window_alone() -> None:
    demand = a_demand(EVENING)
    rates = [rate_c_per_kw(demand, FRIDAY, slot) for slot in range(SLOTS)]
    assert [slot for slot, rate in enumerate(rates) if rate] == list(range(30, 42))
    assert set(rates) == {0.0, 39.485}


def test_without_a_demand_charge_there_is_no_rate() -> None:
    assert rate_c_per_kw(Demand(enabled=False, windows=(EVENING,)), FRIDAY, 30) == 0.0


def test_peak_counts_before_shoulder_and_shoulder_before_off_peak() -> None:
    off = a_window(0, 0, 1.0, name=DemandPeriod.OFF_PEAK)
    shoulder = a_window(7, 22, 5.0, name=DemandPeriod.SHOULDER)
    demand = a_demand(off, shoulder, EVENING)
    assert [rate_c_per_kw(demand, FRIDAY, 2 * hour) for hour in (3, 8, 16, 21, 23)] == [1.0, 5.0, 39.485, 5.0, 1.0]


def test_a_window_across_midnight_follows_the_slots_own_date() -> None:
    demand = a_demand(a_window(22, 6, 10.0, days=Days.WEEKDAYS))
    assert rate_c_per_kw(demand, FRIDAY, 46) == 10.0
    assert rate_c_per_kw(demand, SATURDAY, 2) == 0.0
    assert rate_c_per_kw(demand, date(2026, 11, 23), 2) == 10.0  # Monday before 06:00


def test_a_season_across_the_new_year_follows_the_slots_own_month() -> None:
    demand = a_demand(a_window(22, 6, 10.0, months=months_from("11-3")))
    assert rate_c_per_kw(demand, date(2027, 3, 31), 46) == 10.0
    assert rate_c_per_kw(demand, date(2027, 4, 1), 2) == 0.0
    assert rate_c_per_kw(demand, date(2026, 10, 31), 46) == 0.0
    assert rate_c_per_kw(demand, date(2026, 11, 1), 2) == 10.0


windows = st.builds(
    DemandWindow,
    start=st.integers(0, 47).map(lambda slot: time(slot // 2, slot % 2 * 30)),
    end=st.integers(0, 47).map(lambda slot: time(slot // 2, slot % 2 * 30)),
    days=st.sampled_from(Days),
    name=st.sampled_from(DemandPeriod),
    rate_c_per_kw=st.floats(1, 1000),
    months=st.frozensets(st.integers(1, 12), min_size=1),
)


@given(st.lists(windows, max_size=5), st.dates(date(2026, 1, 1), date(2027, 12, 31)), st.integers(0, 47))
def test_a_rate_is_that_of_the_best_ranked_window_that_covers(each: list[DemandWindow], day: date, slot: int) -> None:
    clock = time(slot // 2, slot % 2 * 30)
    covering = [window for window in each if day.month in window.months and window.covers(day, clock)]
    rate_c = rate_c_per_kw(a_demand(*each), day, slot)
    for name in DemandPeriod:
        named = [window.rate_c_per_kw for window in covering if window.name is name]
        if named:
            assert rate_c == named[0]
            return
    assert rate_c == 0.0


# Billing months


@pytest.mark.parametrize(
    ("day", "billing_day", "first", "end", "to_reset"),
    [
        (date(2026, 11, 20), 1, date(2026, 11, 1), date(2026, 12, 1), 11),
        (date(2026, 11, 20), 20, date(2026, 11, 20), date(2026, 12, 20), 30),
        (date(2026, 11, 20), 21, date(2026, 10, 21), date(2026, 11, 21), 1),
        (date(2027, 1, 5), 28, date(2026, 12, 28), date(2027, 1, 28), 23),
        (date(2027, 2, 28), 28, date(2027, 2, 28), date(2027, 3, 28), 28),
        (date(2028, 2, 29), 1, date(2028, 2, 1), date(2028, 3, 1), 1),
    ],
)
def test_a_billing_month_begins_on_its_day(day: date, billing_day: int, first: date, end: date, to_reset: int) -> None:
    cycle = cycle_of(day, billing_day)
    assert (cycle, cycle.days_to_reset(day)) == (Cycle(first, end), to_reset)


@given(st.dates(date(2026, 1, 1), date(2028, 12, 31)), st.integers(1, 28), st.sampled_from(ZONES))
@example(date(2026, 10, 4), 4, SYDNEY)  # the first day has 23 hours
@example(date(2026, 4, 5), 6, SYDNEY)  # the last day has 25 hours
def test_billing_months_follow_one_another_and_every_day_lies_in_one(day: date, billing_day: int, zone: ZoneInfo) -> None:
    cycle = cycle_of(day, billing_day)
    assert cycle.first <= day < cycle.end
    assert 1 <= cycle.days_begun(day) <= cycle.days
    assert cycle.days_begun(day) + cycle.days_to_reset(day) == cycle.days + 1
    assert 28 <= cycle.days <= 31
    following = cycle_of(cycle.end, billing_day)
    assert following.first == cycle.end
    assert cycle.bounds(zone)[1] == following.bounds(zone)[0]
    for instant, own in zip(cycle.bounds(zone), (cycle.first, cycle.end), strict=True):
        assert instant.astimezone(zone) == datetime.combine(own, time(), zone)


@pytest.mark.parametrize(
    ("first", "hours"), [(date(2026, 4, 1), 30 * 24 + 1), (date(2026, 10, 1), 31 * 24 - 1), (date(2026, 11, 1), 30 * 24)]
)
def test_a_month_with_a_change_of_the_clock_has_an_hour_more_or_less(first: date, hours: int) -> None:
    start, end = cycle_of(first, 1).bounds(SYDNEY)
    assert end - start == timedelta(hours=hours)


# Half-hours


def test_the_kw_of_a_half_hour_are_its_kwh_by_half_an_hour() -> None:
    assert HalfHour(at(15), 3050.0, 1800).kw == pytest.approx(6.1)


def test_a_gap_of_a_few_minutes_is_as_the_rest_of_the_half_hour() -> None:
    half_hour = HalfHour(at(15), 2500.0, 1500)
    assert (half_hour.kw, half_hour.is_at_least) == (pytest.approx(6.0), False)


def test_of_a_half_hour_with_a_large_gap_a_lower_bound_is_known() -> None:
    half_hour = HalfHour(at(15), 100.0, 30)  # 12 kW for 30 seconds
    assert (half_hour.kw, half_hour.is_at_least) == (pytest.approx(0.2), True)


def test_a_half_hour_without_any_measurement_is_unknown_and_no_zero() -> None:
    assert HalfHour(at(15), 0.0, 0).kw is None
    assert HalfHour(at(15), 0.0, 1800).kw == 0.0


@given(st.dates(date(2026, 1, 1), date(2027, 12, 31)), st.sampled_from(ZONES))
@example(date(2026, 10, 4), SYDNEY)
@example(date(2026, 4, 5), SYDNEY)
@example(date(2026, 10, 25), ZoneInfo("Europe/London"))
def test_a_window_of_the_whole_day_bills_each_half_hour_of_it_once(day: date, zone: ZoneInfo) -> None:
    start, end = at(0, day=day, zone=zone), at(0, day=day + timedelta(days=1), zone=zone)
    billed = billed_on(a_demand(a_window(0, 0, 1.0)), day, zone)
    assert [each.start for each in billed] == [start + n * HALF_HOUR for n in range(int((end - start) / HALF_HOUR))]
    assert {each.day for each in billed} == {day}


def test_an_hour_that_occurs_twice_is_billed_twice_and_one_that_is_left_out_never() -> None:
    night = a_demand(a_window(2, 3, 1.0))
    assert len(billed_on(night, date(2026, 4, 5))) == 4
    assert len(billed_on(night, date(2026, 10, 4))) == 0
    assert len(billed_on(night, date(2026, 10, 5))) == 2


# Peaks and costs


def test_the_worked_example() -> None:
    demand = a_demand(EVENING)
    found = peaks(billed_on(demand), measured(at(15), [1.10, 1.45, 2.60, 3.05, 2.20, 0.90]))
    assert [(each.period, each.kw, each.start) for each in found] == [(DemandPeriod.PEAK, pytest.approx(6.1), at(16, 30))]
    cost = cost_of(demand, NOVEMBER, date(2026, 11, 30), found, has_begun=True, has_windows=True)
    assert [round((each or 0) / 100, 2) for each in (cost.so_far_c, cost.expected_c)] == [72.26, 72.26]
    assert round(charge_c(5, 39.485, "day", 30) / 100, 2) == 59.23
    assert round(charge_c(5, 899.8, "month", 30) / 100, 2) == 44.99


def test_a_daily_rate_grows_with_the_days_and_a_monthly_one_is_due_at_once() -> None:
    found = [Peak(DemandPeriod.PEAK, at(17), 5.0, 40.0, False)]
    by_day = cost_of(a_demand(EVENING, unit="day"), NOVEMBER, date(2026, 11, 3), found, has_begun=True, has_windows=True)
    assert (by_day.so_far_c, by_day.expected_c) == (600.0, 6000.0)
    by_month = cost_of(a_demand(EVENING, unit="month"), NOVEMBER, date(2026, 11, 3), found, has_begun=True, has_windows=True)
    assert (by_month.so_far_c, by_month.expected_c) == (200.0, 200.0)


def test_what_is_not_known_has_no_cost() -> None:
    demand, today = a_demand(EVENING), date(2026, 11, 3)
    assert cost_of(demand, NOVEMBER, today, (), has_begun=False, has_windows=False) == Cost(0.0, 0.0)
    assert cost_of(demand, NOVEMBER, today, (), has_begun=False, has_windows=True) == Cost(0.0, None)
    assert cost_of(demand, NOVEMBER, today, (), has_begun=True, has_windows=True) == Cost(None, None)
    no_rate = a_demand(a_window(15, 21))
    found = [Peak(DemandPeriod.PEAK, at(17), 5.0, 0.0, False)]
    assert cost_of(no_rate, NOVEMBER, today, found, has_begun=True, has_windows=True) == Cost(None, None)


def test_import_outside_the_windows_sets_no_peak() -> None:
    demand = a_demand(a_window(15, 21, 40.0, days=Days.WEEKDAYS))
    assert peaks(billed_on(demand, SATURDAY), measured(at(15, day=SATURDAY), [5.0])) == ()
    found = peaks(billed_on(demand), {**measured(at(14, 30), [5.0]), **measured(at(15), [1.0]), **measured(at(21), [5.0])})
    assert [each.kw for each in found] == [2.0]


def test_each_window_name_has_a_peak_of_its_own() -> None:
    demand = a_demand(EVENING, a_window(7, 15, 8.0, name=DemandPeriod.SHOULDER))
    found = peaks(billed_on(demand), {**measured(at(8), [4.0]), **measured(at(17), [1.0])})
    assert [(each.period, each.kw, each.rate_c_per_kw) for each in found] == [
        (DemandPeriod.PEAK, 2.0, 39.485),
        (DemandPeriod.SHOULDER, 8.0, 8.0),
    ]
    top = dearest(found)
    assert top is not None
    assert top.period is DemandPeriod.PEAK  # 2 kW at 39 c cost more than 8 kW at 8 c


def test_of_equal_half_hours_the_first_sets_the_peak() -> None:
    (found,) = peaks(billed_on(a_demand(EVENING)), measured(at(15), [2.0, 2.0]))
    assert found.start == at(15)


@given(st.dictionaries(st.integers(0, 47), st.tuples(st.floats(0, 10), st.integers(0, 1800)), max_size=48))
def test_a_peak_is_the_highest_measured_half_hour_of_the_window(flows: dict[int, tuple[float, int]]) -> None:
    half_hours = {at(0) + slot * HALF_HOUR: HalfHour(at(0) + slot * HALF_HOUR, kwh * 1000, s) for slot, (kwh, s) in flows.items()}
    inside = [each.kw for start, each in half_hours.items() if at(15) <= start < at(21) and each.kw is not None]
    found = peaks(billed_on(a_demand(EVENING)), half_hours)
    assert [each.kw for each in found] == ([max(inside)] if inside else [])


def test_coverage_counts_what_is_missing() -> None:
    billed = billed_on(a_demand(EVENING))
    assert coverage_pct(billed, measured(at(15), [1.0] * 12)) == 100.0
    assert coverage_pct(billed, measured(at(15), [1.0] * 6, covered_s=900)) == 25.0
    assert coverage_pct(billed, {}) == 0.0
    assert coverage_pct((), {}) is None


# Now and next


def test_the_running_window_ends_where_its_hours_end() -> None:
    stretch = running_stretch(a_demand(EVENING), SYDNEY, at(16, 42))
    assert stretch is not None
    assert (stretch.window, stretch.until) == (EVENING, at(21))
    assert running_stretch(a_demand(EVENING), SYDNEY, at(21)) is None


def test_a_better_window_ends_the_running_one() -> None:
    shoulder = a_window(7, 22, 8.0, name=DemandPeriod.SHOULDER)
    stretch = running_stretch(a_demand(EVENING, shoulder), SYDNEY, at(9))
    following = next_stretch(a_demand(EVENING, shoulder), SYDNEY, at(9))
    assert stretch is not None
    assert following is not None
    assert (stretch.window, stretch.until) == (shoulder, at(15))
    assert (following.window, following.start, following.until) == (EVENING, at(15), at(21))


def test_a_window_without_end_has_none() -> None:
    stretch = running_stretch(a_demand(a_window(0, 0, 1.0)), SYDNEY, at(9))
    assert stretch is not None
    assert stretch.until is None
    assert next_stretch(a_demand(a_window(0, 0, 1.0)), SYDNEY, at(9)) is None


def test_the_next_window_may_be_seasons_away() -> None:
    summer = a_demand(a_window(17, 21, 1.0, months=months_from("11-3"), days=Days.WEEKDAYS))
    following = next_stretch(summer, SYDNEY, at(12, day=date(2026, 4, 3)))
    assert following is not None
    assert following.start == at(17, day=date(2026, 11, 2))  # the first weekday of November
    assert next_stretch(a_demand(), SYDNEY, at(12)) is None


@given(st.lists(windows, min_size=1, max_size=3), st.integers(0, 300 * 24 * 60), st.sampled_from(ZONES))
def test_the_running_window_bills_without_a_break_until_it_ends(each: list[DemandWindow], minute: int, zone: ZoneInfo) -> None:
    demand, now = a_demand(*each), datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=minute)
    stretch = running_stretch(demand, zone, now)
    if stretch is None:
        return
    assert stretch.start <= now
    if stretch.until is not None:
        assert now < stretch.until
        inside = list(billed_half_hours(demand, zone, stretch.start, stretch.until))
        assert [half_hour.window for half_hour in inside] == [stretch.window] * int((stretch.until - stretch.start) / HALF_HOUR)
        after = next(billed_half_hours(demand, zone, stretch.until, stretch.until + HALF_HOUR), None)
        assert after is None or after.window != stretch.window


def test_windows_of_before_apply_in_every_month() -> None:
    assert DemandWindow(time(14), time(20)).months == EVERY_MONTH
