"""Passkeys: made, used and removed by the pages' own addresses, with a device that follows the standard."""

import copy
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pyotp
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app import create_app
from app.config import Config
from app.extensions import limiter
from app.models.passkey import Passkey, PasskeyChallenge
from app.models.user import User
from app.services import accounts, passkeys, second_factor
from app.services.passkeys import PasskeyRefused, Place
from app.services.passwords import Passwords
from tests.conftest import NOW, PASSWORD
from tests.web.account.device import Device, decoded, encoded
from tests.web.browser import csrf_token, send, sign_in
from tests.web.forms import words_of

PAGE = "/account/passkeys"
HERE = Place("localhost", "http://localhost")


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as travelling:
        yield travelling
    limiter.reset()


def post(client: FlaskClient, page: str, to: str, json: Any = None, **more: Any) -> TestResponse:
    """As the page's script sends it."""
    return client.post(to, json=json or {}, headers={"X-CSRFToken": csrf_token(client, page)}, **more)


def add(client: FlaskClient, device: Device, name: str = "Phone") -> TestResponse:
    options = post(client, PAGE, f"{PAGE}/options").json
    return post(client, PAGE, PAGE, {"name": name, "credential": device.make(options)})


def enter(client: FlaskClient, device: Device, **more: Any) -> TestResponse:
    options = post(client, "/sign-in", "/sign-in/passkey/options").json
    return post(client, "/sign-in", "/sign-in/passkey", {"credential": device.use(options), **more})


@pytest.fixture
def phone(owner: User, client: FlaskClient) -> Device:
    """Has the owner's passkey, made by `client`."""
    sign_in(client)
    device = Device()
    assert add(client, device).json == {"next": PAGE}
    return device


def test_a_passkey_signs_in_without_password_and_code(owner: User, app: Flask, client: FlaskClient, phone: Device, session: Session):
    second_factor.begin(session, owner.id, NOW)
    key = second_factor.waiting_key(session, owner.id, owner.email)
    assert key is not None
    second_factor.switch_on(session, owner.id, owner.email, pyotp.TOTP(key.secret).at(NOW), "", 0, NOW)
    other = app.test_client()
    assert "Sign in with a passkey" in other.get("/sign-in").text
    assert enter(other, phone, next="/account", remember=True).json == {"next": "/account"}
    page = words_of(other.get("/account").text)
    assert "owner@example.com" in page
    assert "stays signed in" in page
    assert "last used now" in words_of(other.get(PAGE).text)  # the device asked for its owner: no password is asked for here


def test_what_a_device_is_asked_for(owner: User, client: FlaskClient, phone: Device):
    made = post(client, PAGE, f"{PAGE}/options").json
    assert made["rp"] == {"name": "PowerSync", "id": "localhost"}
    assert made["authenticatorSelection"] | {"residentKey": "required", "userVerification": "required"} == made["authenticatorSelection"]
    assert made["attestation"] == "none"
    assert len(made["excludeCredentials"]) == 1  # the phone is not asked twice
    assert len(decoded(made["challenge"])) == 32
    assert owner.email.encode() not in decoded(made["user"]["id"])
    asked = post(client, PAGE, "/sign-in/passkey/options").json
    assert (asked["rpId"], asked["userVerification"], asked.get("allowCredentials", [])) == ("localhost", "required", [])


def test_several_passkeys_have_names_and_one_handle(owner: User, client: FlaskClient, phone: Device, session: Session):
    assert add(client, Device(), " Key  in the drawer ").status_code == 200
    rows = session.scalars(select(Passkey).order_by(Passkey.id)).all()
    assert [row.name for row in rows] == ["Phone", "Key in the drawer"]
    assert len({row.user_handle for row in rows}) == 1
    assert rows[0].transports == ["internal"]
    assert "Key in the drawer" in client.get(PAGE).text


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, None, 7])
def test_a_passkey_needs_a_name(owner: User, client: FlaskClient, session: Session, name: Any):
    sign_in(client)
    assert add(client, Device(), name).status_code == 422
    assert session.scalars(select(Passkey)).all() == []


def test_a_removed_passkey_no_longer_signs_in_and_others_are_signed_out(app: Flask, client: FlaskClient, phone: Device, session: Session):
    other = app.test_client()
    enter(other, phone)
    passkey_id = session.scalars(select(Passkey.id)).one()
    session.rollback()
    assert send(client, PAGE, f"{PAGE}/{passkey_id}/remove").location == PAGE
    assert other.get("/account").status_code == 302
    assert "Sign in with a passkey" not in other.get("/sign-in").text
    refused = enter(other, phone)
    assert refused.status_code == 401
    assert "not known here" in refused.json["problem"]


