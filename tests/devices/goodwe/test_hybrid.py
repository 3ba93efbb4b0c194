"""The driver of ET inverters against the peculiarities of firmwares and kits."""

from datetime import timedelta

import pytest

from app.devices.goodwe.fields import GoodWeFields
from app.devices.goodwe.hybrid import open_hybrid
from app.devices.goodwe.registers import CHARGE, ems_of
from app.domain.opinions import BatteryCommand, BatteryLimits, Charge, Discharge, Hold, SelfConsume
from app.simulators.faults import Faults
from app.simulators.goodwe import EtQuirks, GoodWeEt
from app.simulators.modbus_udp import ModbusUdpServer
from app.simulators.pace import SimulatedPace
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood, RequestRefused, Unreachable
from tests.devices.contract.rig import START
from tests.devices.contract.troubles import Trouble
from tests.devices.goodwe.benches import hybrid

MORNING = START - timedelta(hours=7)


def test_a_charge_is_one_write_of_mode_and_power_and_moves_the_battery() -> None:
    with hybrid() as bench:
        baseline = bench.battery.read_settings()
        assert bench.bring_about(Charge(3000), baseline) == frozenset()
        assert bench.sent() == [(47511, 11, 3000)]
        assert bench.moved_w() == -3000
        bench.server.record.writes.clear()
        assert bench.bring_about(None, baseline) == frozenset()
        assert bench.sent() == [(47511, 1, 0)]


def test_a_discharge_keeps_its_floor_before_it_begins_and_gives_it_back_after_it_ended() -> None:
    with hybrid() as bench:
        bench.device.owner_sets({45356: 5})
        baseline = bench.battery.read_settings()
        assert bench.bring_about(Discharge(2500), baseline) == frozenset()
        assert bench.sent() == [(45356, 10), (47511, 12, 2500)]
        assert bench.moved_w() == 2500
        bench.server.record.writes.clear()
        assert bench.bring_about(None, baseline) == frozenset()
        assert bench.sent() == [(47511, 1, 0), (45356, 5)]


def test_limits_stand_before_a_discharge_begins() -> None:
    with hybrid() as bench:
        limits = BatteryLimits(max_export_w=500, min_soc_pct=34.2, max_soc_pct=90)
        assert bench.bring_about(Discharge(6000), bench.battery.read_settings(), limits) == frozenset()
        assert bench.sent() == [(45356, 35), (47760, 90), (47510, 500), (47509, 1), (47511, 12, 6000)]
        bench.moved_w()
        assert bench.battery.read_live(bench.clock.now()).grid_w == pytest.approx(-500, abs=2)


def test_the_floor_ends_a_discharge() -> None:
    with hybrid() as bench:
        bench.bring_about(Discharge(6000), bench.battery.read_settings(), BatteryLimits(min_soc_pct=40))
        bench.clock.advance(3 * 3600)
        live = bench.battery.read_live(bench.clock.now())
        assert (live.soc_pct, live.battery_w) == (40, 0)


def test_holding_does_not_discharge_and_still_takes_the_sun() -> None:
    with hybrid(at=MORNING) as bench:
        assert bench.bring_about(Hold(), bench.battery.read_settings()) == frozenset()
        assert bench.sent() == [(47511, 2, 0)]
        bench.clock.advance(2 * 3600)
        assert bench.moved_w() < -500
        bench.clock.advance(12 * 3600)
        assert bench.moved_w() == 0


@pytest.mark.parametrize("command", [Charge(0), Discharge(0)], ids=lambda each: type(each).__name__)
def test_a_power_of_nothing_holds(command: BatteryCommand) -> None:
    with hybrid() as bench:
        bench.bring_about(command, bench.battery.read_settings())
        assert bench.sent()[-1] == (47511, 2, 0)
        assert bench.moved_w() == 0


