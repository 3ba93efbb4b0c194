"""Enphase microinverters behind an IQ Gateway for the contract of solar inverters."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from app.devices.registry import device_brands
from app.devices.solar import SolarInverter
from app.simulators.certificate import self_signed
from app.simulators.enlighten import Enlighten, token_for
from app.simulators.enphase import EnphaseGateway, GatewayQuirks, a_dpel
from app.simulators.faults import Faults
from app.simulators.pace import SimulatedPace
from app.simulators.sockets import HttpServer
from app.transports.context import Context
from tests.devices.contract.http_rig import HttpRig
from tests.devices.contract.inverter_rig import NOON, InverterRig, SimulatedInverter
from tests.devices.contract.troubles import Trouble

_ACCOUNT = {"username": "owner@example.com", "password": "Passw0rd!"}


class GatewayRig(HttpRig):
    def __init__(self, gateway: EnphaseGateway, clock: SimulatedPace, environment: dict[str, str], **fields: Any) -> None:
        super().__init__(gateway, clock, tls=self_signed("envoy.local", NOON).context)
        self.gateway, self.environment = gateway, environment
        brand = device_brands("inverter")["enphase"]
        self.fields = brand.fields(host=self.server.host, port=self.server.port, **fields)
        self.inverter: SolarInverter = brand.open(self.fields, Context(clock, environment))

    def settings(self) -> Any:
        return self.gateway.dpel

    def limited_w(self) -> float:
        now = self.clock.now()
        return max(0.0, -self.gateway.grid_w(now)) if self.inverter.abilities.limits_export else self.gateway.solar_w(now)

    def stray_writes(self) -> list[Any]:
        return [path for path in self.written() if path != "/ivp/ss/dpel"]

    def befall(self, trouble: Trouble, *, count: int | None = None, on_writes: bool = False) -> bool:
        if trouble is Trouble.IMPLAUSIBLE:
            self.gateway.is_implausible = True
            return True
        return super().befall(trouble, count=count, on_writes=on_writes)

    def recover(self) -> None:
        self.gateway.is_implausible = False
        super().recover()


def _gateway(quirks: GatewayQuirks, own_kind_is_export: bool, **fields: Any) -> Callable[[bool], AbstractContextManager[InverterRig]]:
    @contextmanager
    def start(has_own_limit: bool) -> Iterator[InverterRig]:
        clock = SimulatedPace(NOON)
        faults = Faults(clock.now)
        own = a_dpel(2000 if has_own_limit else 0, enable=has_own_limit, export_limit=own_kind_is_export is not quirks.is_flag_inverted)
        if quirks.wants_dynamic:
            own |= {"enable_dynamic_limiting": has_own_limit, "installed_capacity": 8000.0, "relay_config": _relays(100.0)}
        gateway = EnphaseGateway(clock, faults, quirks=quirks, dpel=own)
        cloud = HttpServer(Enlighten(clock, faults), clock)
        cloud.listen()
        entered = fields if "username" in fields else {"token": token_for(gateway.serial, "installer", NOON), **fields}
        rig = GatewayRig(gateway, clock, {"ENLIGHTEN_URL": cloud.url, "ENTREZ_URL": cloud.url}, **entered)
        try:
            yield rig
        finally:
            rig.stop()
            cloud.stop()

    return start


def _relays(pct: float) -> dict[str, Any]:
    return {"default_pct_limit": pct, "limit_levels": [{"relays": f"{state:04b}", "pct_limit": pct} for state in range(16)]}


SIMULATED = (
    SimulatedInverter("enphase", _gateway(GatewayQuirks(), True), exact_w=1),
    SimulatedInverter("enphase", _gateway(GatewayQuirks(), False, limits="production", **_ACCOUNT), "production, by account", exact_w=1),
    SimulatedInverter(
        "enphase",
        _gateway(
            GatewayQuirks(firmware="D7.6.175", is_flag_inverted=True, wants_put=True, acts_after_s=240, wants_session=False),
            True,
            swaps_limits=True,
            wants_put=True,
        ),
        "older firmware",
        exact_w=1,
    ),
    SimulatedInverter(
        "enphase", _gateway(GatewayQuirks(wants_dynamic=True), True, is_dynamic=True, installed_w=8000), "dynamic", exact_w=1
    ),
)
