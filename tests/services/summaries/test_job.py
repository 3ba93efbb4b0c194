"""The scheduler's turn: readings become records, records become days, and a home that fails holds up no other."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.control.sample import store_reading
from app.control.surroundings import Surroundings
from app.domain.power import LiveReading
from app.jobs import schedule
from app.jobs.desk import Desk
from app.models.site import Site
from app.models.summary import DaySummary
from app.transports.pace import RealPace
from tests.conftest import NOW
from tests.services.summaries.homes import RecordedHome


@pytest.fixture
def desk(engine: Engine, session: Session) -> Iterator[Desk]:
    made = Desk(Surroundings(engine, RealPace()), lambda: NOW, "test", threads=1)
    yield made
    session.rollback()  # it holds the database as long as it reads
    made.close()


def read(session: Session, site: Site) -> None:
    for minute in range(1, 31):
        store_reading(session, site.id, LiveReading(NOW - timedelta(minutes=minute), "tesla", 0.0, 600.0, 0.0, 600.0, 50.0))
    session.commit()


def test_a_turn_makes_the_running_day(session: Session, desk: Desk) -> None:
    home = RecordedHome(session, brand="globird")
    home.retailer.config = {"preset": "own", "import_c": 40.0, "feed_in_c": 2.0}
    read(session, home.site)
    schedule.roll_up(desk)
    day = session.query(DaySummary).one()
    assert day.import_wh == pytest.approx(280, abs=25)
    assert day.priced_s == day.covered_s > 0


def test_a_home_whose_connection_is_broken_holds_up_no_other(session: Session, desk: Desk) -> None:
    broken, sound = RecordedHome(session, brand="globird", name="A"), RecordedHome(session, brand="globird", name="B")
    broken.retailer.config = {"preset": "no such plan"}
    sound.retailer.config = {"preset": "own", "import_c": 40.0, "feed_in_c": 2.0}
    for home in (broken, sound):
        read(session, home.site)
    schedule.roll_up(desk)
    assert {row.site_id for row in session.query(DaySummary)} == {sound.site.id}
