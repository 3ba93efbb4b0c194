"""The driver of FoxESS batteries in each family, and what becomes of a remote control over time."""

from datetime import datetime, timedelta

import pytest

from app.devices.capabilities import Settings
from app.devices.foxess.families import FAMILIES
from app.devices.foxess.fields import Model
from app.domain.opinions import NO_LIMITS, BatteryCommand, Charge, Discharge, Hold, SelfConsume
from app.simulators.foxess import Quirks
from app.transports.errors import AnswerNotUnderstood, Unreachable
from tests.devices.contract.rig import START, ZONE
from tests.devices.foxess.benches import Bench, foxess

NOON = START - timedelta(hours=4)
models = pytest.mark.parametrize("model", FAMILIES)


def bring_about(bench: Bench, command: BatteryCommand | None, baseline: Settings, until: datetime | None = None) -> frozenset[str]:
    battery = bench.battery
    wanted = battery.target(command, NO_LIMITS, baseline, now=START, until=until, zone=ZONE)
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


@pytest.mark.parametrize(
    ("model", "sent"),
    [("h1", [(44000, 1), (44001, 1200), (44002, 0xF448)]), ("h3_pro", [(46001, 1), (46002, 1200), (46003, 0xFFFF, 0xF448)])],
)
def test_a_charge_is_sent_piece_by_piece_in_the_order_of_the_sheet(model: Model, sent: list[tuple[int, ...]]) -> None:
    with foxess(model) as bench:
        assert bring_about(bench, Charge(3000), owners(bench)) == frozenset()
        assert bench.sent() == sent


@models
def test_each_family_obeys_and_tells_what_it_does(model: Model) -> None:
    with foxess(model, at=NOON) as bench:
        baseline = owners(bench)
        for command, expected_w in ((Charge(3000), -3000), (Discharge(2500), 2500), (Hold(), 0)):
            assert bring_about(bench, command, baseline) == frozenset()
            assert moved_w(bench) == expected_w
            live, flow = bench.battery.read_live(bench.clock.now()), bench.device.plant.flow
            told = (live.solar_w, live.grid_w, live.load_w)
            assert told == pytest.approx((flow.solar_w, flow.grid_w, flow.load_w), abs=3)
            assert live.soc_pct == pytest.approx(bench.device.plant.pack.soc_pct, abs=1)
        assert bring_about(bench, None, baseline) == frozenset()
        assert not bench.device.is_remote


def test_no_power_is_left_behind_when_it_stops() -> None:
    with foxess() as bench:
        baseline = owners(bench)
        bring_about(bench, Charge(3000), baseline)
        bench.server.record.writes.clear()
        assert bring_about(bench, None, baseline) == frozenset()
        assert bench.sent() == [(44002, 0), (44000, 0)]


def test_a_discharge_ends_at_the_lowest_charge_of_the_owner() -> None:
    with foxess() as bench:
        bench.device.owner_sets({41009: 30})
        bring_about(bench, Discharge(2500), owners(bench))
        bench.device.plant.pack.soc_pct = 30.0
        assert moved_w(bench) == 0


def test_running_the_home_changes_the_owners_mode_and_gives_it_back() -> None:
    for model, register, owners_mode, self_use in (("h1", 41000, 2, 0), ("h3_pro", 49203, 3, 1)):
        with foxess(model) as bench:
            bench.device.owner_sets({register: owners_mode})
            baseline = owners(bench)
            assert bring_about(bench, SelfConsume(), baseline) == frozenset()
            assert bench.sent() == [(register, self_use)]
            assert bring_about(bench, None, baseline) == frozenset()
            assert bench.sent()[-1] == (register, owners_mode)


def test_a_command_with_an_end_is_timed_to_it() -> None:
    with foxess() as bench:
        baseline, until = owners(bench), bench.clock.now() + timedelta(minutes=45)
        bench.battery.read_live(bench.clock.now())
        bring_about(bench, Charge(1000), baseline, until)
        (seconds,) = [words[0] for address, *words in bench.sent() if address == 44001]
        assert 2800 <= seconds <= 2820
        bench.clock.advance(2750)
        assert want(bench, Charge(1000)) == frozenset()
        bench.clock.advance(100)
        assert moved_w(bench) != -1000


@pytest.mark.parametrize("quirks", [Quirks(), Quirks(keeps_enabled=True)], ids=["switches off", "stays enabled"])
def test_a_command_without_an_end_is_renewed_and_ends_when_nobody_does(quirks: Quirks) -> None:
    with foxess(quirks=quirks) as bench:
        bring_about(bench, Charge(1000), owners(bench))
        bench.clock.advance(500)
        assert want(bench, Charge(1000)) == frozenset()
        bench.clock.advance(150)
        assert want(bench, Charge(1000)) == {"timer"}
        assert bring_about(bench, Charge(1000), owners(bench)) == frozenset()
        assert moved_w(bench) == -1000
        bench.clock.advance(1200)
        assert moved_w(bench) != -1000
        assert want(bench, Charge(1000)) == ({"timer"} if quirks.keeps_enabled else {"remote"})


def test_a_new_process_does_not_know_the_timer_and_sets_it() -> None:
    with foxess() as bench:
        bring_about(bench, Charge(1000), owners(bench))
        bench.start_again()
        assert want(bench, Charge(1000)) == {"timer"}


def test_a_command_that_broke_off_is_not_taken_for_one() -> None:
    with foxess() as bench:
        baseline = owners(bench)
        bring_about(bench, Charge(1000), baseline)
        for let_through in range(3):
            bench.break_off_after(let_through)
            with pytest.raises(Unreachable):
                bring_about(bench, Discharge(2000), baseline)
            bench.recover()
            assert "timer" in want(bench, Discharge(2000))
        assert bring_about(bench, Discharge(2000), baseline) == frozenset()


def test_an_inverter_that_takes_no_remote_control_is_found_out() -> None:
    with foxess(quirks=Quirks(takes_remote=False)) as bench:
        assert bring_about(bench, Charge(1000), owners(bench)) == {"remote"}


def test_another_model_than_was_entered_is_not_read_wrongly() -> None:
    with foxess("h1", asked_as="h3_pro") as bench:
        for call in (lambda: bench.battery.read_live(START), bench.battery.read_settings, bench.battery.read_facts):
            with pytest.raises(AnswerNotUnderstood, match="model"):
                call()


def test_the_size_is_told_or_entered() -> None:
    with foxess("h1", capacity_kwh=9.6, rated_w=4000) as bench:
        facts = bench.battery.read_facts()
        assert (facts.capacity_wh, facts.max_charge_w, facts.max_discharge_w) == (9600, 4000, 4000)
    with foxess("h3_pro", capacity_kwh=9.6) as bench:
        assert bench.battery.read_facts().capacity_wh == pytest.approx(10_360)


def test_another_controllers_power_is_told_from_ours_and_is_nobodys_setting() -> None:
    with foxess() as bench:
        bring_about(bench, Charge(1000), owners(bench))
        bench.device.owner_sets({44002: 2000})
        theirs = bench.battery.owners(bench.battery.read_settings())
        assert (theirs["remote"], theirs["remote_w"]) == (0, 2000)
        assert "timer" not in theirs


def test_what_is_wanted_no_longer_differs_from_what_was_sent() -> None:
    with foxess() as bench:
        assert bench.battery.differing({"timer": None, "remote_w": None}, {"timer": 1, "remote_w": 1000}) == {"timer", "remote_w"}
