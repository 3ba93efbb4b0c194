"""A home with a source of solar forecasts at its simulated service, and with a past that was measured."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.control.connections import Opener, load
from app.control.forecasts.fetch import fetch_due
from app.control.surroundings import Surroundings
from app.domain.forecasts.sun import Place, mean_clear_sky_w_per_m2
from app.feeds.forecasts.source import SolarAnswer
from app.models.connection import Connection
from app.models.energy import EnergyInterval
from app.models.site import Site
from app.services import sites
from app.services.site_file import validate
from app.simulators.pace import SimulatedPace
from app.simulators.world import World

MORNING = datetime(2026, 11, 19, 20, 10, 5, tzinfo=UTC)  # 07:10 in Sydney
SYDNEY = Place(-33.87, 151.21)
HALF_HOUR = timedelta(minutes=30)


@dataclass
class Home:
    """One home in a database, at a running world."""

    engine: Engine
    world: World
    clock: SimulatedPace
    site: Site = field(init=False)  # once it is linked

    def __post_init__(self) -> None:
        self.around = Surroundings(self.engine, self.clock, self.world.environment())
        self.opener = Opener(self.around, self.clock.now)

    def link(self, brand: str | None, **changed: Any) -> Site:
        """Import the home with that source, or without any."""
        file = self.world.site_file("Home", "watch")
        if brand is not None:
            file["solar_forecast"] = self.world.solar_forecast_entry(brand) | changed
        with self.session() as session:
            self.site = sites.import_file(session, validate(file), self.clock.now())
        return self.site

    def session(self) -> Session:
        return Session(self.engine, expire_on_commit=False)

    @property
    def connection(self) -> Connection:
        with self.around.reading() as session:
            found = load(session, self.site.id, "solar_forecast")
            assert found is not None
            return found

    def fetch(self) -> SolarAnswer | None:
        """If it is due, now."""
        return fetch_due(self.around, self.opener, self.connection.id, self.clock.now())

    def restart(self) -> None:
        """A new process: what is not in the database is forgotten."""
        self.opener = Opener(self.around, self.clock.now)

    def asked(self, server: str) -> int:
        return len(self.world.services[server].requests)

    def live(self, days: float, until: datetime, measured: Callable[[datetime], dict[str, float]]) -> None:
        """Half-hours before `until`, each with what `measured` says of its start beside nothing."""
        nothing = {"solar_wh": 0.0, "import_wh": 0.0, "export_wh": 0.0, "charge_wh": 0.0, "discharge_wh": 0.0, "load_wh": 0.0}
        last = until - timedelta(seconds=until.timestamp() % 1800) - HALF_HOUR
        with self.session() as session:
            for number in range(round(days * 48)):
                start = last - number * HALF_HOUR
                told = {"covered_s": 1800, "soc_pct": 50.0} | nothing | measured(start)
                session.merge(EnergyInterval(site_id=self.site.id, minutes=30, start=start, **told))
            session.commit()


def clear_wh(start: datetime, square_metres: float = 6.0) -> float:
    """What a roof makes of a half-hour of clear sky over Sydney."""
    return square_metres * mean_clear_sky_w_per_m2(SYDNEY, start, start + HALF_HOUR) / 2


@pytest.fixture
def clock() -> SimulatedPace:
    return SimulatedPace(MORNING)


@pytest.fixture
def world(clock: SimulatedPace) -> Iterator[World]:
    with World(clock, seed=3) as running:
        yield running


@pytest.fixture
def home(engine: Engine, world: World, clock: SimulatedPace) -> Home:
    return Home(engine, world, clock)


@pytest.fixture
def any_home(any_engine: Engine, world: World, clock: SimulatedPace) -> Home:
    return Home(any_engine, world, clock)
