"""The simulated gateway and its cloud as a plain client meets them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from app.simulators import effects as e
from app.simulators.certificate import SelfSigned, self_signed
from app.simulators.enlighten import Enlighten, EnphaseAccount, token_for, told_by
from app.simulators.enphase import EnphaseGateway, GatewayQuirks, a_dpel
from app.simulators.faults import BadFault, Fault, Faults
from app.simulators.pace import SimulatedPace
from app.simulators.service import Request
from app.simulators.sockets import HttpServer

NOON = datetime(2026, 3, 14, 2, 0, tzinfo=UTC)  # 13:00 in Sydney
LIMIT = "/ivp/ss/dpel"


class Client:
    """Asks over TLS without looking at the certificate."""

    def __init__(self, certificate: SelfSigned, quirks: GatewayQuirks | None = None) -> None:
        self.clock = SimulatedPace(NOON)
        self.faults = Faults(self.clock.now)
        self.gateway = EnphaseGateway(self.clock, self.faults, quirks=quirks)
        self.server = HttpServer(self.gateway, self.clock, tls=certificate.context)
        self.server.listen()
        self.token = token_for(self.gateway.serial, "installer", NOON)

    def ask(self, path: str, method: str = "GET", **named: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return requests.request(method, self.server.url + path, headers=headers, verify=False, timeout=5, **named)


@pytest.fixture(scope="module")
def certificate() -> SelfSigned:
    return self_signed("envoy.local", NOON)


@pytest.fixture
def client(certificate: SelfSigned) -> Iterator[Client]:
    made = Client(certificate)
    yield made
    made.server.stop()


pytestmark = pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")


def test_everything_but_the_description_wants_a_token_that_was_looked_at(client: Client) -> None:
    assert client.ask("/production.json?details=1").status_code == 401
    looked = client.ask("/auth/check_jwt")
    assert "Valid token" in looked.text
    assert looked.cookies
    assert client.ask("/production.json?details=1").ok
    client.gateway.restart()
    assert client.ask("/production.json?details=1").status_code == 401
    client.token = ""
    described = client.ask("/info")
    assert f"<sn>{client.gateway.serial}</sn>" in described.text
    assert client.ask("/auth/check_jwt").status_code == 401


def test_the_meters_tell_what_flows(client: Client) -> None:
    client.ask("/auth/check_jwt")
    told = client.ask("/production.json?details=1").json()
    meters = {each.get("measurementType"): each["wNow"] for each in [*told["production"], *told["consumption"]]}
    assert meters["production"] > 2000
    assert meters["net-consumption"] == pytest.approx(meters["total-consumption"] - meters["production"], abs=0.01)


def test_a_limit_acts_some_seconds_after_it_was_accepted(client: Client) -> None:
    client.ask("/auth/check_jwt")
    sent = {"dynamic_pel_settings": a_dpel(0, enable=True)}
    assert client.ask(LIMIT, "PUT", json=sent).status_code == 405
    assert client.ask(LIMIT, "POST", json=sent).ok
    assert client.ask(LIMIT).json()["dynamic_pel_settings"]["enable"] is True
    client.clock.advance(19)
    assert client.gateway.grid_w(client.clock.now()) < -1000
    client.clock.advance(2)
    assert client.gateway.grid_w(client.clock.now()) == pytest.approx(0)


@pytest.mark.parametrize(
    ("quirks", "limited"),
    [
        (GatewayQuirks(is_flag_inverted=True), "solar"),
        (GatewayQuirks(never_acts=True), "nothing"),
        (GatewayQuirks(wants_dynamic=True), "nothing"),
        (GatewayQuirks(has_consumption_meter=False), "nothing"),
    ],
)
def test_firmware_that_means_something_else_does_something_else(quirks: GatewayQuirks, limited: str) -> None:
    clock = SimulatedPace(NOON)
    gateway = EnphaseGateway(clock, Faults(clock.now), quirks=quirks, dpel=a_dpel(700, enable=True))
    assert (gateway.solar_w(NOON) == 700) is (limited == "solar")
    assert (gateway.solar_w(NOON) > 2000) is (limited == "nothing")


def test_limits_are_not_for_owners_and_not_everywhere(client: Client) -> None:
    client.token = token_for(client.gateway.serial, "owner", NOON)
    client.ask("/auth/check_jwt")
    assert client.ask(LIMIT).status_code == 403
    client.gateway.quirks = GatewayQuirks(has_dpel=False)
    assert client.ask(LIMIT).status_code == 404


def test_a_half_limit_is_declined(client: Client) -> None:
    client.ask("/auth/check_jwt")
    assert client.ask(LIMIT, "POST", json={"dynamic_pel_settings": {"enable": True}}).status_code == 400
    assert client.ask(LIMIT, "POST", json={"dynamic_pel_settings": {"enable": False}}).ok
    assert client.gateway.dpel == {"enable": False}


@pytest.mark.parametrize("effect", [e.Silence(), e.Reset(), e.HalfAnswer(), e.WrongLength(20)])
def test_an_answer_is_lost_on_the_line_over_tls_too(client: Client, effect: e.Effect) -> None:
    client.faults.add(effect, server="http.enphase")
    with pytest.raises((requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)):
        client.ask("/info")
    client.faults.clear()
    assert client.ask("/info").ok


def test_a_fault_names_a_device_on_http_and_those_of_others_do_not_show_there(client: Client) -> None:
    client.faults.add(e.NoFeedIn())
    client.faults.add(e.Status(503), server="http.other")
    assert client.ask("/info").ok
    with pytest.raises(BadFault):
        Fault(e.Status(503), server="enphase")


# The cloud


def post(cloud: Enlighten, path: str, body: str) -> tuple[int, Any]:
    answer = cloud.handle(Request("POST", path, {}, {}, body.encode()))
    return answer.status, answer.body.decode()


def test_the_cloud_gives_a_token_for_a_session() -> None:
    clock = SimulatedPace(NOON)
    cloud = Enlighten(clock, Faults(clock.now))
    status, text = post(cloud, "/login/login.json", "user%5Bemail%5D=owner%40example.com&user%5Bpassword%5D=Passw0rd%21")
    session = json.loads(text)["session_id"]
    asked = {"session_id": session, "serial_num": "122012345678", "username": "owner@example.com"}
    assert (status, post(cloud, "/tokens", json.dumps({**asked, "session_id": "x"}))[0]) == (200, 401)
    token = post(cloud, "/tokens", json.dumps(asked))[1]
    told = told_by(token, "122012345678", NOON)
    assert told is not None
    assert (told["enphaseUser"], told["aud"]) == ("installer", "122012345678")
    assert told_by(token, "122012345678", NOON + timedelta(hours=12)) is None
    assert told_by(token, "999999999999", NOON) is None
    assert told_by(token[:-1] + "A", "122012345678", NOON) is None or token.endswith("A")


def test_a_second_factor_opens_no_session() -> None:
    clock = SimulatedPace(NOON)
    cloud = Enlighten(clock, Faults(clock.now), EnphaseAccount(has_second_factor=True))
    status, text = post(cloud, "/login/login.json", "user%5Bemail%5D=owner%40example.com&user%5Bpassword%5D=Passw0rd%21")
    assert status == 200
    assert "session_id" not in json.loads(text)
    assert post(cloud, "/login/login.json", "user%5Bemail%5D=owner%40example.com&user%5Bpassword%5D=x")[0] == 401
