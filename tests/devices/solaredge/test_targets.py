"""What commands and limits become in the settings of a SolarEdge inverter with a battery."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.devices.solaredge.storage import SETTINGS
from app.devices.solaredge.targets import Ratings, target_settings
from app.domain.opinions import NO_LIMITS, BatteryCommand, BatteryLimits, Charge, Discharge, Hold, SelfConsume

OWNERS = {
    "storage_control": 2,
    "grid_charge": 1,
    "reserve_pct": 12.0,
    "remote_command": 5,
    "remote_charge_w": 2500.0,
    "remote_discharge_w": 2600.0,
    "export_switch": 0,
    "other_limits": 8,
    "export_mode": 0,
    "export_limit_w": 9000.0,
}

powers = st.none() | st.integers(0, 100_000)
all_commands = st.one_of(st.none(), st.just(SelfConsume()), st.just(Hold()), st.builds(Charge, powers), st.builds(Discharge, powers))
all_limits = st.builds(
    BatteryLimits,
    max_export_w=st.none() | st.integers(0, 100_000),
    min_soc_pct=st.none() | st.floats(0, 100),
    grid_charging_allowed=st.none() | st.booleans(),
)


def target(command: BatteryCommand | None, limits: BatteryLimits = NO_LIMITS, **owners: Any) -> dict[str, Any]:
    return target_settings(command, limits, {**OWNERS, **owners}, Ratings(5000, 4000))


def changes(settings: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if OWNERS.get(name) != value}


def test_nothing_wished_is_what_the_owner_has_set() -> None:
    assert target(None) == OWNERS


def test_a_command_is_a_remote_one_at_most_at_what_the_battery_is_good_for() -> None:
    assert changes(target(Charge(3000))) == {"storage_control": 4, "remote_command": 3, "remote_charge_w": 3000, "timer": 1}
    assert changes(target(Discharge(3000))) == {"storage_control": 4, "remote_command": 4, "remote_discharge_w": 3000, "timer": 1}
    assert target(Charge())["remote_charge_w"] == target(Charge(9000))["remote_charge_w"] == 5000
    assert target(Discharge())["remote_discharge_w"] == target(Discharge(9000))["remote_discharge_w"] == 4000


def test_a_hold_and_a_command_of_nothing_discharge_nothing() -> None:
    hold = {"storage_control": 4, "remote_command": 7, "remote_discharge_w": 0, "timer": 1}
    assert changes(target(Hold())) == changes(target(Charge(0))) == changes(target(Discharge(0))) == hold


def test_running_the_home_is_self_consumption() -> None:
    assert changes(target(SelfConsume())) == {"storage_control": 1}


def test_limits_are_narrowed() -> None:
    assert changes(target(None, BatteryLimits(min_soc_pct=34.2))) == {"reserve_pct": 35}
    assert changes(target(None, BatteryLimits(min_soc_pct=5))) == {}
    assert changes(target(None, BatteryLimits(grid_charging_allowed=False))) == {"grid_charge": 0}
    assert changes(target(None, BatteryLimits(max_export_w=1500))) == {"export_switch": 1, "export_limit_w": 1500}


def test_where_export_cannot_be_limited_a_discharge_that_may_feed_in_nothing_serves_the_home() -> None:
    wanted = target(Discharge(3000), BatteryLimits(max_export_w=0), other_limits=4)
    assert wanted == {**OWNERS, "other_limits": 4, "storage_control": 1}
    without = {name: value for name, value in OWNERS.items() if not name.startswith(("export", "other"))}
    assert target_settings(Discharge(3000), BatteryLimits(max_export_w=0), without, Ratings()) == {**without, "storage_control": 1}


@given(all_commands, all_limits)
def test_every_target_can_be_written_and_lowers_no_reserve(command: BatteryCommand | None, limits: BatteryLimits) -> None:
    wanted = target(command, limits)
    for name in SETTINGS.labels:
        SETTINGS.point(name).encode(wanted[name])
    assert wanted["reserve_pct"] >= OWNERS["reserve_pct"]
    assert ("timer" in wanted) == (wanted["storage_control"] == 4)
    if limits.grid_charging_allowed is False:
        assert wanted["grid_charge"] == 0
        assert wanted["remote_command"] != 3
