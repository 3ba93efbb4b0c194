"""A Sungrow hybrid inverter for the contract of batteries. Its owner has handed it to an external energy manager."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app.devices.capabilities import Battery
from app.devices.registry import device_brands
from app.simulators.pace import SimulatedPace
from app.simulators.sungrow import SungrowHybrid
from app.transports.context import Context
from tests.devices.contract.modbus_rig import ModbusRig
from tests.devices.contract.rig import START, Rig, Simulated

OWNERS = {13049: 3, 13051: 1500, 13058: 150, 13073: 4200, 13099: 20, 33046: 450, 33047: 480}


class SungrowRig(ModbusRig):
    def __init__(self, device: SungrowHybrid, clock: SimulatedPace) -> None:
        super().__init__(device, clock)
        self.device = device
        brand = device_brands("battery")["sungrow"]
        self.fields = brand.fields(host=self.server.host, port=self.server.port)
        self.battery: Battery = brand.open(self.fields, Context(clock))

    def settings(self) -> Any:
        return dict(self.device.holding.words)


@contextmanager
def _sungrow(is_prompt: bool) -> Iterator[Rig]:
    clock = SimulatedPace(START)
    device = SungrowHybrid(START)
    device.owner_sets(OWNERS)
    rig = SungrowRig(device, clock)
    try:
        yield rig
    finally:
        rig.stop()


SIMULATED = Simulated("sungrow", _sungrow)