def test_nobody_removes_anothers_passkey(app: Flask, phone: Device, session: Session, passwords: Passwords):
    accounts.create_account(session, passwords, "other@example.com", PASSWORD, NOW)
    passkey_id = session.scalars(select(Passkey.id)).one()
    session.rollback()
    other = app.test_client()
    sign_in(other, "other@example.com")
    assert send(other, PAGE, f"{PAGE}/{passkey_id}/remove").status_code == 404
    assert "Phone" not in words_of(other.get(PAGE).text).split("Your passkeys")[1]
    session.rollback()
    assert len(session.scalars(select(Passkey)).all()) == 1


def test_an_answer_works_once(app: Flask, phone: Device):
    other = app.test_client()
    options = post(other, "/sign-in", "/sign-in/passkey/options").json
    answer = phone.use(options)
    with other.session_transaction() as form_cookie:
        challenge = form_cookie["passkey_sign_in"]
    assert post(other, "/sign-in", "/sign-in/passkey", {"credential": answer}).status_code == 200
    thief = app.test_client()
    thief.get("/sign-in")
    with thief.session_transaction() as form_cookie:
        form_cookie["passkey_sign_in"] = challenge
    again = post(thief, "/sign-in", "/sign-in/passkey", {"credential": answer})
    assert (again.status_code, again.json) == (401, {"problem": "That took too long. Try again."})


def test_an_answer_counts_for_the_browser_that_asked(app: Flask, phone: Device):
    victim, thief = app.test_client(), app.test_client()
    answer = phone.use(post(victim, "/sign-in", "/sign-in/passkey/options").json)
    assert post(thief, "/sign-in", "/sign-in/passkey", {"credential": answer}).status_code == 400
    post(thief, "/sign-in", "/sign-in/passkey/options")
    assert post(thief, "/sign-in", "/sign-in/passkey", {"credential": answer}).status_code == 401


def test_a_question_is_open_for_five_minutes(app: Flask, phone: Device, clock: Any, session: Session):
    other = app.test_client()
    options = post(other, "/sign-in", "/sign-in/passkey/options").json
    clock.shift(timedelta(minutes=5))
    assert post(other, "/sign-in", "/sign-in/passkey", {"credential": phone.use(options)}).status_code == 401
    post(other, "/sign-in", "/sign-in/passkey/options")
    assert len(session.scalars(select(PasskeyChallenge)).all()) == 1  # what is over is not kept


def test_a_question_for_adding_does_not_sign_in(app: Flask, client: FlaskClient, phone: Device, session: Session, owner: User):
    options = passkeys.registration(session, owner.id, owner.email, HERE, NOW)
    with pytest.raises(PasskeyRefused):
        passkeys.sign_in(session, phone.use({**options, "rpId": "localhost"}), options["challenge"], HERE, NOW)


@pytest.mark.parametrize(
    "change",
    [
        lambda device: setattr(device, "checks_owner", False),
        lambda device: setattr(device, "origin", "https://localhost.evil.example"),
        lambda device: setattr(device, "count", -1),
    ],
)
def test_what_the_standard_refuses_is_refused(app: Flask, phone: Device, change: Callable[[Device], None]):
    for _ in range(2):
        assert enter(app.test_client(), phone).status_code == 200
    change(phone)
    refused = enter(app.test_client(), phone)
    assert refused.status_code == 401
    assert set(refused.json) == {"problem"}


def test_a_signature_for_another_host_is_refused(app: Flask, phone: Device):
    other = app.test_client()
    options = post(other, "/sign-in", "/sign-in/passkey/options").json
    answer = phone.use(options, host="evil.example")
    assert post(other, "/sign-in", "/sign-in/passkey", {"credential": answer}).status_code == 401


def test_another_device_with_the_same_id_is_refused(app: Flask, phone: Device):
    forger = Device()
    forger._id, forger._handle, forger.count = phone._id, phone._handle, 50
    assert enter(app.test_client(), forger).status_code == 401


def test_a_passkey_of_another_host_name_is_not_taken(session: Session, owner: User, app: Flask, phone: Device):
    elsewhere = Place("other.example", "https://other.example")
    options = passkeys.authentication(session, elsewhere, NOW)
    phone.origin = elsewhere.origin
    with pytest.raises(PasskeyRefused, match="not known here"):
        passkeys.sign_in(session, phone.use(options), options["challenge"], elsewhere, NOW)


