"""What commands and limits become in the settings of a FoxESS inverter."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.devices.foxess.families import FAMILIES
from app.devices.foxess.targets import target_settings
from app.domain.opinions import NO_LIMITS, BatteryCommand, BatteryLimits, Charge, Discharge, Hold, SelfConsume

OWNERS = {"mode": 1, "least_soc_pct": 20, "most_soc_pct": 90, "remote": 0}

powers = st.none() | st.integers(0, 100_000)
all_commands = st.one_of(st.none(), st.just(SelfConsume()), st.just(Hold()), st.builds(Charge, powers), st.builds(Discharge, powers))
all_limits = st.builds(
    BatteryLimits,
    max_export_w=st.none() | st.integers(0, 100_000),
    min_soc_pct=st.none() | st.floats(0, 100),
    max_soc_pct=st.none() | st.floats(0, 100),
)
all_owners = st.fixed_dictionaries(
    {"mode": st.integers(0, 2), "remote": st.just(0)},
    optional={"least_soc_pct": st.integers(10, 100), "most_soc_pct": st.integers(10, 100)},
)


def target(command: BatteryCommand | None, limits: BatteryLimits = NO_LIMITS, **owners: Any) -> dict[str, Any]:
    return target_settings(command, limits, {**OWNERS, **owners}, self_use=0, rated_w=5000)


def changes(settings: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if OWNERS.get(name) != value}


def test_nothing_wished_is_what_the_owner_has_set() -> None:
    assert target(None) == OWNERS


def test_a_command_is_a_remote_power_and_leaves_the_work_mode() -> None:
    assert changes(target(Charge(3000))) == {"remote": 1, "remote_w": -3000, "timer": 1}
    assert changes(target(Discharge(3000))) == {"remote": 1, "remote_w": 3000, "timer": 1}
    assert changes(target(Hold())) == {"remote": 1, "remote_w": 0, "timer": 1}
    assert target(Charge())["remote_w"] == target(Charge(9000))["remote_w"] == -5000


def test_running_the_home_is_self_use() -> None:
    assert changes(target(SelfConsume())) == {"mode": 0}


def test_a_discharge_that_may_feed_in_nothing_serves_the_home() -> None:
    assert changes(target(Discharge(3000), BatteryLimits(max_export_w=0))) == {"mode": 0}


def test_limits_of_the_charge_are_narrowed() -> None:
    assert changes(target(None, BatteryLimits(min_soc_pct=34.2, max_soc_pct=80.9))) == {"least_soc_pct": 35, "most_soc_pct": 80}
    assert changes(target(None, BatteryLimits(min_soc_pct=5, max_soc_pct=95))) == {}


@given(all_commands, all_limits, all_owners)
def test_every_target_can_be_written_and_lifts_no_limit_of_the_owner(
    command: BatteryCommand | None, limits: BatteryLimits, owners: dict[str, Any]
) -> None:
    family = FAMILIES["h3"]
    wanted = target_settings(command, limits, owners, self_use=0, rated_w=5000)
    for name in owners.keys() - {"remote"}:
        family.settings.point(name).encode(wanted[name])
    assert wanted.get("least_soc_pct", 0) >= owners.get("least_soc_pct", 0)
    assert wanted.get("most_soc_pct", 0) <= owners.get("most_soc_pct", 0)
    if wanted["remote"]:
        family.power_w.encode(wanted["remote_w"])
        asked = getattr(command, "power_w", 0)
        assert abs(wanted["remote_w"]) <= (5000 if asked is None else asked)
