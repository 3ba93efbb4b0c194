"""A home whose pages have something to show: a day of records, prices ahead, a tariff that was sent and read back."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask

from app.control.surroundings import Surroundings
from app.demo import load_history
from app.models.site import Site
from app.services import health, sites
from app.services.site_file import validate
from app.simulators.gateway_tariff import time_of_use_plan
from app.simulators.pace import SimulatedPace
from app.simulators.world import World
from tests.control.conftest import Home

OTHER_PLAN = time_of_use_plan("Entered in the app", "AUD", [(0, 0.20, 0.04), (16, 0.44, 0.10), (22, 0.20, 0.04)])


@dataclass
class SteeredHome(Home):
    """A home of the loop's tests, with what only the pages need."""

    def beat(self) -> None:
        """The scheduler is alive."""
        with self.session() as session:
            health.beat(session, "scheduler", self.pace.now())

    def go_on(self, *, minutes: float) -> None:
        """Time passes, with a tick each minute as the scheduler makes it."""
        self.live_until(self.pace.now() + timedelta(minutes=minutes))

    def live_until(self, instant: datetime) -> None:
        """Time passes up to `instant` and a little more where the battery takes its time."""
        while (left := instant - self.pace.now()) > timedelta(0):
            self.later(seconds=min(60.0, left.total_seconds()))
            self.beat()
            self.tick()

    def owner_changes_the_plan(self) -> None:
        """In the battery's own app."""
        self.world.powerwall.owner_sets(tariff_content_v2=OTHER_PLAN)


def steered_home(app: Flask, world: World, pace: SimulatedPace, control: str = "on") -> SteeredHome:
    """The home of `world` in the app's database, a few minutes after it was linked."""
    around = Surroundings(app.extensions["powersync_engine"](), pace, world.environment())
    home = SteeredHome(around, world, pace)
    with around.session() as session:
        site = sites.import_file(session, validate(world.site_file(control=control)), pace.now())  # type: ignore[arg-type]
        home.site_id = site.id
    home.refresh()  # the energy records take their money from prices that have arrived
    with around.session() as session:
        load_history(session, session.get_one(Site, home.site_id), world)
    home.beat()
    home.tick()
    home.go_on(minutes=2)
    return home
