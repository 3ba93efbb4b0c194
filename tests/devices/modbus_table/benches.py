"""The invented devices with one peculiarity each, for tests of the drivers."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from app.devices.capabilities import Settings
from app.devices.modbus_table.battery import TableBattery, open_battery
from app.devices.modbus_table.fields import BatteryTableFields, InverterTableFields
from app.devices.modbus_table.inverter import TableInverter, open_inverter
from app.domain.opinions import NO_LIMITS, BatteryCommand, BatteryLimits
from app.simulators.modbus_table import ExampleHybrid, ExampleInverter, HybridQuirks
from app.simulators.pace import SimulatedPace
from app.transports.context import Context
from tests.devices.contract.modbus_rig import ModbusRig
from tests.devices.contract.rig import START, ZONE
from tests.devices.modbus_table.tables import HYBRID, INVERTER


class HybridBench(ModbusRig):
    """`battery` is the driver, `device` what it talks to."""

    battery: TableBattery

    def __init__(self, device: ExampleHybrid, clock: SimulatedPace, table: str) -> None:
        super().__init__(device, clock)
        self.device = device
        self._fields = BatteryTableFields(host=self.server.host, port=self.server.port, unit_id=device.unit, table=table)
        self.start_again()

    def start_again(self) -> None:
        """The app's process is a new one: whatever the driver remembered is gone."""
        self.battery = open_battery(self._fields, Context(self.clock))

    def sent(self) -> list[tuple[int, int]]:
        """Register and word of each write, since this was asked last."""
        written = [(write.address, write.words[0]) for write in self.server.record.writes]
        self.server.record.writes.clear()
        return written

    def bring_about(
        self, command: BatteryCommand | None, baseline: Settings, limits: BatteryLimits = NO_LIMITS, until: datetime | None = None
    ) -> frozenset[str]:
        """Write what differs; returns what still does."""
        wanted = self.battery.target(command, limits, baseline, now=START, until=until, zone=ZONE)
        self.battery.write(wanted, self.battery.differing(wanted, self.battery.read_settings()), until)
        return self.battery.differing(wanted, self.battery.read_settings())


@contextmanager
def hybrid(quirks: HybridQuirks | None = None, at: datetime = START, table: str = HYBRID) -> Iterator[HybridBench]:
    """The hybrid inverter with the settings of the factory."""
    bench = HybridBench(ExampleHybrid(at, quirks=quirks), SimulatedPace(at), table)
    try:
        yield bench
    finally:
        bench.stop()


class PlainBench(ModbusRig):
    """`inverter` is the driver, `device` what it talks to."""

    def __init__(self, device: ExampleInverter, clock: SimulatedPace, table: str) -> None:
        super().__init__(device, clock)
        self.device = device
        fields = InverterTableFields(host=self.server.host, port=self.server.port, unit_id=device.unit, table=table)
        self.inverter: TableInverter = open_inverter(fields, Context(clock))


@contextmanager
def plain(at: datetime, table: str = INVERTER) -> Iterator[PlainBench]:
    """The solar inverter with the settings of the factory."""
    bench = PlainBench(ExampleInverter(at), SimulatedPace(at), table)
    try:
        yield bench
    finally:
        bench.stop()
