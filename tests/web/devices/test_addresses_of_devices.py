"""A page takes the address of a device in the home's own network alone, and asks nobody before it knows."""

import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.config import Config
from app.models.connection import Connection
from app.models.site import Site
from app.models.user import User
from app.simulators.faults import Faults
from app.simulators.modbus import ModbusServer
from app.simulators.pace import RealTime
from app.simulators.sungrow_string import SungrowString
from tests.web.browser import send, sign_in

ADD = "/devices/add/inverter/sungrow_sg"


@pytest.fixture
def signed_in(client: FlaskClient, owner: User) -> FlaskClient:
    sign_in(client)
    return client


@pytest.fixture
def here() -> Iterator[ModbusServer]:
    """An inverter on this very computer."""
    clock = RealTime()
    server = ModbusServer(SungrowString(clock.now()), clock, Faults(clock.now))
    server.listen()
    yield server
    server.stop()


def problem_at_the_address(page: str) -> str:
    """What stands at the field of the address."""
    found = re.search(r'id="[^"]*host-error"[^>]*>(.*?)</p>', page, re.DOTALL)
    return re.sub(r"<[^>]+>", "", found[1]).strip() if found else ""


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "169.254.169.254", "8.8.8.8", "2130706433"])
def test_an_address_elsewhere_is_refused_at_its_field_and_nobody_is_asked(
    host: str, signed_in: FlaskClient, linked: Site, here: ModbusServer, session: Session
) -> None:
    answer = send(signed_in, ADD, host=host, port=str(here.port), unit_id="1")
    assert answer.status_code == 422
    assert host in problem_at_the_address(answer.text).casefold()
    assert here.record.connections == 0
    assert session.query(Connection).filter_by(role="inverter").count() == 0


def test_a_name_that_leads_to_this_computer_is_refused(
    signed_in: FlaskClient, linked: Site, here: ModbusServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look_up(*_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    answer = send(signed_in, ADD, host="inverter.example", port=str(here.port), unit_id="1")
    assert "not a device in your own network" in problem_at_the_address(answer.text)
    assert here.record.connections == 0


def test_a_name_that_leads_to_this_computer_once_it_was_taken_is_not_called(
    signed_in: FlaskClient, linked: Site, here: ModbusServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = ["192.168.1.20", "127.0.0.1"]

    def look_up(*_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers.pop(0) if len(answers) > 1 else answers[0], 0))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    answer = send(signed_in, ADD, host="inverter.example", port=str(here.port), unit_id="1")
    assert answer.status_code == 422
    assert problem_at_the_address(answer.text) == ""
    assert "not a device in your own network" in answer.text
    assert here.record.connections == 0


def test_the_stored_address_of_a_site_file_cannot_be_changed_to_another_port_of_this_computer(
    signed_in: FlaskClient, linked: Site, here: ModbusServer, session: Session
) -> None:
    config = {"host": "127.0.0.1", "port": 1, "unit_id": 1}
    row = Connection(site_id=linked.id, role="inverter", key="0", brand="sungrow_sg", config=config, created_at=linked.created_at, facts={})
    session.add(row)
    session.commit()
    answer = send(signed_in, f"/devices/{row.id}/change", host="127.0.0.1", port=str(here.port), unit_id="1")
    assert "127.0.0.1" in problem_at_the_address(answer.text)
    assert here.record.connections == 0


class TestWhereSimulatedDevicesAreAllowed:
    @pytest.fixture
    def config(self, config: Config) -> Config:
        return replace(config, allow_localhost_devices=True)

    def test_one_on_this_computer_is_linked(self, signed_in: FlaskClient, linked: Site, here: ModbusServer) -> None:
        answer = send(signed_in, ADD, host="127.0.0.1", port=str(here.port), unit_id="1")
        assert answer.status_code == 200
        assert here.record.connections > 0

    def test_other_addresses_are_refused_all_the_same(self, signed_in: FlaskClient, linked: Site) -> None:
        answer = send(signed_in, ADD, host="169.254.169.254", port="502", unit_id="1")
        assert "169.254.169.254" in problem_at_the_address(answer.text)
