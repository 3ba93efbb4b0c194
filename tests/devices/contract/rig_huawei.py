"""Huawei inverters for the contracts: alone, and with a battery whose owner has it work by the time of use. They say nothing
for a while after each connection, as their dongles do."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from app.devices.capabilities import Battery
from app.devices.registry import device_brands
from app.devices.solar import SolarInverter
from app.simulators.huawei import Quirks, Sun2000
from app.simulators.pace import SimulatedPace
from app.transports.context import Context
from tests.devices.contract.inverter_rig import NOON, InverterRig, SimulatedInverter
from tests.devices.contract.modbus_rig import ModbusRig
from tests.devices.contract.rig import START, Rig, Simulated
from tests.devices.contract.settling_pace import SettlingPace

SETTLE_S, SILENT_S = 1.5, 1.499  # what the driver waits; a little less, as a virtual clock adds up inexactly
OWNERS = {47077: 4500, 47081: 950, 47082: 80, 47086: 5, 47102: 150, 47246: 1, 47247: 1200, 47249: 1300, 47415: 6, 47416: 4200}


class HuaweiRig(ModbusRig):
    def __init__(self, device: Sun2000, clock: SimulatedPace) -> None:
        super().__init__(device, clock, silent_s=SILENT_S)
        self.device = device
        brand = device_brands("battery")["huawei"]
        self.fields = brand.fields(host=self.server.host, port=self.server.port)
        self.battery: Battery = brand.open(self.fields, Context(SettlingPace(clock, self.server, SETTLE_S)))

    def settings(self) -> Any:
        return self.device.held()


class HuaweiSolarRig(ModbusRig):
    def __init__(self, device: Sun2000, clock: SimulatedPace) -> None:
        super().__init__(device, clock, silent_s=SILENT_S)
        self.device = device
        brand = device_brands("inverter")["huawei"]
        self.fields = brand.fields(host=self.server.host, port=self.server.port)
        self.inverter: SolarInverter = brand.open(self.fields, Context(SettlingPace(clock, self.server, SETTLE_S)))

    def settings(self) -> Any:
        return self.device.held()

    def limited_w(self) -> float:
        return max(0.0, -self.device.plant.step_to(self.clock.now()).grid_w)

    def stray_writes(self) -> list[Any]:
        return [address for address in self.written() if address not in (47415, 47416, 47418)]


def _solar(quirks: Quirks, own_limit: dict[int, int]) -> Callable[[bool], AbstractContextManager[InverterRig]]:
    @contextmanager
    def start(has_own_limit: bool) -> Iterator[InverterRig]:
        clock, device = SimulatedPace(NOON), Sun2000(NOON, quirks=quirks)
        device.plant.pack.soc_pct = 100.0  # a full battery takes nothing of what is not fed in
        if has_own_limit:
            device.owner_sets(own_limit)
        rig = HuaweiSolarRig(device, clock)
        try:
            yield rig
        finally:
            rig.stop()

    return start


def _battery(quirks: Quirks) -> Callable[[bool], AbstractContextManager[Rig]]:
    @contextmanager
    def start(is_prompt: bool) -> Iterator[Rig]:
        clock, device = SimulatedPace(START), Sun2000(START, quirks=quirks)
        device.owner_sets(OWNERS)
        rig = HuaweiRig(device, clock)
        try:
            yield rig
        finally:
            rig.stop()

    return start


SIMULATED = (
    Simulated("huawei", _battery(Quirks())),
    Simulated("huawei", _battery(Quirks(takes_zero_mode=False, answers_gaps=False))),
)
INVERTERS = (
    SimulatedInverter("huawei", _solar(Quirks(has_battery=False), {47415: 6, 47416: 2000}), exact_w=1),
    SimulatedInverter(
        "huawei", _solar(Quirks(takes_zero_mode=False, answers_gaps=False), {47415: 7, 47418: 400}), "older firmware", exact_w=1
    ),
)
