"""Devices that a register table describes, for the contracts of batteries and of solar inverters: the two that the documentation invents,
and one that exists and has no timer."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from app.devices.capabilities import Battery
from app.devices.registry import device_brands
from app.devices.solar import SolarInverter
from app.simulators.modbus import RegisterDevice
from app.simulators.modbus_table import ExampleHybrid, ExampleInverter, HybridQuirks
from app.simulators.pace import SimulatedPace
from app.simulators.sungrow import SungrowHybrid
from app.transports.context import Context
from tests.devices.contract.inverter_rig import NOON, InverterRig, SimulatedInverter
from tests.devices.contract.modbus_rig import ModbusRig
from tests.devices.contract.rig import START, Rig, Simulated
from tests.devices.modbus_table.tables import HYBRID, INVERTER, WITHOUT_TIMER

OWNERS = {200: 2, 201: 20, 202: 95, 204: 600}
FIRST_OWNERS = {13049: 3, 13051: 1500, 13058: 150, 13073: 4200, 33047: 480}


class TableRig(ModbusRig):
    """`held`: what the device holds. `driver` is opened in either role."""

    def __init__(
        self, role: str, device: RegisterDevice, clock: SimulatedPace, unit: int, table: str, held: Callable[[], dict[int, int]]
    ) -> None:
        super().__init__(device, clock)
        self.held, self.device = held, device
        brand = device_brands(role)["modbus_table"]
        self.fields = brand.fields(host=self.server.host, port=self.server.port, unit_id=unit, table=table)
        self.driver = brand.open(self.fields, Context(clock))

    def settings(self) -> Any:
        return self.held()


class BatteryRig(TableRig):
    @property
    def battery(self) -> Battery:
        return self.driver  # type: ignore[no-any-return]


class HybridSolarRig(TableRig):
    def __init__(self, device: ExampleHybrid, clock: SimulatedPace) -> None:
        super().__init__("inverter", device, clock, device.unit, HYBRID, device.held)

    @property
    def inverter(self) -> SolarInverter:
        return self.driver  # type: ignore[no-any-return]

    def limited_w(self) -> float:
        return max(0.0, -self.device.plant.step_to(self.clock.now()).grid_w)

    def stray_writes(self) -> list[Any]:
        return [address for address in self.written() if address not in (203, 204)]


class PlainRig(TableRig):
    def __init__(self, device: ExampleInverter, clock: SimulatedPace) -> None:
        super().__init__("inverter", device, clock, device.unit, INVERTER, lambda: dict(device.settings.words))
        self.device = device

    @property
    def inverter(self) -> SolarInverter:
        return self.driver  # type: ignore[no-any-return]

    def limited_w(self) -> float:
        return self.device.power_w(self.clock.now())

    def stray_writes(self) -> list[Any]:
        return [address for address in self.written() if address not in (60, 61)]


def _hybrid(quirks: HybridQuirks) -> Callable[[bool], AbstractContextManager[Rig]]:
    @contextmanager
    def start(is_prompt: bool) -> Iterator[Rig]:
        clock, device = SimulatedPace(START), ExampleHybrid(START, quirks=quirks)
        device.owner_sets(OWNERS)
        rig = BatteryRig("battery", device, clock, device.unit, HYBRID, device.held)
        try:
            yield rig
        finally:
            rig.stop()

    return start


@contextmanager
def _without_timer(is_prompt: bool) -> Iterator[Rig]:
    clock, device = SimulatedPace(START), SungrowHybrid(START)
    device.owner_sets(FIRST_OWNERS)
    rig = BatteryRig("battery", device, clock, device.unit, WITHOUT_TIMER, lambda: dict(device.holding.words))
    try:
        yield rig
    finally:
        rig.stop()


@contextmanager
def _hybrid_solar(has_own_limit: bool) -> Iterator[InverterRig]:
    clock, device = SimulatedPace(NOON), ExampleHybrid(NOON)
    device.plant.pack.soc_pct = 100.0  # a full battery takes nothing of what is not fed in
    if has_own_limit:
        device.owner_sets({203: 1, 204: 200})
    rig = HybridSolarRig(device, clock)
    try:
        yield rig
    finally:
        rig.stop()


@contextmanager
def _plain(has_own_limit: bool) -> Iterator[InverterRig]:
    clock, device = SimulatedPace(NOON), ExampleInverter(NOON)
    if has_own_limit:
        device.owner_sets({60: 0xAA, 61: 400})  # 40 % of 5 kW
    rig = PlainRig(device, clock)
    try:
        yield rig
    finally:
        rig.stop()


SIMULATED = (
    Simulated("modbus_table", _hybrid(HybridQuirks())),
    Simulated("modbus_table", _hybrid(HybridQuirks(keeps_time=True))),
    Simulated("modbus_table", _without_timer),
)
INVERTERS = (
    SimulatedInverter("modbus_table", _plain, "plain", exact_w=10),
    SimulatedInverter("modbus_table", _hybrid_solar, "hybrid", exact_w=11),
)
