"""The driver against a simulated plant on a real socket: what its firmwares do, and in which order they want it."""

import pytest

from app.domain.opinions import BatteryLimits, Charge, Discharge, FollowTariff, Hold, SelfConsume
from app.simulators.sigenergy import OLD_FIRMWARE, PlantQuirks
from app.transports.errors import AnswerNotUnderstood
from tests.devices.contract.troubles import Trouble
from tests.devices.sigenergy.benches import Bench, a_plant

OWNERS = {40029: 0, 40031: 6, 40032: 5_000, 40034: 5_500, 40038: 12_000, 40046: 200, 40047: 1000, 40048: 50}


def test_powers_come_in_the_apps_signs() -> None:
    with a_plant() as bench:
        bench.device.plant.extra_solar_w = 700
        live = bench.battery.read_live(bench.clock.now())
        flow = bench.device.plant.flow
        assert (live.solar_w, live.grid_w) == (pytest.approx(flow.solar_w, abs=2), pytest.approx(flow.grid_w, abs=2))
        assert (live.battery_w, live.load_w) == (pytest.approx(flow.battery_w, abs=2), pytest.approx(flow.load_w, abs=2))
        assert flow.battery_w < -100  # it charges, which is positive at the device
        assert live.soc_pct == pytest.approx(bench.device.plant.pack.soc_pct, abs=0.1)
        assert live.on_grid is True


def test_an_older_firmware_lacks_the_load_and_it_is_added_up() -> None:
    with a_plant(PlantQuirks(missing=OLD_FIRMWARE)) as bench:
        for _ in range(2):
            live = bench.battery.read_live(bench.clock.now())
            assert live.load_w == pytest.approx(bench.device.plant.flow.load_w, abs=5)
        reads = bench.server.record.reads
        bench.battery.read_live(bench.clock.now())
        assert bench.server.record.reads == reads + 1  # what it does not have is not asked for again


def test_an_outage_of_the_grid_is_told() -> None:
    with a_plant() as bench:
        bench.device.plant.on_grid = False
        assert bench.battery.read_live(bench.clock.now()).on_grid is False


def test_it_is_asked_once_a_second_at_most() -> None:
    with a_plant() as bench:  # which is busy for whoever comes sooner
        began_s = bench.clock.monotonic()
        bench.battery.read_live(bench.clock.now())
        assert bench.clock.monotonic() - began_s == pytest.approx(2.0)
        assert bench.server.record.reads == 3


def test_it_tells_its_size_its_rating_and_its_firmware() -> None:
    with a_plant(PlantQuirks(tells_unknown_units=True), inverter_unit_id=3) as bench:
        facts = bench.battery.read_facts()
        assert (facts.capacity_wh, facts.max_charge_w, facts.max_discharge_w) == (16_120, 6_000, 6_000)
        assert facts.soh_pct == pytest.approx(99.1)
        assert facts.firmware == "V100R001C22SPC110"
        bench.device.inverter_unit = 9
        bench.clock.advance(5)
        assert bench.battery.read_facts().firmware is None


def test_the_counters_come_in_watt_hours() -> None:
    with a_plant() as bench:
        bench.clock.advance(3 * 3600)
        totals, plant = bench.battery.read_totals(), bench.device.plant
        assert totals.soh_pct == pytest.approx(99.1)
        assert totals.solar_wh == pytest.approx(plant.solar_wh, abs=20)
        assert totals.charged_wh == pytest.approx(plant.charged_wh, abs=20)
        assert totals.load_wh == pytest.approx(plant.load_wh, abs=20)
        assert totals.solar_wh > 1_000
        bench.befall(Trouble.IMPLAUSIBLE)
        with pytest.raises(AnswerNotUnderstood):
            bench.battery.read_totals()


def given_back(bench: Bench, command: object, limits: BatteryLimits | None = None) -> list[int]:
    """The writes of a command and of giving back after it; all must be as before."""
    bench.device.owner_sets(OWNERS)
    before = dict(bench.device.holding.words)
    baseline = bench.battery.owners(bench.battery.read_settings())
    assert bench.order(command, baseline, limits or BatteryLimits()) == frozenset()  # type: ignore[arg-type]
    sent = len(bench.written())
    assert dict(bench.device.holding.words) != before
    assert bench.order(None, baseline) == frozenset()
    assert dict(bench.device.holding.words) == before
    return bench.written()[sent:]


