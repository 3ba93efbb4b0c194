"""What is read of a battery a few times a day: its health is kept, and new firmware is told once."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from app.domain.reasons import Reason
from app.domain.sentences import sentence
from app.models.energy import BatteryHealth
from tests.control.conftest import Home


def notices(home: Home) -> list[str]:
    return [sentence(Reason(each.code, each.params)) for each in home.journal if each.kind == "notice" and each.code == "firmware_changed"]


def update(home: Home, version: str) -> None:
    service = home.world.teslemetry
    service.site = replace(service.site, firmware=version)
    home.later(hours=7)
    home.refresh()


def test_new_firmware_is_told_once(home: Home) -> None:
    home.refresh()
    assert notices(home) == []
    update(home, "26.26.1 77aa01b2")
    update(home, "26.26.1 77aa01b2")
    assert {each.connection_id for each in home.journal if each.code == "firmware_changed"} == {home.battery_id}
    assert notices(home) == ["Tesla Powerwall runs new firmware: 26.26.1 77aa01b2, before 26.18.3 184289b9"]
    update(home, "26.30.0 90ab")
    assert len(notices(home)) == 2


def test_what_it_holds_when_full_is_kept_day_by_day(home: Home) -> None:
    home.refresh()
    home.later(hours=24)
    home.refresh()
    with home.around.reading() as session:
        rows = list(session.scalars(select(BatteryHealth).order_by(BatteryHealth.on)))
    assert [row.on for row in rows] == [date(2026, 11, 20), date(2026, 11, 21)]
    assert {(row.rated_wh, row.measured_wh) for row in rows} == {(13_500, 13_500)}


@pytest.mark.parametrize(("kind", "toggles"), [("charge", True), ("discharge", True), ("hold", False)])
def test_a_button_makes_the_powerwall_act_now_and_not_at_its_next_plan(home: Home, kind: str, toggles: bool) -> None:
    """A plan in force waits up to 45 minutes otherwise: longer than the button."""
    home.tick()
    before = len(home.posts())
    home.press(kind)
    home.tick()
    modes = [each.body["default_real_mode"] for each in home.world.teslemetry.writes()[before:] if each.path.endswith("operation")]
    assert modes == (["self_consumption", "autonomous"] if toggles else ["backup"])
    assert home.outcome.is_confirmed


def test_a_charge_begins_within_two_minutes(home: Home) -> None:
    home.tick()
    home.press("charge")
    home.tick()
    home.later(seconds=120)
    home.refresh()
    assert home.world.household.flow.battery_w < -1000


def test_an_owner_in_self_powered_mode_needs_no_toggle(home: Home) -> None:
    home.world.powerwall.owner_sets(default_real_mode="self_consumption")
    home.tick()
    before = len(home.posts())
    home.press("charge")
    home.tick()
    modes = [each.body["default_real_mode"] for each in home.world.teslemetry.writes()[before:] if each.path.endswith("operation")]
    assert modes == ["autonomous"]
