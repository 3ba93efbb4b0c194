"""The driver of SolarEdge inverters whose export alone is limited."""

from datetime import timedelta

import pytest

from app.devices.solar import InverterState
from app.domain.opinions import Curtail
from app.simulators.solaredge import Quirks
from app.transports.errors import AnswerNotUnderstood, RequestRefused
from tests.devices.contract.inverter_rig import NOON
from tests.devices.solaredge.benches import solar


def test_a_limit_and_its_end_are_sent_in_the_order_of_the_sheet() -> None:
    with solar() as bench:
        bench.device.owner_sets({0xE001: 1, 0xE002: 5000.0})
        baseline = bench.inverter.read_settings()
        assert bench.curtail(Curtail(0), baseline) == frozenset()
        assert bench.sent() == [(0xE001, 0), (0xE002, 0, 0), (0xE000, 1)]
        assert bench.curtail(None, baseline) == frozenset()
        assert bench.sent() == [(0xE000, 0), (0xE001, 1), (0xE002, 0x4000, 0x459C)]


def test_other_bits_stay_whatever_they_are_by_then() -> None:
    with solar() as bench:
        bench.device.owner_sets({0xE000: 0b1000})
        baseline = bench.inverter.read_settings()
        wanted = bench.inverter.target(Curtail(0), baseline, until=None)
        fields = bench.inverter.differing(wanted, bench.inverter.read_settings())
        bench.device.owner_sets({0xE000: 0b11000})
        bench.inverter.write(wanted, fields, None)
        assert bench.device.held()[0xE000] == 0b11001
        assert bench.inverter.differing(wanted, bench.inverter.read_settings()) == {"other_limits"}


def test_the_panels_make_less_while_a_limit_holds() -> None:
    with solar() as bench:
        free = bench.inverter.read_status(NOON)
        bench.curtail(Curtail(0), bench.inverter.read_settings())
        bench.clock.advance(60)
        held = bench.inverter.read_status(bench.clock.now())
        assert free.ac_w is not None
        assert held.ac_w is not None
        assert held.ac_w < free.ac_w - 1000
        assert (held.state, held.limit_w, held.serial) == (InverterState.LIMITED, 0, "7F123456")
        assert held.grid_w == pytest.approx(0, abs=1)


def test_what_a_battery_gives_is_not_taken_for_sun() -> None:
    with solar(at=NOON + timedelta(hours=10)) as bench:
        bench.clock.advance(60)
        reading = bench.inverter.read_status(bench.clock.now())
        assert bench.device.plant.flow.battery_w > 100
        assert reading.ac_w == pytest.approx(0, abs=1)


def test_the_meter_that_the_owner_names_is_read_wherever_it_stands() -> None:
    quirks = Quirks(meters=("production", "grid"), has_trackers=True)
    with solar(quirks, meter=2) as bench:
        assert bench.inverter.read_status(NOON).grid_w == pytest.approx(bench.device.plant.flow.grid_w, abs=1)
        assert bench.device.plant.flow.grid_w < -1000


def test_without_a_meter_no_limit_is_set_but_one_is_given_back() -> None:
    with solar(Quirks(meters=())) as bench:
        baseline = bench.inverter.read_settings()
        assert bench.inverter.read_status(NOON).grid_w is None
        with pytest.raises(RequestRefused, match="meter"):
            bench.curtail(Curtail(0), baseline)
        assert bench.writes() == 0
        assert bench.curtail(None, {**baseline, "export_switch": 1}, "restore") == frozenset()


def test_a_limit_of_what_the_inverter_makes_is_left_alone() -> None:
    with solar() as bench:
        bench.device.owner_sets({0xE000: 0b100})
        baseline = bench.inverter.read_settings()
        assert bench.inverter.read_status(NOON).limit_w is None
        with pytest.raises(RequestRefused, match="leaves that alone"):
            bench.inverter.target(Curtail(0), baseline, until=None)


def test_an_inverter_without_a_site_limit_is_refused() -> None:
    with solar(Quirks(has_site_limit=False)) as bench, pytest.raises(AnswerNotUnderstood, match="site limit"):
        bench.inverter.read_settings()


def test_places_without_a_battery_are_not_asked_for_again() -> None:
    with solar(Quirks(batteries=0)) as bench:
        bench.inverter.read_status(NOON)
        before = bench.server.record.reads
        bench.inverter.read_status(NOON)
        assert bench.server.record.reads - before < 10


def test_another_inverter_at_its_address_is_not_written_to() -> None:
    with solar() as bench:
        baseline = bench.inverter.read_settings()
        wanted = bench.inverter.target(Curtail(0), baseline, until=None)
        bench.device.serial = "7F999999"
        with pytest.raises(RequestRefused, match="another device"):
            bench.inverter.write(wanted, {"export_switch", "export_limit_w"}, None)
        assert bench.writes() == 0
