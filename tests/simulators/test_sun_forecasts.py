"""The simulated forecast services as a plain client meets them: shapes, limits, and the sun that they tell of."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from app.simulators import effects as e
from app.simulators.pace import SimulatedPace
from app.simulators.world import World

MORNING = datetime(2026, 11, 19, 20, 10, 5, tzinfo=UTC)
"""07:10 in Sydney on 20 November."""


@pytest.fixture
def clock() -> SimulatedPace:
    return SimulatedPace(MORNING)


@pytest.fixture
def world(clock: SimulatedPace) -> Iterator[World]:
    with World(clock, seed=3) as running:
        yield running


def get(world: World, server: str, path: str, token: str | None = None, **query: Any) -> requests.Response:
    base = world.environment()[f"{server.upper()}_API_URL"]
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.get(base + path, params=query, headers=headers, timeout=2)


def meteo(world: World, **query: Any) -> requests.Response:
    asked = {"latitude": -33.87, "longitude": 151.21, "tilt": 20, "azimuth": 180, "forecast_days": 2, "timezone": "GMT"}
    return get(world, "open_meteo", "/v1/forecast", **(asked | query))


def estimate(world: World, tilt: float = 20, azimuth: float = 180, peak_kw: float = 8) -> requests.Response:
    return get(world, "forecast_solar", f"/estimate/-33.87/151.21/{tilt}/{azimuth}/{peak_kw}", time="utc")


def rooftop(world: World, what: str = "/forecasts", key: str | None = None, **query: Any) -> requests.Response:
    account = world.solcast.account
    path = f"/rooftop_sites/{account.sites[0].resource_id}{what}" if what else "/rooftop_sites"
    return get(world, "solcast", path, token=key or account.key, format="json", **query)


def test_open_meteo_answers_in_the_documented_shape(world: World) -> None:
    answer = meteo(world, hourly="global_tilted_irradiance,temperature_2m").json()
    assert answer["hourly_units"] == {"time": "iso8601", "global_tilted_irradiance": "W/m²", "temperature_2m": "°C"}
    assert answer["hourly"]["time"][:2] == ["2026-11-19T00:00", "2026-11-19T01:00"]
    assert {len(each) for each in answer["hourly"].values()} == {48}
    assert answer["utc_offset_seconds"] == 0


def test_open_meteo_has_quarters_of_an_hour_in_seconds_and_the_past(world: World) -> None:
    answer = meteo(world, minutely_15="temperature_2m", timeformat="unixtime", past_days=3).json()
    times = answer["minutely_15"]["time"]
    assert times[1] - times[0] == 900
    assert len(times) == 5 * 96
    assert all(-10 < each < 45 for each in answer["minutely_15"]["temperature_2m"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"latitude": 91},
        {"tilt": 95},
        {"azimuth": 270},
        {"forecast_days": 17},
        {"past_days": 93},
        {"latitude": "x"},
        {"hourly": "sunniness"},
    ],
)
def test_open_meteo_refuses_with_a_reason(world: World, wrong: dict[str, Any]) -> None:
    answer = meteo(world, **wrong)
    assert answer.status_code == 400
    assert answer.json()["error"] is True
    assert answer.json()["reason"]


def test_a_stamp_is_the_end_of_its_time(world: World) -> None:
    """The sun rises at 05:41 (18:41 UTC): the hour that ends at 19:00 has a little of it, the one that ends at 18:00 none."""
    hourly = meteo(world, hourly="global_tilted_irradiance").json()["hourly"]
    by_time = dict(zip(hourly["time"], hourly["global_tilted_irradiance"], strict=True))
    assert by_time["2026-11-19T18:00"] == 0
    assert 0 < by_time["2026-11-19T19:00"] < 80 < by_time["2026-11-20T00:00"]


def test_an_eastern_roof_has_its_sun_in_the_morning(world: World) -> None:
    def noon_of(azimuth: float) -> float:
        lists = meteo(world, hourly="global_tilted_irradiance", azimuth=azimuth, tilt=60).json()["hourly"]
        sun = lists["global_tilted_irradiance"][18:34]  # one day of daylight
        return sum(number * each for number, each in enumerate(sun)) / sum(sun)

    assert noon_of(-90) + 2 < noon_of(180) < noon_of(90) - 2


def test_panels_to_the_north_see_more_in_sydney_than_to_the_south(world: World) -> None:
    north, south = (
        sum(meteo(world, hourly="global_tilted_irradiance", azimuth=each, tilt=40).json()["hourly"]["global_tilted_irradiance"])
        for each in (180, 0)
    )
    assert north > south


def test_forecast_solar_answers_in_the_documented_shape(world: World) -> None:
    answer = estimate(world).json()
    result, message = answer["result"], answer["message"]
    assert set(result) == {"watts", "watt_hours_period", "watt_hours", "watt_hours_day"}
    assert list(result["watts"]) == list(result["watt_hours_period"])
    assert (message["code"], message["type"], message["ratelimit"]["limit"]) == (0, "success", 12)
    first, *_, last = result["watt_hours_period"]
    assert first.startswith("2026-11-19T18:4")
    assert result["watt_hours_period"][first] == 0
    assert last > "2026-11-21T08:"
    assert list(result["watt_hours_day"]) == ["2026-11-20", "2026-11-21"]


def test_forecast_solar_lets_twelve_calls_an_hour_pass(world: World, clock: SimulatedPace) -> None:
    assert [estimate(world).status_code for _ in range(13)] == [200] * 12 + [429]
    refused = estimate(world).json()["message"]
    assert datetime.fromisoformat(refused["ratelimit"]["retry-at"]) == (MORNING + timedelta(hours=1))
    clock.advance(3601)
    assert estimate(world).headers["X-Ratelimit-Remaining"] == "11"


def test_forecast_solar_refuses_a_roof_that_cannot_be(world: World) -> None:
    assert estimate(world, tilt=95).status_code == 422
    assert estimate(world, azimuth=270).status_code == 422
    assert get(world, "forecast_solar", "/estimate/1/2").status_code == 404


def test_solcast_answers_in_the_documented_shape(world: World) -> None:
    [first, *_] = rows = rooftop(world, hours=48).json()["forecasts"]
    assert len(rows) == 96
    assert set(first) == {"pv_estimate", "pv_estimate10", "pv_estimate90", "period_end", "period"}
    assert (first["period_end"], first["period"]) == ("2026-11-19T20:30:00.0000000Z", "PT30M")
    assert all(row["pv_estimate10"] <= row["pv_estimate"] <= row["pv_estimate90"] for row in rows)
    assert max(row["pv_estimate"] for row in rows) < 8


def test_solcast_wants_its_key_and_counts_ten_calls_a_utc_day(world: World, clock: SimulatedPace) -> None:
    assert rooftop(world, key="wrong").status_code == 401
    assert [site["name"] for site in rooftop(world, "").json()["sites"]] == ["Home", "Shed"]
    assert [rooftop(world).status_code for _ in range(11)] == [200] * 10 + [429]
    assert rooftop(world).json()["response_status"]["error_code"] == "TooManyRequests"
    assert rooftop(world, "").status_code == 200
    clock.advance_to(datetime(2026, 11, 20, 0, 0, 1, tzinfo=UTC))
    assert rooftop(world).status_code == 200


def test_a_busy_solcast_has_no_words(world: World) -> None:
    world.faults.add(e.Status(429), server="solcast", count=1)
    answer = rooftop(world)
    assert (answer.status_code, answer.content) == (429, b"")


def test_all_three_tell_of_the_same_sun_as_the_roof(world: World) -> None:
    """Energy of the next 24 hours, in kWh: no two of them far apart, and none far from what the home's own panels will make."""
    until = MORNING + timedelta(hours=24)
    hourly = meteo(world, hourly="global_tilted_irradiance", forecast_days=3).json()["hourly"]
    meteo_kwh = sum(
        sun / 1000 * 8 * 0.88
        for time, sun in zip(hourly["time"], hourly["global_tilted_irradiance"], strict=True)
        if MORNING < datetime.fromisoformat(time).replace(tzinfo=UTC) <= until
    )
    periods = estimate(world).json()["result"]["watt_hours_period"]
    solar_kwh = sum(wh for stamp, wh in periods.items() if MORNING < datetime.fromisoformat(stamp) <= until) / 1000
    rows = rooftop(world, hours=24).json()["forecasts"]
    cast_kwh = sum(row["pv_estimate"] for row in rows) / 2
    assert meteo_kwh == pytest.approx(solar_kwh, rel=0.05)
    assert cast_kwh == pytest.approx(solar_kwh, rel=0.1)
    world.household.step_to(until)
    made_kwh = sum(each.solar_wh for each in world.household.buckets.values()) / 1000
    assert made_kwh == pytest.approx(solar_kwh, rel=0.4)
    assert made_kwh > 5
