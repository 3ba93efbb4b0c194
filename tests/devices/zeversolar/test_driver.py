"""A limit in percent: in few steps, with the rest of the form, and only on the inverter that answered first."""

import pytest

from app.devices.solar import InverterState
from app.devices.zeversolar.driver import limit_pct
from app.domain.opinions import Curtail
from app.simulators import effects
from app.simulators.zeversolar import MonitorQuirks
from app.transports.errors import RequestRefused, Unreachable
from tests.devices.zeversolar.benches import an_inverter


def test_the_example_of_the_sheet() -> None:
    assert limit_pct(200, 5000) == 4


@pytest.mark.parametrize(
    ("max_w", "pct"), [(0, 0), (49, 0), (249, 4), (250, 5), (1499, 25), (1500, 30), (4999, 95), (5000, 100), (9000, 100)]
)
def test_a_limit_is_at_most_what_was_asked_for_in_few_steps(max_w: int, pct: int) -> None:
    assert limit_pct(max_w, 5000) == pct
    assert pct * 50 <= max_w


def test_a_limit_below_what_the_inverter_takes_is_its_least() -> None:
    assert limit_pct(0, 5000, 3) == 3
    with an_inverter(MonitorQuirks(least_pct=3), least_pct=3) as bench:
        assert bench.order(Curtail(0), bench.inverter.read_settings()) == frozenset()
        assert bench.device.power_w(bench.clock.now()) == 150


def test_the_rest_of_its_form_is_sent_as_it_is_held() -> None:
    with an_inverter() as bench:
        bench.device.owner_sets(drm_sp="20.00", ac_value2="77", ac_value3="9", em_ml="3")
        bench.order(Curtail(1500), bench.inverter.read_settings())
        held = bench.device.limit
        assert (held["drm_sp"], held["ac_value2"], held["ac_value3"], held["em_ml"]) == ("20.00", "77", "9", "3")
        assert (held["enlim"], held["ac_value1"], held["ac_mode"], held["ac_sys"]) == ("1", "30", "1", "5000")


@pytest.mark.parametrize("mode", ["2", "3"], ids=["watts", "demand response"])
def test_a_limit_of_another_kind_is_left_alone(mode: str) -> None:
    with an_inverter() as bench:
        bench.device.owner_sets(enlim="1", ac_mode=mode)
        with pytest.raises(RequestRefused, match="by percent only"):
            bench.inverter.read_settings()
        with pytest.raises(RequestRefused, match="by percent only"):
            bench.inverter.write({"limit_pct": 0}, {"limit_pct"}, None)
        assert bench.device.writes() == []


def test_another_inverter_at_its_address_is_told_and_not_written_to() -> None:
    with an_inverter() as bench:
        bench.inverter.read_settings()
        bench.device.monitor_id = "AAAAAAAAAAAA"
        with pytest.raises(RequestRefused, match="another inverter answers"):
            bench.inverter.write({"limit_pct": 0}, {"limit_pct"}, None)
        assert bench.device.writes() == []


def test_a_page_that_is_not_found_is_asked_for_again_and_a_limit_is_not_sent_again() -> None:
    with an_inverter(MonitorQuirks(forgets_every=2)) as bench:
        assert bench.inverter.read_status(bench.clock.now()).ac_w is not None
        bench.inverter.read_settings()
        bench.faults.add(effects.Status(404), server="http.zeversolar", method="POST")
        with pytest.raises(Unreachable, match="did not find its own page"):
            bench.inverter.write({"limit_pct": 0}, {"limit_pct"}, None)
        assert len(bench.device.writes()) == 1


def test_its_state_is_what_it_tells_and_what_the_limit_explains() -> None:
    with an_inverter() as bench:
        assert bench.inverter.read_status(bench.clock.now()).state is InverterState.RUNNING
        bench.device.has_error = True
        assert bench.inverter.read_status(bench.clock.now()).state is InverterState.FAULT
        bench.device.has_error = False
        bench.order(Curtail(0), bench.inverter.read_settings())
        held = bench.inverter.read_status(bench.clock.now())
        assert (held.state, held.limit_w, held.ac_w, held.rated_w) == (InverterState.LIMITED, 0, 0, 5000)
        bench.clock.advance(12 * 3600)
        with pytest.raises(Unreachable, match="as at night"):
            bench.inverter.read_status(bench.clock.now())
        assert bench.order(None, {"limit_pct": 100}) == frozenset(), "its monitor takes a limit at night too"


def test_no_limit_is_told_as_none() -> None:
    with an_inverter() as bench:
        assert bench.inverter.in_words({"limit_pct": 100}) == {"power limit": "none"}
        assert bench.inverter.in_words({"limit_pct": 30}) == {"power limit": "30\u202f%"}
