"""SunSpec inverters for the contract of solar inverters: a Fronius one with its firmware's ways, and others."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from app.devices.registry import device_brands
from app.devices.solar import SolarInverter
from app.simulators.pace import SimulatedPace
from app.simulators.sunspec import SunSpecInverter, SunSpecQuirks
from app.transports.context import Context
from tests.devices.contract.inverter_rig import NOON, InverterRig, SimulatedInverter
from tests.devices.contract.modbus_rig import ModbusRig


class SunSpecRig(ModbusRig):
    def __init__(self, brand_key: str, device: SunSpecInverter, clock: SimulatedPace, **fields: Any) -> None:
        super().__init__(device, clock)
        self.device = device
        brand = device_brands("inverter")[brand_key]
        self.fields = brand.fields(host=self.server.host, port=self.server.port, **fields)
        self.inverter: SolarInverter = brand.open(self.fields, Context(clock))

    def settings(self) -> Any:
        return self.device.held()

    def limited_w(self) -> float:
        return self.device.power_w(self.clock.now())

    def stray_writes(self) -> list[Any]:
        limit = {self.device.controls.address + offset for offset in (5, 7, 9)}
        return [address for address in self.written() if address not in limit]


def inverter_of(brand: str, quirks: SunSpecQuirks, **fields: Any) -> Callable[[bool], AbstractContextManager[InverterRig]]:
    """An inverter of `brand` with these ways."""

    @contextmanager
    def start(has_own_limit: bool) -> Iterator[InverterRig]:
        clock, device = SimulatedPace(NOON), SunSpecInverter(NOON, name=f"modbus.{brand}", quirks=quirks)
        if has_own_limit:
            device.owner_limits(40, NOON)  # of 5 kW
        rig = SunSpecRig(brand, device, clock, **fields)
        try:
            yield rig
        finally:
            rig.stop()

    return start


SIMULATED = (
    SimulatedInverter("sunspec", inverter_of("sunspec", SunSpecQuirks(base=50_000, common_length=66, percent_exponent=0)), exact_w=51),
    SimulatedInverter(
        "sunspec",
        inverter_of("sunspec", SunSpecQuirks(is_float=True, has_revert_timer=False, tells_rated_power=False), rated_w=5000),
        "without a timer",
        exact_w=1,
    ),
)
