"""Simulated SolarEdge inverters with one peculiarity each, for tests of the drivers."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from app.devices.capabilities import Settings
from app.devices.solaredge.battery import SolarEdgeBattery, open_battery
from app.devices.solaredge.fields import SolarEdgeFields
from app.devices.solaredge.solar import SolarEdgeSolar, open_solar
from app.domain.opinions import NO_LIMITS, BatteryCommand, BatteryLimits, Curtail
from app.simulators.pace import SimulatedPace
from app.simulators.solaredge import Quirks, StorEdge
from app.transports.context import Context
from tests.devices.contract.inverter_rig import NOON
from tests.devices.contract.modbus_rig import ModbusRig
from tests.devices.contract.rig import START, ZONE


class Bench(ModbusRig):
    """`device` is what the drivers talk to."""

    inverter: SolarEdgeSolar
    battery: SolarEdgeBattery

    def __init__(self, device: StorEdge, clock: SimulatedPace, fields: dict[str, Any]) -> None:
        super().__init__(device, clock)
        self.device = device
        self._fields = SolarEdgeFields(host=self.server.host, port=self.server.port, **fields)
        self.start_again()

    def start_again(self) -> None:
        """The app's process is a new one: whatever the drivers remembered is gone."""
        self.inverter = open_solar(self._fields, Context(self.clock))
        self.battery = open_battery(self._fields, Context(self.clock))

    def sent(self) -> list[tuple[int, ...]]:
        """Register and words of each write since the last time."""
        sent = [(write.address, *write.words) for write in self.server.record.writes]
        self.server.record.writes.clear()
        return sent

    def curtail(self, command: Curtail | None, baseline: Settings, purpose: str = "command") -> frozenset[str]:
        """Write what differs of the export limit; returns what still does."""
        wanted = self.inverter.target(command, baseline, until=None)
        self.inverter.write(wanted, self.inverter.differing(wanted, self.inverter.read_settings()), None, purpose=purpose)
        return self.inverter.differing(wanted, self.inverter.read_settings())

    def owners(self) -> Settings:
        return self.battery.owners(self.battery.read_settings())

    def want(
        self, command: BatteryCommand | None, baseline: Settings, limits: BatteryLimits = NO_LIMITS, until: datetime | None = None
    ) -> tuple[Settings, frozenset[str]]:
        """The target, and what a tick would write now."""
        wanted = self.battery.target(command, limits, baseline, now=START, until=until, zone=ZONE)
        return wanted, self.battery.differing(wanted, self.battery.read_settings())

    def bring_about(
        self, command: BatteryCommand | None, baseline: Settings, limits: BatteryLimits = NO_LIMITS, until: datetime | None = None
    ) -> frozenset[str]:
        """Write what differs; returns what still does."""
        wanted, fields = self.want(command, baseline, limits, until)
        self.battery.write(wanted, fields, until)
        return self.battery.differing(wanted, self.battery.read_settings())

    def moved_w(self) -> float:
        """What the battery does a minute later."""
        self.clock.advance(60)
        battery_w = self.battery.read_live(self.clock.now()).battery_w
        assert battery_w is not None
        return battery_w


@contextmanager
def solar(quirks: Quirks | None = None, at: datetime = NOON, **fields: Any) -> Iterator[Bench]:
    """An inverter whose battery is full."""
    with battery(quirks, at, **fields) as bench:
        bench.device.plant.pack.soc_pct = 100
        yield bench


@contextmanager
def battery(quirks: Quirks | None = None, at: datetime = START, **fields: Any) -> Iterator[Bench]:
    """An inverter with the settings of the factory, which may be charged from the grid."""
    bench = Bench(StorEdge(at, quirks=quirks), SimulatedPace(at), fields)
    bench.device.owner_sets({0xE005: 1})
    try:
        yield bench
    finally:
        bench.stop()
