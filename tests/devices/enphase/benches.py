"""A simulated gateway and its cloud with the driver, as tests of the brand alone use them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app.devices.enphase.driver import EnphaseInverters, open_inverters
from app.devices.enphase.fields import GatewayFields
from app.devices.solar import InverterCommand
from app.simulators.certificate import self_signed
from app.simulators.enlighten import Enlighten, EnphaseAccount, token_for
from app.simulators.enphase import Dpel, EnphaseGateway, GatewayQuirks
from app.simulators.faults import Faults
from app.simulators.pace import SimulatedPace
from app.simulators.sockets import HttpServer
from app.transports.context import Context, TokensInMemory, TokenStore
from tests.devices.contract.inverter_rig import NOON

ACCOUNT = {"username": "owner@example.com", "password": "Passw0rd!"}


class Bench:
    """`inverters` talk to `gateway` over a real TLS socket, and to `cloud` over another."""

    def __init__(
        self,
        quirks: GatewayQuirks | None,
        dpel: Dpel | None,
        account: EnphaseAccount | None,
        store: TokenStore | None,
        fields: dict[str, Any],
    ) -> None:
        self.clock = SimulatedPace(NOON)
        self.faults = Faults(self.clock.now)
        self.gateway = EnphaseGateway(self.clock, self.faults, quirks=quirks, dpel=dpel)
        self.cloud = Enlighten(self.clock, self.faults, account)
        self.server = HttpServer(self.gateway, self.clock, tls=self_signed("envoy.local", NOON).context)
        self.cloud_server = HttpServer(self.cloud, self.clock)
        for each in (self.server, self.cloud_server):
            each.listen()
        self.store = store or TokensInMemory()
        entered = {} if {"token", "username"} & fields.keys() else {"token": token_for(self.gateway.serial, "installer", NOON)}
        self.fields = {**entered, **fields}
        self.inverters = self.opened()

    def opened(self) -> EnphaseInverters:
        """A driver as a process opens it that has just started; what was stored is there."""
        environment = {"ENLIGHTEN_URL": self.cloud_server.url, "ENTREZ_URL": self.cloud_server.url}
        entered = GatewayFields.model_validate({"host": self.server.host, "port": self.server.port, **self.fields})
        return open_inverters(entered, Context(self.clock, environment, tokens=self.store))

    def order(self, command: InverterCommand | None, baseline: Any) -> frozenset[str]:
        """Bring `command` about; returns what still differs at once."""
        wanted = self.inverters.target(command, baseline, until=None)
        fields = self.inverters.differing(wanted, self.inverters.read_settings())
        self.inverters.write(wanted, fields, None)
        return self.inverters.differing(wanted, self.inverters.read_settings())

    def asked(self, path: str) -> int:
        """How often the gateway was asked for something."""
        return sum(recorded.path == path for recorded in self.gateway.requests)

    def stop(self) -> None:
        self.server.stop()
        self.cloud_server.stop()


@contextmanager
def a_gateway(
    quirks: GatewayQuirks | None = None,
    *,
    dpel: Dpel | None = None,
    account: EnphaseAccount | None = None,
    store: TokenStore | None = None,
    **fields: Any,
) -> Iterator[Bench]:
    bench = Bench(quirks, dpel, account, store, fields)
    try:
        yield bench
    finally:
        bench.stop()
