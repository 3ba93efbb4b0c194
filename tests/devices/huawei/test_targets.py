"""What commands and limits become in the settings of a Huawei inverter with a battery."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.devices.huawei.registers import EXPORT_SETTINGS, SETTINGS
from app.devices.huawei.targets import Ratings, target_settings
from app.domain.opinions import NO_LIMITS, BatteryCommand, BatteryLimits, Charge, Discharge, Hold, SelfConsume

OWNERS = {
    "mode": 5,
    "grid_charge": 0,
    "most_discharge_w": 4500,
    "most_soc_pct": 95,
    "least_soc_pct": 12,
    "reserve_pct": 0,
    "forced": 0,
    "forced_charge_w": 1200,
    "forced_discharge_w": 1300,
    "forced_to_charge": 1,
    "export_control": 6,
    "export_limit_w": 4200,
    "export_limit_pct": 100,
}
RATINGS = Ratings(5000, 4000, 5000)

powers = st.none() | st.integers(0, 100_000)
all_commands = st.one_of(st.none(), st.just(SelfConsume()), st.just(Hold()), st.builds(Charge, powers), st.builds(Discharge, powers))
all_limits = st.builds(
    BatteryLimits,
    max_export_w=st.none() | st.integers(0, 100_000),
    min_soc_pct=st.none() | st.floats(0, 100),
    max_soc_pct=st.none() | st.floats(0, 100),
    grid_charging_allowed=st.none() | st.booleans(),
)
all_owners = st.fixed_dictionaries(
    {
        **{name: st.just(value) for name, value in OWNERS.items()},
        "export_control": st.sampled_from([0, 1, 5, 6, 7]),
        "least_soc_pct": st.integers(0, 30),
        "most_soc_pct": st.integers(80, 100),
        "reserve_pct": st.integers(0, 100),
    }
)


def target(command: BatteryCommand | None, limits: BatteryLimits = NO_LIMITS, **owners: Any) -> dict[str, Any]:
    return target_settings(command, limits, {**OWNERS, **owners}, RATINGS)


def changes(settings: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if OWNERS.get(name) != value}


def test_nothing_wished_is_what_the_owner_has_set() -> None:
    assert target(None) == OWNERS


def test_a_forced_command_leaves_the_working_mode() -> None:
    charge = {"forced": 1, "forced_charge_w": 3000, "forced_to_charge": 0, "grid_charge": 1, "timer": 1}
    assert changes(target(Charge(3000))) == charge
    discharge = {"forced": 2, "forced_discharge_w": 3000, "forced_to_charge": 0, "timer": 1}
    assert changes(target(Discharge(3000))) == discharge


def test_a_command_runs_at_most_at_what_the_battery_is_good_for() -> None:
    assert target(Charge())["forced_charge_w"] == target(Charge(9000))["forced_charge_w"] == 5000
    assert target(Discharge())["forced_discharge_w"] == target(Discharge(9000))["forced_discharge_w"] == 4000


def test_a_hold_and_a_command_of_nothing_discharge_nothing() -> None:
    hold = {"mode": 2, "most_discharge_w": 0}
    assert changes(target(Hold())) == changes(target(Charge(0))) == changes(target(Discharge(0))) == hold


def test_running_the_home_is_self_consumption() -> None:
    assert changes(target(SelfConsume())) == {"mode": 2}


def test_a_discharge_leaves_the_last_tenth() -> None:
    assert target(Discharge(3000), least_soc_pct=5)["least_soc_pct"] == 10
    assert target(Charge(3000), least_soc_pct=5)["least_soc_pct"] == 5


def test_the_charge_is_kept_within_limits_as_far_as_the_inverter_takes_them() -> None:
    assert changes(target(None, BatteryLimits(min_soc_pct=34.2, max_soc_pct=80.9))) == {
        "least_soc_pct": 20,
        "reserve_pct": 35,
        "most_soc_pct": 90,
    }
    assert changes(target(None, BatteryLimits(min_soc_pct=0, max_soc_pct=97))) == {}
    wider = replace(RATINGS, highest_empty_pct=40, lowest_full_pct=70)
    wanted = target_settings(None, BatteryLimits(min_soc_pct=34.2, max_soc_pct=80.9), OWNERS, wider)
    assert (wanted["least_soc_pct"], wanted["most_soc_pct"]) == (35, 80)


def test_charging_from_the_grid_is_allowed_only_where_it_may_be() -> None:
    assert target(Charge(3000), BatteryLimits(grid_charging_allowed=False))["grid_charge"] == 0
    assert target(None, BatteryLimits(grid_charging_allowed=False), grid_charge=1)["grid_charge"] == 0
    assert target(None, BatteryLimits(grid_charging_allowed=True))["grid_charge"] == 0


def test_the_export_limit_is_narrowed_and_never_lifted() -> None:
    assert changes(target(None, BatteryLimits(max_export_w=1500))) == {"export_limit_w": 1500}
    assert changes(target(None, BatteryLimits(max_export_w=0))) == {"export_control": 5, "export_limit_w": 0}
    assert changes(target(None, BatteryLimits(max_export_w=9000))) == {}


def test_where_another_decides_on_the_export_a_discharge_that_may_feed_in_nothing_serves_the_home() -> None:
    wanted = target(Discharge(3000), BatteryLimits(max_export_w=0), export_control=1)
    assert wanted == {**OWNERS, "export_control": 1, "mode": 2}


@given(all_commands, all_limits, all_owners)
def test_every_target_can_be_written_and_lifts_no_limit_of_the_owner(
    command: BatteryCommand | None, limits: BatteryLimits, owners: dict[str, Any]
) -> None:
    wanted = target_settings(command, limits, owners, RATINGS)
    for name, value in wanted.items():
        if name != "timer":
            table = EXPORT_SETTINGS if name in EXPORT_SETTINGS.labels else SETTINGS
            table.point(name).encode(value)
    assert wanted["least_soc_pct"] >= owners["least_soc_pct"]
    assert wanted["reserve_pct"] >= owners["reserve_pct"]
    assert wanted["most_soc_pct"] <= owners["most_soc_pct"]
    assert wanted["most_discharge_w"] <= owners["most_discharge_w"]
    assert ("timer" in wanted) == (wanted["forced"] != 0)
    if owners["export_control"] == 1:
        assert wanted["export_control"] == 1
