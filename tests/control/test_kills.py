"""Killed at any line of an override, the next start gives the owner exactly the settings back."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine

from app.control.connections import Opener
from app.simulators.powerwall import Behaviour
from tests.control.conftest import Home
from tests.control.kills import killing

MOST_POINTS = 400


def owners(home: Home) -> dict[str, Any]:
    settings = home.world.powerwall.settings()
    return {
        "mode": settings["default_real_mode"],
        "reserve": settings["backup_reserve_percent"],
        "rule": settings.get("customer_preferred_export_rule"),
        "no_grid_charging": bool(settings.get("disallow_charge_from_grid_with_solar_installed")),
        "plan": settings["tariff_content_v2"]["name"],
    }


def follow_tariff(home: Home) -> None:
    home.tick(fresh=False)
    home.later(minutes=5)
    home.tick()


def force_charge(home: Home) -> None:
    home.tick(fresh=False)
    home.press("charge", 15)
    home.tick(fresh=False)
    home.later(minutes=16)
    home.tick(fresh=False)


def hold_then_discharge(home: Home) -> None:
    home.press("hold")
    home.tick(fresh=False)
    home.press("discharge")
    home.tick(fresh=False)
    home.restore_now()
    home.tick(fresh=False)


def switch_off(home: Home) -> None:
    home.tick(fresh=False)
    home.switch(False)
    home.tick(fresh=False)
    home.later(minutes=1)
    home.tick(fresh=False)


def replan(home: Home) -> None:
    home.policy("tariff_sync", enabled=True, mode_toggle=True)
    home.tick(fresh=False)
    home.later(minutes=5)
    home.tick()


@pytest.mark.timeout(400)  # each point at which it is killed is a run of its own
@pytest.mark.parametrize("scenario", [follow_tariff, force_charge, hold_then_discharge, switch_off, replan], ids=lambda each: each.__name__)
def test_a_kill_at_any_point_leads_back_to_the_owners_settings(
    scenario: Callable[[Home], None], engine: Engine, home_of: Callable[..., Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    for at in range(1, MOST_POINTS):
        home = home_of(engine, behaviour=Behaviour.prompt(), is_in_process=True)
        home.refresh()
        before = owners(home)
        with killing(engine, at, monkeypatch) as killer:
            scenario(home)
        home.opener = Opener(home.around, home.pace.now)  # a new process knows only what is stored
        home.restore_now()
        home.switch(False)
        for _ in range(3):
            home.later(minutes=6)
            home.tick(fresh=False)
        assert owners(home) == before, f"killed at point {at}"
        assert home.baseline is None, f"killed at point {at}"
        if not killer.has_struck:
            assert at > 10, "the scenario has points to be killed at"
            return
        with home.session() as session:
            session.delete(home.site)
            session.commit()
    pytest.fail("the scenario never ran to its end")
