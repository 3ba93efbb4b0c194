"""A simulated inverter with the driver, as tests of the brand alone use it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app.devices.solar import InverterCommand
from app.devices.zeversolar.driver import ZeversolarInverter, open_inverter
from app.devices.zeversolar.fields import MonitorFields
from app.simulators.faults import Faults
from app.simulators.pace import SimulatedPace
from app.simulators.sockets import HttpServer
from app.simulators.zeversolar import MonitorQuirks, Zeversolar
from app.transports.context import Context
from tests.devices.contract.inverter_rig import NOON


class Bench:
    """`inverter` talks to `device` over a real socket."""

    def __init__(self, quirks: MonitorQuirks | None, fields: dict[str, Any]) -> None:
        self.clock = SimulatedPace(NOON)
        self.faults = Faults(self.clock.now)
        self.device = Zeversolar(self.clock, self.faults, quirks=quirks)
        self.server = HttpServer(self.device, self.clock)
        self.server.listen()
        entered = MonitorFields.model_validate({"host": self.server.host, "port": self.server.port, **fields})
        self.inverter: ZeversolarInverter = open_inverter(entered, Context(self.clock))

    def order(self, command: InverterCommand | None, baseline: Any) -> frozenset[str]:
        """Bring `command` about; returns what still differs."""
        wanted = self.inverter.target(command, baseline, until=None)
        self.inverter.write(wanted, self.inverter.differing(wanted, self.inverter.read_settings()), None)
        return self.inverter.differing(wanted, self.inverter.read_settings())


@contextmanager
def an_inverter(quirks: MonitorQuirks | None = None, **fields: Any) -> Iterator[Bench]:
    bench = Bench(quirks, fields)
    try:
        yield bench
    finally:
        bench.server.stop()
