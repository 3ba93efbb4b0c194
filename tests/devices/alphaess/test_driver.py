"""The driver of AlphaESS batteries against the peculiarities of models and firmwares, and what becomes of a command over time."""

from datetime import datetime, timedelta

import pytest

from app.devices.capabilities import Settings
from app.domain.opinions import NO_LIMITS, BatteryCommand, BatteryLimits, Charge, Discharge, Hold
from app.simulators.alphaess import Quirks
from app.transports.errors import AnswerNotUnderstood, Unreachable
from tests.devices.alphaess.benches import Bench, alphaess
from tests.devices.contract.rig import START, ZONE
from tests.devices.contract.troubles import Trouble

NOON = START - timedelta(hours=4)
ZERO_EXPORT = BatteryLimits(max_export_w=0)


def bring_about(
    bench: Bench,
    command: BatteryCommand | None,
    baseline: Settings,
    limits: BatteryLimits = NO_LIMITS,
    until: datetime | None = None,
) -> frozenset[str]:
    battery = bench.battery
    wanted = battery.target(command, limits, baseline, now=START, until=until, zone=ZONE)
    fields = battery.differing(wanted, battery.read_settings())
    battery.write(wanted, fields, until)
    return battery.differing(wanted, battery.read_settings())


def owners(bench: Bench) -> Settings:
    return bench.battery.owners(bench.battery.read_settings())


def want(bench: Bench, command: BatteryCommand | None) -> frozenset[str]:
    """What a tick would write now."""
    wanted = bench.battery.target(command, NO_LIMITS, owners(bench), now=START, until=None, zone=ZONE)
    return bench.battery.differing(wanted, bench.battery.read_settings())


def moved_w(bench: Bench) -> float:
    bench.clock.advance(60)
    battery_w = bench.battery.read_live(bench.clock.now()).battery_w
    assert battery_w is not None
    return battery_w


def test_a_charge_is_sent_in_the_order_of_the_sheet_and_moves_the_battery() -> None:
    with alphaess() as bench:
        baseline = owners(bench)
        assert bring_about(bench, Charge(5000), baseline) == frozenset()
        assert bench.sent() == [(0x0880, 1), (0x0881, 0, 0x6978), (0x0887, 0, 1200), (0x0886, 250), (0x0885, 2)]
        assert moved_w(bench) == pytest.approx(-5000, abs=1)
        bench.server.record.writes.clear()
        assert bring_about(bench, None, baseline) == frozenset()
        assert bench.sent() == [(0x0880, 0)]


def test_a_discharge_ends_at_its_floor_and_holding_stands_still() -> None:
    with alphaess() as bench:
        baseline = owners(bench)
        assert bring_about(bench, Discharge(2500), baseline) == frozenset()
        assert bench.sent()[-2:] == [(0x0886, 25), (0x0885, 2)]
        assert moved_w(bench) == 2500
        bench.device.plant.pack.soc_pct = 10.0
        assert moved_w(bench) == 0
        assert bring_about(bench, Hold(), baseline) == frozenset()
        assert moved_w(bench) == 0


def test_limits_come_before_a_dispatch_and_a_dispatch_ends_before_limits() -> None:
    with alphaess(keeps_limit_in_command=True) as bench:
        baseline = owners(bench)
        limits = BatteryLimits(max_export_w=3300, min_soc_pct=30)
        assert bring_about(bench, Discharge(2500), baseline, limits) == frozenset()
        assert [address for address, *_ in bench.sent()] == [0x0850, 0x0800, 0x0880, 0x0881, 0x0887, 0x0886, 0x0885]
        bench.server.record.writes.clear()
        assert bring_about(bench, None, baseline) == frozenset()
        assert [address for address, *_ in bench.sent()] == [0x0880, 0x0850, 0x0800]


def test_a_limit_of_nothing_stops_the_dispatch_that_would_lift_it() -> None:
    with alphaess(at=NOON) as bench:
        baseline = owners(bench)
        bench.device.plant.pack.soc_pct = 100.0
        bring_about(bench, Hold(), baseline)
        bench.clock.advance(60)
        assert bench.device.plant.step_to(bench.clock.now()).grid_w < -1000
        assert bring_about(bench, Hold(), baseline, ZERO_EXPORT) == frozenset()
        assert bench.sent()[-2:] == [(0x0880, 0), (0x0800, 0)]
        bench.clock.advance(60)
        assert bench.device.plant.step_to(bench.clock.now()).grid_w >= -1


def test_a_limit_without_external_control_is_kept_and_ignored_as_the_owner_is_told() -> None:
    with alphaess(Quirks(takes_feed_in_limit=False), at=NOON) as bench:
        bench.device.plant.pack.soc_pct = 100.0
        assert bring_about(bench, None, owners(bench), ZERO_EXPORT) == frozenset()
        bench.clock.advance(60)
        assert bench.device.plant.step_to(bench.clock.now()).grid_w < -1000


def test_a_command_with_an_end_is_timed_to_it_and_not_renewed() -> None:
    with alphaess() as bench:
        baseline, until = owners(bench), START + timedelta(minutes=45)
        bench.clock.advance(300)
        bench.battery.read_live(bench.clock.now())
        bring_about(bench, Charge(1000), baseline, until=until)
        assert (0x0887, 0, 2520) in bench.sent()
        bench.clock.advance(2500)
        assert want(bench, Charge(1000)) == frozenset()
        assert moved_w(bench) != -1000
        assert not bench.device.is_dispatching


