"""The driver of ET inverters whose export alone is limited."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from app.devices.goodwe.fields import GoodWeSolarFields
from app.devices.goodwe.hybrid_solar import GoodWeHybridSolar, open_hybrid_solar
from app.devices.solar import InverterState
from app.domain.opinions import Curtail
from app.simulators.goodwe import EtQuirks, GoodWeEt
from app.simulators.pace import SimulatedPace
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood, RequestRefused
from tests.devices.contract.inverter_rig import NOON
from tests.devices.contract.modbus_rig import ModbusRig


class SolarBench(ModbusRig):
    def __init__(self, device: GoodWeEt, clock: SimulatedPace, fields: dict[str, Any]) -> None:
        super().__init__(device, clock)
        self.device = device
        given = GoodWeSolarFields(host=self.server.host, port=self.server.port, **fields)
        self.inverter: GoodWeHybridSolar = open_hybrid_solar(given, Context(clock))

    def bring_about(self, command: Curtail | None, baseline: Any) -> list[tuple[int, int]]:
        """Register and word of each write that it took."""
        self.server.record.writes.clear()
        wanted = self.inverter.target(command, baseline, until=None)
        self.inverter.write(wanted, self.inverter.differing(wanted, self.inverter.read_settings()), None)
        assert self.inverter.differing(wanted, self.inverter.read_settings()) == frozenset()
        return [(write.address, write.words[0]) for write in self.server.record.writes]


@contextmanager
def solar(quirks: EtQuirks | None = None, **fields: Any) -> Iterator[SolarBench]:
    bench = SolarBench(GoodWeEt(NOON, quirks=quirks), SimulatedPace(NOON), fields)
    bench.device.plant.pack.soc_pct = 100
    try:
        yield bench
    finally:
        bench.stop()


def test_a_limit_and_its_end_are_sent_in_the_order_of_the_sheet() -> None:
    with solar() as bench:
        baseline = bench.inverter.read_settings()
        assert bench.bring_about(Curtail(0), baseline) == [(47510, 0), (47509, 1)]
        assert bench.bring_about(Curtail(1500), baseline) == [(47510, 1500)]
        assert bench.bring_about(None, baseline) == [(47510, 10_000), (47509, 0)]


def test_the_sun_makes_less_once_the_battery_is_full() -> None:
    with solar() as bench:
        free = bench.inverter.read_status(NOON)
        bench.bring_about(Curtail(0), bench.inverter.read_settings())
        bench.clock.advance(60)
        held = bench.inverter.read_status(bench.clock.now())
        assert free.ac_w is not None
        assert held.ac_w is not None
        assert held.ac_w < free.ac_w - 1000
        assert (held.state, held.limit_w, held.grid_w) == (InverterState.LIMITED, 0, 0)
        assert (held.serial, held.rated_w) == ("9010KETU21BW0001", 10_000)


def test_at_night_a_limit_holds_nothing() -> None:
    with solar() as bench:
        bench.bring_about(Curtail(1500), bench.inverter.read_settings())
        bench.clock.advance_to(NOON + timedelta(hours=10))
        assert bench.inverter.read_status(bench.clock.now()).state is InverterState.RUNNING


def test_a_limit_whose_unit_is_wrong_is_not_steered() -> None:
    with solar(is_limit_in_percent=True) as bench, pytest.raises(AnswerNotUnderstood, match="unit"):
        bench.inverter.read_settings()


def test_a_share_of_a_power_that_is_not_told_is_not_steered() -> None:
    quirks = EtQuirks(limit_is_in_percent=True, missing=frozenset({35001}))
    with solar(quirks, is_limit_in_percent=True) as bench, pytest.raises(AnswerNotUnderstood, match="rated power"):
        bench.inverter.read_settings()


def test_an_inverter_without_an_export_limit_is_refused() -> None:
    with solar(EtQuirks(missing=frozenset({47509, 47510}))) as bench, pytest.raises(AnswerNotUnderstood, match="export limit"):
        bench.inverter.read_settings()


def test_another_inverter_at_its_address_is_not_written_to() -> None:
    with solar() as bench:
        baseline = bench.inverter.read_settings()
        bench.device.serial = "9010KETU21BW0999"
        with pytest.raises(RequestRefused, match="another device"):
            bench.inverter.write(bench.inverter.target(Curtail(0), baseline, until=None), {"export_limit_w"}, None)
        assert bench.writes() == 0
