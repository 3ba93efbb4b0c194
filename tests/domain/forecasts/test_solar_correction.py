"""The correction of a solar forecast: right on what is known, bounded, and without sun at night."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.forecasts.series import PowerInterval
from app.domain.forecasts.solar_correction import LEAST_DAYS, LEAST_RATIO, MOST_RATIO, SolarSample, learn_correction
from app.domain.forecasts.sun import Place, is_up_within, mean_clear_sky_w_per_m2, solar_hour

SYDNEY = Place(-33.87, 151.21)
NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)


def history(days: float, made, held_back: bool = False) -> list[SolarSample]:
    """Half-hours before NOW: what a clear sky would send is the forecast, `made(forecast_w, solar hour)` what came."""
    samples = []
    for number in range(round(days * 48)):
        start = NOW - (number + 1) * HALF_HOUR
        forecast_w = 6 * mean_clear_sky_w_per_m2(SYDNEY, start, start + HALF_HOUR)
        samples.append(
            SolarSample(start, start + HALF_HOUR, forecast_w, made(forecast_w, solar_hour(SYDNEY, start + HALF_HOUR / 2)), held_back)
        )
    return samples


def noon(power_w: float = 4000, hours: float = 0) -> PowerInterval:
    start = NOW + timedelta(hours=hours)
    return PowerInterval(start, start + HALF_HOUR, power_w, power_w / 2, power_w * 1.5)


def test_a_source_that_is_off_by_a_factor_is_made_right() -> None:
    correction = learn_correction(history(14, lambda forecast, hour: 0.8 * forecast), SYDNEY, NOW)
    assert correction is not None
    right = correction.corrected(noon())
    assert (right.power_w, right.low_w, right.high_w) == (pytest.approx(3200), pytest.approx(1600), pytest.approx(4800))


def test_a_shadow_of_the_afternoon_changes_the_afternoon_alone() -> None:
    correction = learn_correction(history(21, lambda forecast, hour: forecast * (0.5 if hour >= 15 else 1.0)), SYDNEY, NOW)
    assert correction is not None
    assert correction.corrected(noon()).power_w == pytest.approx(4000, rel=0.03)
    assert correction.corrected(noon(1500, hours=4)).power_w == pytest.approx(750, rel=0.15)


def test_the_last_days_count_more() -> None:
    def cleaned(forecast: float, hour: float) -> float:
        return forecast

    old = [sample for sample in history(28, lambda forecast, hour: 0.5 * forecast) if sample.start < NOW - timedelta(days=14)]
    new = [sample for sample in history(28, cleaned) if sample.start >= NOW - timedelta(days=14)]
    correction = learn_correction([*old, *new], SYDNEY, NOW)
    assert correction is not None
    assert 0.8 < correction.ratio_at(NOW) < 1.0


def test_too_few_days_say_nothing() -> None:
    assert learn_correction(history(LEAST_DAYS - 2, lambda forecast, hour: 0.5 * forecast), SYDNEY, NOW) is None
    assert learn_correction([], SYDNEY, NOW) is None


def test_time_in_which_the_sun_was_held_back_teaches_nothing() -> None:
    assert learn_correction(history(14, lambda forecast, hour: 0.0, held_back=True), SYDNEY, NOW) is None
    mixed = [*history(14, lambda forecast, hour: forecast), *history(14, lambda forecast, hour: 0.0, held_back=True)]
    correction = learn_correction(mixed, SYDNEY, NOW)
    assert correction is not None
    assert correction.ratio_at(NOW) == pytest.approx(1.0)


def test_what_is_old_or_not_over_teaches_nothing() -> None:
    future = [SolarSample(NOW + number * HALF_HOUR, NOW + (number + 1) * HALF_HOUR, 3000, 30) for number in range(480)]
    old = [SolarSample(each.start - timedelta(days=40), each.end - timedelta(days=40), 3000, 30) for each in history(14, lambda f, h: f)]
    assert learn_correction([*future, *old], SYDNEY, NOW) is None


def test_no_sun_is_made_at_night() -> None:
    correction = learn_correction(history(14, lambda forecast, hour: forecast + 900), SYDNEY, NOW)
    assert correction is not None
    for minutes in range(0, 1440, 15):
        start = NOW + timedelta(minutes=minutes)
        interval = PowerInterval(start, start + timedelta(minutes=15), 50.0, 0.0, 90.0)
        right = correction.corrected(interval)
        if not is_up_within(SYDNEY, interval.start, interval.end):
            assert (right.power_w, right.low_w, right.high_w) == (0, 0, 0)
    assert correction.corrected(noon(0.0)).power_w == 0


@settings(max_examples=30)
@given(st.lists(st.floats(0, 30_000), min_size=48, max_size=48), st.floats(0, 20_000), st.integers(0, 95))
def test_whatever_was_measured_the_ratio_stays_in_its_bounds(made: list[float], power_w: float, quarter: int) -> None:
    correction = learn_correction(history(8, lambda forecast, hour: made[int(hour * 2)]), SYDNEY, NOW)
    assert correction is not None
    start = NOW + quarter * timedelta(minutes=15)
    right = correction.corrected(PowerInterval(start, start + timedelta(minutes=15), power_w))
    assert right.power_w == 0 or LEAST_RATIO * power_w * 0.999 <= right.power_w <= MOST_RATIO * power_w * 1.001
