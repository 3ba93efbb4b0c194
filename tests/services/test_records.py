"""Roll-ups and retention: energy and money from readings, what has been kept long enough goes."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.control.journal import write
from app.control.price_rows import store
from app.control.sample import store_reading
from app.domain.power import LiveReading
from app.domain.prices import Quality
from app.domain.reasons import because
from app.feeds.capabilities import PriceAnswer
from app.models.connection import Connection
from app.models.control import Baseline, JournalEntry, TariffUpload
from app.models.energy import EnergyInterval, Reading
from app.models.price import Price
from app.models.site import Site
from app.services import records
from tests.conftest import NOW
from tests.domain.builders import an_interval

START = NOW.replace(minute=0)


@pytest.fixture
def site(any_engine: Engine) -> Site:
    with Session(any_engine, expire_on_commit=False) as session:
        row = Site(name="Home", timezone="Australia/Sydney", currency="AUD", control="on", created_at=NOW)
        session.add(row)
        session.flush()
        session.add(Connection(site_id=row.id, role="retailer", brand="amber", config={}, created_at=NOW, facts={}))
        session.commit()
        return row


def give_prices(session: Session, import_c: float = 30.0, days_ago: int = 0) -> None:
    retailer = session.query(Connection).one()
    start = START - timedelta(days=days_ago)
    settled = [an_interval(start + timedelta(minutes=5 * n), 5, import_c, 10.0, quality=Quality.SETTLED) for n in range(12)]
    store(session, retailer, PriceAnswer(tuple(settled), NOW, None, frozenset({"import", "feed_in"})))


def read_minutes(session: Session, site: Site, minutes: range, grid_w: float = 600.0, days_ago: int = 0) -> None:
    for minute in minutes:
        at = START + timedelta(minutes=minute) - timedelta(days=days_ago)
        store_reading(session, site.id, LiveReading(at, "tesla", 0.0, grid_w, 0.0, grid_w, 50.0))
    session.flush()


def energy(session: Session, minutes: int) -> list[EnergyInterval]:
    return session.query(EnergyInterval).filter_by(minutes=minutes).order_by(EnergyInterval.start).all()


def test_readings_become_energy_and_money(any_engine: Engine, site: Site) -> None:
    with Session(any_engine) as session:
        give_prices(session)
        read_minutes(session, site, range(30))
        records.roll_up(session, site, START + timedelta(minutes=30))
        session.commit()
        fine, half = energy(session, 5), energy(session, 30)
        assert [round(row.import_wh, 1) for row in fine] == [50.0] * 6
        assert [round(row.import_cost_c or 0, 2) for row in fine] == [1.5] * 6
        assert (round(half[0].import_wh, 1), round(half[0].import_cost_c or 0, 2), half[0].covered_s) == (300.0, 9.0, 1800)


def test_energy_without_a_price_has_no_cost(any_engine: Engine, site: Site) -> None:
    with Session(any_engine) as session:
        read_minutes(session, site, range(30))
        records.roll_up(session, site, START + timedelta(minutes=30))
        assert energy(session, 5)[0].import_cost_c is None
        assert energy(session, 30)[0].import_cost_c is None


def test_a_second_roll_up_adds_what_came_since_and_counts_nothing_twice(any_engine: Engine, site: Site) -> None:
    with Session(any_engine) as session:
        give_prices(session)
        read_minutes(session, site, range(20))
        records.roll_up(session, site, START + timedelta(minutes=20))
        read_minutes(session, site, range(20, 30))
        records.roll_up(session, site, START + timedelta(minutes=30))
        records.roll_up(session, site, START + timedelta(minutes=30))
        assert round(energy(session, 30)[0].import_wh, 1) == 300.0


def test_a_settlement_that_comes_late_is_taken_in(any_engine: Engine, site: Site) -> None:
    with Session(any_engine) as session:
        give_prices(session, 30.0)
        read_minutes(session, site, range(30))
        records.roll_up(session, site, START + timedelta(minutes=30))
        give_prices(session, 40.0)
        records.roll_up(session, site, START + timedelta(minutes=35))
        assert round(energy(session, 30)[0].import_cost_c or 0, 2) == 12.0


def test_what_has_been_kept_long_enough_goes_and_the_rest_stays(any_engine: Engine, site: Site) -> None:
    with Session(any_engine) as session:
        for days_ago in (0, 61):
            read_minutes(session, site, range(1), days_ago=days_ago)
        give_prices(session)
        give_prices(session, days_ago=400)
        write(session, site.id, NOW - timedelta(days=31), "notice", because("no_prices"), "told", snapshot=b"x")
        for hours in range(6):
            session.add(TariffUpload(site_id=site.id, at=NOW - timedelta(days=40) + timedelta(hours=hours), tariff={}))
        session.add(
            Baseline(
                connection_id=session.query(Connection.id).scalar(),
                settings={},
                stored_at=NOW - timedelta(days=900),
                changed_at=NOW,
                refused={},
            )
        )
        session.commit()
        records.clean(session, NOW)
        assert session.query(Reading).count() == 1
        assert session.query(Price).count() == 12
        assert session.query(JournalEntry).one().snapshot is None
        assert session.query(TariffUpload).count() <= 2
        assert session.query(Baseline).count() == 1


def test_half_hourly_energy_is_kept_for_ever(any_engine: Engine, site: Site) -> None:
    add: Callable[..., EnergyInterval] = lambda minutes: EnergyInterval(  # noqa: E731
        site_id=site.id,
        minutes=minutes,
        start=NOW - timedelta(days=800),
        covered_s=1,
        solar_wh=0,
        import_wh=0,
        export_wh=0,
        charge_wh=0,
        discharge_wh=0,
        load_wh=0,
    )
    with Session(any_engine) as session:
        session.add_all([add(5), add(30)])
        session.commit()
        records.clean(session, NOW)
        assert [row.minutes for row in session.query(EnergyInterval)] == [30]
