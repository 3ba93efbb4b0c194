"""SolarEdge inverters for the contracts: alone, and with batteries whose owner has them work by the time of use."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from app.devices.capabilities import Battery
from app.devices.registry import device_brands
from app.devices.solar import SolarInverter
from app.simulators.pace import SimulatedPace
from app.simulators.solaredge import Quirks, StorEdge
from app.transports.context import Context
from tests.devices.contract.inverter_rig import NOON, InverterRig, SimulatedInverter
from tests.devices.contract.modbus_rig import ModbusRig
from tests.devices.contract.rig import START, Rig, Simulated

OWNERS = {0xE000: 0b1000, 0xE001: 1, 0xE002: 4200.0, 0xE004: 2, 0xE005: 1, 0xE008: 12.0, 0xE00D: 5, 0xE00E: 2500.0, 0xE010: 2600.0}


class SolarEdgeRig(ModbusRig):
    def __init__(self, device: StorEdge, clock: SimulatedPace, **fields: Any) -> None:
        super().__init__(device, clock)
        self.device = device
        brand = device_brands("battery")["solaredge"]
        self.fields = brand.fields(host=self.server.host, port=self.server.port, **fields)
        self.battery: Battery = brand.open(self.fields, Context(clock))

    def settings(self) -> Any:
        return self.device.held()


class SolarEdgeSolarRig(ModbusRig):
    def __init__(self, device: StorEdge, clock: SimulatedPace, **fields: Any) -> None:
        super().__init__(device, clock)
        self.device = device
        brand = device_brands("inverter")["solaredge"]
        self.fields = brand.fields(host=self.server.host, port=self.server.port, **fields)
        self.inverter: SolarInverter = brand.open(self.fields, Context(clock))

    def settings(self) -> Any:
        return self.device.held()

    def limited_w(self) -> float:
        return max(0.0, -self.device.plant.step_to(self.clock.now()).grid_w)

    def stray_writes(self) -> list[Any]:
        return [address for address in self.written() if address not in (0xE000, 0xE001, 0xE002)]


def _battery(quirks: Quirks, **fields: Any) -> Callable[[bool], AbstractContextManager[Rig]]:
    @contextmanager
    def start(is_prompt: bool) -> Iterator[Rig]:
        clock, device = SimulatedPace(START), StorEdge(START, quirks=quirks)
        device.owner_sets(OWNERS)
        rig = SolarEdgeRig(device, clock, **fields)
        try:
            yield rig
        finally:
            rig.stop()

    return start


def _solar(quirks: Quirks, own_limit: dict[int, float], **fields: Any) -> Callable[[bool], AbstractContextManager[InverterRig]]:
    @contextmanager
    def start(has_own_limit: bool) -> Iterator[InverterRig]:
        clock, device = SimulatedPace(NOON), StorEdge(NOON, quirks=quirks)
        device.plant.pack.soc_pct = 100.0  # a full battery takes nothing of what is not fed in
        device.owner_sets({0xE000: 0b1000})
        if has_own_limit:
            device.owner_sets(own_limit)
        rig = SolarEdgeSolarRig(device, clock, **fields)
        try:
            yield rig
        finally:
            rig.stop()

    return start


SIMULATED = (
    Simulated("solaredge", _battery(Quirks())),
    Simulated("solaredge", _battery(Quirks(batteries=2, meters=("production", "grid"), has_trackers=True, meter_exponent=1), meter=2)),
)
INVERTERS = (
    SimulatedInverter("solaredge", _solar(Quirks(batteries=0), {0xE000: 0b1001, 0xE002: 2000.0}), exact_w=1),
    SimulatedInverter("solaredge", _solar(Quirks(meter_exponent=1), {0xE000: 0b1010, 0xE001: 1, 0xE002: 660.0}), "each phase", exact_w=10),
)
