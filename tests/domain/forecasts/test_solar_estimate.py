"""The estimate without a source: it follows the sun and the site's own last days."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.forecasts.solar_estimate import ABOVE_THE_BEST, MeasuredSolar, learn_estimate
from app.domain.forecasts.sun import Place, is_up_within, mean_clear_sky_w_per_m2

SYDNEY, PERTH = Place(-33.87, 151.21), Place(-31.95, 115.86)
NOW = datetime(2026, 11, 20, 13, tzinfo=UTC)  # midnight in Sydney
HALF_HOUR = timedelta(minutes=30)


def days(count: float, share=lambda start: 1.0, place: Place = SYDNEY) -> list[MeasuredSolar]:
    """Half-hours before NOW of a roof of 8 m² behind the share of a clear sky."""
    starts = (NOW - (number + 1) * HALF_HOUR for number in range(round(count * 48)))
    return [
        MeasuredSolar(start, start + HALF_HOUR, 8 * share(start) * mean_clear_sky_w_per_m2(place, start, start + HALF_HOUR))
        for start in starts
    ]


@pytest.mark.parametrize("place", [SYDNEY, PERTH])
def test_after_days_without_a_cloud_the_next_one_is_the_same(place: Place) -> None:
    estimate = learn_estimate(days(10, place=place), place, NOW)
    assert estimate is not None
    for number in range(48):
        start = NOW + number * HALF_HOUR
        truth = 8 * mean_clear_sky_w_per_m2(place, start, start + HALF_HOUR)
        assert estimate.between(start, start + HALF_HOUR).power_w == pytest.approx(truth, rel=0.01, abs=1)


def test_the_band_is_as_wide_as_the_days_were_different() -> None:
    same, mixed = (
        learn_estimate(days(14, share), SYDNEY, NOW)
        for share in (lambda start: 0.6, lambda start: 0.3 if (start - timedelta(hours=14)).day % 2 else 0.9)
    )
    assert same is not None
    assert mixed is not None
    noon = NOW + timedelta(hours=12)
    steady, wide = (each.between(noon, noon + HALF_HOUR) for each in (same, mixed))
    assert steady.low_w == pytest.approx(steady.power_w, rel=0.01) == steady.high_w
    assert wide.low_w is not None
    assert wide.high_w is not None
    assert wide.low_w < 0.7 * wide.power_w < 1.2 * wide.power_w < wide.high_w


def test_an_inverter_that_was_at_its_limit_is_not_exceeded() -> None:
    """Mornings of a strong sun, noons held at 2 kW: between the learnt hours the estimate would run above what was ever seen."""
    held = [MeasuredSolar(each.start, each.end, min(2000.0, 5 * each.solar_w)) for each in days(10)]
    estimate = learn_estimate(held, SYDNEY, NOW)
    assert estimate is not None
    cells = [estimate.between(NOW + number * HALF_HOUR, NOW + (number + 1) * HALF_HOUR) for number in range(48)]
    assert max(cell.high_w or 0.0 for cell in cells) == pytest.approx(2000 * ABOVE_THE_BEST, rel=1e-6)
    assert max(cell.power_w for cell in cells) <= 2000 * ABOVE_THE_BEST


def test_a_home_without_panels_has_no_sun() -> None:
    estimate = learn_estimate(days(14, lambda start: 0.0), SYDNEY, NOW)
    assert estimate is not None
    noon = NOW + timedelta(hours=12)
    assert estimate.between(noon, noon + HALF_HOUR).power_w == 0


def test_too_little_is_not_enough() -> None:
    assert learn_estimate([], SYDNEY, NOW) is None
    assert learn_estimate(days(1.0), SYDNEY, NOW) is None
    mornings = [each for each in days(10) if 19 <= each.start.hour <= 21]
    assert learn_estimate(mornings, SYDNEY, NOW) is None


@settings(max_examples=30)
@given(st.lists(st.floats(0, 20_000), min_size=48, max_size=48), st.integers(0, 95))
def test_it_is_bounded_and_dark_at_night(powers: list[float], quarter: int) -> None:
    measured = [
        MeasuredSolar(each.start, each.end, powers[number % 48] if is_up_within(SYDNEY, each.start, each.end) else 0.0)
        for number, each in enumerate(days(5))
    ]
    estimate = learn_estimate(measured, SYDNEY, NOW)
    assert estimate is not None
    start = NOW + quarter * timedelta(minutes=15)
    end = start + timedelta(minutes=15)
    told = estimate.between(start, end)
    assert told.low_w is not None
    assert told.high_w is not None
    assert 0 <= told.low_w <= told.power_w <= told.high_w <= ABOVE_THE_BEST * max(powers) + 1e-6
    if not is_up_within(SYDNEY, start, end):
        assert told.power_w == 0
