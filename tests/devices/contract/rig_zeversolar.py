"""Zeversolar inverters for the contract of solar inverters."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from app.devices.registry import device_brands
from app.devices.solar import SolarInverter
from app.simulators.faults import Faults
from app.simulators.pace import SimulatedPace
from app.simulators.zeversolar import MonitorQuirks, Zeversolar
from app.transports.context import Context
from tests.devices.contract.http_rig import HttpRig
from tests.devices.contract.inverter_rig import NOON, InverterRig, SimulatedInverter
from tests.devices.contract.troubles import Trouble


class MonitorRig(HttpRig):
    cannot_happen = frozenset({Trouble.UNKNOWN_DEVICE})  # it answers 404 for pages that it has

    def __init__(self, inverter: Zeversolar, clock: SimulatedPace, **fields: Any) -> None:
        super().__init__(inverter, clock)
        self.device = inverter
        brand = device_brands("inverter")["zeversolar"]
        self.fields = brand.fields(host=self.server.host, port=self.server.port, **fields)
        self.inverter: SolarInverter = brand.open(self.fields, Context(clock))

    def settings(self) -> Any:
        """A switch that is on at 100 % limits as little as one that is off: how to switch it off is not known."""
        limit = dict(self.device.limit)
        is_free = limit.pop("enlim") == "0" or limit["ac_value1"] == "100"
        return {**limit, "is_free": is_free}

    def limited_w(self) -> float:
        return self.device.power_w(self.clock.now())

    def stray_writes(self) -> list[Any]:
        return [path for path in self.written() if path != "/pwrlim.cgi"]

    def befall(self, trouble: Trouble, *, count: int | None = None, on_writes: bool = False) -> bool:
        if trouble is Trouble.IMPLAUSIBLE:
            self.device.is_implausible = True
            return True
        return super().befall(trouble, count=count, on_writes=on_writes)

    def recover(self) -> None:
        self.device.is_implausible = False
        super().recover()


def _monitor(quirks: MonitorQuirks, **fields: Any) -> Callable[[bool], AbstractContextManager[InverterRig]]:
    @contextmanager
    def start(has_own_limit: bool) -> Iterator[InverterRig]:
        clock = SimulatedPace(NOON)
        device = Zeversolar(clock, Faults(clock.now), quirks=quirks)
        if has_own_limit:
            device.owner_sets(enlim="1", ac_value1="40")  # of 5 kW
        rig = MonitorRig(device, clock, **fields)
        try:
            yield rig
        finally:
            rig.stop()

    return start


SIMULATED = (
    SimulatedInverter("zeversolar", _monitor(MonitorQuirks()), exact_w=250),
    SimulatedInverter(
        "zeversolar",
        _monitor(MonitorQuirks(hardware="M10", is_spaced=True, least_pct=2, forgets_every=5), least_pct=2),
        "flaky, with a least limit",
        least_w=100,
        exact_w=250,
    ),
)
