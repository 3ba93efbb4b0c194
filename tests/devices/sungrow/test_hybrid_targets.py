"""What commands and limits become in the settings of an SH inverter."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.devices.sungrow.export_limit import ExportRange
from app.devices.sungrow.hybrid_registers import CHARGE, DISCHARGE, FORCED, OFF, ON, SELF_CONSUMPTION, SETTINGS, STOP
from app.devices.sungrow.hybrid_targets import Ratings, target_settings
from app.domain.opinions import NO_LIMITS, BatteryCommand, BatteryLimits, Charge, Discharge, Hold, SelfConsume

OWNERS = {
    "mode": 0,
    "command": STOP,
    "power_w": 0,
    "most_soc_pct": 100.0,
    "least_soc_pct": 5.0,
    "reserve_pct": 20,
    "export_limit_w": 5000,
    "export_limit_switch": OFF,
    "most_charge_w": 5000,
    "most_discharge_w": 5000,
}
RATINGS = Ratings(5000)

powers = st.none() | st.integers(0, 100_000)
all_commands = st.one_of(st.none(), st.just(SelfConsume()), st.just(Hold()), st.builds(Charge, powers), st.builds(Discharge, powers))
all_limits = st.builds(
    BatteryLimits,
    max_export_w=st.none() | st.integers(0, 100_000),
    min_soc_pct=st.none() | st.floats(0, 100),
    max_soc_pct=st.none() | st.floats(0, 100),
)
all_owners = st.fixed_dictionaries(
    {
        "mode": st.sampled_from([0, 2, 3, 4]),
        "command": st.sampled_from([CHARGE, DISCHARGE, STOP]),
        "power_w": st.integers(0, 5000),
        "most_soc_pct": st.integers(500, 1000).map(lambda tenths: tenths / 10),
        "least_soc_pct": st.integers(0, 500).map(lambda tenths: tenths / 10),
        "export_limit_w": st.integers(0, 5000),
        "export_limit_switch": st.sampled_from([ON, OFF]),
        "reserve_pct": st.integers(0, 100),
        "most_charge_w": st.integers(1, 500).map(lambda tens: tens * 10),
    },
    optional={"most_discharge_w": st.integers(1, 500).map(lambda tens: tens * 10)},
)


def target(command: BatteryCommand | None, limits: BatteryLimits = NO_LIMITS, **owners: Any) -> dict[str, Any]:
    return target_settings(command, limits, {**OWNERS, **owners}, RATINGS)


def changes(settings: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if OWNERS.get(name) != value}


def test_nothing_wished_is_what_the_owner_has_set() -> None:
    assert target(None) == OWNERS


def test_a_forced_charge_and_discharge_have_a_power_and_keep_a_tenth() -> None:
    assert changes(target(Charge(3000))) == {"mode": FORCED, "command": CHARGE, "power_w": 3000}
    assert changes(target(Discharge(3000))) == {"mode": FORCED, "command": DISCHARGE, "power_w": 3000, "least_soc_pct": 10}
    assert target(Discharge(), least_soc_pct=25.0)["least_soc_pct"] == 25
    assert target(Charge())["power_w"] == 5000
    assert target(Charge(9000))["power_w"] == 5000


def test_holding_lets_the_sun_charge_and_stands_still_where_it_cannot() -> None:
    assert changes(target(Hold())) == {"most_discharge_w": 10}
    without = {name: value for name, value in OWNERS.items() if name != "most_discharge_w"}
    held = target_settings(Hold(), NO_LIMITS, without, RATINGS)
    assert (held["mode"], held["command"]) == (FORCED, STOP)
    assert held["power_w"] > 0
    assert "most_discharge_w" not in held


@pytest.mark.parametrize("command", [Charge(0), Charge(199), Discharge(0), Discharge(150)])
def test_less_than_the_inverter_can_do_is_not_rounded_up(command: BatteryCommand) -> None:
    assert target(command) == target(Hold())


def test_running_the_home_is_self_consumption_whatever_the_owner_had_chosen() -> None:
    owners = {**OWNERS, "mode": 3, "command": DISCHARGE, "power_w": 1500}
    wanted = target_settings(SelfConsume(), NO_LIMITS, owners, RATINGS)
    assert (wanted["mode"], wanted["command"], wanted["power_w"]) == (SELF_CONSUMPTION, DISCHARGE, 1500)


def test_an_export_limit_is_as_low_as_the_inverter_takes_it() -> None:
    assert changes(target(None, BatteryLimits(max_export_w=0))) == {"export_limit_w": 0, "export_limit_switch": ON}
    ranged = Ratings(5000, ExportRange.told(300, 5000, is_winet_s=False))
    assert target_settings(None, BatteryLimits(max_export_w=0), OWNERS, ranged)["export_limit_w"] == 300
    dongle = Ratings(5000, ExportRange.told(None, None, is_winet_s=True))
    assert target_settings(None, BatteryLimits(max_export_w=0), OWNERS, dongle)["export_limit_w"] == 50


@given(all_commands, all_limits, all_owners)
def test_every_target_can_be_written_and_lifts_no_limit_of_the_owner(
    command: BatteryCommand | None, limits: BatteryLimits, owners: dict[str, Any]
) -> None:
    wanted = target_settings(command, limits, owners, RATINGS)
    assert wanted.keys() == owners.keys()
    for name, value in wanted.items():
        SETTINGS.point(name).encode(value)
    assert wanted["least_soc_pct"] >= owners["least_soc_pct"]
    assert wanted["most_soc_pct"] <= owners["most_soc_pct"]
    assert wanted["reserve_pct"] == owners["reserve_pct"]
    assert wanted.get("most_discharge_w", 0) <= max(10, owners.get("most_discharge_w", 0))
    if owners["export_limit_switch"] == ON:
        assert wanted["export_limit_switch"] == ON
        assert wanted["export_limit_w"] <= owners["export_limit_w"]
    is_ours = isinstance(command, Charge | Discharge) and wanted["mode"] == FORCED and wanted["command"] != STOP
    if is_ours and command.power_w is not None:
        assert wanted["power_w"] <= command.power_w
