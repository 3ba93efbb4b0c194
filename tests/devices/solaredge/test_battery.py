"""The driver of SolarEdge inverters with a battery, and what becomes of a remote command over time."""

from datetime import timedelta

import pytest

from app.domain.opinions import BatteryLimits, Charge, Discharge, Hold, SelfConsume
from app.simulators.solaredge import Quirks
from app.transports.errors import AnswerNotUnderstood, RequestRefused, Unreachable
from tests.devices.contract.rig import START
from tests.devices.solaredge.benches import battery


def test_a_charge_is_bounded_before_it_begins_and_its_end_gives_all_back() -> None:
    with battery() as bench:
        baseline = bench.owners()
        assert bench.bring_about(Charge(5000), baseline) == frozenset()
        assert bench.sent() == [(0xE004, 4), (0xE00B, 1200, 0), (0xE00E, 0x4000, 0x459C), (0xE00D, 3)]
        assert bench.moved_w() == -5000
        assert bench.bring_about(None, baseline) == frozenset()
        assert [each[0] for each in bench.sent()] == [0xE004, 0xE00D, 0xE00E]
        assert not bench.device.is_remote


def test_a_discharge_leaves_the_last_tenth() -> None:
    with battery() as bench:
        assert bench.bring_about(Discharge(3000), bench.owners()) == frozenset()
        assert [each[0] for each in bench.sent()] == [0xE008, 0xE004, 0xE00B, 0xE010, 0xE00D]
        assert bench.moved_w() == 3000
        bench.device.plant.pack.soc_pct = 10
        assert bench.moved_w() == 0


def test_a_hold_runs_the_home_without_discharge_and_ends_by_itself() -> None:
    with battery() as bench:
        assert bench.bring_about(Hold(), bench.owners()) == frozenset()
        assert bench.sent() == [(0xE004, 4), (0xE00B, 1200, 0), (0xE010, 0, 0), (0xE00D, 7)]
        assert bench.moved_w() == 0
        assert bench.device.plant.flow.grid_w > 100


def test_where_the_grid_may_not_be_charged_from_only_sun_is() -> None:
    with battery() as bench:
        assert bench.bring_about(Charge(3000), bench.owners(), BatteryLimits(grid_charging_allowed=False)) == frozenset()
        held = bench.device.held()
        assert (held[0xE005], held[0xE00D]) == (0, 2)
        bench.clock.advance(600)
        assert bench.device.plant.step_to(bench.clock.now()).grid_w <= 0 or bench.moved_w() == 0


def test_running_the_home_changes_the_owners_control_and_gives_it_back() -> None:
    with battery() as bench:
        bench.device.owner_sets({0xE004: 3})
        baseline = bench.owners()
        assert bench.bring_about(SelfConsume(), baseline) == frozenset()
        assert bench.sent() == [(0xE004, 1)]
        assert bench.bring_about(None, baseline) == frozenset()
        assert bench.sent() == [(0xE004, 3)]


def test_a_reading_tells_what_the_plant_does() -> None:
    quirks = Quirks(batteries=3, meters=("production", "grid"))
    with battery(quirks, at=START - timedelta(hours=4), meter=2) as bench:
        assert bench.bring_about(Discharge(3000), bench.owners()) == frozenset()
        bench.clock.advance(60)
        live, flow = bench.battery.read_live(bench.clock.now()), bench.device.plant.flow
        told = (live.solar_w, live.grid_w, live.battery_w, live.load_w)
        assert told == pytest.approx((flow.solar_w, flow.grid_w, flow.battery_w, flow.load_w), abs=3)
        assert flow.solar_w > 1000
        assert live.soc_pct == pytest.approx(bench.device.plant.pack.soc_pct, abs=0.1)
        facts = bench.battery.read_facts()
        assert facts.capacity_wh == pytest.approx(9800, abs=1)
        assert (facts.max_charge_w, facts.max_discharge_w) == pytest.approx((5000, 5000), abs=1)


def test_a_home_without_a_battery_is_refused() -> None:
    with battery(Quirks(batteries=0)) as bench:
        live = bench.battery.read_live(START)
        assert (live.soc_pct, live.battery_w, live.solar_w) == (None, None, None)
        with pytest.raises(AnswerNotUnderstood, match="does it have one"):
            bench.battery.read_facts()


