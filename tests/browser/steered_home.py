"""A home whose pages have something to show: a day of records, prices ahead, a tariff that was sent and read back."""

from dataclasses import dataclass

from flask import Flask
from sqlalchemy.orm import Session

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

    def go_on(self, *, minutes: float = 1, is_retailer_asked: bool = True) -> None:
        """Time passes minute by minute, each with its tick as the scheduler makes it."""
        for _ in range(max(1, round(minutes))):
            self.later(minutes=1)
            self.beat()
            self.tick(fresh=is_retailer_asked)

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
        _remember_yesterday(session, site, world)
    home.beat()
    home.tick()
    home.go_on(minutes=2)
    return home


def _remember_yesterday(session: Session, site: Site, world: World) -> None:
    load_history(session, site, world)
