"""What commands and limits become in the settings of an AlphaESS inverter."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.devices.alphaess import registers
from app.devices.alphaess.registers import NO_POWER, SETTINGS
from app.devices.alphaess.targets import Ratings, target_settings
from app.domain.opinions import NO_LIMITS, BatteryCommand, BatteryLimits, Charge, Discharge, Hold, SelfConsume

OWNERS = {"dispatch": 0, "feed_in_pct": 100, "periods": 3, "reserve_pct": 20, "most_soc_pct": 90}
RATINGS = Ratings(most_charge_w=5000, most_discharge_w=4600, panels_w=6600, full_feed_in_w=6600)
ZERO_EXPORT = BatteryLimits(max_export_w=0)

powers = st.none() | st.integers(0, 100_000)
all_commands = st.one_of(st.none(), st.just(SelfConsume()), st.just(Hold()), st.builds(Charge, powers), st.builds(Discharge, powers))
all_limits = st.builds(
    BatteryLimits,
    max_export_w=st.none() | st.integers(0, 100_000),
    min_soc_pct=st.none() | st.floats(0, 100),
    max_soc_pct=st.none() | st.floats(0, 100),
)
all_owners = st.fixed_dictionaries(
    {"dispatch": st.just(0)},
    optional={
        "feed_in_pct": st.integers(0, 100),
        "periods": st.integers(0, 3),
        "reserve_pct": st.integers(4, 100),
        "most_soc_pct": st.integers(0, 100),
    },
)
watts = st.none() | st.integers(500, 30_000)
all_ratings = st.builds(Ratings, panels_w=watts, full_feed_in_w=watts, keeps_limit_in_command=st.just(False))


def target(command: BatteryCommand | None, limits: BatteryLimits = NO_LIMITS, ratings: Ratings = RATINGS, **owners: Any) -> dict[str, Any]:
    return target_settings(command, limits, {**OWNERS, **owners}, ratings)


def changes(settings: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if OWNERS.get(name) != value}


def dispatched_w(command: BatteryCommand, limits: BatteryLimits = NO_LIMITS, ratings: Ratings = RATINGS, **owners: Any) -> float | None:
    wanted = target(command, limits, ratings, **owners)
    return wanted["dispatch_w"] if wanted["dispatch"] else None


def test_nothing_wished_is_what_the_owner_has_set() -> None:
    assert target(None) == OWNERS


def test_a_command_is_a_dispatch_with_a_power_a_charge_and_a_timer() -> None:
    running = {"dispatch": 1, "dispatch_mode": 2, "timer": 1}
    assert changes(target(Charge(3000))) == {**running, "dispatch_w": -3000, "dispatch_soc_pct": 100}
    assert changes(target(Discharge(3000))) == {**running, "dispatch_w": 3000, "dispatch_soc_pct": 20}
    assert changes(target(Hold())) == {**running, "dispatch_w": 0, "dispatch_soc_pct": 100}


def test_without_a_power_it_is_what_the_battery_is_good_for_and_never_more() -> None:
    assert dispatched_w(Charge()) == dispatched_w(Charge(9000)) == -5000
    assert dispatched_w(Discharge()) == dispatched_w(Discharge(9000)) == 4600


def test_the_last_tenth_is_not_sold() -> None:
    assert target(Discharge(3000), reserve_pct=4)["dispatch_soc_pct"] == 10
    assert target(Discharge(3000), BatteryLimits(min_soc_pct=34.2))["dispatch_soc_pct"] == 35


def test_running_the_home_ends_the_time_periods() -> None:
    assert changes(target(SelfConsume())) == {"periods": 0}


def test_a_charge_stops_at_the_highest_that_is_allowed() -> None:
    wanted = target(Charge(3000), BatteryLimits(max_soc_pct=80.9))
    assert (wanted["dispatch_soc_pct"], wanted["most_soc_pct"]) == (80, 80)


def test_an_export_limit_is_rounded_down_to_a_percentage_and_lifts_nothing() -> None:
    assert changes(target(None, ZERO_EXPORT)) == {"feed_in_pct": 0}
    assert changes(target(None, BatteryLimits(max_export_w=3299))) == {"feed_in_pct": 49}
    assert changes(target(None, BatteryLimits(max_export_w=9000))) == {}
    assert target(None, BatteryLimits(max_export_w=5000), feed_in_pct=30)["feed_in_pct"] == 30
    assert changes(target(None, BatteryLimits(max_export_w=3299), replace(RATINGS, full_feed_in_w=None))) == {"feed_in_pct": 0}


@pytest.mark.parametrize("command", [Charge(3000), Hold(), Discharge(3000)], ids=lambda each: type(each).__name__)
def test_nothing_is_dispatched_that_could_feed_in_what_may_not_be(command: BatteryCommand) -> None:
    assert dispatched_w(command, ZERO_EXPORT) is None
    assert dispatched_w(command, feed_in_pct=0) is None
    assert dispatched_w(command, ZERO_EXPORT, replace(RATINGS, keeps_limit_in_command=True)) is not None


def test_a_charge_that_takes_all_the_sun_breaks_no_limit() -> None:
    small = replace(RATINGS, panels_w=4000)
    assert dispatched_w(Charge(4000), ZERO_EXPORT, small) == -4000
    assert dispatched_w(Charge(3999), ZERO_EXPORT, small) is None
    assert dispatched_w(Hold(), BatteryLimits(max_export_w=4000), small) is None
    assert dispatched_w(Hold(), BatteryLimits(max_export_w=4100), small) == 0


def test_a_discharge_stays_below_the_limit_and_with_the_strongest_sun_below_the_owners() -> None:
    assert dispatched_w(Discharge(4000), BatteryLimits(max_export_w=3300)) == 3300
    assert dispatched_w(Discharge(4000), ratings=replace(RATINGS, panels_w=2000), feed_in_pct=50) == 1300
    assert dispatched_w(Discharge(4000), ratings=replace(RATINGS, panels_w=None), feed_in_pct=50) is None


@given(all_commands, all_limits, all_owners, all_ratings)
def test_every_target_can_be_written_and_lifts_no_limit_of_the_owner(
    command: BatteryCommand | None, limits: BatteryLimits, owners: dict[str, Any], ratings: Ratings
) -> None:
    wanted = target_settings(command, limits, owners, ratings)
    for name in owners.keys() - {"dispatch"}:
        SETTINGS.point(name).encode(wanted[name])
    if wanted["dispatch"]:
        registers.POWER.encode(NO_POWER + wanted["dispatch_w"])
        registers.CUTOFF_PCT.encode(wanted["dispatch_soc_pct"])
        own_w = wanted.get("feed_in_pct", 100) / 100 * (ratings.full_feed_in_w or 0)
        if wanted.get("feed_in_pct", 100) < 100:
            assert wanted["dispatch_w"] <= own_w
    assert wanted.get("feed_in_pct", 100) <= owners.get("feed_in_pct", 100)
    assert wanted.get("reserve_pct", 0) >= owners.get("reserve_pct", 0)
    assert wanted.get("most_soc_pct", 0) <= owners.get("most_soc_pct", 0)
    if isinstance(command, Charge | Discharge) and command.power_w is not None and wanted["dispatch"]:
        assert abs(wanted["dispatch_w"]) <= command.power_w
