"""What each command means in settings."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.devices.tesla.targets import target_settings
from app.devices.tesla.tariff import DISCHARGE_CODE, compile_tariff
from app.domain.opinions import NO_LIMITS, BatteryCommand, BatteryLimits, Charge, Discharge, FollowTariff, Hold, SelfConsume
from tests.devices.tesla.samples import two_seasons
from tests.devices.tesla.test_tariff import a_tariff

SYDNEY = ZoneInfo("Australia/Sydney")
NOW = datetime(2026, 3, 14, 6, 18, tzinfo=UTC)  # 17:18
HALF_AN_HOUR = NOW + timedelta(minutes=30)
SYNC = a_tariff([30.0] * 48, [5.0] * 48, provider="Amber")


def a_baseline(**changes: Any) -> dict[str, Any]:
    settings = {
        "mode": "self_consumption",
        "reserve_pct": 20,
        "export_rule": "pv_only",
        "grid_charging": True,
        "tariff": two_seasons(),
    } | changes
    return {key: value for key, value in settings.items() if value is not None}


def target(command: BatteryCommand | None, limits: BatteryLimits = NO_LIMITS, **baseline: Any) -> dict[str, Any]:
    return target_settings(command, limits, a_baseline(**baseline), now=NOW, until=HALF_AN_HOUR, zone=SYDNEY)


def test_without_a_command_the_target_is_the_owners_settings() -> None:
    assert target(None) == a_baseline()


def test_following_a_tariff_changes_the_plan_alone() -> None:
    assert target(FollowTariff(SYNC)) == a_baseline(tariff=compile_tariff(SYNC))


def test_self_consumption_and_hold_change_the_mode() -> None:
    assert target(SelfConsume()) == a_baseline()
    assert target(SelfConsume(), mode="autonomous") == a_baseline()
    assert target(Hold()) == a_baseline(mode="backup", grid_charging=False)


def test_charging_makes_now_cheap_and_asks_for_a_full_battery() -> None:
    wanted = target(Charge(5000))
    assert (wanted["mode"], wanted["grid_charging"], wanted["reserve_pct"], wanted["export_rule"]) == ("autonomous", True, 100, "pv_only")
    rates = wanted["tariff"]["energy_charges"]["Summer"]["rates"]
    assert [period for period, rate in rates.items() if rate == 0] == ["PERIOD_17_00", "PERIOD_17_30"]
    assert wanted["tariff"]["currency"] == "AUD"


def test_discharging_may_export_and_neither_buys_nor_goes_below_the_owners_reserve() -> None:
    wanted = target(Discharge())
    assert (wanted["mode"], wanted["grid_charging"], wanted["export_rule"], wanted["reserve_pct"]) == (
        "autonomous",
        False,
        "battery_ok",
        20,
    )
    assert wanted["tariff"]["code"] == DISCHARGE_CODE
    assert target(Discharge(), BatteryLimits(min_soc_pct=35))["reserve_pct"] == 35
    assert target(Discharge(), BatteryLimits(min_soc_pct=5))["reserve_pct"] == 20
    assert target(Discharge(), reserve_pct=0)["reserve_pct"] == 10


@pytest.mark.parametrize("command", [None, FollowTariff(SYNC), SelfConsume(), Hold(), Charge(), Discharge()])
def test_limits_narrow_every_command(command: BatteryCommand | None) -> None:
    wanted = target(command, BatteryLimits(grid_charging_allowed=False, min_soc_pct=45.2, max_export_w=0))
    assert wanted["grid_charging"] is False
    assert wanted["reserve_pct"] >= 46
    assert wanted["export_rule"] == "never"


@pytest.mark.parametrize(("floor_pct", "reserve"), [(None, 20), (10, 20), (20, 20), (79.5, 80), (81, 100), (100, 100)])
def test_a_floor_of_charge_is_never_between_81_and_99(floor_pct: float | None, reserve: int) -> None:
    assert target(None, BatteryLimits(min_soc_pct=floor_pct))["reserve_pct"] == reserve


def test_a_limit_that_leaves_room_changes_nothing() -> None:
    assert target(None, BatteryLimits(max_export_w=5000, max_import_w=8000, max_soc_pct=90, grid_charging_allowed=None)) == a_baseline()


def test_a_setting_that_could_not_be_given_back_is_left_alone() -> None:
    for command in (Charge(), Discharge(), Hold()):
        wanted = target(command, BatteryLimits(max_export_w=0, grid_charging_allowed=False), export_rule=None, grid_charging=None)
        assert wanted.keys() == {"mode", "reserve_pct", "tariff"}


def test_an_unknown_plan_is_given_back_as_none() -> None:
    assert target(None, tariff=None)["tariff"] == {}
    assert target(SelfConsume(), tariff=None)["tariff"] == {}


def test_the_target_stays_the_same_while_the_command_is_the_same() -> None:
    assert target(Charge()) == target(Charge())


def test_the_baseline_is_not_changed() -> None:
    baseline = a_baseline()
    target_settings(Discharge(), BatteryLimits(min_soc_pct=50), baseline, now=NOW, until=None, zone=SYDNEY)
    assert baseline == a_baseline()
