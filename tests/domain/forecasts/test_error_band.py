"""The band around a forecast: as wide as its errors were, wider with the lead time, never below 0."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.forecasts.error_band import LEAST_SAMPLES, ErrorSample, learn_band
from app.domain.forecasts.series import PowerInterval

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


def spread(lead: timedelta, off: float, count: int = 101) -> list[ErrorSample]:
    """Measured from −`off` to +`off` of a forecast of 3 kW, evenly."""
    return [ErrorSample(lead, 3000, 3000 * (1 + off * (2 * number / (count - 1) - 1))) for number in range(count)]


def ahead(lead: timedelta, power_w: float = 3000) -> PowerInterval:
    return PowerInterval(NOW + lead, NOW + lead + timedelta(minutes=30), power_w)


def test_eight_of_ten_lie_inside() -> None:
    band = learn_band(spread(HOUR, 0.5))
    assert band is not None
    told = band.around(ahead(HOUR), NOW)
    assert (told.low_w, told.high_w) == (pytest.approx(3000 * 0.6), pytest.approx(3000 * 1.4))


def test_it_widens_between_the_lead_times_and_not_beyond_the_last() -> None:
    band = learn_band([*spread(HOUR, 0.2), *spread(5 * HOUR, 0.6)])
    assert band is not None
    highs = [band.around(ahead(lead), NOW).high_w for lead in (timedelta(0), HOUR, 3 * HOUR, 5 * HOUR, 40 * HOUR)]
    assert highs == [pytest.approx(3000 * (1 + 0.8 * off)) for off in (0.2, 0.2, 0.4, 0.6, 0.6)]


def test_it_never_narrows() -> None:
    band = learn_band([*spread(HOUR, 0.6), *spread(5 * HOUR, 0.1)])
    assert band is not None
    far, near = (band.around(ahead(hours * HOUR), NOW) for hours in (5, 1))
    assert (far.low_w, far.high_w) == (near.low_w, near.high_w)


def test_forecasts_that_were_right_have_no_width() -> None:
    band = learn_band(spread(HOUR, 0.0))
    assert band is not None
    told = band.around(ahead(HOUR), NOW)
    assert (told.low_w, told.high_w) == (pytest.approx(3000), pytest.approx(3000))


def test_nights_and_small_numbers_teach_nothing() -> None:
    assert learn_band([ErrorSample(HOUR, 0, 0)] * 500) is None
    assert learn_band(spread(HOUR, 0.5, LEAST_SAMPLES - 1)) is None
    assert learn_band([]) is None


def test_a_forecast_of_nothing_keeps_a_band_of_nothing() -> None:
    band = learn_band(spread(HOUR, 0.5))
    assert band is not None
    told = band.around(ahead(HOUR, 0.0), NOW)
    assert (told.low_w, told.power_w, told.high_w) == (0, 0, 0)


samples = st.lists(
    st.builds(ErrorSample, st.sampled_from([HOUR / 2, HOUR, 4 * HOUR]), st.floats(0, 20_000), st.floats(0, 20_000)),
    min_size=LEAST_SAMPLES,
    max_size=150,
)


@settings(max_examples=40)
@given(samples, st.floats(0, 20_000), st.integers(0, 48))
def test_whatever_came_the_band_holds_the_forecast_and_is_not_below_0(found: list[ErrorSample], power_w: float, hours: int) -> None:
    band = learn_band(found)
    if band is None:
        return
    widths = []
    for lead in (hours * HOUR, (hours + 1) * HOUR):
        told = band.around(ahead(lead, power_w), NOW)
        assert told.low_w is not None
        assert told.high_w is not None
        assert 0 <= told.low_w <= told.power_w <= told.high_w
        widths.append(told.high_w - told.low_w)
    assert widths[1] >= widths[0] - 1e-6
