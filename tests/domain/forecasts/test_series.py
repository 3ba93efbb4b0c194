"""Forecast intervals: their means, sums and gaps."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.forecasts.series import (
    PowerInterval,
    TemperatureInterval,
    added,
    cut_to,
    gaps,
    in_order,
    mean_power,
    mean_temperature_c,
    on_grid,
)

NOON = datetime(2026, 11, 20, 2, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)


def power(start_min: float, minutes: float, power_w: float, low_w: float | None = None, high_w: float | None = None) -> PowerInterval:
    start = NOON + timedelta(minutes=start_min)
    return PowerInterval(start, start + timedelta(minutes=minutes), power_w, low_w, high_w)


def test_a_mean_weighs_each_part_by_its_time() -> None:
    parts = [power(0, 10, 300, 100, 600), power(10, 20, 900, 600, 900)]
    mean = mean_power(parts, NOON, NOON + HALF_HOUR)
    assert mean is not None
    assert (mean.power_w, mean.low_w, mean.high_w) == (pytest.approx(700), pytest.approx(1300 / 3), pytest.approx(800))


def test_a_mean_with_a_hole_is_not_known() -> None:
    parts = [power(0, 10, 300), power(15, 15, 900)]
    assert mean_power(parts, NOON, NOON + HALF_HOUR) is None
    assert mean_power(parts, NOON + timedelta(minutes=20), NOON + timedelta(minutes=31)) is None
    assert mean_power([], NOON, NOON + HALF_HOUR) is None


def test_a_mean_has_no_band_where_a_part_has_none() -> None:
    mean = mean_power([power(0, 15, 300, 100, 600), power(15, 15, 900)], NOON, NOON + HALF_HOUR)
    assert mean is not None
    assert (mean.low_w, mean.high_w) == (None, None)


def test_a_grid_says_which_cells_are_not_known() -> None:
    cells = on_grid([power(0, 60, 500)], NOON - HALF_HOUR, HALF_HOUR, 4)
    assert [cell.power_w if cell else None for cell in cells] == [None, 500, 500, None]


def test_faces_of_a_roof_are_added_where_all_are_known() -> None:
    east = [power(0, 60, 1000, 400, 1200)]
    west = [power(-30, 60, 200, 100, 300), power(30, 10, 500, 500, 500)]
    total = added([east, west])
    assert [(each.start, each.power_w, each.low_w, each.high_w) for each in total] == [
        (NOON, 1200, 500, 1500),
        (NOON + HALF_HOUR, 1500, 900, 1700),
    ]
    assert total[-1].end == NOON + timedelta(minutes=40)


def test_what_is_cut_keeps_its_power() -> None:
    cut = cut_to([power(0, 60, 500), power(60, 60, 700)], NOON + HALF_HOUR, NOON + timedelta(minutes=70))
    assert [(each.start, each.end, each.power_w) for each in cut] == [
        (NOON + HALF_HOUR, NOON + timedelta(minutes=60), 500),
        (NOON + timedelta(minutes=60), NOON + timedelta(minutes=70), 700),
    ]


def test_gaps_are_found_before_between_and_after() -> None:
    found = gaps([power(10, 10, 1), power(40, 10, 1)], NOON, NOON + timedelta(minutes=60))
    assert [((a - NOON).seconds // 60, (b - NOON).seconds // 60) for a, b in found] == [(0, 10), (20, 40), (50, 60)]


def test_overlaps_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        in_order([power(10, 10, 1), power(0, 11, 1)])


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: power(0, 30, -1.0),
        lambda: power(0, 30, float("nan")),
        lambda: power(0, 30, float("inf")),
        lambda: power(0, 30, 100, low_w=101),
        lambda: power(0, 30, 100, high_w=99),
        lambda: power(0, 0, 100),
        lambda: PowerInterval(NOON.replace(tzinfo=None), NOON.replace(tzinfo=None) + HALF_HOUR, 1.0),
        lambda: TemperatureInterval(NOON, NOON + HALF_HOUR, 300.0),
        lambda: TemperatureInterval(NOON, NOON + HALF_HOUR, float("nan")),
    ],
)
def test_what_cannot_be_is_refused(wrong) -> None:
    with pytest.raises(ValueError):
        wrong()


def test_a_temperature_is_a_mean_too() -> None:
    parts = [TemperatureInterval(NOON, NOON + HALF_HOUR, 20.0), TemperatureInterval(NOON + HALF_HOUR, NOON + 2 * HALF_HOUR, 24.0)]
    assert mean_temperature_c(parts, NOON, NOON + 2 * HALF_HOUR) == 22.0
    assert mean_temperature_c(parts, NOON, NOON + 3 * HALF_HOUR) is None


@given(
    st.lists(st.tuples(st.integers(1, 12).map(lambda sevens: 7 * sevens), st.floats(0, 20_000)), min_size=1, max_size=20), st.integers(1, 7)
)
def test_energy_is_the_same_on_any_grid(parts: list[tuple[int, float]], divisor: int) -> None:
    series, at = [], 0
    for minutes, power_w in parts:
        series.append(power(at, minutes, power_w, power_w / 2, power_w * 2))
        at += minutes
    length = timedelta(minutes=at) / divisor
    cells = on_grid(series, NOON, length, divisor)
    energy = sum(minutes * power_w for minutes, power_w in parts)
    assert sum(cell.power_w for cell in cells if cell) * at / divisor == pytest.approx(energy, rel=1e-6, abs=1e-6)
