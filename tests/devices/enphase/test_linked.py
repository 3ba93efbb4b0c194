"""A gateway that is linked to a home: its certificate and token outlive the process, and what answers in its place is told."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from app.control.connections import ANOTHER_ANSWERS, Opener
from app.control.sample_inverter import sample_inverter
from app.control.surroundings import Surroundings
from app.devices.solar import InverterReading
from app.models.connection import Connection
from app.models.site import Site
from app.services import sites
from app.services.site_file import validate
from app.simulators.certificate import self_signed
from tests.devices.contract.inverter_rig import NOON
from tests.devices.enphase.benches import ACCOUNT, Bench, a_gateway


@pytest.fixture
def bench() -> Iterator[Bench]:
    with a_gateway(**ACCOUNT) as made:
        yield made


class Home:
    """A site whose file names the gateway."""

    def __init__(self, engine: Engine, bench: Bench) -> None:
        urls = {"ENLIGHTEN_URL": bench.cloud_server.url, "ENTREZ_URL": bench.cloud_server.url}
        self.bench, self.around = bench, Surroundings(engine, bench.clock, urls)
        self.import_file()
        self.restart()

    def import_file(self) -> None:
        inverter = {"brand": "enphase", "host": self.bench.server.host, "port": self.bench.server.port, **ACCOUNT}
        file = {"name": "House", "timezone": "Australia/Sydney", "currency": "AUD", "owner": "a@example.com", "inverters": [inverter]}
        with self.around.session() as session:
            site: Site = sites.import_file(session, validate(file), NOON)
            self.connection_id = session.query(Connection.id).filter_by(site_id=site.id).scalar()

    def restart(self) -> None:
        self.opener = Opener(self.around, self.bench.clock.now)

    def sample(self) -> InverterReading | None:
        return sample_inverter(self.around, self.opener, self.connection_id, self.bench.clock.now())

    def row(self) -> Connection:
        with self.around.session() as session:
            return session.get_one(Connection, self.connection_id)


def test_a_restart_signs_in_nowhere(engine: Engine, bench: Bench) -> None:
    home = Home(engine, bench)
    assert home.sample() is not None
    home.restart()
    assert home.sample() is not None
    assert bench.cloud.tokens_given() == 1


def test_what_answers_in_its_place_is_told_until_the_owner_links_it_again(engine: Engine, bench: Bench) -> None:
    home = Home(engine, bench)
    home.sample()
    bench.server.close()
    bench.server.tls = self_signed("envoy.local", NOON).context
    bench.server.listen()
    home.restart()
    assert home.sample() is None
    row = home.row()
    assert row.problem_kind == ANOTHER_ANSWERS
    assert row.problem is not None
    assert "link it again under Devices" in row.problem
    with home.around.session() as session:  # as `connecting.link` does, and another process has the driver open
        session.get_one(Connection, home.connection_id).learned = None
        session.commit()
    bench.clock.advance(3601)
    assert home.sample() is not None
    assert home.row().problem is None
