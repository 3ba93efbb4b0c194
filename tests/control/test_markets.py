"""A wholesale market in the tables: fetched once for all homes of all its regions, and their prices worked out from it."""

from datetime import UTC, datetime, timedelta
from itertools import cycle, islice

import pytest
import requests
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.control import collect, markets
from app.control.connections import Opener
from app.control.observe import price_book
from app.control.price_rows import region_feed, state_of, stored_intervals
from app.control.surroundings import Surroundings
from app.domain.prices import Quality
from app.models.connection import Connection
from app.models.control import VendorBudget
from app.models.price import Price, PriceFeed
from app.models.site import Site
from app.simulators import effects as e
from app.simulators.aemo import SUMMARY_PATH
from app.simulators.in_process import InProcess
from app.simulators.pace import SimulatedPace
from app.simulators.world import World
from app.transports.errors import VendorError

START = datetime(2026, 11, 20, 7, 57, 10, tzinfo=UTC)  # Fri 17:57:10 market time
ENVIRONMENT = {"AEMO_SUMMARY_URL": f"http://aemo.test{SUMMARY_PATH}", "AEMO_NEMWEB_URL": "http://aemo.test"}


class Street:
    """Homes that pay the wholesale price of their region, on one database, and the simulated operator."""

    def __init__(self, engine: Engine) -> None:
        self.clock = SimulatedPace(START)
        self.world = World(self.clock, seed=3)
        session = requests.Session()
        session.mount("http://aemo.test", InProcess(self.world.aemo, self.clock))
        self.around = Surroundings(engine, self.clock, ENVIRONMENT, session)
        self.connections: list[int] = []
        self.restart()

    def restart(self) -> None:
        """The app starts anew: feeds are opened again, tables stay."""
        self.opener = Opener(self.around, self.clock.now)

    def move_in(self, *regions: str, **settings: object) -> list[int]:
        """A home for each region given; returns their connections."""
        with self.around.session() as session:
            new = []
            for number, region in enumerate(regions, len(self.connections)):
                site = Site(name=f"Home {number}", timezone="Australia/Sydney", currency="AUD", control="on", created_at=START)
                session.add(site)
                session.flush()
                row = Connection(
                    site_id=site.id, role="retailer", brand="aemo", config={"region": region, **settings}, created_at=START, facts={}
                )
                session.add(row)
                session.flush()
                new.append(row.id)
            session.commit()
        self.connections += new
        return new

    def fetch_due(self) -> int:
        """Every home's prices, where they are due; returns how many answers came."""
        found = [collect.fetch_due(self.around, self.opener, each, self.clock.now()) for each in self.connections]
        return len([answer for answer in found if answer is not None])

    def asked(self) -> int:
        """Requests since the last look."""
        count = len(self.world.aemo.requests)
        self.world.aemo.requests.clear()
        return count

    def rows(self) -> dict[tuple[int, datetime, int], tuple[float | None, datetime]]:
        """Every stored price with the moment at which it was written."""
        with self.around.reading() as session:
            return {
                (row.feed_id, row.start, row.minutes): (row.import_c, row.as_of)
                for row in session.execute(select(Price.feed_id, Price.start, Price.minutes, Price.import_c, Price.as_of))
            }

    def region_now(self, region: str) -> float | None:
        """The stored wholesale price of the running interval, c/kWh."""
        with self.around.reading() as session:
            view = markets.view(session, f"aemo:{region}", self.clock.now() - timedelta(minutes=5))
        assert view is not None
        running = [each for each in view.intervals if each.start <= self.clock.now() < each.end]
        return running[0].import_c_per_kwh if running else None


@pytest.fixture
def street(engine: Engine) -> Street:
    return Street(engine)


@pytest.fixture
def any_street(any_engine: Engine) -> Street:
    """On each database."""
    return Street(any_engine)


def test_fifty_homes_in_two_regions_take_one_fetch(street: Street) -> None:
    street.move_in(*islice(cycle(["NSW1", "QLD1"]), 50))
    assert street.fetch_due() == 50
    assert street.asked() == 6
    street.clock.advance_to(START + timedelta(minutes=5))
    assert street.fetch_due() == 50
    assert street.asked() <= 5
    assert street.fetch_due() == 0
    assert street.asked() == 0
    with street.around.reading() as session:
        keys = set(session.scalars(select(PriceFeed.key).where(PriceFeed.connection_id.is_(None))))
        budget = session.scalars(select(VendorBudget)).all()
        counts = session.execute(select(Price.feed_id, func.count()).group_by(Price.feed_id)).all()
    assert keys == {"aemo:NSW1", "aemo:QLD1"}
    assert {(row.vendor, row.account) for row in budget} <= {("AEMO", "public")}
    assert len(counts) == 52
    assert min(count for _, count in counts) > 300


