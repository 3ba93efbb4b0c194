"""The sun: where it stands, and what a clear sky sends."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.forecasts.sun import (
    RISES_AT_DEG,
    Place,
    clear_sky_w_per_m2,
    elevation_deg,
    is_up_within,
    mean_clear_sky_w_per_m2,
    solar_hour,
)

SYDNEY, LONDON, GREENWICH = Place(-33.87, 151.21), Place(51.51, -0.13), Place(51.48, 0.0)
instants = st.datetimes(datetime(2025, 1, 1), datetime(2035, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001 - hypothesis wants its bounds without a zone
places = st.builds(Place, st.floats(-90, 90), st.floats(-180, 180))


@pytest.mark.parametrize(
    ("place", "day", "highest"),
    [
        (SYDNEY, datetime(2026, 12, 21, tzinfo=UTC), 79.6),
        (SYDNEY, datetime(2026, 6, 21, tzinfo=UTC), 32.7),
        (LONDON, datetime(2026, 6, 21, tzinfo=UTC), 61.9),
    ],
)
def test_noon_stands_as_high_as_latitude_and_season_say(place: Place, day: datetime, highest: float) -> None:
    """90° − |latitude − declination|, the declination being ±23.44° at the solstices."""
    assert max(elevation_deg(place, day + timedelta(minutes=minute)) for minute in range(0, 1440, 2)) == pytest.approx(highest, abs=0.3)


@pytest.mark.parametrize(("day", "minutes"), [((2026, 2, 11), -14.2), ((2026, 11, 3), 16.4), ((2026, 4, 15), 0.0), ((2026, 6, 13), 0.0)])
def test_the_sundial_runs_before_and_behind_the_clock_as_almanacs_say(day: tuple[int, int, int], minutes: float) -> None:
    noon = datetime(*day, 12, tzinfo=UTC)
    assert (solar_hour(GREENWICH, noon) - 12) * 60 == pytest.approx(minutes, abs=0.6)


def test_sunrise_and_sunset_are_where_the_sunrise_equation_puts_them() -> None:
    """Sydney, 20 November 2026: 7.0 h before and after solar noon, which is at 12:41 local summer time (UTC+11)."""
    day = datetime(2026, 11, 19, 13, tzinfo=UTC)
    up = [minute for minute in range(1440) if elevation_deg(SYDNEY, day + timedelta(minutes=minute)) > RISES_AT_DEG]
    assert up[0] == pytest.approx(5 * 60 + 41, abs=3)
    assert up[-1] == pytest.approx(19 * 60 + 41, abs=3)


@given(places, instants)
def test_radiation_is_bounded_and_there_is_none_at_night(place: Place, at: datetime) -> None:
    radiation = clear_sky_w_per_m2(place, at)
    assert 0 <= radiation <= 1098
    if elevation_deg(place, at) <= 0:
        assert radiation == 0
    assert -90 <= elevation_deg(place, at) <= 90
    assert 0 <= solar_hour(place, at) < 24


def test_a_mean_lies_between_its_ends_while_the_sun_climbs() -> None:
    start = datetime(2026, 11, 19, 21, tzinfo=UTC)
    end = start + timedelta(hours=1)
    mean = mean_clear_sky_w_per_m2(SYDNEY, start, end)
    assert clear_sky_w_per_m2(SYDNEY, start) < mean < clear_sky_w_per_m2(SYDNEY, end)


def test_an_interval_around_sunrise_has_sun() -> None:
    assert not is_up_within(SYDNEY, datetime(2026, 11, 19, 17, tzinfo=UTC), datetime(2026, 11, 19, 18, tzinfo=UTC))
    assert is_up_within(SYDNEY, datetime(2026, 11, 19, 18, tzinfo=UTC), datetime(2026, 11, 19, 19, tzinfo=UTC))


def test_a_place_that_is_not_on_earth_is_refused() -> None:
    with pytest.raises(ValueError, match="no place"):
        Place(91, 0)
