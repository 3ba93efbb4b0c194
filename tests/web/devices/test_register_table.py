"""A device with a register table of its owner's is linked in the browser."""

import re
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.config import Config
from app.models.connection import Connection
from app.models.site import Site
from app.models.user import User
from tests.devices.contract.inverter_rig import NOON
from tests.devices.modbus_table.benches import plain
from tests.devices.modbus_table.tables import INVERTER
from tests.web.browser import send, sign_in

ADD = "/devices/add/inverter/modbus_table"
DRAFT = re.compile(r'name="draft" value="([^"]+)"')


@pytest.fixture
def config(config: Config) -> Config:
    """The devices of these tests are simulated on this computer."""
    return replace(config, allow_localhost_devices=True)


@pytest.fixture
def signed_in(client: FlaskClient, owner: User) -> FlaskClient:
    sign_in(client)
    return client


def test_the_form_has_an_area_for_the_table(signed_in: FlaskClient, linked: Site) -> None:
    page = signed_in.get(ADD).text
    assert re.search(r"<textarea[^>]* rows=\"24\"", page)
    assert "Any Modbus device" in page


def test_a_fault_is_told_with_its_path_and_what_was_typed_stays(signed_in: FlaskClient, linked: Site) -> None:
    wrong = INVERTER.replace("address: 61,", "address: 60,")
    page = send(signed_in, ADD, host="192.0.2.7", port="502", unit_id="1", table=wrong).text
    assert "In the table: settings.limit.address: it shares a register with settings.limitation." in page
    assert "address: 60, kind: u16, unit: &#34;%&#34;" in page


def test_a_table_as_it_was_typed_is_linked_and_told_by_its_length(signed_in: FlaskClient, linked: Site, session: Session) -> None:
    with plain(NOON) as bench:
        typed = INVERTER.replace("\n", "\r\n")
        page = send(signed_in, ADD, host=bench.server.host, port=str(bench.server.port), unit_id="1", table=typed).text
        draft = DRAFT.search(page)
        assert draft, page
        assert send(signed_in, "/devices", "/devices/save", draft=draft.group(1)).location == "/devices"
        assert bench.writes() == 0
    session.expire_all()
    row = session.query(Connection).filter_by(role="inverter").one()
    assert row.config["table"] == INVERTER.rstrip()
    assert f"{len(INVERTER.strip().splitlines())} lines" in signed_in.get("/devices").text
