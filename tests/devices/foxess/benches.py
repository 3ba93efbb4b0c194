"""Simulated FoxESS inverters with one peculiarity each, for tests of the driver."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from app.devices.foxess.driver import FoxEss, open_foxess
from app.devices.foxess.fields import FoxEssFields, Model
from app.simulators.foxess import FoxEss as Device
from app.simulators.foxess import Quirks
from app.simulators.pace import SimulatedPace
from app.transports.context import Context
from tests.devices.contract.modbus_rig import ModbusRig
from tests.devices.contract.rig import START


class Bench(ModbusRig):
    """`battery` is the driver, `device` what it talks to."""

    battery: FoxEss

    def __init__(self, device: Device, clock: SimulatedPace, model: Model, fields: dict[str, Any]) -> None:
        super().__init__(device, clock)
        self.device = device
        self._fields = FoxEssFields(host=self.server.host, port=self.server.port, model=model, **{"rated_w": 5000, **fields})
        self.start_again()

    def start_again(self) -> None:
        """The app's process is a new one: whatever the driver remembered is gone."""
        self.battery = open_foxess(self._fields, Context(self.clock))

    def sent(self) -> list[tuple[int, ...]]:
        """Register and words of each write."""
        return [(write.address, *write.words) for write in self.server.record.writes]


@contextmanager
def foxess(
    model: Model = "h1", quirks: Quirks | None = None, at: datetime = START, *, asked_as: Model | None = None, **fields: Any
) -> Iterator[Bench]:
    """An inverter with the settings of the factory. `asked_as`: the owner entered another model."""
    bench = Bench(Device(at, model, quirks=quirks), SimulatedPace(at), asked_as or model, fields)
    try:
        yield bench
    finally:
        bench.stop()
