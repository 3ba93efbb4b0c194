"""A whole year's plan: what holds on a date, cutting and joining seasons, how far two tariffs are apart."""

import math
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.tariffs.half_hourly import RollingTariff
from app.domain.tariffs.seasonal import SeasonalTariff, moved_c, seasonal
from app.domain.tariffs.shaping import Shaped
from app.domain.tariffs.time_of_use import TimeOfUse
from app.domain.tariffs.todays import next_day
from tests.domain.plans import a_home_on, a_period, a_year, any_plan, two_seasons

YEAR = [date(2028, 1, 1) + timedelta(days=number) for number in range(366)]


def a_tariff(plan: TimeOfUse) -> SeasonalTariff:
    return seasonal(plan, "Australia/Sydney", "AUD")


def flat(import_c: float) -> SeasonalTariff:
    return a_tariff(a_year(a_period("Flat", range(7), "00:00", "00:00", import_c)))


@given(plan=any_plan(), day=st.sampled_from(YEAR), slot=st.integers(0, 47))
@settings(max_examples=40, deadline=None)
def test_a_half_hour_of_the_tariff_is_that_of_the_plan(plan: TimeOfUse, day: date, slot: int) -> None:
    block, period = a_tariff(plan).block_at(day, slot), plan.period_at(day, slot)
    assert block is not None
    assert period is not None
    assert (block.name, block.import_c_per_kwh, block.feed_in_c_per_kwh) == (period.name, period.import_c_per_kwh, period.feed_in_c_per_kwh)


@given(plan=any_plan(), months=st.frozensets(st.integers(1, 12)))
@settings(max_examples=40, deadline=None)
def test_cutting_seasons_at_months_changes_nothing_and_can_be_undone(plan: TimeOfUse, months: frozenset[int]) -> None:
    whole = a_tariff(plan)
    cut = whole.divided(lambda month: month in months)
    joined = cut.joined()
    for day in [*YEAR[::5], date(2028, 2, 29)]:
        assert cut.block_at(day, 20) == joined.block_at(day, 20) == whole.block_at(day, 20)
    for season in cut.seasons:
        assert len({day.month in months for day in YEAR if season.covers(day)}) == 1
    assert len(joined.seasons) <= len(whole.seasons)


def test_a_year_cut_into_two_kinds_of_months_has_a_part_over_the_new_year() -> None:
    cut = flat(30.0).divided(lambda month: month in {11, 12, 1, 2, 3})
    assert [(each.first, each.last) for each in cut.seasons] == [((1, 1), (3, 31)), ((4, 1), (10, 31)), ((11, 1), (12, 31))]
    dearer = cut.told(lambda block, day: replace(block, import_c_per_kwh=60.0) if day.month in {11, 1} else block)
    assert [(each.first, each.last) for each in dearer.joined().seasons] == [((11, 1), (3, 31)), ((4, 1), (10, 31))]


def test_the_29th_of_february_belongs_to_the_part_that_ends_with_february() -> None:
    cut = a_tariff(two_seasons()).divided(lambda month: month == 2)
    assert ((2, 1), (2, 29)) in [(each.first, each.last) for each in cut.seasons]
    assert all(sum(season.covers(day) for season in cut.seasons) == 1 for day in YEAR)


def test_telling_goes_by_the_weekday() -> None:
    told = flat(30.0).told(lambda block, day: replace(block, import_c_per_kwh=50.0) if day.weekday() == 6 else block)
    assert [(plan.days, plan.blocks[0].import_c_per_kwh) for plan in told.seasons[0].week] == [((0, 1, 2, 3, 4, 5), 30.0), ((6,), 50.0)]


def test_tariffs_of_different_kinds_have_moved_out_of_all_bounds() -> None:
    day = next_day(a_home_on(two_seasons()))
    assert isinstance(day, Shaped)
    assert moved_c(day.result, a_tariff(two_seasons())) == moved_c(a_tariff(two_seasons()), day.result) == math.inf
    assert moved_c(day.result, day.result) == 0.0


@pytest.mark.parametrize(("import_c", "apart_c"), [(30.0, 0.0), (30.4, 0.4), (10.0, 20.0)])
def test_two_years_are_apart_by_their_largest_difference(import_c: float, apart_c: float) -> None:
    assert moved_c(flat(30.0), flat(import_c)) == pytest.approx(apart_c)


def test_a_difference_in_one_half_hour_of_one_season_is_found() -> None:
    summer, winter = a_tariff(two_seasons()).seasons
    monday = winter.week[0]
    last = monday.blocks[-1]
    week = (replace(monday, blocks=(*monday.blocks[:-1], replace(last, feed_in_c_per_kwh=9.0))), *winter.week[1:])
    changed = replace(a_tariff(two_seasons()), seasons=(summer, replace(winter, week=week)))
    assert moved_c(a_tariff(two_seasons()), changed) == 4.0


def test_other_season_dates_are_a_difference() -> None:
    summer, winter = a_tariff(two_seasons()).seasons
    longer = replace(a_tariff(two_seasons()), seasons=(replace(summer, last=(4, 30)), replace(winter, first=(5, 1))))
    assert moved_c(a_tariff(two_seasons()), longer) == 31.0


def test_a_rolling_tariff_moved_by_its_largest_slot() -> None:
    day = next_day(a_home_on(two_seasons()))
    assert isinstance(day, Shaped)
    slots = day.result.slots
    moved = replace(day.result, slots=(*slots[:7], replace(slots[7], feed_in_c_per_kwh=6.5), *slots[8:]))
    assert isinstance(moved, RollingTariff)
    assert moved_c(day.result, moved) == moved_c(moved, day.result) == 2.5
