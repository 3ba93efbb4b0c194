"""Simulated AlphaESS inverters with one peculiarity each, for tests of the driver."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from app.devices.alphaess.driver import AlphaEss, open_alphaess
from app.devices.alphaess.fields import AlphaEssFields
from app.simulators.alphaess import AlphaEss as Device
from app.simulators.alphaess import Quirks
from app.simulators.pace import SimulatedPace
from app.transports.context import Context
from tests.devices.contract.modbus_rig import ModbusRig
from tests.devices.contract.rig import START


class Bench(ModbusRig):
    """`battery` is the driver, `device` what it talks to."""

    battery: AlphaEss

    def __init__(self, device: Device, clock: SimulatedPace, fields: dict[str, Any]) -> None:
        super().__init__(device, clock)
        self.device = device
        self._fields = AlphaEssFields(host=self.server.host, port=self.server.port, **fields)
        self.start_again()

    def start_again(self) -> None:
        """The app's process is a new one: whatever the driver remembered is gone."""
        self.battery = open_alphaess(self._fields, Context(self.clock))

    def sent(self) -> list[tuple[int, ...]]:
        """Register and words of each write."""
        return [(write.address, *write.words) for write in self.server.record.writes]


@contextmanager
def alphaess(quirks: Quirks | None = None, at: datetime = START, **fields: Any) -> Iterator[Bench]:
    """An inverter with the settings of the factory."""
    bench = Bench(Device(at, quirks=quirks), SimulatedPace(at), fields)
    try:
        yield bench
    finally:
        bench.stop()
