"""Simulated SunSpec inverters with one peculiarity each, for tests of the drivers."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from app.devices.registry import device_brands
from app.devices.solar import InverterCommand
from app.devices.sunspec_inverter import SunSpecInverter
from app.simulators.pace import SimulatedPace
from app.simulators.sunspec import SunSpecInverter as Device
from app.simulators.sunspec import SunSpecQuirks
from app.transports.context import Context
from tests.devices.contract.inverter_rig import NOON
from tests.devices.contract.modbus_rig import ModbusRig


class SunSpecBench(ModbusRig):
    """`inverter` is the driver, `device` what it talks to."""

    def __init__(self, brand: str, device: Device, clock: SimulatedPace, fields: dict[str, Any]) -> None:
        super().__init__(device, clock)
        self.device = device
        found = device_brands("inverter")[brand]
        self.inverter: SunSpecInverter = found.open(found.fields(host=self.server.host, port=self.server.port, **fields), Context(clock))

    def bring_about(self, command: InverterCommand | None, baseline: Any) -> list[tuple[int, int]]:
        """Register and word of each write that it took."""
        self.server.record.writes.clear()
        wanted = self.inverter.target(command, baseline, until=None)
        self.inverter.write(wanted, self.inverter.differing(wanted, self.inverter.read_settings()), None)
        assert self.inverter.differing(wanted, self.inverter.read_settings()) == frozenset()
        return self.sent()

    def sent(self) -> list[tuple[int, int]]:
        """Register and word of each write."""
        return [(write.address, write.words[0]) for write in self.server.record.writes]


@contextmanager
def sunspec(quirks: SunSpecQuirks | None = None, brand: str = "sunspec", at: datetime = NOON, **fields: Any) -> Iterator[SunSpecBench]:
    """An inverter of `brand`."""
    clock = SimulatedPace(at)
    bench = SunSpecBench(brand, Device(at, name=f"modbus.{brand}", quirks=quirks), clock, fields)
    try:
        yield bench
    finally:
        bench.stop()
