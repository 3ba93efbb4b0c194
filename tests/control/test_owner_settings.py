"""What the owner chooses on the page of battery settings becomes what PowerSync gives back, and reaches the battery."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from app.models.control import StandDown
from app.models.site import Site
from app.services import owner_settings
from app.services.owner_settings import ChangeRefused, OwnersPage
from tests.control.conftest import Home


def choose(home: Home, field: str, value: str) -> str:
    with home.session() as session:
        site = session.get_one(Site, home.site_id)
        return owner_settings.change(session, home.around, site, field, value, home.pace.now, None)


def shown(home: Home) -> OwnersPage:
    with home.session() as session:
        found = owner_settings.page(session, home.around, session.get_one(Site, home.site_id), home.pace.now)
    assert found is not None
    return found


def test_a_choice_reaches_the_battery_without_a_wish_and_is_then_its_own(engine: Engine, home_of: Callable[..., Home]) -> None:
    home = home_of(engine, policies={"tariff_sync": {"enabled": False}})
    home.tick()
    assert choose(home, "reserve_pct", "35") == "backup reserve: 35 %"
    home.tick()
    assert home.world.powerwall.settings()["backup_reserve_percent"] == 35
    home.later(minutes=1)
    home.tick()
    assert home.baseline is None, "nothing is left to give back"
    assert "owner_chose" in [entry.code for entry in home.journal]


def test_a_choice_during_tariff_sync_changes_what_is_given_back(home: Home) -> None:
    home.tick()
    plan = home.plan
    choose(home, "reserve_pct", "40")
    home.tick()
    assert home.world.powerwall.settings()["backup_reserve_percent"] == 40
    assert home.plan == plan, "the tariff goes on"
    home.switch(False)
    home.tick()
    home.tick()
    assert home.world.powerwall.settings()["backup_reserve_percent"] == 40
    assert home.baseline is None


def test_the_page_says_where_powersync_holds_another_value(home: Home) -> None:
    home.tick()
    home.press("charge")
    home.tick()
    home.later(minutes=1)
    row = next(row for row in shown(home).rows if row.setting.field == "reserve_pct")
    assert row.is_held_apart
    assert row.in_force == "100 %"
    choose(home, "reserve_pct", "25")
    home.tick()
    assert home.world.powerwall.settings()["backup_reserve_percent"] == 100, "the button goes on"
    home.later(minutes=31)
    home.tick()
    home.tick()
    assert home.world.powerwall.settings()["backup_reserve_percent"] == 25


@pytest.mark.parametrize(
    ("field", "value"), [("reserve_pct", "101"), ("reserve_pct", "much"), ("mode", "party"), ("tariff", "{}"), ("nonsense", "1")]
)
def test_what_cannot_be_is_refused_in_words(home: Home, field: str, value: str) -> None:
    home.tick()
    with pytest.raises(ChangeRefused):
        choose(home, field, value)


def test_watching_changes_nothing(engine: Engine, home_of: Callable[..., Home]) -> None:
    home = home_of(engine, control="watch")
    home.tick()
    with pytest.raises(ChangeRefused, match="only watches"):
        choose(home, "reserve_pct", "35")
    assert shown(home).blocked


def test_a_rule_chosen_by_hand_suspends_curtailment_until_it_is_taken_back(engine: Engine, home_of: Callable[..., Home]) -> None:
    always = {"enabled": True, "feed_in_at_or_below_c": 1000.0}
    home = home_of(engine, policies={"solar_curtailment": always, "tariff_sync": {"enabled": False}})
    home.tick()
    home.tick()
    assert home.state.found["export_rule"] == "never"  # type: ignore[index]
    choose(home, "export_rule", "battery_ok")
    home.tick()
    home.tick()
    assert home.state.found["export_rule"] == "battery_ok"  # type: ignore[index]
    with home.session() as session:
        row = session.get(StandDown, (home.site_id, "solar_curtailment"))
        assert row is not None
        session.delete(row)
        session.commit()
    home.later(minutes=1)
    home.tick()
    assert home.state.found["export_rule"] == "never"  # type: ignore[index]