def test_a_power_above_what_the_inverter_is_rated_for_is_not_asked_of_it() -> None:
    with hybrid() as bench:
        assert bench.bring_about(Charge(60_000), bench.battery.read_settings()) == frozenset()
        assert bench.sent() == [(47511, 11, 10_000)]


def test_running_the_home_takes_an_owners_eco_mode_back_until_it_ends() -> None:
    with hybrid() as bench:
        bench.device.owner_sets({47000: 3})
        baseline = bench.battery.read_settings()
        assert bench.bring_about(SelfConsume(), baseline) == frozenset()
        assert bench.sent() == [(47000, 0)]
        assert bench.bring_about(None, baseline) == frozenset()
        assert bench.sent() == [(47000, 0), (47000, 3)]


@pytest.mark.parametrize("work_mode", [0, 5], ids=["general", "self-use"])
def test_a_home_that_runs_itself_already_is_told_nothing(work_mode: int) -> None:
    with hybrid() as bench:
        bench.device.owner_sets({47000: work_mode, 47512: 1200})
        assert bench.bring_about(SelfConsume(), bench.battery.read_settings()) == frozenset()
        assert bench.sent() == []


def test_a_kit_that_does_not_apply_the_work_mode_is_seen_and_obeys_the_rest() -> None:
    with hybrid(EtQuirks(ignores_work_mode=True)) as bench:
        bench.device.owner_sets({47000: 2})
        baseline = bench.battery.read_settings()
        assert bench.bring_about(SelfConsume(), baseline) == {"work_mode"}
        assert bench.bring_about(Charge(2000), baseline) == frozenset()
        assert bench.moved_w() == -2000
        assert bench.bring_about(None, baseline) == frozenset()


def test_a_limit_in_percent_is_one_of_the_rated_power_rounded_down() -> None:
    with hybrid(EtQuirks(limit_is_in_percent=True), is_limit_in_percent=True) as bench:
        baseline = bench.battery.read_settings()
        assert bench.battery.in_words(baseline)["export limit"] == "100\u202f%"
        assert bench.bring_about(None, baseline, BatteryLimits(max_export_w=1590)) == frozenset()
        assert bench.sent() == [(47510, 15), (47509, 1)]


def test_a_depth_of_discharge_is_lowered_where_a_lowest_charge_is_raised() -> None:
    with hybrid(EtQuirks(keeps_depth=True), is_depth=True) as bench:
        baseline = bench.battery.read_settings()
        assert bench.bring_about(Discharge(6000), baseline, BatteryLimits(min_soc_pct=40)) == frozenset()
        assert (45356, 60) in bench.sent()
        bench.clock.advance(3 * 3600)
        assert bench.battery.read_live(bench.clock.now()).soc_pct == 40


@pytest.mark.parametrize(
    "missing", [(), range(36019, 36027), (36004, 36008, *range(36019, 36027))], ids=["all", "no wide meter", "no meter block"]
)
@pytest.mark.parametrize("command", [Charge(4000), Discharge(4000)], ids=lambda each: type(each).__name__)
def test_the_grid_is_what_the_meter_says_wherever_it_says_it(missing: tuple[int, ...], command: BatteryCommand) -> None:
    with hybrid(EtQuirks(missing=frozenset(missing))) as bench:
        bench.bring_about(command, bench.battery.read_settings())
        bench.moved_w()
        live, flow = bench.battery.read_live(bench.clock.now()), bench.device.plant.flow
        assert live.grid_w == pytest.approx(flow.grid_w, abs=1)
        assert abs(flow.grid_w) > 1000
        assert live.load_w == pytest.approx(flow.load_w, abs=3)


def test_without_its_meter_neither_grid_nor_load_is_told() -> None:
    with hybrid(EtQuirks(has_meter=False)) as bench:
        live = bench.battery.read_live(START)
        assert (live.grid_w, live.load_w) == (None, None)
        assert live.solar_w is not None


