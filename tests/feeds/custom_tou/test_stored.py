"""A custom plan from its site file through the tables to what decides: prices, the whole plan, its charges."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from app.control import collect
from app.control.connections import Opener, load
from app.control.observe import observe
from app.control.surroundings import Surroundings
from app.domain.snapshot import Snapshot
from app.domain.tariffs.half_hourly import RollingTariff, build
from app.feeds.retailers.custom_tou import CustomTouFields, plan_of
from app.models.site import Site
from app.services import sites
from app.services.site_file import validate
from app.simulators.pace import SimulatedPace
from tests.feeds.custom_tou.test_fields import PLAN, SITE

FRIDAY = datetime(2026, 11, 20, 3, 15, tzinfo=UTC)  # 14:15 in Sydney
LATER = timedelta(minutes=30)


def a_home(engine: Engine) -> tuple[Callable[[datetime], Snapshot], Callable[[datetime], bool]]:
    """How to look at a home on PLAN, and how to fetch its prices where that is due."""
    around = Surroundings(engine, SimulatedPace(FRIDAY))
    opener = Opener(around, lambda: FRIDAY)
    with around.session() as session:
        site_id = sites.import_file(session, validate({**SITE, "retailer": PLAN}), FRIDAY).id
        retailer = load(session, site_id, "retailer")
        assert retailer is not None

    def look(now: datetime) -> Snapshot:
        with around.session() as session:
            return observe(session, session.get_one(Site, site_id), now)

    def fetch(now: datetime) -> bool:
        return collect.fetch_due(around, opener, retailer.id, now) is not None

    return look, fetch


def test_prices_plan_and_charges_reach_the_decisions(any_engine: Engine) -> None:
    look, fetch = a_home(any_engine)
    assert fetch(FRIDAY)
    found = look(FRIDAY)
    fields = validate({**SITE, "retailer": PLAN}).connections[0].fields
    assert isinstance(fields, CustomTouFields)
    assert found.plan == plan_of(fields)
    assert found.charges.daily_c == 110.0
    assert found.prices is not None
    tariff = build(found.prices, found.zone, FRIDAY, found.currency)
    assert isinstance(tariff, RollingTariff)
    assert [(slot.label, slot.import_c_per_kwh) for slot in tariff.slots if slot.index in (0, 28, 29, 30, 41, 42)] == [
        ("00:00", 26.0),  # Saturday
        ("14:00", 20.0),
        ("14:30", 20.0),
        ("15:00", 52.0),
        ("20:30", 52.0),
        ("21:00", 20.0),
    ]


def test_it_is_looked_at_again_each_half_hour_and_stays_known_for_two_days(any_engine: Engine) -> None:
    look, fetch = a_home(any_engine)
    fetch(FRIDAY)
    assert not fetch(FRIDAY + LATER - timedelta(minutes=1))
    assert fetch(FRIDAY + LATER)
    found = look(FRIDAY + LATER)
    assert found.prices is not None
    assert found.prices.known_until == datetime(2026, 11, 22, 3, 30, tzinfo=UTC)
    assert found.prices.is_published_ahead
