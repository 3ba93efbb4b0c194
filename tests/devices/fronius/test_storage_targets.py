"""What each command becomes in the settings of a GEN24's battery."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.devices.fronius.storage_registers import CHARGE_PCT, DISCHARGE_PCT, SETTINGS, Steps, settings_at
from app.devices.fronius.storage_targets import Ratings, target_settings
from app.devices.sunspec_models import Model
from app.domain.opinions import NO_LIMITS, BatteryLimits, Charge, Discharge, Hold, SelfConsume

AUTOMATIC = {"mode": 0, "charge_pct": 100.0, "discharge_pct": 100.0, "reserve_pct": 12.0, "grid_charging": 1}
RATINGS = Ratings(7680)


def of(command: Any, limits: BatteryLimits = NO_LIMITS, ratings: Ratings = RATINGS, **baseline: Any) -> dict[str, Any]:
    """What `command` changes of the owner's settings."""
    owners = {**AUTOMATIC, **baseline}
    wanted = target_settings(command, limits, owners, ratings)
    return {name: value for name, value in wanted.items() if value != owners[name]}


def test_commands_as_in_the_sheet() -> None:
    assert of(None) == {}
    assert of(SelfConsume()) == {}
    assert of(Hold()) == {"mode": 2, "discharge_pct": 0}
    assert of(Charge(3000)) == {"mode": 2, "discharge_pct": pytest.approx(-39.06)}
    assert of(Discharge(3000)) == {"mode": 1, "charge_pct": pytest.approx(-39.06)}
    assert of(Charge()) == {"mode": 2, "discharge_pct": -100}
    assert of(Discharge()) == {"mode": 1, "charge_pct": -100}


@pytest.mark.parametrize(("pct", "word"), [(-39.06, 0xF0BE), (-100, 0xD8F0), (100, 0x2710), (0, 0)])
def test_rates_in_words(pct: float, word: int) -> None:
    table = settings_at(Model(124, 40_343, 24), Steps())
    assert (table.point(DISCHARGE_PCT).address, table.point(CHARGE_PCT).address) == (40_355, 40_356)
    for name in (DISCHARGE_PCT, CHARGE_PCT):
        assert table.point(name).encode(pct) == [word]
        assert table.point(name).decode([word]) == pytest.approx(pct)


def test_the_owners_own_bounds_stay() -> None:
    assert of(SelfConsume(), mode=3, charge_pct=80.0, discharge_pct=-5.0) == {"mode": 1, "discharge_pct": 100}
    assert of(Hold(), mode=1, charge_pct=80.0) == {"mode": 3, "discharge_pct": 0}
    assert of(Charge(), mode=1, charge_pct=80.0) == {"mode": 3, "discharge_pct": -80}
    assert of(Discharge(), mode=2, discharge_pct=50.0) == {"mode": 3, "charge_pct": -50}


def test_a_bound_that_is_not_in_force_is_none() -> None:
    assert of(Charge(), mode=0, charge_pct=80.0) == {"mode": 2, "charge_pct": 100, "discharge_pct": -100}


def test_a_command_of_somebody_else_ends_with_self_consumption() -> None:
    assert of(SelfConsume(), mode=1, charge_pct=-30.0) == {"mode": 0, "charge_pct": 100}
    assert of(SelfConsume(), mode=2, discharge_pct=0.0) == {"mode": 0, "discharge_pct": 100}


def test_no_command_sells_the_last_tenth() -> None:
    assert of(Discharge(3000), reserve_pct=5.0)["reserve_pct"] == 10
    assert "reserve_pct" not in of(Discharge(3000), reserve_pct=15.0)


def test_limits_narrow() -> None:
    assert of(None, BatteryLimits(min_soc_pct=34.2)) == {"reserve_pct": 35}
    assert of(None, BatteryLimits(min_soc_pct=5)) == {}
    assert of(Charge(3000), BatteryLimits(grid_charging_allowed=False))["grid_charging"] == 0
    assert "grid_charging" not in of(Charge(3000), grid_charging=0)


def test_a_discharge_feeds_in_no_more_than_it_may() -> None:
    assert of(Discharge(3000), BatteryLimits(max_export_w=768)) == {"mode": 1, "charge_pct": -10}
    assert of(Discharge(3000), BatteryLimits(max_export_w=0)) == {}
    assert of(Discharge(3000), BatteryLimits(max_export_w=0), mode=2, discharge_pct=0.0) == {"mode": 0, "discharge_pct": 100}


def test_a_discharge_is_no_stronger_than_the_inverter_can() -> None:
    assert of(Discharge(), ratings=Ratings(10_000, 5000)) == {"mode": 1, "charge_pct": -50}


def test_a_power_too_small_to_be_told_holds() -> None:
    for command in (Charge(50), Discharge(50)):
        assert of(command, ratings=Ratings(7680, step_pct=1.0)) == {"mode": 2, "discharge_pct": 0}


def test_settings_in_words() -> None:
    assert set(SETTINGS.in_words(AUTOMATIC).values()) == {"automatic", "100\u202f%", "12\u202f%", "allowed"}


COMMANDS = st.one_of(
    st.none(),
    st.just(SelfConsume()),
    st.just(Hold()),
    st.builds(Charge, st.one_of(st.none(), st.integers(0, 50_000))),
    st.builds(Discharge, st.one_of(st.none(), st.integers(0, 50_000))),
)
LIMITS = st.builds(
    BatteryLimits,
    max_export_w=st.one_of(st.none(), st.integers(0, 20_000)),
    min_soc_pct=st.one_of(st.none(), st.floats(0, 100)),
    grid_charging_allowed=st.sampled_from([None, True, False]),
)


@given(COMMANDS, LIMITS, st.integers(0, 3), st.integers(-100, 100), st.integers(-100, 100), st.integers(0, 100), st.sampled_from([0, 1]))
def test_every_target_can_be_written_and_lifts_nothing(
    command: Any, limits: BatteryLimits, mode: int, charge: int, discharge: int, reserve: int, grid: int
) -> None:
    owners = {"mode": mode, "charge_pct": charge, "discharge_pct": discharge, "reserve_pct": reserve, "grid_charging": grid}
    wanted = target_settings(command, limits, owners, RATINGS)
    for name, value in wanted.items():
        SETTINGS.point(name).encode(value)
    assert wanted["reserve_pct"] >= max(reserve, limits.min_soc_pct or 0)
    assert wanted["grid_charging"] <= grid
    if mode & 1 and 0 < charge < 100:
        assert wanted["charge_pct"] <= charge
        assert not wanted["mode"] & 2 or -wanted["discharge_pct"] <= charge or command is None
    if command is not None:
        # One direction is forced at most, and it is one that the other bound lets happen.
        forced = [name for name, bit in (("charge_pct", 1), ("discharge_pct", 2)) if wanted["mode"] & bit and wanted[name] < 0]
        assert len(forced) <= 1
