"""Each retailer from its site file to prices and tariff on the command line, against its simulated service."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.control.surroundings import Surroundings
from app.extensions import db
from app.feeds.registry import retailer_brands
from app.models.site import Site
from app.services import sites, tariff_view
from app.services.price_view import known_prices
from app.services.site_file import validate
from app.simulators.pace import SimulatedPace
from app.simulators.world import World

NOW = datetime(2026, 11, 20, 3, 2, 10, tzinfo=UTC)
DAY = [
    {"name": "Peak", "days": "mon-fri", "start": "15:00", "end": "21:00", "import_c": 52, "feed_in_c": 8},
    {"name": "Weekend", "days": "sat,sun", "start": "15:00", "end": "21:00", "import_c": 31, "feed_in_c": 8},
    {"name": "Off-peak", "days": "all", "start": "21:00", "end": "15:00", "import_c": 24, "feed_in_c": 5},
]
RATES = [{key: value for key, value in each.items() if key != "feed_in_c"} for each in DAY]
ENTRIES: dict[str, dict[str, Any]] = {
    "aemo": {"brand": "aemo", "region": "NSW1"},
    "flow_power": {"brand": "flow_power", "region": "NSW1", "source": "aemo", "network": {"distributor": "ausgrid", "tariff": "EA025"}},
    "octopus": {"brand": "octopus", "product": "agile", "region": "C", "export_product": "agile_outgoing"},
    "custom_tou": {
        "brand": "custom_tou",
        "seasons": [{"name": "All year", "from": "01-01", "to": "12-31", "periods": DAY}],
        "daily_charge_c": 110,
    },
    "globird": {"brand": "globird", "preset": "zerohero_jul_2026", "periods": RATES, "feed_in_c": 2},
    "agl": {"brand": "agl", "import_c": 31},
    "engie": {"brand": "engie", "import_c": 31, "feed_in_c": 5},
}


@pytest.fixture(scope="module")
def worlds() -> Iterator[dict[str, World]]:
    made = {zone: World(SimulatedPace(NOW), zone=zone) for zone in ("Australia/Sydney", "Europe/London")}
    for world in made.values():
        world.start()
    yield made
    for world in made.values():
        world.stop()


def test_there_is_an_entry_for_every_retailer() -> None:
    assert {*ENTRIES, "amber"} == set(retailer_brands())


@pytest.mark.parametrize("brand", sorted({*ENTRIES, "amber"}))
def test_prices_and_tariff_come_from_its_site_file(app: Flask, session: Session, worlds: dict[str, World], brand: str) -> None:
    zone = "Europe/London" if brand == "octopus" else "Australia/Sydney"
    world = worlds[zone]
    file = {**world.site_file(), "retailer": ENTRIES.get(brand) or world.retailer_entry(brand)}
    site = sites.import_file(session, validate(file), NOW)
    with app.app_context():
        around = Surroundings(db.engine, world.clock, world.environment())
        prices = known_prices(around, site, NOW).as_json()
        view = tariff_view.present(around, session.get_one(Site, site.id), NOW)
    assert prices["intervals"], brand
    covered = [datetime.fromisoformat(each["start"]) <= NOW < datetime.fromisoformat(each["end"]) for each in prices["intervals"]]
    assert covered.count(True) == 1
    assert {each["source"] for each in prices["intervals"]} == {brand}
    tariff = view.as_json()
    assert [slot["start"] for slot in tariff["slots"]] == [f"{n // 2:02d}:{n % 2 * 30:02d}" for n in range(48)], view.problem
    assert tariff["payload"]["code"].startswith("POWERSYNC:")
    assert ("weeks" in tariff) is (brand in {"custom_tou", "globird", "agl", "engie"})
    assert json.loads(json.dumps(tariff)) == tariff
    today = NOW.astimezone(ZoneInfo(zone)).date()
    assert {slot["date"] for slot in tariff["slots"]} == {today.isoformat(), (today + timedelta(days=1)).isoformat()}
