"""What each command becomes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.devices.sigenergy.registers import UNLIMITED_W
from app.devices.sigenergy.targets import Plant, target_settings
from app.domain.opinions import NO_LIMITS, BatteryCommand, BatteryLimits, Charge, Discharge, Hold, SelfConsume

RATED = Plant(charge_w=6_000, discharge_w=6_000)
OWNERS: dict[str, Any] = {
    "remote_ems": 0.0,
    "remote_mode": 0.0,
    "most_charge_w": 6_000.0,
    "most_discharge_w": 6_000.0,
    "export_limit_w": float(UNLIMITED_W),
    "reserve_pct": 20.0,
    "most_soc_pct": 100.0,
    "least_soc_pct": 5.0,
    "mode": "ai",
}
WRITTEN = {name: value for name, value in OWNERS.items() if name != "mode"}
NO_GRID = BatteryLimits(grid_charging_allowed=False)


def changed(command: BatteryCommand | None, limits: BatteryLimits = NO_LIMITS, plant: Plant = RATED, **owners: Any) -> dict[str, Any]:
    """What the target has otherwise than the owner."""
    baseline = {**OWNERS, **owners}
    return {name: value for name, value in target_settings(command, limits, baseline, plant).items() if baseline.get(name) != value}


def test_nobody_wishing_anything_is_what_the_owner_has() -> None:
    assert target_settings(None, NO_LIMITS, OWNERS, RATED) == WRITTEN


@pytest.mark.parametrize(
    ("command", "mode", "limit"),
    [
        (SelfConsume(), 2, {}),
        (Hold(), 1, {}),
        (Charge(3000), 4, {"most_charge_w": 3000}),
        (Discharge(2500), 6, {"most_discharge_w": 2500}),
        (Charge(0), 1, {}),
        (Charge(), 4, {}),
        (Discharge(9000), 6, {}),
    ],
    ids=str,
)
def test_a_command_is_a_mode_of_remote_control_with_its_limit(command: BatteryCommand, mode: int, limit: dict[str, Any]) -> None:
    # under remote control the owner's reserve is the lowest charge as well
    assert changed(command) == {"remote_ems": 1, "remote_mode": mode, "least_soc_pct": 20.0, **limit}


def test_charging_from_the_grid_first_is_another_mode() -> None:
    assert changed(Charge(3000), plant=Plant(6_000, 6_000, charges_grid_first=True))["remote_mode"] == 3


def test_no_command_sells_the_last_tenth() -> None:
    assert changed(Discharge(3000), reserve_pct=0.0)["least_soc_pct"] == 10


def test_a_firmware_without_the_limit_stands_still_rather_than_run_at_more_than_was_asked_for() -> None:
    without = {name: value for name, value in OWNERS.items() if name != "most_charge_w"}
    assert target_settings(Charge(3000), NO_LIMITS, without, RATED)["remote_mode"] == 1
    assert target_settings(Charge(), NO_LIMITS, without, RATED)["remote_mode"] == 4


@given(power_w=st.integers(0, 20_000), own_w=st.integers(0, 6_000))
def test_the_owners_own_limits_are_narrowed_and_never_lifted(power_w: int, own_w: int) -> None:
    limits = BatteryLimits(max_export_w=power_w, min_soc_pct=1, max_soc_pct=99)
    owners = {
        **OWNERS,
        "most_charge_w": float(own_w),
        "most_discharge_w": float(own_w),
        "export_limit_w": float(own_w),
        "reserve_pct": 30.0,
    }
    for command in (None, SelfConsume(), Hold(), Charge(power_w), Discharge(power_w), Charge(), Discharge()):
        wanted = target_settings(command, limits, owners, RATED)
        assert wanted["most_charge_w"] <= own_w
        assert wanted["most_discharge_w"] <= own_w
        assert wanted["export_limit_w"] == min(own_w, power_w)
        assert wanted["reserve_pct"] == 30
        assert wanted["most_soc_pct"] == 99


def test_limits_of_charge_hold_the_reserve_and_both_ends() -> None:
    wanted = changed(None, BatteryLimits(min_soc_pct=34.2, max_soc_pct=80.9, max_export_w=0))
    assert wanted == {"reserve_pct": 35, "least_soc_pct": 35, "most_soc_pct": 80, "export_limit_w": 0}


@pytest.mark.parametrize("mode", ["ai", "time_of_use", "custom"])
def test_a_mode_of_its_own_that_may_charge_from_the_grid_is_left_while_that_is_forbidden(mode: str) -> None:
    assert changed(None, NO_GRID, mode=mode) == {"remote_ems": 1, "remote_mode": 2, "least_soc_pct": 20.0}


@pytest.mark.parametrize("mode", ["self_consumption", "full_feed_in"])
def test_a_mode_of_its_own_that_never_charges_from_the_grid_goes_on(mode: str) -> None:
    assert changed(None, NO_GRID, mode=mode) == {}


@pytest.mark.parametrize(("mode", "expected"), [(0.0, 2), (3.0, 2), (4.0, 2), (1.0, None), (6.0, None)])
def test_another_controllers_charging_ends_while_the_grid_is_forbidden(mode: float, expected: int | None) -> None:
    assert changed(None, NO_GRID, remote_ems=1.0, remote_mode=mode).get("remote_mode") == expected


def test_a_charge_without_the_grid_is_self_consumption() -> None:
    assert changed(Charge(3000), NO_GRID)["remote_mode"] == 2
