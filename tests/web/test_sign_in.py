"""Signing in and out, sessions on the server, guessing slowed down."""

import statistics
import time
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.session import LoginAttempt, WebSession
from app.models.user import User
from app.services import sign_in as service
from app.services.passwords import Passwords
from app.services.sign_in import SignInRefused
from app.services.tries import TooManyTries
from tests.conftest import NOW, PASSWORD
from tests.web.browser import csrf_token, send, sign_in

COOKIE = "powersync_session"


def _value(client: FlaskClient) -> str:
    cookie = client.get_cookie(COOKIE)
    assert cookie is not None
    return cookie.value


def test_a_page_asks_to_sign_in_and_comes_back(owner: User, client: FlaskClient):
    assert client.get("/account").location == "/sign-in?next=/account"
    answer = send(client, "/sign-in?next=/account", "/sign-in", email="Owner@Example.com ", password=PASSWORD, next="/account")
    assert answer.location == "/account"
    assert client.get("/account").status_code == 200


def test_before_the_first_account_every_page_leads_to_the_welcome(client: FlaskClient):
    assert client.get("/account").location == "/welcome"
    assert client.get("/sign-in").location == "/welcome"


@pytest.mark.parametrize("email", ["owner@example.com", "nobody@example.com"])
def test_a_wrong_address_and_a_wrong_password_read_the_same(owner: User, client: FlaskClient, email: str):
    answer = sign_in(client, email, "not the password")
    assert answer.status_code == 401
    assert "The e-mail address or the password is wrong." in answer.text


def test_an_unknown_address_takes_as_long_as_a_wrong_password(owner: User, session: Session):
    slow = Passwords(memory_kib=8 * 1024, passes=3, lanes=1)
    known = slow.hash(PASSWORD)

    def seconds(password_hash: str | None) -> float:
        begun = time.perf_counter()
        slow.match(password_hash, "wrong")
        return time.perf_counter() - begun

    with_account = statistics.median(seconds(known) for _ in range(7))
    without = statistics.median(seconds(None) for _ in range(7))
    assert 0.5 < without / with_account < 2


def test_an_account_without_a_password_cannot_sign_in(session: Session, passwords: Passwords, client: FlaskClient):
    session.add(User(email="new@example.com", created_at=NOW))
    session.commit()
    assert sign_in(client, "new@example.com", "").status_code == 422
    assert sign_in(client, "new@example.com", "the password of nobody").status_code == 401


def test_the_cookie_holds_a_random_token_of_which_only_the_hash_is_stored(owner: User, client: FlaskClient, session: Session):
    sign_in(client)
    cookie = client.get_cookie(COOKIE)
    assert cookie is not None
    assert len(cookie.value) >= 43
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    stored = session.scalars(select(WebSession)).one()
    assert cookie.value not in (stored.token_hash, str(stored.id))


def test_over_https_the_cookie_is_secure_and_tied_to_the_host(owner: User, client: FlaskClient):
    page = client.get("/sign-in", base_url="https://localhost")
    token = page.text.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    answer = client.post(
        "/sign-in", base_url="https://localhost", data={"csrf_token": token, "email": "owner@example.com", "password": PASSWORD}
    )
    cookies = [header for header in answer.headers.getlist("Set-Cookie") if "__Host-powersync_session" in header]
    assert len(cookies) == 1
    assert "Secure" in cookies[0]
    assert "Domain" not in cookies[0]


def test_signing_in_gives_a_new_session_and_ends_the_old_one(owner: User, app: Flask, client: FlaskClient):
    sign_in(client)
    old = _value(client)
    data = {"csrf_token": csrf_token(client, "/account"), "email": "owner@example.com", "password": PASSWORD}
    assert client.post("/sign-in", data=data).status_code == 302
    assert _value(client) != old
    thief = app.test_client()
    thief.set_cookie(COOKIE, old)
    assert thief.get("/account").status_code == 302


def test_signing_out_ends_the_session_on_the_server(owner: User, app: Flask, client: FlaskClient):
    sign_in(client)
    stolen = _value(client)
    assert client.get("/sign-out").status_code == 405
    assert send(client, "/account", "/sign-out").location == "/sign-in"
    thief = app.test_client()
    thief.set_cookie(COOKIE, stolen)
    assert thief.get("/account").location.startswith("/sign-in")


@pytest.mark.parametrize(
    ("remember", "idle", "status"),
    [
        ("", timedelta(hours=11), 200),
        ("", timedelta(hours=13), 302),
        ("y", timedelta(days=29), 200),
        ("y", timedelta(days=31), 302),
    ],
)
def test_an_idle_session_ends(owner: User, client: FlaskClient, remember: str, idle: timedelta, status: int):
    with time_machine.travel(NOW, tick=False) as clock:
        sign_in(client, remember=remember)
        clock.shift(idle)
        assert client.get("/account").status_code == status


def test_a_session_in_use_still_ends_after_ninety_days(owner: User, client: FlaskClient):
    with time_machine.travel(NOW, tick=False) as clock:
        sign_in(client, remember="y")
        for _ in range(6):
            clock.shift(timedelta(days=14))
            assert client.get("/account").status_code == 200
        clock.shift(timedelta(days=7))
        assert client.get("/account").status_code == 302


