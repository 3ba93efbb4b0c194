"""The scheduler's sampler over several homes: who does not answer is told, and everybody else is read."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from sqlalchemy import Engine, select

from app.control.surroundings import Surroundings
from app.jobs.desk import Desk
from app.models.connection import Connection
from app.models.site import Site
from app.simulators.faults import Faults
from app.simulators.modbus import ModbusServer
from app.simulators.pace import SimulatedPace
from app.simulators.sungrow_string import SungrowString
from tests.devices.contract.inverter_rig import NOON


class Street:
    """Homes with a string inverter each, and a desk with fewer threads than there are homes."""

    def __init__(self, engine: Engine, homes: int, life: ExitStack) -> None:
        self.pace = SimulatedPace(NOON)
        self.around = Surroundings(engine, self.pace)
        self.servers: list[ModbusServer] = []
        for _ in range(homes):
            server = ModbusServer(SungrowString(NOON), self.pace, Faults(self.pace.now))
            server.listen()
            life.callback(server.stop)
            self.servers.append(server)
        with self.around.session() as session:
            for number, server in enumerate(self.servers):
                site = Site(name=f"Home {number}", timezone="Australia/Sydney", currency="AUD", control="on", created_at=NOON)
                session.add(site)
                session.flush()
                config = {"host": server.host, "port": server.port, "unit_id": 1}
                row = Connection(site_id=site.id, role="inverter", key="0", brand="sungrow_sg", config=config, created_at=NOON, facts={})
                session.add(row)
            session.commit()
        self.desk = Desk(self.around, self.pace.now, "test", threads=2)
        life.callback(self.desk.close)
        self.desk.renew()

    def sample(self) -> list[Connection]:
        self.desk.sample_due()
        with self.around.reading() as session:
            return list(session.scalars(select(Connection).order_by(Connection.id)))

    @property
    def reads(self) -> list[int]:
        return [server.record.connections for server in self.servers]


@pytest.fixture
def street(engine: Engine) -> Iterator[Street]:
    with ExitStack() as life:
        yield Street(engine, 5, life)


def test_every_device_is_read_and_not_again_before_it_is_due(street: Street) -> None:
    assert all(row.seen_at is not None and row.facts["ac_w"] > 0 for row in street.sample())
    first = street.reads
    street.pace.advance(15)
    street.sample()
    assert street.reads == first
    street.pace.advance(15)
    street.sample()
    assert street.reads == [count + 1 for count in first]


def test_three_dead_devices_do_not_keep_two_threads_from_those_that_answer(street: Street) -> None:
    for server in street.servers[:3]:
        server.close()
    assert [row.problem_kind for row in street.sample()] == ["Unreachable"] * 3 + [None] * 2
    with ExitStack() as life:
        for server in street.servers[:3]:  # from now on they take a connection and say nothing
            life.enter_context(socket.create_server((server.host, server.port)))
        for _ in range(2):
            street.pace.advance(30)
            before = street.pace.now()
            rows = street.sample()
            assert all(row.seen_at is not None and row.seen_at >= before for row in rows[3:])
            assert all(row.problem_kind == "Unreachable" for row in rows[:3])


def test_a_device_that_comes_back_is_read_again(street: Street) -> None:
    street.servers[0].close()
    assert street.sample()[0].problem_kind == "Unreachable"
    street.servers[0].listen()
    street.pace.advance(30)
    street.sample()
    street.desk.readers.stop(wait=True)
    with street.around.reading() as session:
        assert session.scalars(select(Connection).order_by(Connection.id)).first().problem is None  # type: ignore[union-attr]
