"""A simulated home with its vendors on real sockets, on both databases, at a pace that waits for nothing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from sqlalchemy import Engine
from sqlalchemy.orm import Session, undefer

from app.control import collect, lease
from app.control.act import Outcome, carry_out
from app.control.connections import Opener, load
from app.control.lease import Grant
from app.control.loop import Judgement, tick
from app.control.sample import sample
from app.control.surroundings import Surroundings
from app.models.control import Baseline, DeviceState, JournalEntry, LastDecision
from app.models.site import Site
from app.services import sites, wishes
from app.services.site_file import validate
from app.simulators.in_process import InProcess
from app.simulators.pace import SimulatedPace
from app.simulators.world import World

START = datetime(2026, 11, 20, 3, 0, 40, tzinfo=UTC)  # Fri 14:00:40 in Sydney, the price of the period is settled


@dataclass
class Home:
    """One steered home: tests move the clock and look at device and tables."""

    around: Surroundings
    world: World
    pace: SimulatedPace
    site_id: int = 0
    grant: Grant | None = None
    opener: Opener = field(init=False)
    outcome: Outcome = field(default_factory=Outcome)  # of the battery
    outcomes: dict[int, Outcome] = field(default_factory=dict)  # of each device, by its connection

    def __post_init__(self) -> None:
        self.opener = Opener(self.around, self.pace.now)

    def session(self) -> Session:
        return self.around.session()

    @property
    def site(self) -> Site:
        with self.session() as session:
            return session.get_one(Site, self.site_id)

    def refresh(self) -> None:
        """Fetch prices and read the battery, as the jobs do."""
        with self.session() as session:
            retailer, battery = load(session, self.site_id, "retailer"), load(session, self.site_id, "battery")
        if retailer is not None:
            collect.fetch(self.around, self.opener, retailer.id, self.pace.now())
        if battery is not None:
            sample(self.around, self.opener, battery.id, self.pace.now())

    def tick(self, *, fresh: bool = True) -> Judgement:
        """One tick with its order carried out at once."""
        if fresh:
            self.refresh()
        with self.session() as session:
            self.grant = lease.take(session, self.site_id, "test", self.pace.now())
            judgement = tick(session, session.get_one(Site, self.site_id), self.pace.now(), self.grant)
        self.outcomes = {order.connection_id: carry_out(self.around, self.opener, order, self.pace.now) for order in judgement.orders}
        self.outcome = self.outcomes.get(self.battery_id, Outcome())
        return judgement

    def later(self, **span: float) -> None:
        self.pace.advance(timedelta(**span).total_seconds())

    def press(self, kind: str, minutes: int = 30) -> None:
        with self.session() as session:
            wishes.record(session, session.get_one(Site, self.site_id), kind, minutes, self.pace.now())

    def restore_now(self) -> None:
        with self.session() as session:
            wishes.restore_now(session, session.get_one(Site, self.site_id), self.pace.now())

    def switch(self, is_on: bool) -> None:
        with self.session() as session:
            sites.switch_control(session, session.get_one(Site, self.site_id), is_on)

    def policy(self, name: str, **values: Any) -> None:
        with self.session() as session:
            sites.save_policy(session, self.site_id, name, values, self.pace.now())
            session.commit()

    @property
    def battery_id(self) -> int:
        with self.session() as session:
            found = load(session, self.site_id, "battery")
            assert found is not None
            return found.id

    @property
    def state(self) -> DeviceState:
        with self.session() as session:
            return session.get_one(DeviceState, self.battery_id, options=(undefer(DeviceState.found), undefer(DeviceState.confirmed)))

    @property
    def baseline(self) -> Baseline | None:
        with self.session() as session:
            return session.get(Baseline, self.battery_id)

    @property
    def decision(self) -> LastDecision:
        with self.session() as session:
            return session.get_one(LastDecision, self.site_id)

    @property
    def journal(self) -> list[JournalEntry]:
        with self.session() as session:
            return list(
                session.query(JournalEntry)
                .options(undefer(JournalEntry.snapshot))
                .filter_by(site_id=self.site_id)
                .order_by(JournalEntry.id)
            )

    def posts(self) -> list[str]:
        """The last part of each command's address, in order."""
        return [request.path.rsplit("/", 1)[1] for request in self.world.teslemetry.writes()]

    @property
    def plan(self) -> str:
        """The code of the plan that the Powerwall holds."""
        return str(self.world.powerwall.settings()["tariff_content_v2"].get("code", ""))


@pytest.fixture
def home_of() -> Iterator[Callable[..., Home]]:
    """Builds homes on an engine."""
    worlds: list[World] = []

    def build(engine: Engine, control: str = "on", start: datetime = START, policies: dict[str, Any] | None = None, **world: Any) -> Home:
        pace = SimulatedPace(start)
        is_in_process = world.pop("is_in_process", False)
        made = World(pace, seed=world.pop("seed", 3), history_days=0, **world)
        if is_in_process:
            around = Surroundings(engine, pace, IN_PROCESS, _in_process(made, pace))
        else:
            made.start()
            worlds.append(made)
            around = Surroundings(engine, pace, made.environment())
        file = made.site_file(control=control)  # type: ignore[arg-type]
        file["policies"] = {"tariff_sync": {"enabled": True}, **(policies or {})}
        home = Home(around, made, pace)
        with around.session() as session:
            home.site_id = sites.import_file(session, validate(file), pace.now()).id
        return home

    yield build
    for world in worlds:
        world.stop()


IN_PROCESS = {"AMBER_API_URL": "http://amber.test/v1", "AMBER_WS_URL": "ws://amber.test", "TESLEMETRY_API_URL": "http://teslemetry.test"}


def _in_process(world: World, pace: SimulatedPace) -> requests.Session:
    """A session whose requests are answered in this process: for tests of very many ticks."""
    session = requests.Session()
    session.trust_env = False
    session.mount("http://amber.test", InProcess(world.amber, pace))
    session.mount("http://teslemetry.test", InProcess(world.teslemetry, pace))
    return session


@pytest.fixture
def home(engine: Engine, home_of: Callable[..., Home]) -> Home:
    """A home on SQLite with control on."""
    return home_of(engine)


@pytest.fixture
def any_home(any_engine: Engine, home_of: Callable[..., Home]) -> Home:
    """A home with control on, on each database."""
    return home_of(any_engine)
