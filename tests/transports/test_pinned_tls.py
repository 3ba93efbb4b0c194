"""A device that signs its own certificate must show the same one again, and nothing is sent to one that does not."""

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

import pytest

from app.simulators import effects as e
from app.simulators.certificate import self_signed
from app.simulators.faults import Faults
from app.simulators.pace import SimulatedPace
from app.simulators.service import Request, Response, Service, Taken, json_response
from app.simulators.sockets import HttpServer
from app.transports.context import Context, TokensInMemory
from app.transports.errors import CertificateChanged, CredentialsRefused, RequestRefused, Unreachable
from app.transports.http import JsonApi
from app.transports.lan_http import lan_session, web_address
from app.transports.pinned_tls import KEPT_AS, PinnedCertificate
from tests.conftest import NOW


class Echo(Service):
    """Says yes to everything."""

    name: ClassVar[str] = "http.echo"

    def error(self, status: int, fault: e.Status | None = None) -> Response:
        return json_response({}, status)

    def answer(self, request: Request, taken: Taken) -> Response:
        return json_response({"ok": True})


class Line:
    """A device over TLS, and what a driver has of it."""

    def __init__(self) -> None:
        self.clock = SimulatedPace(NOW)
        self.device = Echo(self.clock, Faults(self.clock.now))
        self.own = self_signed("device.local", NOW)
        self.server = HttpServer(self.device, self.clock, tls=self.own.context)
        self.server.listen()
        self.store = TokensInMemory()
        self.open()

    def open(self) -> None:
        """As a process that has just started."""
        self.pin = PinnedCertificate("Acme", self.store)
        context = replace(Context(self.clock), session=lan_session("Acme", self.pin))
        url = web_address("https", self.server.host, self.server.port)
        self.api = JsonApi("Acme", url, context, account="a", headers=lambda: {"Authorization": "Bearer secret"})

    def another_answers(self) -> None:
        """Something else at the same address."""
        self.server.close()
        self.server.tls = self_signed("device.local", NOW).context
        self.server.listen()


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line()
    yield made
    made.server.stop()


def test_the_first_certificate_is_kept_once_the_device_has_shown_what_it_is(line: Line) -> None:
    assert line.api.get("/info").json == {"ok": True}
    assert not line.pin.is_known
    assert line.store.load() == {}
    line.pin.keep()
    assert line.pin.is_known
    assert line.store.load() == {KEPT_AS: line.own.sha256}
    assert line.api.get("/info").json == {"ok": True}


@pytest.mark.parametrize("after_a_restart", [False, True], ids=["same process", "after a restart"])
def test_another_certificate_is_refused_before_anything_is_sent(line: Line, after_a_restart: bool) -> None:
    line.api.get("/info")
    line.pin.keep()
    line.another_answers()
    if after_a_restart:
        line.open()
    arrived = len(line.device.requests)
    with pytest.raises(CertificateChanged) as caught:
        line.api.post("/command", {"secret": 1})
    assert caught.value.kind == "CertificateChanged"
    assert isinstance(caught.value, CredentialsRefused), "the owner must do something, and nobody asks again before"
    assert len(line.device.requests) == arrived
    shown = ":".join(line.own.sha256[at : at + 2].upper() for at in range(0, 8, 2))
    assert shown in caught.value.for_people()
    assert "link it again" in caught.value.for_people()


def test_what_was_not_kept_yet_may_change(line: Line) -> None:
    line.api.get("/info")
    line.another_answers()
    assert line.api.get("/info").json == {"ok": True}
    line.pin.keep()
    assert line.store.load()[KEPT_AS] != line.own.sha256


def test_keeping_twice_keeps_the_first(line: Line) -> None:
    line.api.get("/info")
    line.pin.keep()
    line.another_answers()
    with pytest.raises(CertificateChanged):
        line.api.get("/info")
    line.pin.keep()
    assert line.store.load() == {KEPT_AS: line.own.sha256}


def test_a_device_that_is_linked_again_is_known_by_its_new_certificate(line: Line) -> None:
    line.api.get("/info")
    line.pin.keep()
    line.another_answers()
    line.store.save({KEPT_AS: ""})
    assert line.api.get("/info").json == {"ok": True}
    line.pin.keep()
    assert line.store.load()[KEPT_AS] not in ("", line.own.sha256)


def test_a_session_without_a_pin_accepts_no_such_certificate(line: Line) -> None:
    url = web_address("https", line.server.host, line.server.port)
    with pytest.raises(Unreachable, match="certificate"):
        JsonApi("Acme", url, Context(line.clock), account="a", headers=dict).get("/info")
    assert line.device.requests == []


@pytest.mark.parametrize("host", ["169.254.169.254", "8.8.8.8", "[fe80::1]", "::ffff:169.254.169.254"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_call_leaves_the_owners_network(host: str, scheme: str) -> None:
    pace = SimulatedPace(NOW)
    session = lan_session("Acme", PinnedCertificate("Acme", TokensInMemory()))
    api = JsonApi("Acme", web_address(scheme, host, 80), replace(Context(pace), session=session), account="a", headers=dict)
    with pytest.raises(RequestRefused, match="not a device in your own network"):
        api.get("/info")
    assert pace.monotonic() == 0, "it was not tried again"


def test_a_name_is_looked_at_when_it_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolved(host: str, *rest: object, **named: object) -> list[object]:
        return [(2, 1, 6, "", ("203.0.114.9", 0))]

    monkeypatch.setattr("app.transports.names.socket.getaddrinfo", resolved)
    context = replace(Context(SimulatedPace(NOW)), session=lan_session("Acme"))
    with pytest.raises(RequestRefused, match="not a device in your own network"):
        JsonApi("Acme", web_address("http", "envoy.local", 80), context, account="a", headers=dict).get("/info")
