"""Who wins, what narrows it, what lives on while nothing is known."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.arbiter import decide
from app.domain.opinions import (
    BATTERY,
    BatteryLimits,
    Binding,
    Charge,
    Command,
    Discharge,
    Hold,
    Limit,
    Nothing,
    Priority,
    SelfConsume,
    Unknown,
    Wish,
)
from app.domain.reasons import because
from app.domain.snapshot import BatteryView, OwnersChange, SiteLimits, StandingWish
from tests.domain.builders import EVERY_COMMAND, NOW, a_reading, a_snapshot, before

WHY = because("no_prices")
LATER = NOW + timedelta(minutes=30)
WITH_SETPOINT = BatteryView(EVERY_COMMAND, {}, NOW, has_power_setpoint=True)


def a_wish(command: Command, priority: Priority = Priority.AUTOMATION, expires_at=LATER) -> Wish:  # type: ignore[no-untyped-def]
    return Wish(BATTERY, command, priority, WHY, expires_at)


def pressed(wish: Wish) -> StandingWish:
    return StandingWish(wish, NOW)


def test_the_highest_wish_wins() -> None:
    decision = decide(a_snapshot(), {"sync": a_wish(SelfConsume(), Priority.TARIFF_SYNC), "event": a_wish(Hold(), Priority.GRID_EVENT)})
    assert decision.battery is not None
    assert (decision.battery.policy, decision.battery.command) == ("event", Hold())


def test_the_owners_button_outranks_every_policy() -> None:
    snapshot = a_snapshot(owner_wishes=(pressed(a_wish(Charge(), Priority.OWNER)),))
    decision = decide(snapshot, {"event": a_wish(Hold(), Priority.GRID_EVENT)})
    assert decision.battery is not None
    assert decision.battery.command == Charge()


def test_an_expired_wish_is_none() -> None:
    assert decide(a_snapshot(), {"sync": a_wish(Hold(), expires_at=NOW)}).battery is None
    assert decide(a_snapshot(owner_wishes=(pressed(a_wish(Hold(), Priority.OWNER, NOW)),)), {}).battery is None


def test_not_knowing_keeps_the_earlier_wish_until_it_expires() -> None:
    alive = before("sync", a_wish(Hold()), NOW - timedelta(hours=1))
    decision = decide(a_snapshot(before=alive), {"sync": Unknown(WHY)})
    assert decision.battery is not None
    assert decision.battery.began_at == NOW - timedelta(hours=1)
    expired = before("sync", a_wish(Hold(), expires_at=NOW), NOW)
    assert decide(a_snapshot(before=expired), {"sync": Unknown(WHY)}).battery is None


def test_wishing_nothing_ends_the_earlier_wish() -> None:
    assert decide(a_snapshot(before=before("sync", a_wish(Hold()), NOW)), {"sync": Nothing()}).battery is None


def test_a_renewed_wish_began_when_the_first_did() -> None:
    began = NOW - timedelta(minutes=20)
    decision = decide(a_snapshot(before=before("sync", a_wish(Hold()), began)), {"sync": a_wish(Hold())})
    assert decision.standing["sync"].began_at == began
    changed = decide(a_snapshot(before=before("sync", a_wish(Hold()), began)), {"sync": a_wish(Charge())})
    assert changed.standing["sync"].began_at == NOW


def test_a_policy_that_stands_down_is_remembered_and_does_not_act() -> None:
    snapshot = a_snapshot(stood_down={"sync": OwnersChange("sync", frozenset({"tariff"}), NOW)})
    decision = decide(snapshot, {"sync": a_wish(Hold())})
    assert decision.battery is None
    assert decision.stood_down == {"sync"}
    assert "sync" in decision.standing


def test_limits_intersect() -> None:
    both = BatteryLimits(max_export_w=5000, min_soc_pct=10) & BatteryLimits(max_export_w=3000, min_soc_pct=20, grid_charging_allowed=False)
    assert both == BatteryLimits(max_export_w=3000, min_soc_pct=20, grid_charging_allowed=False)


def test_an_economic_limit_binds_automatic_wishes_and_not_the_owner() -> None:
    limit = Limit(BatteryLimits(grid_charging_allowed=False), Binding.ECONOMIC, because("demand_window", until="20:00"))
    automatic = decide(a_snapshot(), {"demand": limit, "plan": a_wish(Charge())})
    assert automatic.battery is not None
    assert automatic.battery.command == SelfConsume()
    assert [reason.code for reason in automatic.battery.clamped_by] == ["no_grid_charging_now"]
    by_hand = decide(a_snapshot(owner_wishes=(pressed(a_wish(Charge(), Priority.OWNER)),)), {"demand": limit})
    assert by_hand.battery is not None
    assert by_hand.battery.command == Charge()


def test_the_owners_button_stands_down_for_a_later_change_of_the_owner_and_a_new_press_does_not() -> None:
    changed = {"owner": OwnersChange("owner", frozenset({"mode"}), NOW)}
    earlier = StandingWish(a_wish(Charge(), Priority.OWNER), NOW - timedelta(minutes=5))
    later = StandingWish(a_wish(Charge(), Priority.OWNER), NOW + timedelta(minutes=1))
    assert decide(a_snapshot(owner_wishes=(earlier,), stood_down=changed), {}).battery is None
    assert decide(a_snapshot(owner_wishes=(later,), stood_down=changed), {}).battery is not None


def test_a_safety_limit_binds_the_owner_too() -> None:
    limit = Limit(BatteryLimits(min_soc_pct=60), Binding.SAFETY, WHY)
    decision = decide(a_snapshot(owner_wishes=(pressed(a_wish(Discharge(), Priority.OWNER)),)), {"reserve": limit})
    assert decision.battery is not None
    assert decision.battery.command == SelfConsume()


@pytest.mark.parametrize(
    ("command", "limits", "expected"),
    [
        (Charge(5000), SiteLimits(max_import_w=8000), Charge(5000)),
        (Charge(5000), SiteLimits(max_import_w=4000), Charge(3500)),
        (Charge(), SiteLimits(max_import_w=4000), Charge(3500)),
        (Discharge(5000), SiteLimits(max_export_w=2000), Discharge(2500)),
        (Charge(5000), SiteLimits(), Charge(5000)),
    ],
)
def test_power_stays_within_the_sites_caps(command: Command, limits: SiteLimits, expected: Command) -> None:
    decision = decide(a_snapshot(battery=WITH_SETPOINT, limits=limits), {"plan": a_wish(command)})
    assert decision.battery is not None
    assert decision.battery.command == expected


def test_no_power_is_claimed_for_a_device_without_a_set_point() -> None:
    decision = decide(a_snapshot(limits=SiteLimits(max_import_w=1000)), {"plan": a_wish(Charge())})
    assert decision.battery is not None
    assert (decision.battery.command, decision.battery.clamped_by) == (Charge(), ())


def test_an_unknown_load_clamps_nothing() -> None:
    snapshot = a_snapshot(battery=WITH_SETPOINT, limits=SiteLimits(max_import_w=1000), live=a_reading(load_w=None))
    decision = decide(snapshot, {"plan": a_wish(Charge(5000))})
    assert decision.battery is not None
    assert decision.battery.command == Charge(5000)


@pytest.mark.parametrize("command", [Charge(5000), Discharge(5000), Hold()])
@pytest.mark.parametrize("on_grid", [True, False, None])
def test_while_the_grid_is_out_the_battery_runs_the_home_whatever_was_asked(command: Command, on_grid: bool | None) -> None:
    live = replace(a_reading(), on_grid=on_grid)
    chosen = decide(a_snapshot(live=live, owner_wishes=(pressed(a_wish(command, Priority.OWNER)),)), {}).battery
    assert chosen is not None
    assert chosen.command == (SelfConsume() if on_grid is False else command)
