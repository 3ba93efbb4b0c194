"""Plans of fixed prices: each day of the week has its own, midnight is crossed by the day, holes and overlaps are found exactly."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.domain.tariffs.seasonal import half_hours_of, seasonal
from app.domain.tariffs.time_of_use import Fault, Period, Season, TimeOfUse, faults_of, half_hours

WEEKDAYS, WEEKEND, ALL = frozenset(range(5)), frozenset({5, 6}), frozenset(range(7))
SYDNEY = ZoneInfo("Australia/Sydney")


def a_period(name: str, days: frozenset[int], start: str, end: str, import_c: float = 30.0, feed_in_c: float = 5.0) -> Period:
    return Period(name, days, time.fromisoformat(start), time.fromisoformat(end), import_c, feed_in_c)


def a_year(*periods: Period) -> TimeOfUse:
    return TimeOfUse((Season("All year", (1, 1), (12, 31), periods),))


def price_on(plan: TimeOfUse, local: str) -> float | None:
    at = datetime.fromisoformat(local)
    period = plan.period_at(at.date(), at.hour * 2 + at.minute // 30)
    return period.import_c_per_kwh if period else None


def test_weekday_and_weekend_prices_at_the_same_hour_both_hold() -> None:
    plan = a_year(
        a_period("Weekday peak", WEEKDAYS, "15:00", "21:00", 35.0),
        a_period("Weekend", WEEKEND, "15:00", "21:00", 20.0),
        a_period("Rest", ALL, "21:00", "15:00", 12.0),
    )
    assert faults_of(plan) == ()
    assert price_on(plan, "2026-11-20 15:00") == 35.0  # a Friday
    assert price_on(plan, "2026-11-21 15:00") == 20.0
    assert price_on(plan, "2026-11-21 02:00") == 12.0


def test_after_midnight_the_weekday_of_the_new_day_counts() -> None:
    plan = a_year(a_period("Night", WEEKDAYS, "22:00", "06:00", 10.0), a_period("Weekend night", WEEKEND, "22:00", "06:00", 15.0))
    assert price_on(plan, "2026-11-20 23:00") == 10.0
    assert price_on(plan, "2026-11-21 03:00") == 15.0  # Saturday, though the night began on Friday
    assert price_on(plan, "2026-11-23 03:00") == 10.0  # Monday, though the night began on Sunday


def test_holes_and_overlaps_are_named_exactly() -> None:
    plan = a_year(a_period("Peak", WEEKDAYS, "15:00", "21:00"), a_period("Off", ALL, "20:30", "15:00"))
    assert faults_of(plan) == (
        Fault("overlap", "All year", WEEKDAYS, "20:30", "21:00", ("Peak", "Off")),
        Fault("hole", "All year", WEEKEND, "15:00", "20:30"),
    )


def test_a_period_of_equal_ends_is_the_whole_day() -> None:
    assert faults_of(a_year(a_period("Flat", ALL, "00:00", "00:00"))) == ()


def test_days_of_the_year_without_a_season_or_with_several_are_named() -> None:
    flat = (a_period("Flat", ALL, "00:00", "00:00"),)
    summer, winter = Season("Summer", (11, 1), (3, 31), flat), Season("Winter", (3, 31), (9, 30), flat)
    assert faults_of(TimeOfUse((summer, winter))) == (
        Fault("days_with_several_seasons", "", frozenset(), "03-31", "03-31", ("Summer", "Winter")),
        Fault("days_without_season", "", frozenset(), "10-01", "10-31"),
    )


def test_a_season_over_the_new_year_covers_both_ends() -> None:
    season = Season("Summer", (11, 1), (3, 31), ())
    assert [season.covers(date(2026, month, 15)) for month in (10, 11, 1, 3, 4)] == [False, True, True, True, False]


@pytest.mark.parametrize(("day", "count"), [("2026-10-04", 46), ("2026-04-05", 50), ("2026-11-20", 48)])
def test_prices_follow_the_clock_on_days_on_which_it_changes(day: str, count: int) -> None:
    plan = a_year(a_period("Morning", ALL, "00:00", "03:00", 10.0), a_period("Rest", ALL, "03:00", "00:00", 20.0))
    start = datetime.fromisoformat(day).replace(tzinfo=SYDNEY)
    end = start + timedelta(days=1)  # the same clock a day later
    found = half_hours(plan, SYDNEY, start, end.astimezone(UTC), "custom")
    assert len(found) == count
    for interval in found:
        assert interval.import_c_per_kwh == (10.0 if interval.start.astimezone(SYDNEY).hour < 3 else 20.0)


def test_the_plan_for_a_battery_joins_alike_days_and_half_hours() -> None:
    plan = a_year(
        a_period("Peak", WEEKDAYS, "15:00", "21:00", 52.0),
        a_period("Off", WEEKDAYS, "21:00", "15:00", 20.0),
        a_period("Weekend", WEEKEND, "00:00", "00:00", 20.0),
    )
    season = seasonal(plan, "Australia/Sydney", "AUD").seasons[0]
    assert [(day.days, [(block.first, block.end, block.name) for block in day.blocks]) for day in season.week] == [
        ((0, 1, 2, 3, 4), [(0, 30, "Off"), (30, 42, "Peak"), (42, 48, "Off")]),
        ((5, 6), [(0, 48, "Weekend")]),
    ]
    assert all(len(half_hours_of(day)) == 48 for day in season.week)


def test_a_plan_with_a_hole_becomes_no_plan_for_a_battery() -> None:
    with pytest.raises(ValueError, match="hours without a price"):
        seasonal(a_year(a_period("Peak", ALL, "15:00", "21:00")), "Australia/Sydney", "AUD")


def test_a_period_between_the_half_hours_is_refused() -> None:
    with pytest.raises(ValueError, match="on the half-hour"):
        faults_of(a_year(a_period("Odd", ALL, "15:10", "21:00")))


def test_where_periods_overlap_the_one_that_is_listed_first_counts() -> None:
    plan = a_year(a_period("Free", ALL, "11:00", "14:00", 0.0), a_period("Flat", ALL, "00:00", "00:00", 30.0))
    assert (price_on(plan, "2026-11-20 12:00"), price_on(plan, "2026-11-20 15:00")) == (0.0, 30.0)
