"""What commands and limits become in the settings of an ET inverter."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.devices.goodwe.export_limit import limit_w_in, narrowed
from app.devices.goodwe.registers import ALL_SETTINGS, CHARGE, DISCHARGE, OFF, ON, ems_mode_of, ems_of
from app.devices.goodwe.targets import target_settings
from app.domain.opinions import BatteryCommand, BatteryLimits, Charge, Discharge, Hold, SelfConsume

RATED_W = 10_000.0

powers = st.none() | st.integers(0, 100_000)
all_commands = st.one_of(st.none(), st.just(SelfConsume()), st.just(Hold()), st.builds(Charge, powers), st.builds(Discharge, powers))
all_limits = st.builds(
    BatteryLimits,
    max_export_w=st.none() | st.integers(0, 100_000),
    min_soc_pct=st.none() | st.floats(0, 100),
    max_soc_pct=st.none() | st.floats(0, 100),
)
percents = st.integers(0, 100)
all_owners = st.one_of(
    st.fixed_dictionaries({"export_limit_w": st.integers(0, 65_535), "least_soc_pct": percents}),
    st.fixed_dictionaries({"export_limit_pct": percents, "depth_pct": percents}),
).flatmap(
    lambda kept: st.fixed_dictionaries(
        {
            "ems": st.builds(ems_of, st.integers(1, 12), st.integers(0, 10_000)),
            "export_limit_switch": st.sampled_from([ON, OFF]),
            **{name: st.just(value) for name, value in kept.items()},
        },
        optional={"work_mode": st.integers(0, 5), "most_soc_pct": st.integers(10, 100)},
    )
)


@given(all_commands, all_limits, all_owners, st.sampled_from([RATED_W, None]))
def test_every_target_can_be_written_and_lifts_no_limit_of_the_owner(
    command: BatteryCommand | None, limits: BatteryLimits, owners: dict[str, Any], rated_w: float | None
) -> None:
    wanted = target_settings(command, limits, owners, rated_w)
    assert wanted.keys() == owners.keys()
    for name, value in wanted.items():
        ALL_SETTINGS.point(name).encode(value)
    assert wanted.get("least_soc_pct", 0) >= owners.get("least_soc_pct", 0)
    assert wanted.get("depth_pct", 0) <= owners.get("depth_pct", 0)
    assert wanted.get("most_soc_pct", 0) <= owners.get("most_soc_pct", 0)
    if owners["export_limit_switch"] == ON:
        assert wanted["export_limit_switch"] == ON
        for name in ("export_limit_w", "export_limit_pct"):
            assert wanted.get(name, 0) <= owners.get(name, 0)
    if isinstance(command, Charge | Discharge) and ems_mode_of(wanted["ems"]) in (CHARGE, DISCHARGE):
        power_w = wanted["ems"] & 0xFFFF
        assert 0 < power_w <= (rated_w or 5000)
        assert command.power_w is None or power_w <= command.power_w


@given(all_limits, all_owners)
def test_nothing_wished_within_no_limits_is_what_the_owner_has_set(limits: BatteryLimits, owners: dict[str, Any]) -> None:
    assert target_settings(None, BatteryLimits(), owners, RATED_W) == owners


@given(st.integers(0, 100_000), all_owners)
def test_an_export_limit_is_never_above_what_was_asked_for(limit_w: int, owners: dict[str, Any]) -> None:
    held_w = limit_w_in(narrowed(owners, limit_w, RATED_W), RATED_W)
    assert held_w is not None
    assert held_w <= limit_w


def test_a_share_of_an_unknown_power_is_nothing() -> None:
    owners = {"export_limit_pct": 100, "export_limit_switch": OFF}
    assert narrowed(owners, 4000, None) == {"export_limit_pct": 0, "export_limit_switch": ON}
    assert limit_w_in(owners, RATED_W) is None
