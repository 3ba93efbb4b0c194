"""Solar inverters beside the battery are curtailed and given back, each by itself, on real sockets."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine

from app.control.connections import Opener
from app.control.sample_inverter import sample_inverter
from app.jobs.desk import Desk
from app.jobs.run import release_timed_wishes
from app.models.connection import Connection
from app.models.control import Baseline, DeviceState, JournalEntry, StandDown
from app.models.site import Site
from app.services import wishes
from app.simulators.faults import Faults
from app.simulators.modbus import ModbusServer
from app.simulators.sungrow_string import SungrowString
from tests.control.conftest import START, Home

ALWAYS = {
    "enabled": True,
    "feed_in_at_or_below_c": -1000.0,
    "inverters_below_c": 1000.0,
    "inverters_to": "zero",
    "inverters_run_below_soc_pct": 50.0,
}


class Roof:
    """A home whose roof has a string inverter of its own."""

    def __init__(self, home: Home, server: ModbusServer, device: SungrowString) -> None:
        self.home, self.server, self.device = home, server, device
        with home.session() as session:
            config = {"host": server.host, "port": server.port, "unit_id": 1}
            row = Connection(
                site_id=home.site_id, role="inverter", key="0", brand="sungrow_sg", config=config, created_at=home.pace.now(), facts={}
            )
            session.add(row)
            session.commit()
            self.id = row.id

    def tick(self) -> None:
        home = self.home
        sample_inverter(home.around, home.opener, self.id, home.pace.now())
        home.tick()

    def press(self, kind: str, minutes: int = 30) -> None:
        with self.home.session() as session:
            site = session.get_one(Site, self.home.site_id)
            wishes.record_for_inverter(session, site, self.id, kind, minutes, self.home.pace.now())

    def curtail(self, **values: Any) -> None:
        self.home.policy("solar_curtailment", **{**ALWAYS, **values})

    @property
    def limit(self) -> Any:
        with self.home.session() as session:
            state = session.get_one(DeviceState, self.id)
            return state.found

    @property
    def held(self) -> dict[int, int]:
        """The registers of its settings."""
        return dict(self.device.settings.words)

    @property
    def is_owed(self) -> bool:
        with self.home.session() as session:
            return session.get(Baseline, self.id) is not None

    @property
    def entries(self) -> list[JournalEntry]:
        return [entry for entry in self.home.journal if entry.connection_id == self.id]


@pytest.fixture
def roof(engine: Engine, home_of: Callable[..., Home]) -> Iterator[Roof]:
    home = home_of(engine)
    device = SungrowString(START)
    server = ModbusServer(device, home.pace, Faults(home.pace.now))
    server.listen()
    yield Roof(home, server, device)
    server.stop()


def test_an_inverter_that_nobody_wishes_anything_of_is_never_written_to(roof: Roof) -> None:
    for _ in range(3):
        roof.tick()
        roof.home.later(minutes=1)
    assert roof.server.record.writes == []
    assert not roof.is_owed


def test_it_is_curtailed_while_feeding_in_costs_and_gets_exactly_its_own_settings_back(roof: Roof) -> None:
    roof.tick()
    before = roof.held
    roof.curtail()
    roof.tick()
    assert roof.held != before
    assert roof.is_owed
    (entry,) = roof.entries
    assert (entry.state, entry.code) == ("confirmed", "inverter_curtailed")
    roof.home.later(minutes=2)
    roof.tick()
    assert roof.entries[0].effective_at is not None, "the next reading shows that it makes nothing"
    roof.home.later(minutes=10)
    roof.curtail(inverters_below_c=-1000.0)
    roof.tick()
    assert roof.held == before
    roof.tick()
    assert not roof.is_owed
    assert roof.entries[-1].code == "restored"


def test_a_kill_between_the_command_and_its_restore_is_made_good_by_the_next_start(roof: Roof) -> None:
    before = roof.held
    roof.press("curtail", 15)
    roof.tick()
    assert roof.held != before
    roof.home.later(minutes=16)
    roof.home.opener = Opener(roof.home.around, roof.home.pace.now)  # as after a restart
    roof.tick()
    roof.tick()
    assert roof.held == before
    assert not roof.is_owed


def test_the_owners_button_wins_over_the_policy_on_this_inverter_alone(roof: Roof) -> None:
    roof.curtail()
    roof.tick()
    curtailed = roof.held
    roof.press("run")
    roof.tick()
    assert roof.held != curtailed
    assert roof.entries[-1].code == "owner_run"
    roof.home.later(minutes=31)
    roof.tick()
    assert roof.held == curtailed, "the button has ended, the price still costs"


def test_control_off_gives_it_back_and_watching_sends_nothing(roof: Roof) -> None:
    before = roof.held
    roof.curtail()
    roof.tick()
    roof.home.switch(False)
    roof.tick()
    roof.tick()
    assert roof.held == before
    count = len(roof.server.record.writes)
    roof.home.later(minutes=1)
    roof.tick()
    assert len(roof.server.record.writes) == count
    assert not roof.is_owed


def test_what_the_owner_changes_at_the_inverter_is_kept_as_the_owners(roof: Roof) -> None:
    roof.curtail()
    roof.tick()
    roof.device.owner_sets({5006: 0xAA, 5007: 600})
    roof.home.later(minutes=6)
    roof.tick()
    with roof.home.session() as session:
        assert session.get(StandDown, (roof.home.site_id, f"solar_curtailment:{roof.id}")) is not None
    for _ in range(2):
        roof.home.later(minutes=6)
        roof.tick()
    assert roof.held[5007] == 600, "the owner's own limit is not touched again"
    assert not roof.is_owed
    count = len(roof.server.record.writes)
    roof.home.later(minutes=6)
    roof.tick()
    assert len(roof.server.record.writes) == count, "it is left until the owner decides"


def test_a_limit_that_follows_the_home_is_one_entry(roof: Roof) -> None:
    roof.curtail(inverters_to="load_following", margin_w=100)
    for _ in range(6):
        roof.tick()
        roof.home.later(minutes=7)
    assert sum(entry.code == "inverter_follows_home" for entry in roof.entries) <= 1


def test_a_dead_inverter_holds_nothing_up(roof: Roof) -> None:
    roof.curtail()
    roof.tick()
    roof.server.close()
    roof.home.later(minutes=1)
    roof.tick()
    assert roof.home.outcome.is_confirmed, "the battery goes on"
    assert not any(outcome.is_confirmed is False and which != roof.id for which, outcome in roof.home.outcomes.items())


def test_a_clean_stop_gives_back_what_has_no_timer_and_keeps_the_tariff(roof: Roof) -> None:
    before = roof.held
    roof.curtail()
    roof.tick()
    assert roof.held != before
    plan = roof.home.plan
    desk = Desk(roof.home.around, roof.home.pace.now, "test")
    desk.opener = roof.home.opener  # the inverter takes one connection at a time
    desk.renew()
    release_timed_wishes(desk, roof.home.pace.now())
    assert roof.held == before
    assert roof.home.plan == plan
    assert not roof.is_owed
    assert roof.home.baseline is not None
    desk.close()


def test_what_took_of_a_command_is_never_the_owners_however_often_giving_it_back_fails(roof: Roof) -> None:
    roof.device.owner_sets({5006: 0xAA, 5007: 400})
    before = roof.held
    roof.server.writes_until_cut = 1
    roof.press("curtail", 15)
    roof.tick()
    assert roof.held != before, "a part of it took"
    for _ in range(5):
        roof.home.later(minutes=6)
        roof.press("run")
        roof.tick()
    roof.server.writes_until_cut = None
    roof.home.switch(False)
    for _ in range(3):
        roof.home.later(minutes=6)
        roof.tick()
    assert roof.held == before
    assert not roof.is_owed
