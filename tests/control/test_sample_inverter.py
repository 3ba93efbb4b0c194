"""A linked solar inverter is read, and what is wrong with it stands at its connection."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.control.connections import Opener
from app.control.sample_inverter import sample_inverter
from app.control.surroundings import Surroundings
from app.models.connection import Connection
from app.models.site import Site
from app.services.proving import facts_in_words
from app.simulators.faults import Faults
from app.simulators.modbus import ModbusServer
from app.simulators.pace import SimulatedPace
from app.simulators.sungrow_string import SungrowString
from tests.devices.contract.inverter_rig import NOON


@pytest.fixture
def server() -> Iterator[ModbusServer]:
    clock = SimulatedPace(NOON)
    running = ModbusServer(SungrowString(NOON), clock, Faults(clock.now))
    running.listen()
    yield running
    running.stop()


@pytest.fixture
def inverter(engine: Engine, server: ModbusServer) -> Connection:
    with Session(engine, expire_on_commit=False) as session:
        site = Site(name="Home", timezone="Australia/Sydney", currency="AUD", control="on", created_at=NOON)
        session.add(site)
        session.flush()
        config = {"host": server.host, "port": server.port, "unit_id": 1}
        row = Connection(site_id=site.id, role="inverter", key="0", brand="sungrow_sg", config=config, created_at=NOON, facts={})
        session.add(row)
        session.commit()
        return row


def test_what_it_makes_is_kept_and_its_silence_is_told(engine: Engine, server: ModbusServer, inverter: Connection) -> None:
    clock = server.clock
    assert isinstance(clock, SimulatedPace)
    around = Surroundings(engine, clock)
    opener = Opener(around, clock.now)
    reading = sample_inverter(around, opener, inverter.id, clock.now())
    assert reading is not None
    assert reading.ac_w is not None
    with around.session() as session:
        row = session.get_one(Connection, inverter.id)
        assert row.facts["ac_w"] == reading.ac_w
        assert row.seen_at is not None
        assert row.problem is None
        assert "Makes now" in dict(facts_in_words(row.facts))
    server.close()
    clock.advance(timedelta(seconds=30).total_seconds())
    assert sample_inverter(around, opener, inverter.id, clock.now()) is None
    with around.session() as session:
        row = session.get_one(Connection, inverter.id)
        assert row.problem is not None
        assert row.problem_kind == "Unreachable"
        assert row.facts["ac_w"] == reading.ac_w, "the last figure stays"
