"""Two-step sign-in, page by page."""

import re
from html import unescape

import pyotp
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.models.user import User
from tests.conftest import NOW, PASSWORD
from tests.web.browser import csrf_token, send, sign_in
from tests.web.forms import words_of

PAGE = "/account/two-step"


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as travelling:
        yield travelling


def set_up(client: FlaskClient) -> tuple[pyotp.TOTP, list[str]]:
    """By the pages: the app, and the recovery codes that were shown."""
    assert send(client, PAGE, f"{PAGE}/begin").location == PAGE
    key = re.search(r'class="key-text code">(.+?)</p>', client.get(PAGE).text)
    assert key is not None
    app = pyotp.TOTP(re.sub(r"<[^>]+>|\s", "", key.group(1)))
    answer = send(client, PAGE, f"{PAGE}/on", code=app.now())
    assert answer.status_code == 200
    return app, re.findall(r"<li>([0-9a-z]{4}(?:-[0-9a-z]{4}){3})</li>", answer.text)


def test_the_code_is_asked_for_after_the_password(owner: User, app: Flask, client: FlaskClient, clock):
    sign_in(client)
    phone, codes = set_up(client)
    assert len(codes) == 10
    clock.shift(60)
    other = app.test_client()
    first = send(other, "/sign-in?next=/account", "/sign-in", email="owner@example.com", password=PASSWORD, next="/account", remember="y")
    assert first.location == "/sign-in/code?next=/account"
    assert other.get_cookie("powersync_session") is None
    assert other.get("/account").status_code == 302  # the password alone opens nothing
    assert "owner@example.com" in other.get(first.location).text
    assert send(other, first.location, "/sign-in/code", code="000000").status_code == 401
    done = send(other, first.location, "/sign-in/code", code=phone.now(), next="/account")
    assert done.location == "/account"
    page = other.get("/account").text
    assert "stays signed in" in page
    assert other.get_cookie("powersync_half") is None


def test_before_the_password_there_is_no_page_for_the_code(owner: User, client: FlaskClient):
    assert client.get("/sign-in/code?next=/account").location == "/sign-in?next=/account"
    client.set_cookie("powersync_half", "invented")
    assert client.get("/sign-in/code").location == "/sign-in"
    assert send(client, "/sign-in", "/sign-in/code", code="123456").location == "/sign-in"


def test_the_cookie_of_the_first_step_is_worth_nothing_afterwards(owner: User, app: Flask, client: FlaskClient, clock):
    sign_in(client)
    phone, _ = set_up(client)
    clock.shift(60)
    other = app.test_client()
    sign_in(other)
    half = other.get_cookie("powersync_half")
    assert half is not None
    assert half.http_only
    assert send(other, "/sign-in/code", code=phone.now()).status_code == 302
    thief = app.test_client()
    thief.set_cookie("powersync_half", half.value)
    assert thief.get("/sign-in/code").location == "/sign-in"


def test_ten_minutes_after_the_password_it_is_asked_for_again(owner: User, app: Flask, client: FlaskClient, clock):
    sign_in(client)
    phone, _ = set_up(client)
    other = app.test_client()
    sign_in(other)
    data = {"csrf_token": csrf_token(other, "/sign-in/code")}
    clock.shift(601)
    other.set_cookie("powersync_half", "x")  # the browser dropped it; an old one is not taken either
    assert other.post("/sign-in/code", data={**data, "code": phone.now()}).location == "/sign-in"
    assert "Enter your password again" in other.get("/sign-in").text


def test_a_recovery_code_signs_in_and_says_how_many_are_left(owner: User, app: Flask, client: FlaskClient, clock):
    sign_in(client)
    _, codes = set_up(client)
    other = app.test_client()
    sign_in(other)
    assert send(other, "/sign-in/code", code=codes[0]).status_code == 302
    assert "You used a recovery code; 9 are left." in other.get("/account").text


def test_the_sixth_wrong_code_within_a_minute_waits(owner: User, app: Flask, client: FlaskClient, clock):
    sign_in(client)
    set_up(client)
    other = app.test_client()
    sign_in(other)
    codes = [send(other, "/sign-in/code", code="000000") for _ in range(6)]
    assert [each.status_code for each in codes[:4]] == [401] * 4
    assert codes[-1].status_code == 429
    assert int(codes[-1].headers["Retry-After"]) > 0


def test_setting_up_asks_for_the_password_again(owner: User, client: FlaskClient, clock):
    sign_in(client, remember="y")
    clock.shift(601)
    assert client.get(PAGE).location == f"/confirm?next={PAGE}"
    for name in ("begin", "on", "change"):
        assert send(client, "/account", f"{PAGE}/{name}", code="000000").location.startswith("/confirm")


def test_the_key_is_drawn_into_the_page_and_leaves_it_nowhere(owner: User, client: FlaskClient, clock):
    sign_in(client)
    send(client, PAGE, f"{PAGE}/begin")
    answer = client.get(PAGE)
    svg = re.search(r'<svg[^>]*class="qr".*?</svg>', answer.text, re.DOTALL)
    assert svg is not None
    assert "style" not in svg.group()
    assert "href" not in svg.group()
    assert "otpauth" not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_switching_on_signs_the_other_browsers_out_and_gives_this_one_a_new_token(owner: User, app: Flask, client: FlaskClient, clock):
    other = app.test_client()
    sign_in(other)
    sign_in(client)
    before = client.get_cookie("powersync_session")
    set_up(client)
    after = client.get_cookie("powersync_session")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    assert client.get("/account").status_code == 200
    assert other.get("/account").status_code == 302


def test_a_wrong_first_code_leaves_it_off(owner: User, client: FlaskClient, clock):
    sign_in(client)
    send(client, PAGE, f"{PAGE}/begin")
    refused = send(client, PAGE, f"{PAGE}/on", code="000000")
    assert refused.status_code == 422
    assert "This code is wrong" in unescape(refused.text)
    assert "Scan this" in refused.text
    assert "Off" in words_of(client.get("/account").text)


def test_switching_off_and_new_recovery_codes_need_a_code(owner: User, client: FlaskClient, clock):
    sign_in(client)
    phone, codes = set_up(client)
    for what in ("off", "codes"):
        assert send(client, PAGE, f"{PAGE}/change", what=what, code="000000").status_code == 422
    clock.shift(60)
    fresh = send(client, PAGE, f"{PAGE}/change", what="codes", code=phone.now())
    assert fresh.status_code == 200
    assert codes[0] not in fresh.text
    clock.shift(60)
    assert send(client, PAGE, f"{PAGE}/change", what="off", code=phone.now()).location == "/account"
    send(client, "/account", "/sign-out")
    assert sign_in(client).location == "/"


def test_a_lost_encryption_key_is_told_and_the_way_out_named(owner: User, app: Flask, client: FlaskClient, session: Session, clock):
    sign_in(client)
    phone, _ = set_up(client)
    session.execute(text("UPDATE authenticator_app SET secret = 'x'"))
    session.commit()
    clock.shift(60)
    other = app.test_client()
    sign_in(other)
    answer = send(other, "/sign-in/code", code=phone.now())
    assert answer.status_code == 401
    assert "Use a recovery code" in answer.text


def test_a_waiting_key_that_cannot_be_read_is_made_anew(owner: User, client: FlaskClient, session: Session, clock):
    sign_in(client)
    send(client, PAGE, f"{PAGE}/begin")
    session.execute(text("UPDATE authenticator_app SET secret = 'x'"))
    session.commit()
    assert "Begin again" in client.get(PAGE).text
    set_up(client)
