"""The driver of SUN2000 inverters with a battery, and what becomes of a forced command over time."""

from datetime import timedelta

import pytest

from app.domain.opinions import BatteryLimits, Charge, Discharge, Hold, SelfConsume
from app.simulators import modbus_effects
from app.simulators.huawei import Quirks
from app.transports.errors import AnswerNotUnderstood, NotConfirmed, RequestRefused, Unreachable
from tests.devices.contract.rig import START
from tests.devices.huawei.benches import battery


def test_a_charge_is_sent_in_the_order_of_the_sheet_and_stopped_first_of_all() -> None:
    with battery() as bench:
        baseline = bench.owners()
        assert bench.bring_about(Charge(5000), baseline) == frozenset()
        assert bench.sent() == [(47087, 1), (47247, 0, 0x1388), (47083, 20), (47100, 1)]
        assert bench.moved_w() == -5000
        assert bench.bring_about(None, baseline) == frozenset()
        assert bench.sent() == [(47100, 0), (47247, 0, 0), (47087, 0)]


def test_a_discharge_is_sent_in_the_order_of_the_sheet() -> None:
    with battery() as bench:
        bench.device.owner_sets({47246: 1})
        assert bench.bring_about(Discharge(3000), bench.owners()) == frozenset()
        assert bench.sent() == [(47082, 100), (47249, 0, 3000), (47246, 0), (47083, 20), (47100, 2)]
        assert bench.moved_w() == 3000


def test_another_power_is_put_in_force_with_the_command() -> None:
    with battery() as bench:
        baseline = bench.owners()
        bench.bring_about(Charge(3000), baseline)
        bench.sent()
        assert bench.bring_about(Charge(1000), baseline) == frozenset()
        assert bench.sent() == [(47247, 0, 1000), (47083, 20), (47100, 1)]
        assert bench.moved_w() == -1000


def test_a_hold_discharges_nothing_and_is_released_to_the_owners_power() -> None:
    with battery() as bench:
        bench.device.owner_sets({47077: 4500})
        baseline = bench.owners()
        assert bench.bring_about(Hold(), baseline) == frozenset()
        assert bench.sent() == [(47077, 0, 0)]
        assert bench.moved_w() == 0
        assert bench.bring_about(None, baseline) == frozenset()
        assert bench.sent() == [(47077, 0, 4500)]


def test_a_discharging_power_that_the_cold_battery_cannot_yet_give_comes_back_later() -> None:
    with battery() as bench:
        bench.device.owner_sets({47086: 5})
        baseline = bench.owners()
        bench.bring_about(Hold(), baseline, BatteryLimits(min_soc_pct=10))
        bench.device.most_discharge_w = 2500
        with pytest.raises(NotConfirmed, match="just now"):
            bench.bring_about(None, baseline)
        assert bench.want(None, baseline)[1] == {"most_discharge_w"}
        bench.device.most_discharge_w = 5000
        assert bench.bring_about(None, baseline) == frozenset()
        assert bench.device.held()[47077] == 5000


def test_a_discharging_power_that_is_declined_for_another_reason_is_refused() -> None:
    with battery() as bench:
        baseline = {**bench.owners(), "most_discharge_w": 4000}
        bench.faults.add(modbus_effects.ModbusException(3), server="modbus.huawei", method="POST")
        with pytest.raises(RequestRefused):
            bench.bring_about(None, baseline)


def test_running_the_home_changes_the_owners_mode_and_gives_it_back() -> None:
    with battery() as bench:
        bench.device.owner_sets({47086: 4})
        baseline = bench.owners()
        assert bench.bring_about(SelfConsume(), baseline) == frozenset()
        assert bench.sent() == [(47086, 2)]
        assert bench.bring_about(None, baseline) == frozenset()
        assert bench.sent() == [(47086, 4)]


def test_a_reading_tells_what_the_plant_does() -> None:
    with battery(at=START - timedelta(hours=4)) as bench:
        bench.bring_about(Discharge(3000), bench.owners())
        bench.clock.advance(60)
        live = bench.battery.read_live(bench.clock.now())
        flow = bench.device.plant.flow
        assert (live.grid_w, live.battery_w, live.load_w) == pytest.approx((flow.grid_w, flow.battery_w, flow.load_w), abs=3)
        assert live.solar_w == pytest.approx(flow.solar_w / 0.98, abs=3)
        assert flow.solar_w > 1000
        assert live.soc_pct == pytest.approx(bench.device.plant.pack.soc_pct, abs=0.1)
        assert live.on_grid is True
        bench.device.plant.on_grid = False
        assert bench.battery.read_live(bench.clock.now()).on_grid is False


def test_a_battery_that_is_offline_has_no_charge() -> None:
    with battery(Quirks(has_battery=False)) as bench:
        live = bench.battery.read_live(START)
        assert (live.soc_pct, live.battery_w) == (None, None)
        with pytest.raises(AnswerNotUnderstood, match="does it have one"):
            bench.battery.read_facts()


