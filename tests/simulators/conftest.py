"""A simulated world on free ports, in virtual time."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import requests

from app.simulators.pace import SimulatedPace
from app.simulators.powerwall import Behaviour
from app.simulators.world import World

EVENING = datetime(2026, 11, 20, 7, 55, 10, tzinfo=UTC)
"""18:55:10 in Sydney, ten seconds into an interval."""


class Client:
    """Plain requests with the right token and short time-outs."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.session = requests.Session()

    def amber(self, path: str, **query: object) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.world.amber.account.token}"}
        return self.session.get(self.world.amber_url + path, params=query, headers=headers, timeout=2)

    def prices(self, **query: object) -> requests.Response:
        query = {"resolution": 5} | query
        return self.amber(f"/sites/{self.world.amber.account.site_id}/prices/current", **query)

    def tesla(self, path: str, body: object = None, **query: object) -> requests.Response:
        site = self.world.teslemetry.site
        url = f"{self.world.teslemetry_url}/api/1/energy_sites/{site.energy_site_id}/{path}"
        headers = {"Authorization": f"Bearer {site.token}"}
        if body is None:
            return self.session.get(url, params=query, headers=headers, timeout=2)
        return self.session.post(url, json=body, headers=headers, timeout=2)

    def info(self) -> dict:
        return self.tesla("site_info").json()["response"]


@pytest.fixture
def clock() -> SimulatedPace:
    return SimulatedPace(EVENING)


@pytest.fixture
def world(clock: SimulatedPace) -> Iterator[World]:
    with World(clock, seed=3, behaviour=Behaviour.prompt(), teslemetry_quota=None) as world:
        yield world


@pytest.fixture
def client(world: World) -> Iterator[Client]:
    client = Client(world)
    yield client
    client.session.close()
