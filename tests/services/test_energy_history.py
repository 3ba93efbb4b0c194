"""The past that Tesla remembers fills what this installation did not measure, and nothing else."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.control.connections import Opener, load
from app.control.sample import sample
from app.control.surroundings import Surroundings
from app.models.energy import EnergyInterval
from app.models.site import Site
from app.models.summary import DaySummary
from app.services import sites, summaries
from app.services.energy_history import Asked, fill
from app.services.site_file import validate
from app.simulators import effects
from app.simulators.pace import SimulatedPace
from app.simulators.powerwall import Behaviour
from app.simulators.world import World
from tests.conftest import NOW


class Home:
    def __init__(self, engine: Engine, world: World, pace: SimulatedPace) -> None:
        self.world, self.pace, self.asked = world, pace, Asked()
        self.around = Surroundings(engine, pace, world.environment())
        self.opener = Opener(self.around, pace.now)
        with Session(engine, expire_on_commit=False) as session:
            site = sites.import_file(session, validate(world.site_file()), pace.now())
            battery = load(session, site.id, "battery")
            assert battery is not None
            self.site_id, self.battery_id = site.id, battery.id
        assert sample(self.around, self.opener, self.battery_id, pace.now()) is not None

    def fill(self) -> object:
        return fill(self.around, self.opener, self.battery_id, self.asked, self.pace.now)

    def rows(self, minutes: int = 5) -> dict[datetime, EnergyInterval]:
        query = select(EnergyInterval).where(EnergyInterval.site_id == self.site_id, EnergyInterval.minutes == minutes)
        with self.around.reading() as session:
            return {row.start: row for row in session.scalars(query)}

    def summed_up(self, day: date) -> DaySummary:
        """As after the next turn of the summaries."""
        with self.around.session() as session:
            summaries.bring_up(session, session.get_one(Site, self.site_id), self.pace.now(), lambda retailer: None)
            return session.get_one(DaySummary, (self.site_id, day))

    def questions(self) -> int:
        return len([each for each in self.world.teslemetry.requests if each.path.endswith("calendar_history")])


@pytest.fixture
def home(engine: Engine) -> Iterator[Home]:
    pace = SimulatedPace(NOW)  # Fri 16:42 in Sydney
    with World(pace, behaviour=Behaviour.prompt(), teslemetry_quota=None, history_days=2.0) as world:
        yield Home(engine, world, pace)


def test_the_days_before_the_installation_are_filled_the_newest_first(home: Home) -> None:
    assert str(home.fill()) == "2026-11-20"
    assert str(home.fill()) == "2026-11-19"
    rows = home.rows()
    yesterday = [row for start, row in rows.items() if start < datetime(2026, 11, 19, 13, tzinfo=NOW.tzinfo)]
    assert len(yesterday) == 288
    buckets = home.world.household.buckets
    for start, row in rows.items():
        bucket = buckets[int(start.timestamp())]
        assert (row.solar_wh, row.import_wh, row.export_wh) == pytest.approx(
            (bucket.solar_wh, bucket.import_wh, bucket.export_wh), abs=0.02
        )
        assert row.covered_s == 300
    halves = home.rows(30)
    assert sum(row.solar_wh for row in halves.values()) == pytest.approx(sum(row.solar_wh for row in rows.values()))


def test_a_day_that_was_summed_up_without_them_is_summed_up_anew(home: Home) -> None:
    yesterday = date(2026, 11, 19)
    with home.around.session() as session:
        flows = dict.fromkeys(("solar_wh", "import_wh", "export_wh", "charge_wh", "discharge_wh", "load_wh"), 0.0)
        for start in (NOW - timedelta(days=1), NOW - timedelta(hours=1)):
            session.add(EnergyInterval(site_id=home.site_id, minutes=5, start=start.replace(minute=0), covered_s=300, **flows))
        session.commit()
    assert home.summed_up(yesterday).covered_s == 300
    assert home.summed_up(yesterday).covered_s == 300
    assert (str(home.fill()), str(home.fill())) == ("2026-11-20", "2026-11-19")
    assert home.summed_up(yesterday).covered_s == 86_400


def test_the_newest_hours_are_left_to_the_readings(home: Home) -> None:
    home.fill()
    assert max(home.rows()) < NOW - timedelta(hours=2)


def test_what_was_measured_here_stays(home: Home) -> None:
    start = datetime(2026, 11, 19, 22, 0, tzinfo=NOW.tzinfo)
    with home.around.session() as session:
        for covered_s, at in ((295, start), (60, start + timedelta(minutes=5))):
            flows = dict.fromkeys(("solar_wh", "import_wh", "export_wh", "charge_wh", "discharge_wh", "load_wh"), 12_345.0)
            session.add(EnergyInterval(site_id=home.site_id, minutes=5, start=at, covered_s=covered_s, soc_pct=40.0, **flows))
        session.commit()
    home.fill()
    rows = home.rows()
    assert rows[start].solar_wh == 12_345
    filled = rows[start + timedelta(minutes=5)]
    assert filled.solar_wh < 12_345
    assert (filled.covered_s, filled.soc_pct) == (300, 40.0)


def test_a_day_is_asked_for_once_and_one_that_ran_again_later(home: Home) -> None:
    for _ in range(40):
        home.fill()
    assert home.questions() <= 30
    asked = home.questions()
    assert home.fill() is None
    assert home.questions() == asked
    home.pace.advance(timedelta(hours=7).total_seconds())
    assert sample(home.around, home.opener, home.battery_id, home.pace.now()) is not None
    assert str(home.fill()) == "2026-11-20"


def test_a_maker_that_does_not_answer_leaves_everything_as_it_is(home: Home) -> None:
    home.world.faults.add(effects.Status(503), server="teslemetry", path="calendar_history")
    assert home.fill() is None
    assert home.rows() == {}
    with home.around.reading() as session:
        battery = load(session, home.site_id, "battery")
        assert battery is not None
        assert battery.problem is None