def test_a_command_without_an_end_is_renewed_at_half_its_term() -> None:
    with alphaess() as bench:
        bring_about(bench, Charge(1000), owners(bench))
        for _ in range(5):
            assert moved_w(bench) == -1000
            bench.clock.advance(530)
            assert want(bench, Charge(1000)) == frozenset()
            bench.clock.advance(20)
            assert want(bench, Charge(1000)) == {"timer"}
            assert bring_about(bench, Charge(1000), owners(bench)) == frozenset()


def test_nobody_renews_it_when_the_app_is_gone() -> None:
    with alphaess() as bench:
        bring_about(bench, Charge(1000), owners(bench))
        bench.clock.advance(1199)
        assert bench.device.is_dispatching
        assert moved_w(bench) != -1000
        assert want(bench, None) == frozenset()
        assert bench.battery.abilities.drifts["dispatch"] == {0}
        assert want(bench, Charge(1000)) == {"dispatch"}


def test_a_firmware_that_leaves_its_start_switch_on_is_not_believed() -> None:
    with alphaess(Quirks(keeps_start=True)) as bench:
        bring_about(bench, Charge(1000), owners(bench))
        bench.clock.advance(1300)
        assert bench.battery.read_settings()["dispatch"] == 1
        assert want(bench, Charge(1000)) == {"timer"}
        assert bring_about(bench, Charge(1000), owners(bench)) == frozenset()
        assert moved_w(bench) == -1000


def test_a_timer_that_counts_down_in_its_register_is_no_difference() -> None:
    with alphaess(Quirks(counts_down=True)) as bench:
        bring_about(bench, Charge(1000), owners(bench))
        bench.clock.advance(500)
        assert want(bench, Charge(1000)) == frozenset()


def test_a_new_process_does_not_know_the_timer_and_sets_it() -> None:
    with alphaess() as bench:
        bring_about(bench, Charge(1000), owners(bench))
        bench.start_again()
        assert want(bench, Charge(1000)) == {"timer"}
        assert bring_about(bench, Charge(1000), owners(bench)) == frozenset()


def test_a_dispatch_that_was_not_committed_is_not_taken_for_one() -> None:
    with alphaess() as bench:
        baseline = owners(bench)
        bring_about(bench, Charge(1000), baseline)
        bring_about(bench, None, baseline)
        for let_through in range(1, 5):
            bench.break_off_after(let_through)
            with pytest.raises(Unreachable):
                bring_about(bench, Charge(1000), baseline)
            bench.recover()
            assert not bench.device.is_dispatching
            assert want(bench, Charge(1000)) == {"timer"}
        assert bring_about(bench, Charge(1000), baseline) == frozenset()
        assert bench.device.is_dispatching


def test_another_controllers_dispatch_is_told_from_ours_and_is_nobodys_setting() -> None:
    with alphaess() as bench:
        bring_about(bench, Charge(1000), owners(bench))
        bench.device.owner_sets({0x0881: 34_000})
        found = bench.battery.read_settings()
        assert found["dispatch_w"] == 2000
        assert "dispatch_w" in bench.battery.owners(found)
        assert bench.battery.owners(found)["dispatch"] == 0
        assert "timer" not in bench.battery.owners(found)


def test_the_sun_is_the_sum_of_strings_and_other_inverters_or_the_total() -> None:
    with alphaess(at=NOON) as bench:
        bench.device.plant.extra_solar_w = 700.0
        live = bench.battery.read_live(NOON)
        assert live.solar_w == pytest.approx(bench.device.plant.flow.solar_w, abs=1)
        assert live.load_w == pytest.approx(bench.device.plant.flow.load_w, abs=3)
    strings = frozenset(address + n for address in range(0x041F, 0x0434, 4) for n in (0, 1))
    with alphaess(Quirks(missing=strings), at=NOON) as bench:
        assert bench.battery.read_live(NOON).solar_w == pytest.approx(bench.device.plant.flow.solar_w, abs=1)
    with alphaess(Quirks(missing=frozenset({0x0453, 0x0454})), at=NOON) as bench:
        assert bench.battery.read_live(NOON).solar_w == pytest.approx(bench.device.plant.flow.solar_w, abs=1)


def test_the_signs_are_those_of_the_app() -> None:
    with alphaess() as bench:
        bring_about(bench, Charge(4000), owners(bench))
        bench.clock.advance(60)
        live = bench.battery.read_live(bench.clock.now())
        assert live.battery_w == -4000
        assert live.grid_w == pytest.approx(bench.device.plant.flow.grid_w, abs=1)
        assert live.grid_w > 1000


def test_the_size_is_what_the_inverter_tells() -> None:
    with alphaess() as bench:
        facts = bench.battery.read_facts()
        assert (facts.capacity_wh, facts.max_charge_w, facts.max_discharge_w) == (13_400, 5_000, 5_000)


def test_the_ratings_are_asked_for_again_while_nothing_was_told() -> None:
    with alphaess() as bench:
        bench.befall(Trouble.IMPLAUSIBLE)
        with pytest.raises(AnswerNotUnderstood):
            bench.battery.read_settings()
        bench.recover()
        bring_about(bench, None, owners(bench), BatteryLimits(max_export_w=3300))
        assert bench.sent() == [(0x0800, 50)]


def test_what_is_set_is_told_in_words() -> None:
    with alphaess() as bench:
        bring_about(bench, Charge(3200), owners(bench))
        words = bench.battery.in_words(bench.battery.read_settings())
        assert words["command"] == "running"
        assert words["commanded power"] == "3.2\u202fkW into the battery"
        assert words["command's timer"] == "set"


def test_what_is_wanted_no_longer_differs_from_what_was_sent() -> None:
    with alphaess() as bench:
        assert bench.battery.differing({"timer": None, "dispatch_w": None}, {"timer": 1, "dispatch_w": 1000}) == {"timer", "dispatch_w"}
