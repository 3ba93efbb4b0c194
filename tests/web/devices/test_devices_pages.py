"""Devices: how each one is, and how it is linked, changed, tested and removed."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.clock import utc_now
from app.control.connections import fields_of
from app.models.connection import Connection
from app.models.control import DeviceState, Signal
from app.models.site import Membership, Site
from app.models.types import keyring
from app.models.user import User
from app.services import accounts
from app.services.passwords import Passwords
from app.simulators import effects
from app.simulators.world import World
from tests.conftest import PASSWORD
from tests.services.connecting.homes import connection, let_reading_age, steer
from tests.web.browser import send, sign_in

DRAFT = re.compile(r'name="draft" value="([^"]+)"')


@pytest.fixture
def signed_in(client: FlaskClient, owner: User) -> FlaskClient:
    sign_in(client)
    return client


@pytest.fixture
def viewer(client: FlaskClient, linked: Site, session: Session, passwords: Passwords) -> FlaskClient:
    user = accounts.create_account(session, passwords, "viewer@example.com", PASSWORD, utc_now())
    session.add(Membership(user_id=user.id, site_id=linked.id, role="viewer"))
    session.commit()
    sign_in(client, "viewer@example.com")
    return client


def ids(session: Session, site: Site) -> tuple[int, int]:
    return connection(session, site, "retailer").id, connection(session, site, "battery").id


def test_fresh_devices_show_their_age_facts_and_settings(signed_in: FlaskClient, read: Site, world: World):
    page = signed_in.get("/devices").text
    assert page.count("Fresh, ") == 2
    for words in (
        "Amber Electric",
        "Tesla Powerwall",
        "13.5\u202fkWh",
        "Backup reserve",
        "If this computer stops",
        "Forecast prices",
        "Predicted",
    ):
        assert words in page, words
    for code in ("self_consumption", "autonomous", "pv_only", "battery_ok", ">None<", "teslemetry<"):
        assert code not in page, code
    assert world.amber.account.token not in page
    assert world.teslemetry.site.token not in page


def test_nothing_read_yet_is_said(signed_in: FlaskClient, linked: Site):
    page = signed_in.get("/devices").text
    assert page.count("Waiting for the first answer") == 2
    assert "Fresh" not in page


def test_late_and_lost_look_so(signed_in: FlaskClient, read: Site, session: Session):
    let_reading_age(session, read, timedelta(minutes=4))
    page = signed_in.get("/devices").text
    assert 'data-stale="late"' in page
    assert "badge--late" in page
    assert "4\u202fmin ago" in page
    let_reading_age(session, read, timedelta(minutes=14))
    page = signed_in.get("/devices").text
    assert 'data-stale="lost"' in page
    assert "Nothing since " in page


def test_a_refused_key_is_told_with_its_way_out(signed_in: FlaskClient, linked: Site, session: Session):
    row = connection(session, linked, "retailer")
    now = utc_now()
    row.problem, row.problem_kind, row.problem_since = "Amber: the token was not accepted", "CredentialsRefused", now
    row.retry_at = now + timedelta(hours=1)
    session.commit()
    page = signed_in.get("/devices").text
    assert "Amber: the token was not accepted." in page
    assert "PowerSync asks again at" in page
    assert "Enter a new key" in page
    assert "CredentialsRefused" not in page


def test_a_key_that_cannot_be_read_any_more_is_told_and_the_page_stands(signed_in: FlaskClient, read: Site, session: Session):
    from cryptography.fernet import Fernet

    stranger = Fernet(Fernet.generate_key()).encrypt(b"{}").decode()
    session.execute(text("UPDATE connection SET secrets = :it WHERE role = 'battery'"), {"it": stranger})
    session.commit()
    answer = signed_in.get("/devices")
    assert answer.status_code == 200
    assert "The stored key cannot be read any more. Enter it again." in answer.text
    battery_id = session.scalar(select(Connection.id).where(Connection.role == "battery"))
    session.commit()
    assert signed_in.get(f"/devices/{battery_id}/change").status_code == 200
    assert send(signed_in, "/devices", f"/devices/{battery_id}/test").status_code == 409
    assert keyring.decrypt(keyring.encrypt("x")) == "x"


def try_change(client: FlaskClient, connection_id: int, **fields: str) -> TestResponse:
    return send(client, f"/devices/{connection_id}/change", **fields)


def save(client: FlaskClient, page: str, **fields: str) -> TestResponse:
    draft = DRAFT.search(page)
    assert draft, page
    return send(client, "/devices", "/devices/save", draft=draft.group(1), **fields)


def test_an_empty_key_stays_and_is_never_shown(signed_in: FlaskClient, linked: Site, session: Session, world: World):
    retailer_id, _ = ids(session, linked)
    form = signed_in.get(f"/devices/{retailer_id}/change").text
    assert world.amber.account.token not in form
    assert "Leave it empty to keep the stored one." in form
    page = try_change(signed_in, retailer_id, token="", price_model="low").text
    assert re.search(rf'value="{world.amber.account.site_id}" checked', page)
    answer = save(signed_in, page, choice=world.amber.account.site_id)
    assert answer.location == "/devices"
    session.expire_all()
    row = session.get_one(Connection, retailer_id)
    assert row.config["price_model"] == "low"
    assert fields_of(row).token.get_secret_value() == world.amber.account.token


def test_a_saved_change_is_acted_on_at_once(signed_in: FlaskClient, linked: Site, session: Session, world: World):
    retailer_id, _ = ids(session, linked)
    before = session.get_one(Signal, linked.id).count
    session.commit()
    page = try_change(signed_in, retailer_id, token="", price_model="high").text
    save(signed_in, page, choice=world.amber.account.site_id)
    session.expire_all()
    assert session.get_one(Signal, linked.id).count == before + 1


def test_a_wrong_new_key_leaves_the_old_one(signed_in: FlaskClient, linked: Site, session: Session, world: World):
    retailer_id, _ = ids(session, linked)
    answer = try_change(signed_in, retailer_id, token="psk_wrong", price_model="low")
    assert (answer.status_code, "Amber: the token was not accepted" in answer.text) == (422, True)
    assert re.search(r'<option selected value="low">|value="low" selected|selected value="low"', answer.text)
    session.expire_all()
    assert fields_of(session.get_one(Connection, retailer_id)).token.get_secret_value() == world.amber.account.token


def test_another_battery_is_refused_while_settings_are_to_be_given_back(
    signed_in: FlaskClient, linked: Site, session: Session, world: World
):
    steer(session, linked)
    _, battery_id = ids(session, linked)
    row = session.get_one(Connection, battery_id)
    row.config = {**row.config, "energy_site_id": "42"}
    session.commit()
    page = try_change(signed_in, battery_id, token="").text
    save(signed_in, page, choice=str(world.teslemetry.site.energy_site_id), timezone="Australia/Sydney")
    assert "Nothing was changed: your battery still runs on PowerSync&#39;s settings" in signed_in.get("/devices").text
    session.expire_all()
    assert session.get_one(Connection, battery_id).config["energy_site_id"] == "42"


def test_a_test_shows_its_rows_and_writes_nothing(signed_in: FlaskClient, linked: Site, session: Session, world: World):
    retailer_id, battery_id = ids(session, linked)
    page = send(signed_in, "/devices", f"/devices/{battery_id}/test").text
    for words in ("It works", "Reach it", "Know it", "Read power", "Read settings", "Change its settings", "Not tried: tests only read."):
        assert words in page, words
    assert "See prices ahead" in send(signed_in, "/devices", f"/devices/{retailer_id}/test").text
    assert world.teslemetry.writes() == []


def test_a_test_tells_when_a_command_was_last_confirmed(signed_in: FlaskClient, read: Site, session: Session, world: World):
    _, battery_id = ids(session, read)
    session.get_one(DeviceState, battery_id).confirmed_at = datetime(2026, 11, 20, 5, 42, tzinfo=UTC)
    read.control = "on"
    session.commit()
    page = send(signed_in, "/devices", f"/devices/{battery_id}/test").text
    assert "It works, last confirmed Fri 16:42." in page
    assert "Not tried" not in page
    assert world.teslemetry.writes() == []


def test_a_failed_test_names_the_vendor(signed_in: FlaskClient, linked: Site, session: Session, world: World):
    _, battery_id = ids(session, linked)
    world.faults.add(effects.Status(402), server="teslemetry")
    page = send(signed_in, "/devices", f"/devices/{battery_id}/test").text
    assert "Something does not work" in page
    assert "Teslemetry: a payment is due" in page


def test_a_good_test_ends_the_pause_after_a_refused_key(signed_in: FlaskClient, linked: Site, session: Session):
    _, battery_id = ids(session, linked)
    row = session.get_one(Connection, battery_id)
    row.problem, row.problem_kind, row.retry_at = "Teslemetry: no", "CredentialsRefused", utc_now() + timedelta(hours=1)
    session.commit()
    send(signed_in, "/devices", f"/devices/{battery_id}/test")
    session.expire_all()
    assert session.get_one(Connection, battery_id).problem is None


def test_a_device_is_removed_after_a_question(signed_in: FlaskClient, linked: Site, session: Session):
    _, battery_id = ids(session, linked)
    assert "Remove Tesla Powerwall?" in signed_in.get(f"/devices/{battery_id}/remove").text
    assert session.get(Connection, battery_id) is not None
    session.commit()
    send(signed_in, f"/devices/{battery_id}/remove")
    session.expire_all()
    assert session.get(Connection, battery_id) is None
    session.commit()
    assert "No battery yet" in signed_in.get("/devices").text


def test_removing_is_refused_while_settings_are_to_be_given_back(signed_in: FlaskClient, linked: Site, session: Session):
    steer(session, linked)
    _, battery_id = ids(session, linked)
    answer = send(signed_in, f"/devices/{battery_id}/remove")
    assert (answer.status_code, "Not removed: your battery still runs on" in answer.text) == (409, True)
    session.expire_all()
    assert session.get(Connection, battery_id) is not None


def test_a_battery_is_added_where_there_is_none(signed_in: FlaskClient, linked: Site, session: Session, world: World):
    session.delete(connection(session, linked, "battery"))
    session.commit()
    assert "/devices/add/battery/tesla" in signed_in.get("/devices/add/battery").text
    page = send(signed_in, "/devices/add/battery/tesla", connection="teslemetry", token=world.teslemetry.site.token).text
    answer = save(signed_in, page, choice=str(world.teslemetry.site.energy_site_id), timezone="Australia/Hobart")
    assert answer.location == "/devices"
    session.expire_all()
    assert connection(session, linked, "battery").brand == "tesla"
    assert session.get_one(Site, linked.id).timezone == "Australia/Hobart"


@pytest.mark.parametrize("page", ["/devices/add/battery", "/devices/add/battery/tesla", "/devices/add/spaceship"])
def test_there_is_no_room_for_a_second_one_or_an_unknown_one(signed_in: FlaskClient, linked: Site, page: str):
    assert signed_in.get(page).status_code == 404


def test_a_viewer_sees_and_changes_nothing(viewer: FlaskClient, linked: Site, session: Session):
    retailer_id, _ = ids(session, linked)
    page = viewer.get("/devices").text
    assert "Amber Electric" in page
    assert "Test again" not in page
    for address in (f"/devices/{retailer_id}/change", f"/devices/{retailer_id}/remove", "/devices/add/battery"):
        assert viewer.get(address).status_code == 403, address
    for address in (f"/devices/{retailer_id}/test", f"/devices/{retailer_id}/remove", "/devices/save"):
        assert send(viewer, "/account", address).status_code == 403, address


def test_a_neighbours_device_does_not_exist(
    signed_in: FlaskClient, linked: Site, session: Session, passwords: Passwords, a_site: Callable[..., Site]
):
    neighbour = accounts.create_account(session, passwords, "next@example.com", PASSWORD, utc_now())
    theirs = a_site(neighbour, name="Next door")
    row = Connection(site_id=theirs.id, role="battery", brand="tesla", config={}, created_at=utc_now(), facts={})
    session.add(row)
    session.commit()
    assert signed_in.get(f"/devices/{row.id}/change").status_code == 404
    assert signed_in.get(f"/devices/{row.id}/remove").status_code == 404
    assert send(signed_in, "/devices", f"/devices/{row.id}/test").status_code == 404
    assert send(signed_in, "/devices", f"/devices/{row.id}/remove").status_code == 404
    assert "Next door" not in signed_in.get("/devices").text


def test_keys_ask_for_the_password_again(signed_in: FlaskClient, linked: Site, session: Session):
    retailer_id, _ = ids(session, linked)
    with time_machine.travel(utc_now().timestamp() + 660, tick=False):
        assert signed_in.get(f"/devices/{retailer_id}/change").location.startswith("/confirm")
        assert send(signed_in, "/devices", "/devices/save").location.startswith("/confirm")
        assert signed_in.get("/devices").status_code == 200
