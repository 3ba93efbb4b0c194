"""The simulated Zeversolar inverter as a plain client meets it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import requests

from app.simulators.faults import Faults
from app.simulators.pace import SimulatedPace
from app.simulators.sockets import HttpServer
from app.simulators.zeversolar import MonitorQuirks, Zeversolar

NOON = datetime(2026, 3, 14, 2, 0, tzinfo=UTC)  # 13:00 in Sydney
FORM = "enlim=on&ac_sys=5000&ac_mode=1&ac_value1={pct}&ac_value2=0&em_ml=0&ac_value3=0&drm_sp=16.67"


class Client:
    def __init__(self) -> None:
        self.clock = SimulatedPace(NOON)
        self.device = Zeversolar(self.clock, Faults(self.clock.now))
        self.server = HttpServer(self.device, self.clock)
        self.server.listen()

    def page(self, path: str) -> list[str]:
        return requests.get(self.server.url + path, timeout=5).text.split("\n")

    def limit(self, form: str) -> int:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return requests.post(f"{self.server.url}/pwrlim.cgi", data=form, headers=headers, timeout=5).status_code


@pytest.fixture
def client() -> Iterator[Client]:
    made = Client()
    yield made
    made.server.stop()


def test_its_pages_have_their_fields_where_the_sheet_has_them(client: Client) -> None:
    home, advanced = " ".join(client.page("/home.cgi?sid=0")).split(), client.page("/adv.cgi")
    assert (home[2], home[4], home[6], home[7]) == ("EAB9618C1399", "M11", "13:00", "14/03/2026")
    assert (home[9], home[10], home[13]) == ("1", "ZS150060118C0109", "OK")
    assert int(home[11]) > 2000
    assert (advanced[8], advanced[10], advanced[11], advanced[14]) == ("0", "5000", "100", "1")


def test_its_firmware_drops_a_leading_zero(client: Client) -> None:
    client.device.energy_today_kwh = 8.09
    assert client.page("/home.cgi")[11] == "8.9"
    client.device.energy_today_kwh = 8.9
    assert client.page("/home.cgi")[11] == "8.90"


def test_a_limit_acts_at_once_and_only_in_whole_form(client: Client) -> None:
    assert client.limit(FORM.format(pct=30)) == 200
    assert client.device.power_w(NOON) == 1500
    assert client.page("/adv.cgi")[8:12] == ["1", "16.67", "5000", "30"]
    for wrong in (FORM.format(pct=101), "enlim=on&ac_value1=30", FORM.format(pct=20).replace("on", "off"), FORM.replace("5000", "6000")):
        assert client.limit(wrong) == 400
    assert client.device.power_w(NOON) == 1500


def test_it_takes_nothing_below_its_least(client: Client) -> None:
    client.device.quirks = MonitorQuirks(least_pct=3)
    client.limit(FORM.format(pct=0))
    assert client.device.power_w(NOON) == 150


def test_at_night_it_has_no_inverter(client: Client) -> None:
    client.clock.advance(12 * 3600)
    assert " ".join(client.page("/home.cgi")).split()[9:] == ["0"]
