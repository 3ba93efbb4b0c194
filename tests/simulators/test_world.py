"""The world as a whole: addresses, site file, determinism, history, cost."""

import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import requests

from app.simulators.history import prepared_day
from app.simulators.pace import RealTime, SimulatedPace
from app.simulators.powerwall import Behaviour
from app.simulators.service import Request
from app.simulators.world import World

from .conftest import EVENING, Client


def test_the_environment_points_at_open_ports(world):
    environment = world.environment()
    assert set(environment) == {
        "AMBER_API_URL",
        "AMBER_WS_URL",
        "TESLEMETRY_API_URL",
        "AEMO_SUMMARY_URL",
        "AEMO_NEMWEB_URL",
        "FLOW_POWER_API_URL",
        "OCTOPUS_API_URL",
        "OPEN_METEO_API_URL",
        "FORECAST_SOLAR_API_URL",
        "SOLCAST_API_URL",
    }
    assert environment["AMBER_API_URL"].endswith("/v1")
    assert requests.get(f"{environment['TESLEMETRY_API_URL']}/api/ping", timeout=2).ok


def test_the_site_file_opens_every_door(world, client):
    site = world.site_file(control="watch")
    assert (site["control"], site["timezone"]) == ("watch", "Australia/Sydney")
    amber = requests.get(
        f"{world.amber_url}/sites/{site['retailer']['site_id']}/prices/current",
        headers={"Authorization": f"Bearer {site['retailer']['token']}"},
        timeout=2,
    )
    tesla = requests.get(
        f"{world.teslemetry_url}/api/1/energy_sites/{site['battery']['energy_site_id']}/site_info",
        headers={"Authorization": f"Bearer {site['battery']['token']}"},
        timeout=2,
    )
    assert amber.ok
    assert tesla.ok


def test_a_stopped_world_has_closed_its_ports(clock):
    with World(clock) as world:
        url = world.teslemetry_url
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{url}/api/ping", timeout=2)


def test_a_service_answers_without_a_socket(clock):
    world = World(clock)
    answer = world.services["teslemetry"].handle(Request("GET", "/api/ping"))
    assert (answer.status, answer.body) == (200, b'{"response":true}')


def test_a_given_port_is_used(clock):
    with World(clock) as first:
        port = int(first.amber_url.split(":")[2].removesuffix("/v1"))
    with World(clock, amber_port=port) as second:
        assert second.amber_url == first.amber_url


def lived(seed: int) -> list[str]:
    clock = SimulatedPace(EVENING)
    answers = []
    with World(clock, seed=seed, teslemetry_quota=None) as world:
        client = Client(world)
        for step in range(20):
            clock.advance(300)
            if step % 5 == 0:
                client.tesla("backup", {"backup_reserve_percent": 20 + step})
            answers += [client.tesla("live_status").text, client.prices(next=5).text, client.tesla("site_info").text]
    return answers


def test_the_same_seed_and_calls_give_the_same_answers():
    first = lived(5)
    assert first == lived(5)
    assert first != lived(6)


def test_in_real_time_the_home_lives_by_itself():
    with World(RealTime(), behaviour=Behaviour.prompt(), step_s=0.02) as world:
        before = world.household.at
        deadline = time.monotonic() + 3
        while world.household.at == before and time.monotonic() < deadline:
            time.sleep(0.01)
        assert world.household.at > before


def test_an_owners_change_counts_from_its_moment_on(world, clock):
    clock.advance(600)
    world.powerwall.owner_sets(default_real_mode="self_consumption")
    assert world.household.at == clock.now()


def test_the_history_runs_up_to_the_live_world_without_a_jump():
    until = datetime(2026, 11, 20, 7, 55, tzinfo=UTC)
    world = World(SimulatedPace(until), seed=3, history_days=1)
    past = prepared_day(world, until, days=2)
    prices, readings = list(past.prices), list(past.readings)
    assert len(prices) == len(readings) == 576
    assert (prices[0].start, prices[-1].end) == (until - timedelta(days=2), until)
    assert (readings[0].at, readings[-1].at) == (until - timedelta(days=2, minutes=-5), until)
    assert all(a.end == b.start for a, b in pairwise(prices))
    assert all(b.at - a.at == timedelta(minutes=5) for a, b in pairwise(readings))
    assert max(abs(b.soc_pct - a.soc_pct) for a, b in pairwise(readings)) < 6
    assert readings[-1].soc_pct == world.powerwall.pack.soc_pct
    for reading in readings:
        assert reading.load_w == pytest.approx(reading.solar_w + reading.grid_w + reading.battery_w, abs=1e-6)


def test_the_prices_of_the_past_are_those_the_retailer_tells(world, clock, client):
    clock.advance(400)
    row = client.prices(previous=1).json()[0]
    last = list(prepared_day(world, clock.now()).prices)[-1]
    assert last.end == datetime.fromisoformat(row["endTime"])
    assert last.import_c_per_kwh == pytest.approx(row["perKwh"], abs=1e-4)


def test_minutes_are_recorded_too():
    world = World(SimulatedPace(EVENING), history_days=0.25)
    readings = list(prepared_day(world, EVENING, days=0.25, reading_minutes=1).readings)
    assert len(readings) == 360
    later = list(prepared_day(world, EVENING.replace(second=0), days=0.125, reading_minutes=1).readings)
    assert later == readings[180:]


def test_a_zone_without_a_place_is_refused(clock):
    with pytest.raises(ValueError, match="Australia/Sydney"):
        World(clock, zone="Mars/Olympus")


@pytest.mark.parametrize("zone", ["Australia/Perth", "Australia/Adelaide", "Australia/Brisbane", "Australia/Melbourne"])
def test_other_zones_live_too(zone):
    clock = SimulatedPace(EVENING)
    with World(clock, zone=zone) as world:
        assert Client(world).info()["installation_time_zone"] == zone


def test_a_simulated_day_of_the_home_is_cheap():
    world = World(SimulatedPace(EVENING))
    began = time.process_time()
    world.household.step_to(EVENING + timedelta(days=1))
    assert time.process_time() - began < 0.25
