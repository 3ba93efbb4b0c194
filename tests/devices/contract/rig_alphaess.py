"""An AlphaESS inverter for the contract of batteries. Its owner lets it charge and discharge at times of the day."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app.devices.capabilities import Battery
from app.devices.registry import device_brands
from app.simulators.alphaess import AlphaEss
from app.simulators.pace import SimulatedPace
from app.transports.context import Context
from tests.devices.contract.modbus_rig import ModbusRig
from tests.devices.contract.rig import START, Rig, Simulated

OWNERS = {0x0800: 100, 0x084F: 3, 0x0850: 15, 0x0855: 90}


class AlphaEssRig(ModbusRig):
    def __init__(self, device: AlphaEss, clock: SimulatedPace) -> None:
        super().__init__(device, clock)
        self.device = device
        brand = device_brands("battery")["alphaess"]
        self.fields = brand.fields(host=self.server.host, port=self.server.port)
        self.battery: Battery = brand.open(self.fields, Context(clock))

    def settings(self) -> Any:
        return self.device.held()


@contextmanager
def _alphaess(is_prompt: bool) -> Iterator[Rig]:
    clock = SimulatedPace(START)
    device = AlphaEss(START)
    device.owner_sets(OWNERS)
    rig = AlphaEssRig(device, clock)
    try:
        yield rig
    finally:
        rig.stop()


SIMULATED = Simulated("alphaess", _alphaess)
