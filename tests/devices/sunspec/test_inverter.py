"""The driver of SunSpec inverters: finding the models, the timer, and what may not be written to."""

from datetime import timedelta

import pytest

from app.devices.solar import InverterState
from app.domain.opinions import Curtail
from app.simulators.sunspec import SunSpecQuirks
from app.transports.errors import AnswerNotUnderstood, RequestRefused
from tests.devices.contract.inverter_rig import NOON
from tests.devices.sunspec.benches import sunspec


@pytest.mark.parametrize("base", [40_000, 50_000, 0])
@pytest.mark.parametrize("common_length", [65, 66])
@pytest.mark.parametrize("is_float", [False, True])
def test_the_models_are_found_wherever_they_stand(base: int, common_length: int, is_float: bool) -> None:
    with sunspec(SunSpecQuirks(base=base, common_length=common_length, is_float=is_float)) as bench:
        found = bench.inverter.read_status(bench.clock.now())
        assert (found.state, found.rated_w, found.serial, found.firmware) == (InverterState.RUNNING, 5000, "34119102", "3.18.7-1")
        assert found.ac_w == pytest.approx(bench.device.power_w(NOON), abs=1)
        assert found.grid_w is None
        controls = base + 4 + common_length + (62 if is_float else 52) + 28 + 32 + 46
        sent = bench.bring_about(Curtail(1800), bench.inverter.read_settings())
        assert sent == [(controls + 5, 3600), (controls + 7, 1200), (controls + 9, 1)]


def test_a_limit_is_renewed_in_time_and_ends_by_itself_where_nobody_renews_it() -> None:
    with sunspec() as bench:
        baseline = bench.inverter.read_settings()
        wanted = bench.inverter.target(Curtail(1500), baseline, until=None)
        bench.bring_about(Curtail(1500), baseline)
        bench.clock.advance(599)
        assert bench.inverter.differing(wanted, bench.inverter.read_settings()) == frozenset()
        bench.clock.advance(1)
        assert bench.inverter.differing(wanted, bench.inverter.read_settings()) == {"timer"}
        assert bench.bring_about(Curtail(1500), baseline)[-1] == (40_236, 1)
        bench.clock.advance(1199)
        assert bench.device.power_w(bench.clock.now()) == 1500
        bench.clock.advance(1)
        assert bench.device.power_w(bench.clock.now()) > 3000
        assert bench.inverter.differing(wanted, bench.inverter.read_settings()) == {"limit_switch"}


def test_after_a_restart_of_powersync_the_timer_is_set_again() -> None:
    with sunspec() as bench:
        bench.bring_about(Curtail(1500), bench.inverter.read_settings())
        with sunspec() as other:
            other.device.controls.bank.words.update(bench.device.held())
            assert other.inverter.read_settings()["timer"] == 0


def test_at_night_it_sleeps_and_draws_nothing() -> None:
    with sunspec(at=NOON + timedelta(hours=10)) as bench:
        found = bench.inverter.read_status(bench.clock.now())
        assert (found.state, found.ac_w) == (InverterState.ASLEEP, 0)


def test_a_limit_above_what_the_sun_gives_does_not_hold_it() -> None:
    with sunspec(SunSpecQuirks(has_revert_timer=False)) as bench:
        bench.bring_about(Curtail(1500), bench.inverter.read_settings())
        assert bench.inverter.read_status(bench.clock.now()).state is InverterState.LIMITED
        bench.clock.advance(5 * 3600)
        evening = bench.inverter.read_status(bench.clock.now())
        assert (evening.state, evening.limit_w) == (InverterState.RUNNING, 1500)


def test_without_a_rated_power_or_a_limit_nothing_is_written() -> None:
    for quirks in (SunSpecQuirks(tells_rated_power=False), SunSpecQuirks(has_controls=False)):
        with sunspec(quirks) as bench:
            assert bench.inverter.read_status(bench.clock.now()).ac_w
            with pytest.raises(AnswerNotUnderstood):
                bench.inverter.read_settings()
            assert bench.writes() == 0


def test_another_inverter_at_its_address_is_not_written_to() -> None:
    with sunspec() as bench:
        wanted = bench.inverter.target(Curtail(0), bench.inverter.read_settings(), until=None)
        bench.device.common.put_words(50, 0x3939)
        for call in (bench.inverter.read_settings, lambda: bench.inverter.write(wanted, {"limit_pct"}, None)):
            with pytest.raises(RequestRefused, match="another device"):
                call()
        assert bench.writes() == 0


def test_an_inverter_whose_registers_have_moved_is_walked_anew_before_anything_is_written() -> None:
    with sunspec(SunSpecQuirks(is_float=True)) as moved, sunspec() as bench:
        wanted = bench.inverter.target(Curtail(0), bench.inverter.read_settings(), until=None)
        bench.server.device = moved.device
        with pytest.raises(AnswerNotUnderstood, match="moved"):
            bench.inverter.write(wanted, {"limit_pct"}, None)
        assert bench.writes() == 0
        assert bench.bring_about(Curtail(0), bench.inverter.read_settings())[0] == (40_242, 0)


def test_figures_of_registers_that_have_moved_are_not_believed() -> None:
    with sunspec(SunSpecQuirks(is_float=True)) as moved, sunspec() as bench:
        bench.bring_about(Curtail(1500), bench.inverter.read_settings())
        bench.server.device = moved.device
        with pytest.raises(AnswerNotUnderstood, match="moved"):
            bench.inverter.read_status(NOON)
        found = bench.inverter.read_status(NOON)
        assert (found.ac_w, found.limit_w) == (pytest.approx(moved.device.power_w(NOON), abs=1), None)


def test_a_limit_that_counts_otherwise_than_before_is_not_written() -> None:
    with sunspec() as bench:
        wanted = bench.inverter.target(Curtail(2500), bench.inverter.read_settings(), until=None)
        bench.device.controls.put(23, 0)
        with pytest.raises(AnswerNotUnderstood, match="otherwise"):
            bench.inverter.write(wanted, {"limit_pct"}, None)
        assert bench.writes() == 0
