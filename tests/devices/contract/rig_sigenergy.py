"""A Sigenergy plant for the contract of batteries. Its owner lets another program hold it by remote control, and has limits of their own.

Over Modbus alone: what its cloud holds cannot be read back, so the contract cannot be kept for prices."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app.devices.capabilities import Battery
from app.devices.registry import device_brands
from app.simulators.pace import SimulatedPace
from app.simulators.sigenergy import SigenStor
from app.transports.context import Context
from tests.devices.contract.modbus_rig import ModbusRig
from tests.devices.contract.rig import START, Rig, Simulated

OWNERS = {40029: 1, 40031: 0, 40032: 4_500, 40034: 4_800, 40038: 4_200, 40046: 200, 40048: 70}


class SigenergyRig(ModbusRig):
    def __init__(self, device: SigenStor, clock: SimulatedPace) -> None:
        super().__init__(device, clock)
        self.device = device
        brand = device_brands("battery")["sigenergy"]
        self.fields = brand.fields(host=self.server.host, port=self.server.port)
        self.battery: Battery = brand.open(self.fields, Context(clock))

    def settings(self) -> Any:
        return dict(self.device.holding.words)


@contextmanager
def _sigenergy(is_prompt: bool) -> Iterator[Rig]:
    clock = SimulatedPace(START)
    device = SigenStor(START)
    device.owner_sets(OWNERS)
    rig = SigenergyRig(device, clock)
    try:
        yield rig
    finally:
        rig.stop()


SIMULATED = Simulated("sigenergy", _sigenergy)
