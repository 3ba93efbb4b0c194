"""A simulated Sigenergy plant with its driver, as tests of the brand alone use it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.devices.sigenergy.driver import SigenergyPlant, open_plant
from app.devices.sigenergy.fields import SigenergyFields
from app.domain.opinions import NO_LIMITS, BatteryCommand, BatteryLimits
from app.simulators.pace import SimulatedPace
from app.simulators.sigenergy import PlantQuirks, SigenStor
from app.transports.context import Context
from tests.devices.contract.modbus_rig import ModbusRig

NOON = datetime(2026, 3, 14, 2, 0, tzinfo=UTC)  # 13:00 in Sydney
ZONE = ZoneInfo("Australia/Sydney")


class Bench(ModbusRig):
    """`battery` talks to `device` over a real socket."""

    def __init__(self, device: SigenStor, clock: SimulatedPace, environment: dict[str, str], **fields: Any) -> None:
        super().__init__(device, clock)
        self.device = device
        entered = SigenergyFields.model_validate({"host": self.server.host, "port": self.server.port, **fields})
        self.battery: SigenergyPlant = open_plant(entered, Context(clock, environment))

    def order(self, command: BatteryCommand | None, baseline: Any, limits: BatteryLimits = NO_LIMITS) -> frozenset[str]:
        """Bring `command` about; returns what still differs."""
        wanted = self.battery.target(command, limits, baseline, now=NOON, until=None, zone=ZONE)
        fields = self.battery.differing(wanted, self.battery.read_settings())
        self.battery.write(wanted, fields, None)
        return self.battery.differing(wanted, self.battery.read_settings())

    def battery_w(self, after_s: float = 5.0) -> float:
        """What the battery really does, + discharging."""
        self.clock.advance(after_s)
        self.battery.read_live(self.clock.now())
        return self.device.plant.flow.battery_w


@contextmanager
def a_plant(
    quirks: PlantQuirks | None = None, *, native_mode: int = 0, environment: dict[str, str] | None = None, **fields: Any
) -> Iterator[Bench]:
    clock = SimulatedPace(NOON)
    inverter_unit = fields.get("inverter_unit_id", 1)
    device = SigenStor(NOON, native_mode=native_mode, inverter_unit=inverter_unit, quirks=quirks)
    bench = Bench(device, clock, environment or {}, **fields)
    try:
        yield bench
    finally:
        bench.stop()