def test_both_trackers_are_the_sun_and_those_that_are_not_there_are_not() -> None:
    with hybrid(at=MORNING) as bench:
        bench.clock.advance(2 * 3600)
        live = bench.battery.read_live(bench.clock.now())
        assert live.solar_w == pytest.approx(bench.device.plant.flow.solar_w, abs=1)
        assert live.solar_w > 1000


def test_a_grid_outage_is_told() -> None:
    with hybrid() as bench:
        assert bench.battery.read_live(START).on_grid is True
        bench.device.plant.on_grid = False
        assert bench.battery.read_live(START).on_grid is False


def test_the_size_is_worked_out_or_entered() -> None:
    with hybrid() as bench:
        facts = bench.battery.read_facts()
        assert (facts.capacity_wh, facts.max_charge_w, facts.max_discharge_w) == (12_800, 10_000, 10_000)
    with hybrid(EtQuirks(missing=frozenset({45350})), capacity_kwh=9.6) as bench:
        assert bench.battery.read_facts().capacity_wh == 9_600
    with hybrid(EtQuirks(missing=frozenset({45350}))) as bench:
        assert bench.battery.read_facts().capacity_wh is None


def test_a_firmware_without_a_highest_charge_is_steered_without_it() -> None:
    with hybrid(EtQuirks(missing=frozenset({47760}))) as bench:
        baseline = bench.battery.read_settings()
        assert "most_soc_pct" not in baseline
        assert bench.bring_about(Charge(3000), baseline, BatteryLimits(max_soc_pct=80)) == frozenset()
        assert bench.bring_about(None, baseline) == frozenset()


def test_an_inverter_without_energy_management_is_refused() -> None:
    with hybrid(EtQuirks(missing=frozenset({47511, 47512}))) as bench, pytest.raises(AnswerNotUnderstood, match="hybrid"):
        bench.battery.read_settings()


def test_what_was_declined_while_everything_was_is_asked_for_again() -> None:
    with hybrid() as bench:
        bench.befall(Trouble.NO_SUCH_REGISTERS)
        with pytest.raises(AnswerNotUnderstood):
            bench.battery.read_settings()
        bench.recover()
        assert len(bench.battery.read_settings()) == 6


def test_another_inverter_at_its_address_is_neither_believed_nor_written_to() -> None:
    with hybrid() as bench:
        baseline = bench.battery.read_settings()
        bench.device.serial = "9010KETU21BW0999"
        with pytest.raises(RequestRefused, match="9010KETU21BW0999"):
            bench.battery.read_settings()
        with pytest.raises(RequestRefused, match="another device"):
            bench.battery.write({**baseline, "work_mode": 3}, {"work_mode"}, None)
        assert bench.writes() == 0


def test_settings_have_words() -> None:
    with hybrid() as bench:
        bench.device.owner_sets({47000: 3, 47509: 1, 47510: 65_535, 47511: 11, 47512: 3000})
        assert bench.battery.in_words(bench.battery.read_settings()) == {
            "energy management": "charge, 3.0\u202fkW",
            "work mode": "eco",
            "export limit": "65.5\u202fkW",
            "export limitation": "on",
            "lowest charge": "10\u202f%",
            "highest charge": "100\u202f%",
        }


def test_the_older_dongle_is_asked_by_udp() -> None:
    device, clock = GoodWeEt(START), SimulatedPace(START)
    server = ModbusUdpServer(device, clock, Faults(clock.now))
    server.listen()
    try:
        fields = GoodWeFields(host=server.host, port=server.port, connection="udp")
        battery = open_hybrid(fields, Context(clock))
        wanted = {**battery.read_settings(), "ems": ems_of(CHARGE, 3000)}
        battery.write(wanted, {"ems"}, None)
        clock.advance(60)
        assert battery.read_live(clock.now()).battery_w == -3000
    finally:
        server.stop()


def test_a_connection_without_a_port_has_its_usual_one() -> None:
    with pytest.raises(Unreachable, match="port 502"):
        open_hybrid(GoodWeFields(host="127.0.0.1"), Context(SimulatedPace(START))).read_settings()
