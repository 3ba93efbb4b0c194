"""Where the sun is looked at from."""

import pytest

from app.control.forecasts.place import city_of, place_of
from app.domain.forecasts.sun import Place
from tests.control.forecasts.homes import Home


@pytest.mark.parametrize(
    ("zone", "latitude", "longitude"),
    [
        ("Australia/Sydney", -33.87, 151.22),
        ("Australia/ACT", -33.87, 151.22),
        ("Europe/London", 51.51, -0.13),
        ("America/New_York", 40.71, -74.01),
    ],
)
def test_a_time_zone_has_its_city(zone: str, latitude: float, longitude: float) -> None:
    city = city_of(zone)
    assert city is not None
    assert (city.latitude_deg, city.longitude_deg) == (pytest.approx(latitude, abs=0.01), pytest.approx(longitude, abs=0.01))


@pytest.mark.parametrize("zone", ["UTC", "Etc/GMT+10", "Nowhere/City"])
def test_some_zones_have_none(zone: str) -> None:
    assert city_of(zone) is None


def test_what_the_source_was_told_counts_first(home: Home) -> None:
    home.link("open_meteo", latitude=-16.92, longitude=145.77)
    with home.session() as session:
        assert place_of(session, home.site) == Place(-16.92, 145.77)
    home.link(None)
    with home.session() as session:
        assert place_of(session, home.site) == city_of("Australia/Sydney")