def test_the_account_page_lists_browsers_and_signs_them_out(owner: User, app: Flask, client: FlaskClient, session: Session):
    other = app.test_client()
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    send(other, "/sign-in", headers={"User-Agent": firefox}, email="owner@example.com", password=PASSWORD)
    sign_in(client)
    assert "Firefox on Linux" in client.get("/account").text
    theirs = session.scalars(select(WebSession.id).where(WebSession.user_agent == firefox)).one()
    session.commit()
    assert send(client, "/account", f"/account/sessions/{theirs}/end").status_code == 302
    assert other.get("/account").status_code == 302
    assert client.get("/account").status_code == 200


def test_nobody_ends_the_session_of_another_account(owner: User, app: Flask, client: FlaskClient, session: Session, passwords: Passwords):
    from app.services import accounts

    accounts.create_account(session, passwords, "other@example.com", PASSWORD, NOW)
    sign_in(client)
    theirs = session.scalars(select(WebSession.id)).one()
    session.commit()
    other = app.test_client()
    sign_in(other, "other@example.com")
    assert send(other, "/account", f"/account/sessions/{theirs}/end").status_code == 404
    assert client.get("/account").status_code == 200


def test_a_new_password_signs_all_other_browsers_out(owner: User, app: Flask, client: FlaskClient):
    other = app.test_client()
    sign_in(other)
    sign_in(client)
    before = _value(client)
    refused = send(client, "/account", "/account/password", present="wrong", new="four other random words")
    assert refused.status_code == 422
    assert send(client, "/account", "/account/password", present=PASSWORD, new="four other random words").status_code == 302
    assert _value(client) != before
    assert client.get("/account").status_code == 200
    assert other.get("/account").status_code == 302
    assert sign_in(other, password="four other random words").status_code == 302


def test_the_sixth_try_within_a_minute_waits_whoever_it_is_for(owner: User, client: FlaskClient):
    answers = [sign_in(client, f"guess{number}@example.com", "wrong password").status_code for number in range(6)]
    assert answers == [401] * 5 + [429]
    blocked = sign_in(client)
    assert blocked.status_code == 429
    assert int(blocked.headers["Retry-After"]) > 0


def test_guessing_one_account_from_many_addresses_slows_down(owner: User, session: Session, passwords: Passwords):
    now, done = NOW, 0
    for number in range(100):
        try:
            with pytest.raises(SignInRefused):
                service.check_password(session, passwords, owner.email, "wrong", f"198.51.100.{number}", now)
            done += 1
        except TooManyTries as error:
            now += error.retry_after
        if now - NOW > timedelta(hours=1):
            break
    assert done <= 14


def test_a_strangers_guesses_do_not_lock_the_owner_out_at_home(owner: User, session: Session, passwords: Passwords):
    service.check_password(session, passwords, owner.email, PASSWORD, "192.0.2.10", NOW)
    service.start_session(session, owner.id, remember=True, user_agent="", ip="192.0.2.10", now=NOW)
    for number in range(20):
        with pytest.raises((SignInRefused, TooManyTries)):
            service.check_password(session, passwords, owner.email, "wrong", f"198.51.100.{number}", NOW)
    with pytest.raises(TooManyTries):
        service.check_password(session, passwords, owner.email, PASSWORD, "198.51.100.99", NOW)
    assert service.check_password(session, passwords, owner.email, PASSWORD, "192.0.2.10", NOW) == owner.id


def test_neighbours_in_one_ipv6_network_count_as_one(owner: User, session: Session, passwords: Passwords):
    for number in range(5):
        with pytest.raises(SignInRefused):
            service.check_password(session, passwords, f"x{number}@example.com", "wrong", f"2001:db8::{number}", NOW)
    with pytest.raises(TooManyTries):
        service.check_password(session, passwords, "x9@example.com", "wrong", "2001:db8::ffff", NOW)


def test_the_counters_survive_a_restart_and_name_nobody(owner: User, client: FlaskClient, session: Session):
    sign_in(client, password="wrong password")
    buckets = session.scalars(select(LoginAttempt.bucket)).all()
    assert len(buckets) == 2
    assert not [bucket for bucket in buckets if "owner" in bucket]


def test_entering_the_password_again_counts_for_ten_minutes(owner: User, session: Session, passwords: Passwords):
    token = service.start_session(session, owner.id, remember=False, user_agent="", ip="", now=NOW)
    found = service.signed_in(session, token, NOW)
    assert found is not None
    assert found.entered_password_recently(NOW + timedelta(minutes=10))
    assert not found.entered_password_recently(NOW + timedelta(minutes=10, seconds=1))
    renewed = service.renew_after_password(session, found.session_id, NOW + timedelta(hours=1))
    assert service.signed_in(session, token, NOW + timedelta(hours=1)) is None
    again = service.signed_in(session, renewed.token, NOW + timedelta(hours=1))
    assert again is not None
    assert again.entered_password_recently(NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    "target", ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "/\t/evil.example", "evil"]
)
def test_next_never_leaves_this_server(owner: User, client: FlaskClient, target: str):
    assert sign_in(client, next=target).location == "/"