def test_an_inverter_without_storage_control_is_refused() -> None:
    with battery() as bench:
        for address in range(0xE004, 0xE012):
            bench.device.own.words.pop(address)
        with pytest.raises(AnswerNotUnderstood, match="storage control"):
            bench.battery.read_settings()


def test_without_a_meter_no_export_limit_is_set() -> None:
    with battery(Quirks(meters=())) as bench, pytest.raises(RequestRefused, match="meter"):
        bench.bring_about(Hold(), bench.owners(), BatteryLimits(max_export_w=0))


def test_a_command_with_an_end_is_timed_to_it() -> None:
    with battery() as bench:
        baseline, until = bench.owners(), bench.clock.now() + timedelta(minutes=45)
        bench.battery.read_live(bench.clock.now())
        bench.bring_about(Charge(1000), baseline, until=until)
        (seconds,) = [words[0] for address, *words in bench.sent() if address == 0xE00B]
        assert 2800 <= seconds <= 2820
        bench.clock.advance(2700)
        assert bench.want(Charge(1000), baseline, until=until)[1] == frozenset()
        bench.clock.advance(150)
        assert bench.moved_w() != -1000


def test_a_command_without_an_end_is_renewed_and_ends_when_nobody_does() -> None:
    with battery() as bench:
        baseline = bench.owners()
        bench.bring_about(Charge(1000), baseline)
        bench.clock.advance(500)
        assert bench.want(Charge(1000), baseline)[1] == frozenset()
        bench.clock.advance(150)
        assert bench.want(Charge(1000), baseline)[1] == {"timer"}
        bench.sent()
        assert bench.bring_about(Charge(1000), baseline) == frozenset()
        assert bench.sent() == [(0xE00B, 1200, 0), (0xE00D, 3)]
        bench.clock.advance(1000)
        assert bench.moved_w() == -1000
        bench.clock.advance(200)
        assert bench.moved_w() != -1000


def test_a_new_process_does_not_know_the_timer_and_sets_it() -> None:
    with battery() as bench:
        baseline = bench.owners()
        bench.bring_about(Charge(1000), baseline)
        bench.start_again()
        assert bench.want(Charge(1000), baseline)[1] == {"timer"}


def test_a_command_that_broke_off_is_not_taken_for_one() -> None:
    with battery() as bench:
        baseline = bench.owners()
        bench.bring_about(Charge(1000), baseline)
        for let_through in (1, 0, 1):
            bench.break_off_after(let_through)
            with pytest.raises(Unreachable):
                bench.bring_about(Discharge(2000), baseline)
            bench.recover()
            assert "timer" in bench.want(Discharge(2000), baseline)[1]
        assert bench.bring_about(Discharge(2000), baseline) == frozenset()


def test_a_controller_that_was_there_before_gets_its_control_back() -> None:
    with battery() as bench:
        bench.device.owner_sets({0xE004: 4, 0xE00D: 5, 0xE010: 1500.0})
        before, baseline = bench.device.held(), bench.owners()
        assert "timer" not in baseline
        assert bench.bring_about(Charge(1000), baseline) == frozenset()
        assert bench.bring_about(None, baseline) == frozenset()
        assert bench.device.held() == before


def test_what_is_wanted_no_longer_differs_from_what_was_sent() -> None:
    with battery() as bench:
        assert bench.battery.differing({"timer": None}, {"timer": 1}) == {"timer"}


def test_another_inverter_at_its_address_is_not_written_to() -> None:
    with battery() as bench:
        baseline = bench.owners()
        wanted, fields = bench.want(Charge(1000), baseline)
        bench.device.serial = "7F999999"
        with pytest.raises(RequestRefused, match="another device"):
            bench.battery.write(wanted, fields, None)
        assert bench.writes() == 0


def test_settings_are_told_in_words() -> None:
    with battery() as bench:
        bench.bring_about(Charge(5000), bench.owners())
        words = bench.battery.in_words(bench.battery.read_settings())
        assert words["storage control"] == "remote"
        assert words["remote command"] == "charge from sun and grid"
        assert words["remote command's timer"] == "set"
        assert words["charging from the grid"] == "always"
