"""The driver of SH inverters against the peculiarities of models, firmwares and dongles."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.devices.capabilities import Settings
from app.devices.sungrow.hybrid_registers import CHARGE, DISCHARGE, FORCED, STOP
from app.domain.opinions import NO_LIMITS, BatteryCommand, BatteryLimits, Charge, Discharge, Hold
from app.simulators.sungrow import HybridQuirks, dongle_quirks
from app.transports.errors import AnswerNotUnderstood, RequestRefused, Unreachable
from tests.devices.contract.rig import START, ZONE
from tests.devices.contract.troubles import Trouble
from tests.devices.sungrow.benches import HybridBench, hybrid

WITHOUT_DISCHARGE_LIMIT = HybridQuirks(missing_settings=frozenset({33046, 33047}))


def bring_about(
    bench: HybridBench, command: BatteryCommand | None, baseline: Settings, limits: BatteryLimits = NO_LIMITS
) -> frozenset[str]:
    battery = bench.battery
    wanted = battery.target(command, limits, baseline, now=START, until=None, zone=ZONE)
    fields = battery.differing(wanted, battery.read_settings())
    battery.write(wanted, fields, None)
    return battery.differing(wanted, battery.read_settings())


def moved_w(bench: HybridBench) -> float:
    bench.clock.advance(60)
    battery_w = bench.battery.read_live(bench.clock.now()).battery_w
    assert battery_w is not None
    return battery_w


def test_a_charge_is_sent_in_the_order_of_the_sheet_and_moves_the_battery() -> None:
    with hybrid() as bench:
        baseline = bench.battery.read_settings()
        assert bring_about(bench, Charge(3000), baseline) == frozenset()
        assert bench.sent() == [(13051, 0x0BB8), (13049, 2), (13050, 0xAA)]
        assert moved_w(bench) == -3000
        bench.server.record.writes.clear()
        assert bring_about(bench, None, baseline) == frozenset()
        assert bench.sent() == [(13050, 0xCC), (13051, 0), (13049, 0)]


def test_a_discharge_first_keeps_its_floor() -> None:
    with hybrid() as bench:
        assert bring_about(bench, Discharge(2500), bench.battery.read_settings()) == frozenset()
        assert bench.sent() == [(13058, 100), (13051, 2500), (13049, 2), (13050, 0xBB)]
        assert moved_w(bench) == 2500


def test_holding_does_not_discharge_and_still_takes_the_sun() -> None:
    with hybrid(at=START - timedelta(hours=4)) as bench:
        assert bring_about(bench, Hold(), bench.battery.read_settings()) == frozenset()
        assert moved_w(bench) < -500
        bench.clock.advance(9 * 3600)
        assert 0 <= moved_w(bench) <= 10


def test_a_firmware_without_a_limit_of_discharge_stands_still() -> None:
    with hybrid(WITHOUT_DISCHARGE_LIMIT) as bench:
        baseline = bench.battery.read_settings()
        assert "most_discharge_w" not in baseline
        assert bring_about(bench, Hold(), baseline) == frozenset()
        assert bench.device.is_in_forced_stop
        assert moved_w(bench) == 0
        assert bring_about(bench, None, baseline) == frozenset()


@pytest.mark.parametrize("command", [Hold(), Charge(3000), Discharge(3000)], ids=lambda each: type(each).__name__)
def test_models_that_want_a_power_before_the_mode_get_it(command: BatteryCommand) -> None:
    quirks = HybridQuirks(power_before_mode=True, missing_settings=frozenset({33046, 33047}))
    with hybrid(quirks) as bench:
        baseline = bench.battery.read_settings()
        assert bring_about(bench, command, baseline) == frozenset()
        assert bring_about(bench, None, baseline) == frozenset()


def test_a_command_that_the_owner_left_in_its_register_does_not_come_into_force_on_the_way_out() -> None:
    with hybrid() as bench:
        bench.device.owner_sets({13050: DISCHARGE, 13051: 4000})
        baseline = bench.battery.read_settings()
        before = dict(bench.device.holding.words)
        assert bring_about(bench, Charge(3000), baseline) == frozenset()
        steps = len(bench.sent())
        for broken_at in range(steps):
            bring_about(bench, Charge(3000), baseline)
            bench.break_off_after(broken_at)
            with pytest.raises(Unreachable):
                bring_about(bench, None, baseline)
            bench.recover()
            assert moved_w(bench) <= 0 or bench.device.holding.words[13049] != FORCED
            assert bring_about(bench, None, baseline) == frozenset()
            assert dict(bench.device.holding.words) == before


def test_a_reserve_is_taken_although_a_forced_stop_refuses_it() -> None:
    with hybrid(WITHOUT_DISCHARGE_LIMIT) as bench:
        baseline = bench.battery.read_settings()
        bring_about(bench, Hold(), baseline)
        for command, reserve_pct in ((Hold(), 35), (Charge(3000), 40), (Hold(), 45)):
            assert bring_about(bench, command, {**baseline, "reserve_pct": reserve_pct}) == frozenset()
            assert bench.device.is_in_forced_stop == (command == Hold())
            assert bench.device.holding.words[13099] == reserve_pct
        assert bring_about(bench, None, baseline) == frozenset()


def test_a_command_that_a_restart_took_away_is_seen() -> None:
    with hybrid(HybridQuirks(forgets_command_at_restart=True)) as bench:
        baseline = bench.battery.read_settings()
        bring_about(bench, Charge(3000), baseline)
        bench.server.close()
        bench.device.restart()
        with pytest.raises(Unreachable):
            bench.battery.read_settings()
        bench.recover()
        wanted = bench.battery.target(Charge(3000), NO_LIMITS, baseline, now=START, until=None, zone=ZONE)
        assert bench.battery.differing(wanted, bench.battery.read_settings()) == {"command", "power_w"}
        assert wanted["command"] == CHARGE


@pytest.mark.parametrize("sign", [0, 1, -1], ids=["without a sign", "discharge positive", "charge positive"])
@pytest.mark.parametrize("command", [Charge(3000), Discharge(2000)], ids=lambda each: type(each).__name__)
def test_older_firmware_has_its_sign_from_the_flow(sign: int, command: Charge | Discharge) -> None:
    quirks = HybridQuirks(missing=frozenset({5213, 5214}), old_battery_sign=sign)
    with hybrid(quirks) as bench:
        bring_about(bench, command, bench.battery.read_settings())
        assert moved_w(bench) == (-3000 if isinstance(command, Charge) else 2000)


def test_a_load_that_cannot_be_is_what_the_others_add_up_to() -> None:
    with hybrid(HybridQuirks(load_words_apart=True)) as bench:
        live = bench.battery.read_live(START)
        assert live.load_w == pytest.approx(bench.device.plant.flow.load_w, abs=3)


def test_a_missing_export_power_comes_from_the_meter() -> None:
    with hybrid(HybridQuirks(missing=frozenset({13009, 13010}))) as bench:
        bring_about(bench, Charge(4000), bench.battery.read_settings())
        bench.clock.advance(60)
        live = bench.battery.read_live(bench.clock.now())
        assert live.grid_w == pytest.approx(bench.device.plant.flow.grid_w, abs=1)
        assert live.grid_w > 1000


def test_behind_a_dongle_requests_keep_their_distance_and_no_limit_is_below_50_w() -> None:
    with hybrid(dongle_quirks(), is_winet_s=True) as bench:
        baseline = bench.battery.read_settings()
        assert bring_about(bench, None, baseline, BatteryLimits(max_export_w=0)) == frozenset()
        assert bench.sent() == [(13073, 50), (13086, 0xAA)]
        live = bench.battery.read_live(bench.clock.now())
        assert None not in (live.solar_w, live.grid_w, live.battery_w, live.load_w, live.soc_pct)
    with hybrid(dongle_quirks(), is_winet_s=False) as bench, pytest.raises(RequestRefused):
        bench.battery.read_settings()


def test_a_retrofitted_inverter_is_given_the_least_limit_that_it_takes() -> None:
    with hybrid(HybridQuirks(least_export_w=300)) as bench:
        assert bring_about(bench, None, bench.battery.read_settings(), BatteryLimits(max_export_w=0)) == frozenset()
        assert bench.sent() == [(13073, 300), (13086, 0xAA)]


def test_a_grid_outage_is_told() -> None:
    with hybrid() as bench:
        assert bench.battery.read_live(START).on_grid is True
        bench.device.plant.on_grid = False
        assert bench.battery.read_live(START).on_grid is False


def test_what_was_declined_while_everything_was_is_asked_for_again() -> None:
    with hybrid() as bench:
        bench.befall(Trouble.NO_SUCH_REGISTERS)
        with pytest.raises(AnswerNotUnderstood):
            bench.battery.read_settings()
        bench.recover()
        assert len(bench.battery.read_settings()) == 10


def test_the_size_is_what_the_inverter_tells() -> None:
    with hybrid() as bench:
        facts = bench.battery.read_facts()
        assert (facts.capacity_wh, facts.max_charge_w, facts.max_discharge_w) == (12_800, 5_000, 5_000)
        assert facts.soh_pct == 99.0


def test_a_stop_is_not_a_command_that_forces_anything() -> None:
    with hybrid() as bench:
        settings = bench.battery.read_settings()
        assert settings["command"] == STOP
        assert bench.battery.in_words(settings)["forced command"] == "stop"


def test_another_inverter_at_its_address_is_neither_believed_nor_written_to() -> None:
    with hybrid() as bench:
        baseline = bench.battery.read_settings()
        bench.device.serial = "A2340700999"
        with pytest.raises(RequestRefused, match="A2340700999"):
            bench.battery.read_settings()
        with pytest.raises(RequestRefused, match="another device"):
            bench.battery.write({**baseline, "mode": FORCED}, {"mode"}, None)
        assert bench.writes() == 0


def test_an_inverter_without_a_serial_number_is_taken_as_it_is() -> None:
    with hybrid(HybridQuirks(missing=frozenset(range(4989, 4999)))) as bench:
        assert bring_about(bench, Charge(3000), bench.battery.read_settings()) == frozenset()


def test_a_dongle_that_fails_at_registers_that_it_does_not_pass_on_is_read_and_steered_all_the_same() -> None:
    quirks = replace(dongle_quirks(), fails_at_missing=True, missing=frozenset({*dongle_quirks().missing, *range(4989, 4999)}))
    with hybrid(quirks, is_winet_s=True) as bench:
        live = bench.battery.read_live(START)
        assert live.soc_pct is not None
        assert live.battery_w is not None
        baseline = bench.battery.read_settings()
        assert bring_about(bench, Charge(3000), baseline) == frozenset()
        assert bring_about(bench, None, baseline) == frozenset()
