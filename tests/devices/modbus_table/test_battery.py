"""The driver of a described battery: what goes over the wire, in which order, and what is refused."""

from datetime import timedelta
from typing import Any

import pytest

from app.devices.modbus_table.fields import BatteryTableFields
from app.devices.modbus_table.load import plan_from
from app.devices.modbus_table.targets import Ratings, battery_settings
from app.devices.registry import device_brands
from app.domain.opinions import NO_LIMITS, BatteryLimits, Charge, Discharge, Hold, SelfConsume
from app.simulators.modbus_table import HybridQuirks
from app.transports.errors import AnswerNotUnderstood, RequestRefused
from tests.devices.contract.rig import START, ZONE
from tests.devices.modbus_table.benches import HybridBench, hybrid
from tests.devices.modbus_table.tables import HYBRID, WITHOUT_TIMER, changed

NOON = START - timedelta(hours=4)
UNTIL = START + timedelta(minutes=45)


def battery_w(bench: HybridBench) -> float:
    bench.clock.advance(60)
    found = bench.battery.read_live(bench.clock.now()).battery_w
    assert found is not None
    return found


def test_figures_come_from_the_words_of_the_documentation_in_the_signs_of_the_app() -> None:
    with hybrid(at=NOON) as bench:
        device, plant = bench.device, bench.device.plant
        for address, word in ((212, 60), (211, 1000), (210, 1)):
            device.write(3, 6, address, [word], NOON)
        live = bench.battery.read_live(NOON)
        words = {address: device.read(3, 4, address, 1, NOON)[0] for address in (121, 123, 124, 126)}
        assert words[126] == 110
        assert live.soc_pct == 55
        assert live.solar_w == pytest.approx(plant.flow.solar_w, abs=1)
        assert live.grid_w == pytest.approx(plant.flow.grid_w, abs=1)
        assert live.battery_w == pytest.approx(plant.flow.battery_w, abs=10)
        assert live.load_w == pytest.approx(plant.flow.load_w, abs=12)
        assert live.grid_w is not None
        assert live.grid_w < -1000
        assert (live.battery_w, words[124]) == (-1000, 100)


def test_a_charge_that_is_not_available_is_none() -> None:
    with hybrid(HybridQuirks(is_booting=True), at=NOON) as bench:
        live = bench.battery.read_live(NOON)
        assert live.soc_pct is None
        assert live.solar_w is not None


def test_facts_are_what_the_device_tells_else_what_the_table_says() -> None:
    with hybrid() as bench:
        facts = bench.battery.read_facts()
        assert (facts.capacity_wh, facts.max_charge_w, facts.max_discharge_w) == (10_200, 5_000, 5_000)

    def written_down(data: dict[str, Any]) -> None:
        del data["read"]["capacity_wh"]
        data["facts"] = {"capacity_wh": 9_600, "max_charge_w": 3_000}

    with hybrid(table=changed(HYBRID, written_down)) as bench:
        facts = bench.battery.read_facts()
        assert (facts.capacity_wh, facts.max_charge_w) == (9_600, 5_000)


def test_each_command_is_written_in_its_own_order_and_moves_the_battery() -> None:
    with hybrid() as bench:
        baseline = bench.battery.read_settings()
        assert bench.bring_about(Charge(3000), baseline, until=UNTIL) == frozenset()
        assert bench.sent() == [(211, 3000), (212, 20), (210, 1)]
        assert battery_w(bench) == -3000
        assert bench.bring_about(Discharge(2500), baseline) == frozenset()
        assert bench.sent() == [(211, 65536 - 2500), (212, 20), (210, 1)]
        assert battery_w(bench) == 2500
        assert bench.bring_about(Hold(), baseline) == frozenset()
        assert bench.sent() == [(211, 0), (212, 20), (210, 1)]
        assert battery_w(bench) == 0
        assert bench.bring_about(SelfConsume(), baseline) == frozenset()
        assert bench.sent() == [(210, 0)]


def test_giving_back_goes_in_the_order_of_the_table_with_the_lowest_charge_last() -> None:
    with hybrid() as bench:
        bench.device.owner_sets({200: 2, 201: 5})
        baseline = bench.battery.read_settings()
        limits = BatteryLimits(max_export_w=3500, min_soc_pct=30)
        assert bench.bring_about(Discharge(2500), baseline, limits) == frozenset()
        assert bench.sent() == [(201, 30), (204, 350), (203, 1), (211, 65536 - 2500), (212, 20), (210, 1)]
        assert bench.bring_about(None, baseline) == frozenset()
        assert bench.sent() == [(210, 0), (211, 0), (203, 0), (204, 1000), (201, 5)]


def test_what_a_command_does_not_mention_goes_back_after_its_own_steps_and_its_limits_come_before_them() -> None:
    plan = plan_from(WITHOUT_TIMER)
    limits = ("least_soc", "most_soc", "export_limit", "export_switch")
    assert plan.order_for("hold") == (*limits, "most_discharge", "mode", "command", "power")
    assert plan.order_for("charge") == (*limits, "power", "mode", "command", "most_discharge")
    assert plan.order_for(None) == tuple(plan.table.give_back)


