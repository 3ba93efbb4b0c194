"""Simulated GoodWe inverters with one peculiarity each, for tests of the drivers."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from app.devices.capabilities import Settings
from app.devices.goodwe.fields import GoodWeFields
from app.devices.goodwe.hybrid import GoodWeHybrid, open_hybrid
from app.domain.opinions import NO_LIMITS, BatteryCommand, BatteryLimits
from app.simulators.goodwe import EtQuirks, GoodWeEt
from app.simulators.pace import SimulatedPace
from app.transports.context import Context
from tests.devices.contract.modbus_rig import ModbusRig
from tests.devices.contract.rig import START, ZONE


class HybridBench(ModbusRig):
    """`battery` is the driver, `device` what it talks to."""

    def __init__(self, device: GoodWeEt, clock: SimulatedPace, fields: dict[str, Any]) -> None:
        super().__init__(device, clock)
        self.device = device
        given = GoodWeFields(host=self.server.host, port=self.server.port, **fields)
        self.battery: GoodWeHybrid = open_hybrid(given, Context(clock))

    def sent(self) -> list[tuple[int, ...]]:
        """Register and words of each write."""
        return [(write.address, *write.words) for write in self.server.record.writes]

    def bring_about(self, command: BatteryCommand | None, baseline: Settings, limits: BatteryLimits = NO_LIMITS) -> frozenset[str]:
        """Write what differs; returns what still does."""
        battery = self.battery
        wanted = battery.target(command, limits, baseline, now=START, until=None, zone=ZONE)
        battery.write(wanted, battery.differing(wanted, battery.read_settings()), None)
        return battery.differing(wanted, battery.read_settings())

    def moved_w(self) -> float:
        """What the battery does a minute later."""
        self.clock.advance(60)
        battery_w = self.battery.read_live(self.clock.now()).battery_w
        assert battery_w is not None
        return battery_w


@contextmanager
def hybrid(quirks: EtQuirks | None = None, at: datetime = START, **fields: Any) -> Iterator[HybridBench]:
    """An ET inverter behind a LAN kit."""
    clock = SimulatedPace(at)
    bench = HybridBench(GoodWeEt(at, quirks=quirks), clock, fields)
    try:
        yield bench
    finally:
        bench.stop()
