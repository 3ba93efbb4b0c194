"""A device of three registers on a real socket, which declines what a test wants it to."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from app.devices.register_device import RegisterDevice
from app.devices.registers import Point
from app.devices.same_device import SameDevice
from app.simulators.modbus import Declined
from app.simulators.pace import SimulatedPace
from app.transports.context import Context
from app.transports.modbus import Endpoint, ModbusLink
from tests.devices.contract.modbus_rig import ModbusRig

NOON = datetime(2026, 3, 14, 2, tzinfo=UTC)
NO_SUCH, FAILURE = 2, 4


class Three:
    """Registers 10 to 12; `declined` are declined with a code, also when they are read along."""

    name = "modbus.three"

    def __init__(self) -> None:
        self.words = {10: 1, 11: 2, 12: 3}
        self.declined: dict[int, int] = {}
        self.asked: list[tuple[int, int]] = []

    def answers_for(self, unit: int) -> bool:
        return unit == 1

    def read(self, unit: int, function: int, address: int, count: int, now: datetime) -> list[int]:
        self.asked.append((address, count))
        for each in range(address, address + count):
            if each in self.declined:
                raise Declined(self.declined[each])
        return [self.words[each] for each in range(address, address + count)]

    def write(self, unit: int, function: int, address: int, words: list[int], now: datetime) -> None:
        raise Declined(NO_SUCH)


class Bench(ModbusRig):
    def __init__(self, three: Three) -> None:
        super().__init__(three, SimulatedPace(NOON))
        self.link = ModbusLink(Endpoint("Three", self.server.host, self.server.port), Context(self.clock))

    def read(self, device: RegisterDevice, *points: Point) -> tuple[float | str | None, ...]:
        with self.link.conversation() as talk:
            return tuple(device.read(talk, points).values())

    def check(self, same: SameDevice, point: Point) -> None:
        with self.link.conversation() as talk:
            same.check(talk, point)


@contextmanager
def three_registers() -> Iterator[tuple[Bench, Three]]:
    three = Three()
    bench = Bench(three)
    try:
        yield bench, three
    finally:
        bench.stop()