def test_a_discharge_keeps_a_tenth_whatever_the_owner_keeps() -> None:
    with hybrid() as bench:
        bench.device.owner_sets({201: 5})
        assert bench.bring_about(Discharge(1000), bench.battery.read_settings()) == frozenset()
        assert bench.sent()[0] == (201, 10)


def test_the_owners_export_limit_is_narrowed_and_never_lifted() -> None:
    with hybrid() as bench:
        bench.device.owner_sets({203: 1, 204: 100})
        baseline = bench.battery.read_settings()
        assert bench.bring_about(None, baseline, BatteryLimits(max_export_w=5000)) == frozenset()
        assert bench.sent() == []
        assert bench.bring_about(None, baseline, BatteryLimits(max_export_w=999)) == frozenset()
        assert bench.sent() == [(204, 99)]


@pytest.mark.parametrize(("asked_w", "sent"), [(3007, 3007), (7000, 5000), (None, 5000)])
def test_a_power_is_at_most_what_was_asked_for_and_what_the_device_takes(asked_w: int | None, sent: int) -> None:
    with hybrid() as bench:
        assert bench.bring_about(Charge(asked_w), bench.battery.read_settings()) == frozenset()
        assert bench.sent()[0] == (211, sent)


def test_a_rating_that_the_device_tells_bounds_a_command_without_a_power() -> None:
    with hybrid() as bench:
        bench.device.plant.pack.max_charge_w = 3_300
        assert bench.bring_about(Charge(None), bench.battery.read_settings()) == frozenset()
        assert bench.sent()[0] == (211, 3300)


def test_a_power_below_what_the_device_takes_becomes_a_hold() -> None:
    def at_least_200_w(data: dict[str, Any]) -> None:
        data["settings"]["power"]["least"] = 200

    table = changed(WITHOUT_TIMER, at_least_200_w)
    baseline = {"mode": 0.0, "command": 204.0, "power": 200.0, "least_soc": 10.0, "most_soc": 100.0, "most_discharge": 5000.0}
    for command in (Charge(150), Discharge(150), Charge(0)):
        wanted = battery_settings(plan_from(table), command, NO_LIMITS, baseline, Ratings())
        assert wanted == {**baseline, "most_discharge": 10.0, "sequence": "hold"}
    wanted = battery_settings(plan_from(table), Charge(250), NO_LIMITS, baseline, Ratings())
    assert (wanted["power"], wanted["mode"], wanted["sequence"]) == (250, 2, "charge")


def test_where_export_cannot_be_limited_a_discharge_that_may_not_feed_in_serves_the_home() -> None:
    def unlimited(data: dict[str, Any]) -> None:
        del data["commands"]["limit_export"]
        for name in ("export_limit", "export_limitation"):
            del data["settings"][name]
            data["give_back"].remove(name)

    with hybrid(table=changed(HYBRID, unlimited)) as bench:
        baseline = bench.battery.read_settings()
        bench.bring_about(Discharge(2000), baseline, BatteryLimits(max_export_w=0))
        assert not bench.device.is_commanded
        bench.bring_about(Discharge(2000), baseline, BatteryLimits(max_export_w=4000))
        assert bench.device.is_commanded


@pytest.mark.parametrize("keeps_time", [False, True])
def test_a_command_is_timed_to_its_end_in_whole_minutes_and_ends_by_itself(keeps_time: bool) -> None:
    with hybrid(HybridQuirks(keeps_time=keeps_time)) as bench:
        baseline = bench.battery.read_settings()
        bench.battery.read_live(START)
        assert bench.bring_about(Charge(1000), baseline, until=UNTIL + timedelta(seconds=1)) == frozenset()
        assert (212, 48) in bench.sent()
        bench.clock.advance(47 * 60)
        assert bench.battery.read_settings()["timer"] == 1
        bench.clock.advance(61)
        found = bench.battery.read_settings()
        assert found == baseline
        assert found["command"] in bench.battery.abilities.drifts["command"]


def test_a_command_without_an_end_is_renewed_at_half_its_term_with_what_the_table_says() -> None:
    with hybrid() as bench:
        baseline = bench.battery.read_settings()
        wanted = bench.battery.target(Charge(1000), BatteryLimits(), baseline, now=START, until=None, zone=ZONE)
        bench.battery.write(wanted, bench.battery.differing(wanted, bench.battery.read_settings()), None)
        bench.sent()
        bench.clock.advance(599)
        assert bench.battery.differing(wanted, bench.battery.read_settings()) == frozenset()
        bench.clock.advance(2)
        assert bench.battery.differing(wanted, bench.battery.read_settings()) == {"timer"}
        bench.battery.write(wanted, {"timer"}, None)
        assert bench.sent() == [(212, 20), (210, 1)]
        assert bench.battery.differing(wanted, bench.battery.read_settings()) == frozenset()


def test_after_a_restart_of_the_app_a_running_command_is_renewed() -> None:
    with hybrid() as bench:
        baseline = bench.battery.read_settings()
        bench.bring_about(Charge(1000), baseline)
        bench.start_again()
        wanted = bench.battery.target(Charge(1000), BatteryLimits(), baseline, now=START, until=None, zone=ZONE)
        assert bench.battery.differing(wanted, bench.battery.read_settings()) == {"timer"}