def test_adding_asks_for_the_password_again(owner: User, client: FlaskClient, clock: Any):
    sign_in(client, remember="y")
    token = csrf_token(client, PAGE)
    clock.shift(601)
    assert client.get(PAGE).location == f"/confirm?next={PAGE}"
    headers = {"X-CSRFToken": token, "Sec-Fetch-Mode": "cors"}
    assert client.post(f"{PAGE}/options", json={}, headers=headers).status_code == 401
    assert client.post(PAGE, json={}, headers=headers).status_code == 401


def test_signing_in_never_leaves_this_server(app: Flask, phone: Device):
    assert enter(app.test_client(), phone, next="//evil.example").json == {"next": "/"}
    assert enter(app.test_client(), phone, next=["x"]).json == {"next": "/"}


def test_behind_a_counted_proxy_the_public_address_counts(owner: User, config: Config):
    app = create_app(replace(config, trusted_proxies=1))
    client, device = app.test_client(), Device("https://home.example.com")
    proxied = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "home.example.com"}

    def opened(page: str) -> str:
        text = client.get(page, headers=proxied, base_url=device.origin).text
        return text.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]

    def through(to: str, **json: Any) -> TestResponse:
        return client.post(to, json=json, headers={**proxied, "X-CSRFToken": opened("/account")}, base_url=device.origin)

    fields = {"csrf_token": opened("/sign-in"), "email": "owner@example.com", "password": PASSWORD}
    assert client.post("/sign-in", data=fields, headers=proxied, base_url=device.origin).status_code == 302
    options = through(f"{PAGE}/options").json
    assert options["rp"]["id"] == "home.example.com"
    assert through(PAGE, name="Phone", credential=device.make(options)).status_code == 200
    asked = through("/sign-in/passkey/options").json
    assert through("/sign-in/passkey", credential=device.use(asked)).status_code == 200


def test_a_proxy_that_is_not_counted_is_named_as_the_cause(owner: User, app: Flask, client: FlaskClient):
    sign_in(client)
    answer = add(client, Device("https://localhost"))
    assert answer.status_code == 422
    assert "TRUSTED_PROXIES" in answer.json["problem"]


@pytest.mark.parametrize("sent", [None, [], "x", {"credential": "x"}, {"credential": {}}, {"credential": {"id": 1}}])
def test_what_is_no_answer_of_a_device_is_refused(app: Flask, client: FlaskClient, phone: Device, sent: Any):
    other = app.test_client()
    post(other, "/sign-in", "/sign-in/passkey/options")
    assert other.post("/sign-in/passkey", json=sent, headers={"X-CSRFToken": csrf_token(other, "/sign-in")}).status_code in (400, 401)
    post(client, PAGE, f"{PAGE}/options")
    assert client.post(PAGE, json=sent, headers={"X-CSRFToken": csrf_token(client, PAGE)}).status_code in (400, 422)


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_spoilt_answer_is_refused_and_never_a_mistake(session: Session, owner: User, data: st.DataObject):
    """One byte of one part changed, or the part cut short."""
    options = passkeys.registration(session, owner.id, owner.email, HERE, NOW)
    answer = copy.deepcopy(Device().make(options))
    part = data.draw(st.sampled_from(["clientDataJSON", "attestationObject"]))
    raw = bytearray(decoded(answer["response"][part]))
    at = data.draw(st.integers(0, len(raw) - 1))
    if data.draw(st.booleans()):
        raw = raw[:at]
    else:
        raw[at] ^= data.draw(st.integers(1, 255))
    answer["response"][part] = encoded(bytes(raw))
    try:
        passkeys.add(session, owner.id, "Spoilt", answer, (options["challenge"], options["user"]["id"]), HERE, NOW)
    except PasskeyRefused:
        return
    passkeys.remove_all(session, owner.id)  # what is neither signed nor checked may differ
    session.commit()


def test_questions_are_asked_twenty_times_a_minute_at_most(app: Flask):
    client = app.test_client()
    accounts_page = client.get("/welcome").text
    token = accounts_page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    codes = [client.post("/sign-in/passkey/options", json={}, headers={"X-CSRFToken": token}).status_code for _ in range(21)]
    assert codes == [200] * 20 + [429]


def test_lost_devices_are_told_to_the_command_line(app: Flask, phone: Device, client: FlaskClient):
    result = app.test_cli_runner().invoke(args=["user", "reset-2fa", "owner@example.com", "--json"])
    assert '"passkeys_removed": 1' in result.stdout
    assert enter(app.test_client(), phone).status_code == 401
    assert client.get("/account").status_code == 302