def test_what_the_battery_is_good_for_bounds_a_command_and_does_not_waver() -> None:
    with battery() as bench:
        bench.device.most_charge_w = 3500
        baseline = bench.owners()
        assert bench.bring_about(Charge(), baseline) == frozenset()
        assert bench.device.held()[47247] == 3500
        bench.device.most_charge_w = 1200
        assert bench.want(Charge(), baseline)[1] == frozenset()


def test_a_sleeping_battery_is_taken_for_what_it_is_rated_for() -> None:
    with battery() as bench:
        bench.device.most_charge_w = 0
        assert bench.want(Charge(), bench.owners())[0]["forced_charge_w"] == 5000


def test_facts_are_those_of_the_plate() -> None:
    with battery() as bench:
        facts = bench.battery.read_facts()
        assert (facts.capacity_wh, facts.max_charge_w, facts.max_discharge_w) == (10_000, 5000, 5000)


def test_a_command_with_an_end_is_timed_to_it() -> None:
    with battery() as bench:
        baseline, until = bench.owners(), bench.clock.now() + timedelta(minutes=45)
        bench.battery.read_live(bench.clock.now())
        bench.bring_about(Charge(1000), baseline, until=until)
        assert (47083, 47) in bench.sent()
        bench.clock.advance(2700)
        assert bench.want(Charge(1000), baseline, until=until)[1] == frozenset()
        bench.clock.advance(150)
        assert not bench.device.is_forced or bench.moved_w() != -1000


@pytest.mark.parametrize("quirks", [Quirks(), Quirks(keeps_command=True)], ids=["falls back", "keeps its command"])
def test_a_command_without_an_end_is_renewed_and_ends_when_nobody_does(quirks: Quirks) -> None:
    with battery(quirks) as bench:
        baseline = bench.owners()
        bench.bring_about(Charge(1000), baseline)
        bench.clock.advance(500)
        assert bench.want(Charge(1000), baseline)[1] == frozenset()
        bench.clock.advance(150)
        assert bench.want(Charge(1000), baseline)[1] == {"timer"}
        bench.sent()
        assert bench.bring_about(Charge(1000), baseline) == frozenset()
        assert bench.sent() == [(47083, 20), (47100, 1)]
        bench.clock.advance(1000)
        assert bench.moved_w() == -1000
        bench.clock.advance(200)
        assert bench.moved_w() != -1000
        assert bench.want(Charge(1000), baseline)[1] == ({"timer"} if quirks.keeps_command else {"forced"})


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
        for let_through in range(3):
            bench.break_off_after(let_through)
            with pytest.raises(Unreachable):
                bench.bring_about(Discharge(2000), baseline)
            bench.recover()
            assert "timer" in bench.want(Discharge(2000), baseline)[1]
        assert bench.bring_about(Discharge(2000), baseline) == frozenset()


def test_anothers_command_is_nobodys_setting() -> None:
    with battery() as bench:
        bench.bring_about(Charge(1000), bench.owners())
        bench.device.owner_sets({47247: 2000})
        theirs = bench.owners()
        assert (theirs["forced"], theirs["forced_charge_w"]) == (0, 2000)
        assert "timer" not in theirs


def test_what_is_wanted_no_longer_differs_from_what_was_sent() -> None:
    with battery() as bench:
        assert bench.battery.differing({"timer": None}, {"timer": 1}) == {"timer"}


def test_without_a_meter_no_export_limit_is_set() -> None:
    with battery(Quirks(has_meter=False)) as bench:
        assert bench.battery.read_live(START).grid_w is None
        with pytest.raises(RequestRefused, match="meter"):
            bench.bring_about(Hold(), bench.owners(), BatteryLimits(max_export_w=0))
        assert bench.writes() == 0


def test_a_setting_that_wants_an_installer_is_refused_in_words() -> None:
    with battery(Quirks(wants_installer=frozenset({47100}))) as bench, pytest.raises(RequestRefused, match="installer"):
        bench.bring_about(Charge(1000), bench.owners())


def test_an_inverter_without_a_battery_is_refused() -> None:
    quirks = Quirks(has_battery=False, missing=frozenset({47077, 47078, 47086, 47100}))
    with battery(quirks) as bench, pytest.raises(AnswerNotUnderstood, match="does it have one"):
        bench.battery.read_settings()


def test_another_inverter_at_its_address_is_not_written_to() -> None:
    with battery() as bench:
        baseline = bench.owners()
        wanted, fields = bench.want(Charge(1000), baseline)
        bench.device.serial = "HV2150099999"
        with pytest.raises(RequestRefused, match="another device"):
            bench.battery.write(wanted, fields, None)
        assert bench.writes() == 0


def test_settings_are_told_in_words() -> None:
    with battery() as bench:
        bench.bring_about(Charge(5000), bench.owners())
        words = bench.battery.in_words(bench.battery.read_settings())
        assert words["forced command"] == "charge"
        assert words["forced charging power"] == "5.0\u202fkW"
        assert words["forced command's timer"] == "set"
        assert words["working mode"] == "maximum self-consumption"
        assert words["charging from the grid"] == "allowed"
        assert words["export limitation"] == "off"
