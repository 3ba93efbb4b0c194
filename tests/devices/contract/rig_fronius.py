"""Fronius for the contracts: inverters whose firmware ignores a new limit while one is in force, and a GEN24 whose owner has bounded the
charging of its battery, and whose energy manager charges it slowly just now."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app.devices.capabilities import Battery
from app.devices.registry import device_brands
from app.simulators.pace import SimulatedPace
from app.simulators.sunspec import SunSpecQuirks
from app.simulators.sunspec_storage import Gen24
from app.transports.context import Context
from tests.devices.contract.inverter_rig import SimulatedInverter
from tests.devices.contract.modbus_rig import ModbusRig
from tests.devices.contract.rig import START, Rig, Simulated
from tests.devices.contract.rig_sunspec import inverter_of

_INT = SunSpecQuirks(ignores_change_while_limited=True, power_exponent=1, meter_unit=240)
_FLOAT = SunSpecQuirks(ignores_change_while_limited=True, is_float=True, meter_unit=200, meter_is_float=True)

INVERTERS = (
    SimulatedInverter("fronius", inverter_of("fronius", _INT, meter_unit_id=240), exact_w=1),
    SimulatedInverter("fronius", inverter_of("fronius", _FLOAT, meter_unit_id=200), "float", exact_w=1),
)

OWNERS = {5: 3, 7: 1200, 12: -500, 13: 8000, 17: 1}


class Gen24Rig(ModbusRig):
    def __init__(self, device: Gen24, clock: SimulatedPace) -> None:
        super().__init__(device, clock)
        self.device = device
        brand = device_brands("battery")["fronius"]
        self.fields = brand.fields(host=self.server.host, port=self.server.port)
        self.battery: Battery = brand.open(self.fields, Context(clock))

    def settings(self) -> Any:
        return self.device.held()


@contextmanager
def _gen24(is_prompt: bool) -> Iterator[Rig]:
    clock = SimulatedPace(START)
    device = Gen24(START)
    device.owner_sets(OWNERS)
    rig = Gen24Rig(device, clock)
    try:
        yield rig
    finally:
        rig.stop()


SIMULATED = Simulated("fronius", _gen24)