def test_a_command_that_somebody_else_runs_is_not_the_owners() -> None:
    with hybrid() as bench:
        bench.device.write(3, 6, 212, [60], START)
        bench.device.write(3, 6, 211, [2000], START)
        bench.device.write(3, 6, 210, [1], START)
        found = bench.battery.read_settings()
        assert (found["command"], found["timer"]) == (1, 0)
        assert bench.battery.owners(found)["command"] == 0
        assert "timer" not in bench.battery.owners(found)


@pytest.mark.parametrize("register", [202, 211], ids=["a limit", "the commanded power"])
def test_a_setting_that_cannot_be_read_back_stops_the_table(register: int) -> None:
    with hybrid(HybridQuirks(missing=frozenset({register}))) as bench:
        with pytest.raises(AnswerNotUnderstood, match=rf"register {register}\) shows nothing within .*could not be given back"):
            bench.battery.read_settings()
        assert bench.writes() == 0


def test_a_setting_outside_the_tables_limits_stops_the_table() -> None:
    def narrow(data: dict[str, Any]) -> None:
        data["settings"]["lowest_charge"]["least"] = 15

    with hybrid(table=changed(HYBRID, narrow)) as bench, pytest.raises(AnswerNotUnderstood, match=r"lowest charge .* within 15 to 100 %"):
        bench.battery.read_settings()


def test_a_timer_that_cannot_be_read_back_stops_the_table() -> None:
    with hybrid(HybridQuirks(missing=frozenset({212}))) as bench, pytest.raises(AnswerNotUnderstood, match=r"its timer \(register 212\)"):
        bench.battery.read_settings()


def test_a_value_outside_the_tables_limits_is_refused_and_not_sent() -> None:
    with hybrid() as bench:
        baseline = bench.battery.read_settings()
        with pytest.raises(RequestRefused, match="was not sent"):
            bench.battery.write({**baseline, "command_power": 6000}, {"command_power"}, None)
        assert bench.writes() == 0


def test_only_registers_of_the_table_are_written_whatever_is_asked() -> None:
    with hybrid() as bench:
        baseline = bench.battery.read_settings()
        bench.battery.write({**baseline, "read": 1, "soc_pct": 50}, {"read", "soc_pct"}, None)
        assert bench.writes() == 0


def test_what_the_owners_baseline_lacks_is_not_commanded() -> None:
    with hybrid() as bench:
        baseline = {name: value for name, value in bench.battery.read_settings().items() if name != "command_power"}
        assert bench.bring_about(Charge(1000), baseline) == frozenset()
        assert bench.writes() == 0


def test_another_device_at_its_address_is_neither_believed_nor_written_to() -> None:
    with hybrid() as bench:
        baseline = bench.battery.read_settings()
        bench.device.serial = "EH5000099999"
        with pytest.raises(RequestRefused, match="EH5000099999"):
            bench.battery.read_settings()
        with pytest.raises(RequestRefused, match="another device"):
            bench.battery.write({**baseline, "work_mode": 1}, {"work_mode"}, None)
        assert bench.writes() == 0


def test_settings_are_told_in_the_tables_words() -> None:
    with hybrid() as bench:
        words = bench.battery.in_words(bench.battery.read_settings())
        assert words["work mode"] == "self-consumption"
        assert words["lowest charge"] == "10\u202f%"
        assert words["export limit"] == "10.0\u202fkW"
        assert words["commanded power"] == "0.0\u202fkW"


def test_the_brand_offers_what_the_table_offers() -> None:
    brand = device_brands("battery")["modbus_table"]
    assert brand.able({"table": HYBRID}) == {"SelfConsume", "Hold", "Charge", "Discharge", "power_setpoint", "timer"}
    assert brand.able({"table": WITHOUT_TIMER}) == {"SelfConsume", "Hold", "Charge", "Discharge", "power_setpoint"}
    assert brand.able({"table": changed(HYBRID, _only_read)}) == frozenset()
    assert brand.able({"table": "broken"}) == brand.able({}) == frozenset()


def test_a_table_that_only_reads_is_read_and_writes_nothing() -> None:
    with hybrid(table=changed(HYBRID, _only_read)) as bench:
        assert bench.battery.read_live(START).soc_pct == 55
        assert bench.battery.read_settings() == {}
        assert bench.bring_about(Charge(1000), {}) == frozenset()
        assert bench.writes() == 0


def test_a_stored_table_opens_again() -> None:
    fields = BatteryTableFields(host="192.0.2.7", table=HYBRID)
    assert BatteryTableFields.model_validate(fields.model_dump(mode="json")) == fields


def _only_read(data: dict[str, Any]) -> None:
    for part in ("settings", "commands", "limits", "give_back", "timer"):
        del data[part]


def test_what_is_wanted_no_longer_differs_from_whatever_there_is() -> None:
    with hybrid() as bench:
        assert bench.battery.differing({"timer": None, "command": None, "work_mode": 0}, {"timer": 1, "work_mode": 0}) == {"timer"}
