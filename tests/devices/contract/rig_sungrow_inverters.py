"""Sungrow inverters for the contract of solar inverters: SG string inverters, and SH hybrid inverters whose export is limited."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from app.devices.registry import device_brands
from app.devices.solar import SolarInverter
from app.simulators.pace import SimulatedPace
from app.simulators.sungrow import HybridQuirks, SungrowHybrid, dongle_quirks
from app.simulators.sungrow_string import StringQuirks, SungrowString
from app.transports.context import Context
from tests.devices.contract.inverter_rig import NOON, InverterRig, SimulatedInverter
from tests.devices.contract.modbus_rig import ModbusRig

ON = 0xAA


class StringRig(ModbusRig):
    def __init__(self, device: SungrowString, clock: SimulatedPace, **fields: Any) -> None:
        super().__init__(device, clock)
        self.device = device
        brand = device_brands("inverter")["sungrow_sg"]
        self.fields = brand.fields(host=self.server.host, port=self.server.port, **fields)
        self.inverter: SolarInverter = brand.open(self.fields, Context(clock))

    def settings(self) -> Any:
        return dict(self.device.settings.words)

    def limited_w(self) -> float:
        return self.device.power_w(self.clock.now())

    def stray_writes(self) -> list[Any]:
        return [address for address in self.written() if address not in (5005, 5006, 5007)]


class HybridSolarRig(ModbusRig):
    def __init__(self, device: SungrowHybrid, clock: SimulatedPace, **fields: Any) -> None:
        super().__init__(device, clock)
        self.device = device
        brand = device_brands("inverter")["sungrow_sh"]
        self.fields = brand.fields(host=self.server.host, port=self.server.port, **fields)
        self.inverter: SolarInverter = brand.open(self.fields, Context(clock))

    def settings(self) -> Any:
        return dict(self.device.holding.words)

    def limited_w(self) -> float:
        return max(0.0, -self.device.plant.step_to(self.clock.now()).grid_w)

    def stray_writes(self) -> list[Any]:
        return [address for address in self.written() if address not in (13073, 13086)]


def _string(quirks: StringQuirks, **fields: Any) -> Callable[[bool], AbstractContextManager[InverterRig]]:
    @contextmanager
    def start(has_own_limit: bool) -> Iterator[InverterRig]:
        clock, device = SimulatedPace(NOON), SungrowString(NOON, quirks=quirks)
        if has_own_limit:
            device.owner_sets({5006: ON, 5007: 400})  # 40 % of 5 kW
        rig = StringRig(device, clock, **fields)
        try:
            yield rig
        finally:
            rig.stop()

    return start


def _hybrid(quirks: HybridQuirks, **fields: Any) -> Callable[[bool], AbstractContextManager[InverterRig]]:
    @contextmanager
    def start(has_own_limit: bool) -> Iterator[InverterRig]:
        clock, device = SimulatedPace(NOON), SungrowHybrid(NOON, quirks=quirks)
        device.plant.pack.soc_pct = 100.0  # a full battery takes nothing of what is not fed in
        if has_own_limit:
            device.owner_sets({13073: 2000, 13086: ON})
        rig = HybridSolarRig(device, clock, **fields)
        try:
            yield rig
        finally:
            rig.stop()

    return start


SIMULATED = (
    SimulatedInverter("sungrow_sg", _string(StringQuirks()), least_w=0, exact_w=10),
    SimulatedInverter(
        "sungrow_sg",
        _string(StringQuirks(has_holding_only=True, tells_rated_power=False, keeps_a_residual=True, limit_needs_switch=True), rated_w=5000),
        "older firmware",
        exact_w=10,
    ),
    SimulatedInverter(
        "sungrow_sg",
        _string(StringQuirks(keeps_a_residual=True, has_meter=False), is_stopped_at_zero=False),
        "not stopped",
        least_w=100,
        exact_w=10,
    ),
    SimulatedInverter("sungrow_sh", _hybrid(HybridQuirks(), is_winet_s=False), "LAN", exact_w=10),
    SimulatedInverter("sungrow_sh", _hybrid(dongle_quirks()), "WiNet-S", least_w=50, exact_w=10),
    SimulatedInverter("sungrow_sh", _hybrid(HybridQuirks(least_export_w=300), is_winet_s=False), "retrofitted", least_w=300, exact_w=10),
)
