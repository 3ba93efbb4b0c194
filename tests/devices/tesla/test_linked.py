"""A Powerwall that is linked with its gateway at home: the gateway's certificate outlives the process, and is the connection's own."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from sqlalchemy import Engine

from app.control.connections import Opener, load
from app.control.sample import sample
from app.control.surroundings import Surroundings
from app.models.connection import Connection
from app.services import sites
from app.services.site_file import validate
from app.simulators.certificate import self_signed
from app.simulators.pace import SimulatedPace
from app.simulators.powerwall import Behaviour
from app.simulators.world import World
from tests.devices.tesla.test_driver import START


class Home:
    """A site whose file names the Powerwall with its gateway."""

    def __init__(self, engine: Engine, world: World, pace: SimulatedPace) -> None:
        self.world, self.pace, self.around = world, pace, Surroundings(engine, pace, world.environment())
        gateway = {"gateway_host": "127.0.0.1", "gateway_port": urlsplit(world.gateway_url).port, "gateway_password": "KZ4T7"}
        file = world.site_file()
        file["battery"] |= gateway
        with self.around.session() as session:
            battery = load(session, sites.import_file(session, validate(file), START).id, "battery")
            assert battery is not None
            self.battery_id = battery.id
        self.restart()

    def restart(self) -> None:
        self.opener = Opener(self.around, self.pace.now)

    def sample(self) -> str:
        """Where the reading came from."""
        self.pace.advance(600)
        reading = sample(self.around, self.opener, self.battery_id, self.pace.now())
        assert reading is not None
        return reading.source


@pytest.fixture
def home(engine: Engine) -> Iterator[Home]:
    pace = SimulatedPace(START)
    with World(pace, behaviour=Behaviour.prompt(), teslemetry_quota=None, has_gateway=True) as world:
        yield Home(engine, world, pace)


def test_after_a_restart_another_certificate_gets_no_password_until_the_owner_links_it_again(home: Home) -> None:
    assert home.sample() == "tesla gateway"
    server = home.world._servers["tesla_gateway"]
    server.close()
    server.tls = self_signed("powerwall", START).context  # type: ignore[union-attr]
    server.listen()
    home.restart()
    logins = len(home.world.tesla_gateway.writes())
    assert home.sample() == "tesla"
    assert len(home.world.tesla_gateway.writes()) == logins
    with home.around.session() as session:  # as `connecting.link` does
        session.get_one(Connection, home.battery_id).learned = None
        session.commit()
    assert home.sample() == "tesla gateway"
    assert len(home.world.tesla_gateway.writes()) == logins + 1
