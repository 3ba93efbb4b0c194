"""Without sockets a client sees what it would see with them."""

import pytest
import requests

from app.simulators import effects as e
from app.simulators.in_process import InProcess
from app.simulators.pace import SimulatedPace
from app.simulators.powerwall import Behaviour
from app.simulators.world import World

from .conftest import EVENING, Client


@pytest.fixture
def direct() -> Client:
    world = World(SimulatedPace(EVENING), seed=3, behaviour=Behaviour.prompt(), teslemetry_quota=None)
    client = Client(world)
    client.session.mount(world.amber_url, InProcess(world.amber, world.clock))
    client.session.mount(world.teslemetry_url, InProcess(world.teslemetry, world.clock))
    return client


@pytest.fixture(autouse=True)
def different_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A world that was not started has port 0 everywhere, so its services get names."""
    monkeypatch.setattr(World, "amber_url", property(lambda self: "http://amber.test/v1"))
    monkeypatch.setattr(World, "teslemetry_url", property(lambda self: "http://teslemetry.test"))


def test_reads_and_writes_go_through(direct):
    assert len(direct.prices(next=3).json()) == 8
    assert direct.tesla("backup", {"backup_reserve_percent": 35}).json() == {"response": {"code": 201, "message": "Updated"}}
    assert direct.info()["backup_reserve_percent"] == 35
    assert direct.prices().headers["ratelimit-limit"] == "50"


@pytest.mark.parametrize(
    ("effect", "error"),
    [
        (e.Silence(30), requests.ReadTimeout),
        (e.Silence(1), requests.ConnectionError),
        (e.Reset(), requests.ConnectionError),
        (e.Refused(), requests.ConnectionError),
        (e.HalfAnswer(), requests.exceptions.ChunkedEncodingError),
        (e.WrongLength(20), requests.exceptions.ChunkedEncodingError),
        (e.Drip(), requests.exceptions.ChunkedEncodingError),
        (e.WrongLength(-20), requests.exceptions.JSONDecodeError),
        (e.GarbageJson(), requests.exceptions.JSONDecodeError),
    ],
)
def test_the_line_raises_what_requests_raises(direct, effect, error):
    direct.world.faults.add(effect)
    with pytest.raises(error):
        direct.prices(next=30).json()


def test_a_read_time_out_passes_on_the_worlds_clock(direct):
    direct.world.faults.add(e.Silence(30))
    with pytest.raises(requests.ReadTimeout):
        direct.tesla("live_status")
    assert direct.world.clock.monotonic() == 2
