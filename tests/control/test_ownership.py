"""The owner wins: what somebody else changes becomes the owner's, and a wish that needs it stands down."""

from collections.abc import Callable

from sqlalchemy import Engine

from app.models.control import StandDown
from app.services import wishes
from tests.control.conftest import Home


def stood_down(home: Home) -> list[str]:
    with home.session() as session:
        return [row.policy for row in session.query(StandDown)]


def look_again(home: Home) -> None:
    """The settings are read every five minutes."""
    home.later(minutes=6)
    home.tick()


def test_a_reserve_changed_in_the_app_enters_the_baseline_and_tariff_sync_goes_on(any_home: Home) -> None:
    any_home.tick()
    any_home.world.powerwall.owner_sets(backup_reserve_percent=35)
    look_again(any_home)
    assert any_home.baseline is not None
    assert any_home.baseline.settings["reserve_pct"] == 35
    assert stood_down(any_home) == []
    assert [entry.code for entry in any_home.journal].count("owner_changed_adopted") == 1
    look_again(any_home)
    assert any_home.plan == "POWERSYNC:SYNC"
    assert any_home.world.powerwall.settings()["backup_reserve_percent"] == 35


def test_the_changed_reserve_is_what_a_restore_gives_back(home: Home) -> None:
    home.tick()
    home.world.powerwall.owner_sets(backup_reserve_percent=35)
    look_again(home)
    home.press("charge")
    home.tick()
    assert home.world.powerwall.settings()["backup_reserve_percent"] == 100
    home.restore_now()
    home.switch(False)
    home.tick()
    assert home.world.powerwall.settings()["backup_reserve_percent"] == 35


def test_a_plan_changed_in_the_app_makes_tariff_sync_stand_down_until_the_owner_resumes(any_home: Home) -> None:
    home = any_home
    home.tick()
    own = {**home.world.powerwall.settings()["tariff_content_v2"], "name": "My new plan", "code": "MINE"}
    own["energy_charges"] = {
        "ALL": {"rates": {"ALL": 0}},
        "Summer": {"rates": dict.fromkeys(own["energy_charges"]["Summer"]["rates"], 0.4)},
        "Winter": {},
    }
    home.world.powerwall.owner_sets(tariff_content_v2=own)
    look_again(home)
    assert stood_down(home) == ["tariff_sync"]
    entry = next(entry for entry in home.journal if entry.code == "owner_changed")
    assert entry.needs_owner
    count = len(home.posts())
    look_again(home)
    look_again(home)
    assert home.plan == "MINE"
    assert len(home.posts()) == count
    with home.session() as session:
        assert wishes.take_back(session, home.site_id, "tariff_sync")
    look_again(home)
    assert home.plan == "POWERSYNC:SYNC"
    home.switch(False)
    home.tick()
    assert home.world.powerwall.settings()["tariff_content_v2"]["name"] == "My new plan"


def test_a_mode_changed_in_the_app_is_the_owners_and_is_told(home: Home) -> None:
    home.tick()
    home.world.powerwall.owner_sets(default_real_mode="self_consumption")
    look_again(home)
    assert home.baseline is not None
    assert home.baseline.settings["mode"] == "self_consumption"
    assert "mode_ignores_tariffs" in [problem["code"] for problem in home.decision.problems]
    assert home.world.powerwall.settings()["default_real_mode"] == "self_consumption"


def test_a_button_of_the_owner_begins_anew_after_a_stand_down(home: Home) -> None:
    home.tick()
    home.world.powerwall.owner_sets(
        tariff_content_v2={**home.world.powerwall.settings()["tariff_content_v2"], "code": "MINE", "name": "Mine"}
    )
    look_again(home)
    home.press("charge")
    home.tick()
    assert home.plan == "POWERSYNC:CHARGE"
    home.restore_now()
    home.tick()
    assert stood_down(home) == []


def test_a_limit_is_put_right_three_times_and_then_left(home_of: Callable[..., Home], engine: Engine) -> None:
    demand = {"enabled": True, "block_grid_charging": True, "windows": [{"start": "00:00", "end": "00:00", "days": "all"}]}
    home = home_of(engine, policies={"demand": demand})
    home.tick()
    forbidden = []
    for _ in range(5):
        home.world.powerwall.owner_sets(disallow_charge_from_grid_with_solar_installed=False)
        home.later(minutes=6)
        home.tick()
        forbidden.append(bool(home.world.powerwall.settings().get("disallow_charge_from_grid_with_solar_installed")))
    assert forbidden[:3] == [True, True, True]
    assert "owner_changed" in "".join(entry.code for entry in home.journal)


def test_our_own_plan_is_never_taken_for_the_owners(home: Home) -> None:
    home.tick()
    with home.session() as session:  # the tables forget, the device does not
        session.delete(home.baseline)
        session.delete(home.state)
        session.commit()
    home.later(minutes=5)
    home.tick()
    assert home.baseline is not None
    assert "tariff" not in home.baseline.settings


def test_an_order_that_stands_down_says_so_for_the_page_to_be_decided_again(home: Home) -> None:
    home.tick()
    home.world.powerwall.owner_sets(
        tariff_content_v2={**home.world.powerwall.settings()["tariff_content_v2"], "code": "MINE", "name": "Mine"}
    )
    look_again(home)
    assert home.outcome.stood_down
    home.tick(fresh=False)
    assert home.decision.code == "owners_settings"
