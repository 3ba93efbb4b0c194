"""FoxESS inverters for the contract of batteries: one of those with input registers, whose owner feeds in first, and an H3 Pro whose owner
shaves peaks."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from app.devices.capabilities import Battery
from app.devices.registry import device_brands
from app.simulators.foxess import FoxEss
from app.simulators.pace import SimulatedPace
from app.transports.context import Context
from tests.devices.contract.modbus_rig import ModbusRig
from tests.devices.contract.rig import START, Rig, Simulated


class FoxEssRig(ModbusRig):
    def __init__(self, device: FoxEss, clock: SimulatedPace, **fields: Any) -> None:
        super().__init__(device, clock)
        self.device = device
        brand = device_brands("battery")["foxess"]
        self.fields = brand.fields(host=self.server.host, port=self.server.port, rated_w=5000, **fields)
        self.battery: Battery = brand.open(self.fields, Context(clock))

    def settings(self) -> Any:
        return self.device.held()


def _foxess(model: str, owners: dict[int, int], **fields: Any) -> Callable[[bool], AbstractContextManager[Rig]]:
    @contextmanager
    def start(is_prompt: bool) -> Iterator[Rig]:
        clock = SimulatedPace(START)
        device = FoxEss(START, model)
        device.owner_sets(owners)
        rig = FoxEssRig(device, clock, model=model, **fields)
        try:
            yield rig
        finally:
            rig.stop()

    return start


SIMULATED = (
    Simulated("foxess", _foxess("h3", {41000: 1, 41009: 15, 41010: 95}, capacity_kwh=10.36)),
    Simulated("foxess", _foxess("h3_pro", {49203: 4, 46611: 15})),
)
