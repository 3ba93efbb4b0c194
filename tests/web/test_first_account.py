"""The first start: whoever has the printed token, and nobody else, creates the first account, once."""

import threading
import time

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models.user import User
from app.services import accounts
from tests.conftest import NOW, PASSWORD
from tests.web.browser import csrf_token, send


def _token(app: Flask) -> str:
    with Session(app.extensions["powersync_engine"]()) as session:
        token = accounts.ensure_setup_token(session, NOW)
    assert token is not None
    return token


def test_the_token_creates_the_first_account_and_signs_it_in(app: Flask, client: FlaskClient):
    token = _token(app)
    answer = send(client, f"/welcome?token={token}", "/welcome", token=token, email="Me@Example.com", password=PASSWORD)
    assert answer.status_code == 302
    assert "me@example.com" in client.get("/account").text


def test_the_token_can_be_typed_in(app: Flask, client: FlaskClient):
    token = _token(app)
    page = send(client, "/welcome", token=token)
    assert page.status_code == 200
    assert 'name="email"' in page.text


@pytest.mark.parametrize("guess", ["", "wrong", "0" * 32])
def test_without_the_token_nothing_is_created(app: Flask, client: FlaskClient, session: Session, guess: str):
    _token(app)
    assert send(client, "/welcome", token=guess, email="me@example.com", password=PASSWORD).status_code in (403, 422)
    assert session.scalar(select(func.count(User.id))) == 0


def test_a_new_token_ends_the_earlier_one(app: Flask, session: Session):
    first, second = _token(app), _token(app)
    assert not accounts.is_setup_token(session, first)
    assert accounts.is_setup_token(session, second)


def test_no_token_is_printed_once_an_account_exists(owner: User, session: Session):
    assert accounts.ensure_setup_token(session, NOW) is None


def test_the_set_up_page_is_closed_once_an_account_exists(owner: User, client: FlaskClient):
    assert client.get("/welcome").location == "/sign-in"


def test_only_the_hash_of_the_token_is_stored(app: Flask, config):
    token = _token(app)
    assert token.encode() not in (config.data_dir / "app.db").read_bytes()


@pytest.mark.parametrize("weak", ["short", "password1234", "aaaaaaaaaaaa", "abcdefghijklm", "me@example.com1", "123456789012"])
def test_a_weak_password_is_refused_with_a_reason(app: Flask, client: FlaskClient, session: Session, weak: str):
    token = _token(app)
    answer = send(client, f"/welcome?token={token}", "/welcome", token=token, email="me@example.com", password=weak)
    assert answer.status_code == 422
    assert "field__error" in answer.text
    assert session.scalar(select(func.count(User.id))) == 0


def _hash_slowly(app: Flask) -> None:
    """All requests pass the first glance at the token before the first one is done, as with the real cost."""
    passwords = app.extensions["powersync_passwords"]
    hash_at_once = passwords.hash

    def hash_slowly(password: str) -> str:
        time.sleep(0.15)
        return hash_at_once(password)

    passwords.hash = hash_slowly


@pytest.mark.parametrize("which", ["app", pytest.param("postgres_app", marks=pytest.mark.postgres)])
def test_fifty_requests_at_once_make_exactly_one_account(which: str, request: pytest.FixtureRequest):
    app: Flask = request.getfixturevalue(which)
    token = _token(app)
    _hash_slowly(app)
    clients = [app.test_client() for _ in range(50)]
    forms = [csrf_token(client, f"/welcome?token={token}") for client in clients]
    together, answers = threading.Barrier(50), []

    def claim(number: int) -> None:
        together.wait()
        data = {"csrf_token": forms[number], "token": token, "email": f"me{number}@example.com", "password": PASSWORD}
        answers.append(clients[number].post("/welcome", data=data).status_code)

    threads = [threading.Thread(target=claim, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Session(app.extensions["powersync_engine"]()) as session:
        assert session.scalar(select(func.count(User.id))) == 1
    assert len(answers) == 50
    assert sum(1 for code in answers if code == 302) >= 1
    assert not [code for code in answers if code >= 500]