def test_each_home_has_the_price_of_its_region(street: Street) -> None:
    [south, north] = street.move_in("VIC1", "QLD1")
    [with_charges] = street.move_in("QLD1", add_c=12.0, gst=True)
    street.fetch_due()
    index = int(street.clock.now().timestamp()) // 300
    with street.around.reading() as session:
        found = {}
        for connection_id in (south, north, with_charges):
            book = price_book(session, session.get_one(Connection, connection_id), street.clock.now())
            assert book is not None
            found[connection_id] = book.at(street.clock.now())
            assert book.known_until == datetime(2026, 11, 21, 18, tzinfo=UTC)
    victoria, queensland = (street.world.nem.settled(region, index).rrp / 10 for region in ("VIC1", "QLD1"))
    assert found[south] is not None
    assert found[south].import_c_per_kwh == found[south].feed_in_c_per_kwh == pytest.approx(victoria)
    assert found[north] is not None
    assert found[north].import_c_per_kwh == pytest.approx(queensland)
    assert found[with_charges] is not None
    assert found[with_charges].import_c_per_kwh == pytest.approx(queensland * 1.1 + 12)
    assert found[with_charges].feed_in_c_per_kwh == pytest.approx(queensland)


def test_a_restart_writes_nothing_again(any_street: Street) -> None:
    any_street.move_in("NSW1")
    any_street.fetch_due()
    before = any_street.rows()
    any_street.clock.advance(60)
    any_street.restart()
    assert not markets.fetch(any_street.around, any_street.opener, ("aemo:NSW1",), any_street.clock.now()), "nothing is due"
    answers = any_street.opener.market("aemo").feed.fetch(any_street.clock.now())
    with any_street.around.session() as session:
        assert not markets.store_in(session, region_feed(session, "aemo:NSW1"), answers["NSW1"])
        session.commit()
    collect.fetch(any_street.around, any_street.opener, any_street.connections[0], any_street.clock.now())
    assert any_street.rows() == before


def test_a_region_that_somebody_moves_into_later_has_the_last_day_too(street: Street) -> None:
    street.move_in("NSW1")
    street.fetch_due()
    street.clock.advance_to(START + timedelta(minutes=5))
    street.fetch_due()
    street.asked()
    street.move_in("SA1")
    street.clock.advance_to(START + timedelta(minutes=6))
    street.fetch_due()
    assert street.asked() <= 3
    with street.around.reading() as session:
        stored = stored_intervals(session, region_feed(session, "aemo:SA1"), "aemo", START - timedelta(hours=23), START)
    assert len([each for each in stored if each.quality is Quality.SETTLED]) >= 23 * 12


def test_after_a_restart_without_forecasts_the_stored_ones_go_on(street: Street) -> None:
    street.move_in("NSW1")
    street.fetch_due()
    ahead = {key for key in street.rows() if key[1] > START + timedelta(hours=2)}
    street.restart()
    street.world.faults.add(e.Status(502), path="/Reports/")
    street.world.faults.add(e.Status(502), path="report/5MIN")
    street.clock.advance_to(START + timedelta(minutes=5))
    street.fetch_due()
    assert ahead <= set(street.rows())
    with street.around.reading() as session:
        assert state_of(session, "aemo:NSW1", street.clock.now()).known_until == datetime(2026, 11, 21, 18, tzinfo=UTC)
    assert street.region_now("NSW1") is not None


def test_a_market_that_does_not_answer_is_asked_once_for_all_homes_and_told_to_each(street: Street) -> None:
    street.move_in(*["NSW1"] * 10)
    street.world.faults.add(e.Status(502))
    assert street.fetch_due() == 0
    assert street.asked() == 2  # the summary, and the files instead of it
    with street.around.reading() as session:
        problems = set(session.scalars(select(Connection.problem)))
    assert problems == {"AEMO does not answer: answered 502: a web page"}


def test_prices_that_stand_still_are_told_and_the_stored_ones_stay(street: Street) -> None:
    street.move_in("NSW1")
    street.fetch_due()
    before = street.rows()
    street.world.faults.add(e.Frozen())
    street.clock.advance_to(START + timedelta(minutes=40))
    with pytest.raises(VendorError, match="no new price has come since 2026-11-20 18:00 market time"):
        markets.fetch(street.around, street.opener, ("aemo:NSW1",), street.clock.now())
    assert street.rows() == before


def test_what_settles_replaces_the_forecast_and_nothing_replaces_what_settled(any_street: Street) -> None:
    any_street.move_in("NSW1")
    any_street.fetch_due()
    running = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)

    def stored() -> str:
        with Session(any_street.around.engine) as session:
            feed_id = region_feed(session, "aemo:NSW1").id
            quality = session.scalar(select(Price.quality).where(Price.feed_id == feed_id, Price.start == running, Price.minutes == 5))
        return str(quality)

    assert stored() == "forecast"
    any_street.clock.advance_to(running + timedelta(seconds=45))
    any_street.fetch_due()
    assert stored() == "settled"
    any_street.world.faults.add(e.UnfirmPrice())
    any_street.clock.advance_to(running + timedelta(seconds=80))
    any_street.fetch_due()
    assert stored() == "settled"
