"""Energy from readings: a gap stays a gap."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.energy import HOLDS_FOR, PowerSample, integrate

START = datetime(2026, 11, 20, tzinfo=UTC)
FIVE = timedelta(minutes=5)


def a_sample(second: float, grid_w: float = 600.0, battery_w: float = 0.0) -> PowerSample:
    return PowerSample(START + timedelta(seconds=second), 0.0, grid_w, battery_w, grid_w + battery_w, 50.0)


def test_a_constant_power_becomes_its_energy() -> None:
    (only,) = integrate([a_sample(second) for second in range(0, 300, 60)], START, START + FIVE, FIVE)
    assert (only.import_wh, only.covered_s) == (pytest.approx(50.0), 300.0)


def test_signs_go_to_their_own_sums() -> None:
    (only,) = integrate([a_sample(0, -1200.0, 1800.0), a_sample(150, 1200.0, -600.0)], START, START + FIVE, FIVE)
    assert (only.export_wh, only.import_wh) == (pytest.approx(50.0), pytest.approx(50.0))
    assert (only.discharge_wh, only.charge_wh) == (pytest.approx(75.0), pytest.approx(25.0))


def test_a_reading_stands_for_two_and_a_half_minutes_at_most() -> None:
    first, second = integrate([a_sample(240)], START, START + 2 * FIVE, FIVE)
    assert (first.covered_s, second.covered_s) == (60.0, 90.0)


def test_a_reading_without_grid_power_counts_as_no_reading() -> None:
    (only,) = integrate([PowerSample(START, 0.0, None, 0.0, 0.0, 50.0)], START, START + FIVE, FIVE)
    assert only.covered_s == 0.0


@given(st.lists(st.tuples(st.integers(0, 3600), st.floats(-9000, 9000)), max_size=60, unique_by=lambda each: each[0]))
def test_no_second_is_counted_twice(points: list[tuple[int, float]]) -> None:
    samples = [a_sample(second, grid_w) for second, grid_w in sorted(points)]
    intervals = integrate(samples, START, START + timedelta(hours=1), FIVE)
    assert all(0 <= each.covered_s <= 300.0001 for each in intervals)
    assert sum(each.covered_s for each in intervals) <= HOLDS_FOR.total_seconds() * len(samples) + 0.001
