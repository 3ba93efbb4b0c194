"""A GoodWe hybrid inverter for the contracts of batteries and of solar inverters. Its owner keeps the battery for outages."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from app.devices.capabilities import Battery
from app.devices.goodwe.hybrid import VENDOR, GoodWeHybrid
from app.devices.goodwe.registers import settings_table
from app.devices.registry import device_brands
from app.devices.solar import SolarInverter
from app.simulators.goodwe import EtQuirks, GoodWeEt
from app.simulators.modbus_udp import ModbusUdpServer
from app.simulators.pace import SimulatedPace
from app.transports.context import Context
from app.transports.modbus import Endpoint
from app.transports.modbus_udp import UdpLink
from tests.devices.contract.inverter_rig import NOON, InverterRig, SimulatedInverter
from tests.devices.contract.modbus_rig import ModbusRig
from tests.devices.contract.rig import START, Rig, Simulated

OWNERS = {45356: 5, 47000: 2, 47510: 7200, 47511: 6, 47512: 1500, 47760: 95}


class GoodWeRig(ModbusRig):
    def __init__(self, device: GoodWeEt, clock: SimulatedPace) -> None:
        super().__init__(device, clock)
        self.device = device
        brand = device_brands("battery")["goodwe"]
        self.fields = brand.fields(host=self.server.host, port=self.server.port)
        self.battery: Battery = brand.open(self.fields, Context(clock))

    def settings(self) -> Any:
        return dict(self.device.settings.words)


class GoodWeUdpRig(ModbusRig):
    """By UDP silence is told by the time that passes alone: here an answer is waited for only shortly."""

    server: ModbusUdpServer

    def __init__(self, device: GoodWeEt, clock: SimulatedPace) -> None:
        super().__init__(device, clock)
        self.server.stop()
        self.server, self.device = ModbusUdpServer(device, clock, self.faults), device
        self.server.listen()
        link = UdpLink(Endpoint(VENDOR, self.server.host, self.server.port, answer_s=0.25), Context(clock))
        self.battery: Battery = GoodWeHybrid(link, 247, settings_table(is_limit_in_percent=False, is_depth=False))

    def settings(self) -> Any:
        return dict(self.device.settings.words)


class GoodWeSolarRig(ModbusRig):
    def __init__(self, device: GoodWeEt, clock: SimulatedPace, **fields: Any) -> None:
        super().__init__(device, clock)
        self.device = device
        brand = device_brands("inverter")["goodwe"]
        self.fields = brand.fields(host=self.server.host, port=self.server.port, **fields)
        self.inverter: SolarInverter = brand.open(self.fields, Context(clock))

    def settings(self) -> Any:
        return dict(self.device.settings.words)

    def limited_w(self) -> float:
        return max(0.0, -self.device.plant.step_to(self.clock.now()).grid_w)

    def stray_writes(self) -> list[Any]:
        return [address for address in self.written() if address not in (47509, 47510)]


@contextmanager
def _goodwe(is_prompt: bool) -> Iterator[Rig]:
    clock, device = SimulatedPace(START), GoodWeEt(START)
    device.owner_sets(OWNERS)
    rig = GoodWeRig(device, clock)
    try:
        yield rig
    finally:
        rig.stop()


def _solar(quirks: EtQuirks, own_limit: int, **fields: Any) -> Callable[[bool], AbstractContextManager[InverterRig]]:
    @contextmanager
    def start(has_own_limit: bool) -> Iterator[InverterRig]:
        clock, device = SimulatedPace(NOON), GoodWeEt(NOON, quirks=quirks)
        device.plant.pack.soc_pct = 100.0  # a full battery takes nothing of what is not fed in
        if has_own_limit:
            device.owner_sets({47509: 1, 47510: own_limit})
        rig = GoodWeSolarRig(device, clock, **fields)
        try:
            yield rig
        finally:
            rig.stop()

    return start


@contextmanager
def _goodwe_by_udp(is_prompt: bool) -> Iterator[Rig]:
    clock, device = SimulatedPace(START), GoodWeEt(START)
    device.owner_sets(OWNERS)
    rig = GoodWeUdpRig(device, clock)
    try:
        yield rig
    finally:
        rig.stop()


SIMULATED = (Simulated("goodwe", _goodwe), Simulated("goodwe", _goodwe_by_udp))
INVERTERS = (
    SimulatedInverter("goodwe", _solar(EtQuirks(), 2000), exact_w=10),
    SimulatedInverter("goodwe", _solar(EtQuirks(limit_is_in_percent=True), 20, is_limit_in_percent=True), "in percent", exact_w=100),
)
