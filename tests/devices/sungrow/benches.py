"""Simulated Sungrow inverters with one peculiarity each, for tests of the drivers."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from app.devices.sungrow.hybrid import SungrowHybrid, open_hybrid
from app.devices.sungrow.hybrid_fields import HybridFields
from app.simulators.pace import SimulatedPace
from app.simulators.sungrow import HybridQuirks
from app.simulators.sungrow import SungrowHybrid as Device
from app.transports.context import Context
from tests.devices.contract.modbus_rig import ModbusRig
from tests.devices.contract.rig import START


class HybridBench(ModbusRig):
    """`battery` is the driver, `device` what it talks to."""

    def __init__(self, device: Device, clock: SimulatedPace, fields: dict[str, Any]) -> None:
        super().__init__(device, clock)
        self.device = device
        given = HybridFields(host=self.server.host, port=self.server.port, **fields)
        self.battery: SungrowHybrid = open_hybrid(given, Context(clock))

    def sent(self) -> list[tuple[int, int]]:
        """Register and word of each write."""
        return [(write.address, write.words[0]) for write in self.server.record.writes]


@contextmanager
def hybrid(quirks: HybridQuirks | None = None, at: datetime = START, **fields: Any) -> Iterator[HybridBench]:
    """An SH inverter at its LAN port, unless `fields` say otherwise."""
    clock = SimulatedPace(at)
    bench = HybridBench(Device(at, quirks=quirks), clock, {"is_winet_s": False, **fields})
    try:
        yield bench
    finally:
        bench.stop()
