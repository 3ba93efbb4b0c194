"""What is remembered of the owner's tariff before the first command, and the default that takes its place."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine

from app.control import lease
from app.control.memory import DeviceMemory
from app.models.control import Baseline, DeviceState
from app.models.site import Site
from app.models.tariffs import SavedTariff
from app.simulators.gateway_tariff import time_of_use_plan
from app.simulators.powerwall import Behaviour
from tests.control.conftest import Home

BEGAN = "My tariff when PowerSync began"
WINTER = time_of_use_plan("Winter plan", "AUD", [(0, 0.20, 0.04), (16, 0.44, 0.10), (22, 0.20, 0.04)])
SUMMER = time_of_use_plan("Summer plan", "AUD", [(0, 0.22, 0.04), (14, 0.50, 0.12), (20, 0.22, 0.04)])


@pytest.fixture
def home(engine: Engine, home_of: Callable[..., Home]) -> Home:
    """A Powerwall that shows at once what it is told."""
    return home_of(engine, behaviour=Behaviour.prompt(), is_in_process=True)


def save(home: Home, tariff: dict[str, Any], name: str = "Winter", brand: str = "tesla", *, is_default: bool = False) -> None:
    with home.session() as session:
        site_id, now = home.site_id, home.pace.now()
        session.add(SavedTariff(site_id=site_id, name=name, brand=brand, tariff=tariff, is_default=is_default, saved_at=now))
        session.commit()


def saved(home: Home) -> dict[str, dict[str, Any]]:
    with home.session() as session:
        return {row.name: row.tariff for row in session.query(SavedTariff).filter_by(site_id=home.site_id).order_by(SavedTariff.id)}


def held(home: Home) -> dict[str, Any]:
    settings = home.world.powerwall.settings()
    return {name: settings[name] for name in settings if name != "tariff_content_v2"}


def plan_name(home: Home) -> str:
    return str(home.world.powerwall.settings()["tariff_content_v2"]["name"])


def test_the_owners_tariff_is_saved_before_the_first_command_and_once(home: Home) -> None:
    own = plan_name(home)
    home.tick()
    assert {name: tariff["name"] for name, tariff in saved(home).items()} == {BEGAN: own}
    home.switch(False)
    home.tick()
    home.world.powerwall.owner_sets(tariff_content_v2=WINTER)
    home.switch(True)
    home.later(minutes=6)
    home.tick()
    assert home.plan == "POWERSYNC:SYNC"
    assert list(saved(home)) == [BEGAN]


def test_a_tariff_that_is_saved_already_is_not_saved_again(home: Home) -> None:
    save(home, home.world.powerwall.settings()["tariff_content_v2"] | {"name": "Called otherwise"}, "Mine")
    home.tick()
    assert list(saved(home)) == ["Mine"]


def test_a_taken_name_gets_a_number(home: Home) -> None:
    save(home, SUMMER, BEGAN)
    home.tick()
    assert list(saved(home)) == [BEGAN, f"{BEGAN} (2)"]


def test_a_battery_that_follows_its_first_wish_without_a_plan_of_its_own_saves_nothing(home: Home) -> None:
    home.tick()
    with home.session() as session:  # the tables forget, the device does not: what it holds is PowerSync's plan
        for table in (SavedTariff, Baseline, DeviceState):
            session.query(table).delete()
        session.commit()
    home.later(minutes=5)
    home.tick()
    assert saved(home) == {}


def test_the_default_replaces_the_tariff_of_the_baseline_and_nothing_else(any_engine: Engine, home_of: Callable[..., Home]) -> None:
    home = home_of(any_engine, behaviour=Behaviour.prompt(), is_in_process=True)
    before = held(home)
    save(home, WINTER, is_default=True)
    home.refresh()
    owners = home.state.found
    home.tick()
    assert owners is not None
    assert home.baseline is not None
    assert home.baseline.settings == {**owners, "tariff": WINTER}
    assert home.plan == "POWERSYNC:SYNC"
    home.switch(False)
    home.tick()
    assert plan_name(home) == "Winter plan"
    assert held(home) == before
    assert home.baseline is None


def test_a_tariff_that_the_default_replaces_later_is_kept_too(home: Home) -> None:
    home.tick()
    home.switch(False)
    home.tick()
    home.world.powerwall.owner_sets(tariff_content_v2=SUMMER)
    save(home, WINTER, is_default=True)
    home.later(minutes=6)
    home.switch(True)
    home.tick()
    assert {name: tariff["name"] for name, tariff in saved(home).items() if name not in (BEGAN, "Winter")} == {
        "Before Fri 20 Nov 2026, 14:06": "Summer plan"
    }
    home.switch(False)
    home.tick()
    assert plan_name(home) == "Winter plan"


def test_a_default_of_another_brand_is_ignored(home: Home) -> None:
    own = plan_name(home)
    save(home, {"their": "form"}, brand="another", is_default=True)
    home.tick()
    assert home.baseline is not None
    assert home.baseline.settings["tariff"]["name"] == own
    home.switch(False)
    home.tick()
    assert plan_name(home) == own


def test_a_saved_tariff_that_is_no_default_changes_nothing(home: Home) -> None:
    own = plan_name(home)
    save(home, WINTER)
    home.tick()
    assert home.baseline is not None
    assert home.baseline.settings["tariff"]["name"] == own


def test_what_another_home_saved_changes_nothing(home: Home, home_of: Callable[..., Home], engine: Engine) -> None:
    own = plan_name(home)
    with home.session() as session:
        session.get_one(Site, home.site_id).name = "First"
        session.commit()
    other = home_of(engine, behaviour=Behaviour.prompt(), is_in_process=True)
    assert other.site_id != home.site_id
    save(other, WINTER, is_default=True)
    save(other, home.world.powerwall.settings()["tariff_content_v2"], "The same")
    home.tick()
    assert home.baseline is not None
    assert home.baseline.settings["tariff"]["name"] == own
    assert list(saved(home)) == [BEGAN]


def test_what_the_owner_chose_while_an_order_was_under_way_stays(any_engine: Engine, home_of: Callable[..., Home]) -> None:
    home = home_of(any_engine, behaviour=Behaviour.prompt(), is_in_process=True)
    home.refresh()
    with home.session() as session:
        grant = lease.take(session, home.site_id, "test", home.pace.now())
    memory = DeviceMemory(home.around, home.battery_id, grant, home.pace.now)
    found = memory.state.found
    assert found is not None
    assert memory.baseline is None
    now = home.pace.now()
    with home.session() as session:
        session.add(
            Baseline(connection_id=home.battery_id, settings={**found, "tariff": WINTER}, stored_at=now, changed_at=now, refused={})
        )
        session.commit()
    memory.remember_owner(found)
    assert memory.baseline is not None
    assert memory.baseline.settings["tariff"] == WINTER
    assert home.baseline is not None
    assert home.baseline.settings["tariff"] == WINTER