@pytest.mark.parametrize("legacy", [False, True], ids=["limits everywhere", "limits by mode"])
@pytest.mark.parametrize("command", [SelfConsume(), Hold(), Charge(3000), Discharge(3000)], ids=str)
def test_a_command_acts_and_every_register_comes_back(command: object, legacy: bool) -> None:
    with a_plant(PlantQuirks(legacy_limits=legacy, mode_needs_remote=True, reserve_after_toggle=0)) as bench:
        expected = {SelfConsume: None, Hold: 0, Charge: -3000, Discharge: 3000}[type(command)]
        bench.device.owner_sets(OWNERS)
        baseline = bench.battery.owners(bench.battery.read_settings())
        bench.order(command, baseline)  # type: ignore[arg-type]
        assert bench.device.held(40046) == 200  # the firmware cleared it
        if expected is not None:
            assert bench.battery_w() == pytest.approx(expected, abs=1)
        bench.order(None, baseline)
        given_back(bench, command)
        assert bench.device.held(40046) == 200


def test_on_the_way_out_a_quiet_mode_comes_first_and_remote_control_last() -> None:
    with a_plant() as bench:
        back = given_back(bench, Discharge(3000), BatteryLimits(max_export_w=0))
        assert back[0] == 40031
        assert bench.server.record.writes[-len(back)].words == (2,)
        assert back[-1] == 40029
        assert set(back[1:-1]) == {40034, 40038, 40048, 40031}
        assert 40031 in back[1:]  # the owner's own, which was another


def test_a_forced_mode_comes_after_its_own_limits_and_before_the_others() -> None:
    with a_plant() as bench:
        bench.device.owner_sets(OWNERS)
        baseline = bench.battery.owners(bench.battery.read_settings())
        bench.order(Discharge(3000), baseline)
        assert bench.written() == [40048, 40034, 40029]  # the mode stood there already
        sent = len(bench.written())
        bench.order(Charge(2000), baseline)
        assert bench.written()[sent:] == [40032, 40031, 40034]
        sent = len(bench.written())
        bench.order(SelfConsume(), baseline)
        assert bench.written()[sent:] == [40031, 40032]


def test_only_registers_of_the_table_are_written() -> None:
    with a_plant(native_mode=1) as bench:
        limits = BatteryLimits(max_export_w=0, min_soc_pct=40, max_soc_pct=60, grid_charging_allowed=False)
        for command in (Charge(2000), Discharge(2000), Hold(), SelfConsume()):
            given_back(bench, command, limits)
        assert set(bench.written()) <= {40029, 40031, 40032, 40034, 40038, 40046, 40047, 40048}
        assert {write.unit for write in bench.server.record.writes} == {247}


def test_an_export_limit_that_the_network_sets_back_is_seen() -> None:
    with a_plant(PlantQuirks(export_reset_to=5_000)) as bench:
        baseline = bench.battery.owners(bench.battery.read_settings())
        assert bench.order(None, baseline, BatteryLimits(max_export_w=0)) == frozenset()
        bench.clock.advance(3600)
        wanted = bench.battery.target(None, BatteryLimits(max_export_w=0), baseline, now=bench.clock.now(), until=None, zone=None)  # type: ignore[arg-type]
        assert bench.battery.differing(wanted, bench.battery.read_settings()) == {"export_limit_w"}
        assert bench.battery.abilities.settings_poll_s == 60


def test_its_own_working_mode_is_told_while_it_counts() -> None:
    with a_plant(native_mode=1) as bench:
        settings = bench.battery.read_settings()
        assert settings["mode"] == "ai"
        assert bench.battery.in_words(settings)["working mode"] == "Sigen AI"
        bench.order(Hold(), bench.battery.owners(settings))
        assert "mode" not in bench.battery.read_settings()


def test_a_plant_without_remote_control_is_not_understood() -> None:
    with a_plant() as bench:
        for address in (40029, 40031):
            del bench.device.holding.words[address]
        with pytest.raises(AnswerNotUnderstood, match="remote control"):
            bench.battery.read_settings()


def test_without_its_cloud_it_does_not_offer_to_follow_prices() -> None:
    with a_plant() as bench:
        assert FollowTariff not in bench.battery.abilities.commands
