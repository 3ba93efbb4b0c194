"""The driver of SG inverters against the peculiarities of models and firmwares, and through a night."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.devices.solar import InverterState
from app.devices.sungrow.string_fields import StringFields
from app.devices.sungrow.string_inverter import SungrowString, open_string
from app.domain.opinions import Curtail
from app.simulators.pace import SimulatedPace
from app.simulators.sungrow_string import StringQuirks
from app.simulators.sungrow_string import SungrowString as Device
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood, RequestRefused, Unreachable
from tests.devices.contract.inverter_rig import NOON
from tests.devices.contract.modbus_rig import ModbusRig


class StringBench(ModbusRig):
    def __init__(self, device: Device, clock: SimulatedPace, fields: dict[str, Any]) -> None:
        super().__init__(device, clock)
        self.device = device
        self.inverter: SungrowString = open_string(StringFields(host=self.server.host, port=self.server.port, **fields), Context(clock))

    def bring_about(self, command: Curtail | None, baseline: Any) -> list[tuple[int, int]]:
        """Register and word of each write that it took."""
        self.server.record.writes.clear()
        wanted = self.inverter.target(command, baseline, until=None)
        self.inverter.write(wanted, self.inverter.differing(wanted, self.inverter.read_settings()), None)
        assert self.inverter.differing(wanted, self.inverter.read_settings()) == frozenset()
        return [(write.address, write.words[0]) for write in self.server.record.writes]


@contextmanager
def string(quirks: StringQuirks | None = None, at: datetime = NOON, **fields: Any) -> Iterator[StringBench]:
    clock = SimulatedPace(at)
    bench = StringBench(Device(at, quirks=quirks), clock, fields)
    try:
        yield bench
    finally:
        bench.stop()


def test_a_limit_and_its_end_are_sent_in_the_order_of_the_sheet() -> None:
    with string() as bench:
        baseline = bench.inverter.read_settings()
        assert bench.bring_about(Curtail(1500), baseline) == [(5006, 0xAA), (5007, 300)]
        assert bench.bring_about(Curtail(0), baseline) == [(5007, 0), (5005, 0xCE)]
        assert bench.bring_about(None, baseline) == [(5005, 0xCF), (5007, 1000), (5006, 0x55)]


def test_an_inverter_that_was_stopped_tells_so_until_it_makes_power_again() -> None:
    with string() as bench:
        baseline = bench.inverter.read_settings()
        bench.bring_about(Curtail(0), baseline)
        stopped = bench.inverter.read_status(bench.clock.now())
        assert (stopped.state, stopped.ac_w, stopped.limit_w) == (InverterState.STOPPED, 0, 0)
        bench.bring_about(None, baseline)
        assert bench.inverter.read_status(bench.clock.now()).state is InverterState.UNKNOWN
        bench.clock.advance(120)
        assert bench.inverter.read_status(bench.clock.now()).state is InverterState.RUNNING


def test_a_limit_above_what_the_sun_gives_does_not_hold_it() -> None:
    with string() as bench:
        bench.bring_about(Curtail(1500), bench.inverter.read_settings())
        assert bench.inverter.read_status(bench.clock.now()).state is InverterState.LIMITED
        bench.clock.advance(5 * 3600)
        evening = bench.inverter.read_status(bench.clock.now())
        assert evening.ac_w is not None
        assert 0 < evening.ac_w < 1300
        assert (evening.state, evening.limit_w) == (InverterState.RUNNING, 1500)


def test_the_meter_has_the_apps_sign() -> None:
    with string() as bench:
        noon = bench.inverter.read_status(bench.clock.now())
        assert noon.grid_w is not None
        assert noon.ac_w is not None
        assert noon.grid_w == pytest.approx(bench.device.load.power_w(NOON) - noon.ac_w, abs=2)
        assert noon.grid_w < 0
    with string(StringQuirks(has_meter=False)) as bench:
        assert bench.inverter.read_status(bench.clock.now()).grid_w is None


def test_figures_are_looked_for_among_the_holding_registers_too() -> None:
    with string(StringQuirks(has_holding_only=True)) as bench:
        found = bench.inverter.read_status(bench.clock.now())
        assert (found.serial, found.rated_w) == ("A2250500456", 5000)
        assert found.ac_w == pytest.approx(bench.device.power_w(bench.clock.now()), abs=1)


def test_without_a_rated_power_nothing_is_written() -> None:
    with string(StringQuirks(tells_rated_power=False)) as bench:
        assert bench.inverter.read_status(bench.clock.now()).rated_w is None
        with pytest.raises(AnswerNotUnderstood, match="enter it"):
            bench.inverter.read_settings()
        assert bench.writes() == 0
    with string(StringQuirks(tells_rated_power=False), rated_w=5000) as bench:
        assert bench.bring_about(Curtail(2500), bench.inverter.read_settings()) == [(5006, 0xAA), (5007, 500)]


def test_at_night_it_stands_by_or_does_not_answer_and_its_limit_is_there_in_the_morning() -> None:
    with string() as bench:
        baseline = bench.inverter.read_settings()
        bench.bring_about(Curtail(1500), baseline)
        bench.clock.advance_to(NOON + timedelta(hours=10))
        assert bench.inverter.read_status(bench.clock.now()).state is InverterState.ASLEEP
        bench.server.close()
        with pytest.raises(Unreachable):
            bench.inverter.read_status(bench.clock.now())
        bench.clock.advance_to(NOON + timedelta(hours=22))
        bench.recover()
        assert bench.bring_about(None, baseline) == [(5007, 1000), (5006, 0x55)]


def test_a_figure_that_cannot_be_is_none() -> None:
    with string() as bench:
        bench.device.rated_w = 7_000_000
        found = bench.inverter.read_status(bench.clock.now())
        assert found.rated_w is None


@pytest.mark.parametrize("has_holding_only", [False, True])
def test_another_inverter_at_its_address_is_not_written_to(has_holding_only: bool) -> None:
    with string(StringQuirks(has_holding_only=has_holding_only)) as bench:
        baseline = bench.inverter.read_settings()
        bench.device.serial = "A2250500999"
        with pytest.raises(RequestRefused, match="another device"):
            bench.inverter.write(bench.inverter.target(Curtail(0), baseline, until=None), {"run"}, None)
        assert bench.writes() == 0
