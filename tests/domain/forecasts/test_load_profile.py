"""The learnt load: exact on habits that repeat, without the car, with an answer to the weather, never below 0."""

from datetime import UTC, datetime, timedelta
from math import cos, pi, sin
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.forecasts.load_profile import LEAST_DAYS, learn_load
from app.domain.forecasts.load_samples import LoadSample
from app.domain.forecasts.series import TemperatureInterval

SYDNEY = ZoneInfo("Australia/Sydney")
NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)  # a Friday, 13:00 in Sydney
HALF_HOUR = timedelta(minutes=30)


def habit_w(start: datetime) -> float:
    """A family: evenings are dear to it, weekends are livelier."""
    local = start.astimezone(SYDNEY)
    return (400 if local.weekday() < 5 else 650) + (900 if 17 <= local.hour < 21 else 0)


def temperature_c(start: datetime) -> float:
    """Days and nights, and weeks that are warmer or colder."""
    days = (start - NOW) / timedelta(days=1)
    return 18 + 7 * sin(2 * pi * (days - 0.1)) + 6 * cos(days * 0.7)


def history(days: float, load_w=habit_w, **more) -> list[LoadSample]:
    starts = [NOW - (number + 1) * HALF_HOUR for number in range(round(days * 48))]
    return [LoadSample(start, load_w(start), **{name: value(start) for name, value in more.items()}) for start in starts]


def ahead(hours: float) -> list[datetime]:
    return [NOW + number * HALF_HOUR for number in range(round(hours * 2))]


def test_a_habit_that_repeats_is_expected_exactly() -> None:
    profile = learn_load(history(28), SYDNEY, NOW)
    assert profile is not None
    assert profile.days == 27  # and two parts of days
    for start in ahead(24 * 7):
        told = profile.expected(start)
        assert told.power_w == pytest.approx(habit_w(start))
        assert (told.low_w, told.high_w) == (pytest.approx(habit_w(start)), pytest.approx(habit_w(start)))


def test_habits_follow_the_local_clock_through_its_change() -> None:
    global_now = datetime(2026, 10, 5, 2, tzinfo=UTC)  # the day after the clocks went forward
    samples = [
        LoadSample(global_now - (number + 1) * HALF_HOUR, habit_w(global_now - (number + 1) * HALF_HOUR)) for number in range(28 * 48)
    ]
    profile = learn_load(samples, SYDNEY, global_now)
    assert profile is not None
    assert all(
        profile.expected(global_now + number * HALF_HOUR).power_w == pytest.approx(habit_w(global_now + number * HALF_HOUR))
        for number in range(96)
    )


def test_the_car_is_left_out() -> None:
    def charging_w(start: datetime) -> float:
        return 7000 if start.astimezone(SYDNEY).hour < 4 and start.day % 2 else 0

    samples = history(28, lambda start: habit_w(start) + charging_w(start), car_w=charging_w)
    profile = learn_load(samples, SYDNEY, NOW)
    assert profile is not None
    assert all(profile.expected(start).power_w == pytest.approx(habit_w(start)) for start in ahead(48))


def test_the_last_weeks_count_more_and_old_ones_not_at_all() -> None:
    def moved_in(start: datetime) -> float:
        return 2000 if start < NOW - timedelta(days=56) else 300 if start < NOW - timedelta(days=14) else 500

    profile = learn_load(history(90, moved_in), SYDNEY, NOW)
    assert profile is not None
    assert 400 < profile.expected(NOW).power_w < 500


def test_cold_and_heat_are_answered_as_they_were() -> None:
    def load_w(start: datetime) -> float:
        return habit_w(start) + 120 * max(0.0, 16 - temperature_c(start)) + 200 * max(0.0, temperature_c(start) - 23)

    profile = learn_load(history(42, load_w, temperature_c=temperature_c), SYDNEY, NOW)
    assert profile is not None
    assert profile.response == (pytest.approx(120, rel=1e-3), pytest.approx(200, rel=1e-3))
    for degrees, more_w in ((35.0, 200 * 12), (20.0, 0), (5.0, 120 * 11)):
        told = profile.expected(NOW, [TemperatureInterval(NOW, NOW + HALF_HOUR, degrees)])
        assert told.power_w == pytest.approx(habit_w(NOW) + more_w, rel=1e-3)


def test_a_temperature_that_is_not_known_counts_as_usual() -> None:
    def load_w(start: datetime) -> float:
        return habit_w(start) + 200 * max(0.0, temperature_c(start) - 23)

    profile = learn_load(history(42, load_w, temperature_c=temperature_c), SYDNEY, NOW)
    assert profile is not None
    warmest = NOW + timedelta(hours=8)
    told = profile.expected(warmest).power_w
    assert habit_w(warmest) + 50 < told < max(load_w(warmest - timedelta(days=day)) for day in range(1, 43)) - 50


def test_a_home_that_needs_less_when_it_is_hot_is_not_believed() -> None:
    samples = history(42, lambda start: max(0.0, 3000 - 100 * max(0.0, temperature_c(start) - 23)), temperature_c=temperature_c)
    profile = learn_load(samples, SYDNEY, NOW)
    assert profile is not None
    assert min(profile.response) >= 0
    assert profile.response[1] == 0


def test_without_temperatures_there_is_no_answer_to_them() -> None:
    profile = learn_load(history(42), SYDNEY, NOW)
    assert profile is not None
    assert profile.response == (0, 0)
    hot = profile.expected(NOW, [TemperatureInterval(NOW, NOW + HALF_HOUR, 40.0)])
    assert hot.power_w == pytest.approx(habit_w(NOW))


def test_days_that_differ_make_a_band() -> None:
    profile = learn_load(history(56, lambda start: 400 + 100 * (start.timetuple().tm_yday % 5)), SYDNEY, NOW)
    assert profile is not None
    told = profile.expected(NOW)
    assert told.low_w is not None
    assert told.high_w is not None
    assert 390 <= told.low_w < told.power_w - 80
    assert told.power_w + 80 < told.high_w <= 810


def test_a_weekend_that_was_never_seen_is_taken_from_weekdays() -> None:
    weekdays = [sample for sample in history(6) if sample.start.astimezone(SYDNEY).weekday() < 5]
    profile = learn_load(weekdays, SYDNEY, NOW)
    assert profile is not None
    saturday = NOW + timedelta(days=1)
    assert profile.expected(saturday).power_w == pytest.approx(400)


def test_too_few_days_say_nothing() -> None:
    assert learn_load(history(LEAST_DAYS - 1), SYDNEY, NOW) is None
    assert learn_load([], SYDNEY, NOW) is None
    thin = [sample for sample in history(30) if sample.start.minute == 0]
    assert learn_load(thin, SYDNEY, NOW) is None


@settings(max_examples=25)
@given(st.lists(st.floats(0, 15_000), min_size=40, max_size=60), st.lists(st.floats(-15, 45), min_size=5, max_size=9), st.floats(-15, 45))
def test_whatever_was_used_the_expectation_is_not_below_0(loads: list[float], degrees: list[float], outside_c: float) -> None:
    samples = [
        LoadSample(each.start, loads[number % len(loads)], temperature_c=degrees[number % len(degrees)])
        for number, each in enumerate(history(20))
    ]
    profile = learn_load(samples, SYDNEY, NOW)
    assert profile is not None
    for start in ahead(48):
        told = profile.expected(start, [TemperatureInterval(start, start + HALF_HOUR, outside_c)])
        assert told.power_w >= 0
        assert told.power_w <= max(loads) + 1000 * 60 * 2
