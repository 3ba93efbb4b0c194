"""Which device answers at an address outlives the process: another one is refused until the owner saves the connection again."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.control.connections import Opener, brand_of
from app.control.sample_inverter import sample_inverter
from app.control.surroundings import Surroundings
from app.models.connection import Connection
from app.models.site import Site
from app.services import sites
from app.services.site_file import ConnectionEntry
from app.simulators.faults import Faults
from app.simulators.modbus import ModbusServer
from app.simulators.pace import SimulatedPace
from app.simulators.sungrow_string import SungrowString
from app.transports.errors import RequestRefused
from tests.devices.contract.inverter_rig import NOON


class Roof:
    """A linked inverter, and a PowerSync that can be started anew."""

    def __init__(self, engine: Engine) -> None:
        self.clock = SimulatedPace(NOON)
        self.device = SungrowString(NOON, serial="A1")
        self.server = ModbusServer(self.device, self.clock, Faults(self.clock.now))
        self.server.listen()
        self.around = Surroundings(engine, self.clock)
        with self.around.session() as session:
            site = Site(name="Home", timezone="Australia/Sydney", currency="AUD", control="on", created_at=NOON)
            session.add(site)
            session.flush()
            self.site_id = site.id
            session.commit()
        self.owner_saves()
        self.start_anew()

    def owner_saves(self) -> None:
        """The connection as it is."""
        brand = brand_of("inverter", "sungrow_sg")
        fields = brand.fields(host=self.server.host, port=self.server.port)
        with self.around.session() as session:
            site = session.get_one(Site, self.site_id)
            self.id = sites.connect(session, site, ConnectionEntry("inverter", "0", brand, fields), self.clock.now()).id
            session.commit()

    def start_anew(self) -> None:
        self.opener = Opener(self.around, self.clock.now)

    def read(self) -> Connection:
        """As the sampler does, settings too."""
        self.clock.advance(timedelta(minutes=6).total_seconds())
        sample_inverter(self.around, self.opener, self.id, self.clock.now())
        with Session(self.around.engine, expire_on_commit=False) as session:
            return session.get_one(Connection, self.id)

    def write(self) -> None:
        with self.around.reading() as session:
            inverter = self.opener.inverter(session.get_one(Connection, self.id))
        inverter.write(inverter.read_settings(), frozenset(), None)


@pytest.fixture
def roof(engine: Engine) -> Iterator[Roof]:
    built = Roof(engine)
    yield built
    built.server.stop()


def restarted(roof: Roof) -> None:
    roof.start_anew()


def went_on(roof: Roof) -> None:
    return None


@pytest.mark.parametrize("then", [went_on, restarted])
def test_another_device_at_the_address_is_refused(roof: Roof, then: Callable[[Roof], None]) -> None:
    assert roof.read().problem is None
    roof.device.serial = "B2"
    then(roof)
    told = roof.read()
    assert told.problem_kind == "RequestRefused"
    assert "serial number B2 instead of A1" in str(told.problem)
    with pytest.raises(RequestRefused):
        roof.write()
    roof.device.serial = "A1"
    assert roof.read().problem is None


@pytest.mark.parametrize("then", [went_on, restarted])
def test_saving_the_connection_again_takes_the_device_that_is_there(roof: Roof, then: Callable[[Roof], None]) -> None:
    roof.read()
    roof.device.serial = "B2"
    roof.owner_saves()
    then(roof)
    assert roof.read().problem is None
    roof.write()
    roof.start_anew()
    roof.device.serial = "A1"
    assert "serial number A1 instead of B2" in str(roof.read().problem)


def test_reading_the_same_device_keeps_what_it_told_of_itself(roof: Roof) -> None:
    roof.read()
    row = roof.read()
    assert row.facts["serial"] == "A1"
    assert row.facts["rated_w"] == 5000
