"""API tokens on the account's pages."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.api_token import ApiToken
from app.models.site import Site
from app.models.user import User
from app.services import accounts
from app.services.passwords import Passwords
from tests.conftest import NOW, PASSWORD
from tests.web.browser import send, sign_in
from tests.web.forms import words_of

PAGE = "/account/tokens"


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as travelling:
        yield travelling


def make(client: FlaskClient, **fields: str) -> str:
    """The token that the page shows."""
    answer = send(client, PAGE, **({"name": "Wall display", "scope": "read", "lives_for": "365"} | fields))
    found = re.search(r'class="secret code">(pws_[^<]+)<', answer.text)
    assert found, answer.text
    return found.group(1)


def test_a_token_is_shown_once_and_works(owner: User, a_site: Callable[..., Site], client: FlaskClient, app: Flask, clock):
    a_site(owner)
    sign_in(client)
    token = make(client)
    assert app.test_client().get("/api/v1/site", headers={"Authorization": f"Bearer {token}"}).json["site"]["name"] == "Home"
    page = client.get(PAGE)
    assert token not in page.text
    assert "Wall display Read" in words_of(page.text)
    assert "last used now" in words_of(page.text)
    assert page.headers["Cache-Control"] == "no-store"


def test_a_token_ends_as_chosen(owner: User, a_site: Callable[..., Site], client: FlaskClient, session: Session, clock):
    a_site(owner)
    sign_in(client)
    make(client, lives_for="30")
    make(client, lives_for="0", scope="control")
    ends = session.scalars(select(ApiToken.expires_at).order_by(ApiToken.id)).all()
    assert list(ends) == [NOW + timedelta(days=30), None]
    session.rollback()
    clock.shift(timedelta(days=31))
    sign_in(client)
    assert "Wall display Ended" in words_of(client.get(PAGE).text)


@pytest.mark.parametrize("fields", [{"name": ""}, {"name": "x" * 61}, {"scope": "everything"}, {"lives_for": "7"}])
def test_a_slip_makes_no_token(owner: User, a_site: Callable[..., Site], client: FlaskClient, session: Session, fields: dict[str, str]):
    a_site(owner)
    sign_in(client)
    answer = send(client, PAGE, **({"name": "x", "scope": "read", "lives_for": "30"} | fields))
    assert answer.status_code == 422
    assert session.scalars(select(ApiToken)).all() == []


def test_a_revoked_token_is_gone(owner: User, a_site: Callable[..., Site], client: FlaskClient, app: Flask, session: Session, clock):
    a_site(owner)
    sign_in(client)
    token = make(client)
    token_id = session.scalars(select(ApiToken.id)).one()
    session.rollback()
    assert send(client, PAGE, f"{PAGE}/{token_id}/revoke").location == PAGE
    assert app.test_client().get("/api/v1/site", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert send(client, PAGE, f"{PAGE}/{token_id}/revoke").status_code == 404


def test_making_and_revoking_ask_for_the_password_again(owner: User, a_site: Callable[..., Site], client: FlaskClient, clock):
    a_site(owner)
    sign_in(client, remember="y")
    clock.shift(601)
    assert send(client, PAGE, name="x", scope="read", lives_for="30").location.startswith("/confirm")
    assert send(client, PAGE, f"{PAGE}/1/revoke").location.startswith("/confirm")


def test_tokens_are_the_owners_matter_and_nobody_elses(
    owner: User, a_site: Callable[..., Site], client: FlaskClient, app: Flask, session: Session, passwords: Passwords, clock
):
    a_site(owner)
    sign_in(client)
    make(client)
    token_id = session.scalars(select(ApiToken.id)).one()
    other = accounts.create_account(session, passwords, "other@example.com", PASSWORD, NOW)
    a_site(other, name="Elsewhere")
    stranger = app.test_client()
    sign_in(stranger, "other@example.com")
    assert "Made now" not in stranger.get(PAGE).text
    assert send(stranger, PAGE, f"{PAGE}/{token_id}/revoke").status_code == 404
    viewer = accounts.create_account(session, passwords, "viewer@example.com", PASSWORD, NOW)
    a_site(viewer, name="Shared", role="viewer")
    looking = app.test_client()
    sign_in(looking, "viewer@example.com")
    assert looking.get(PAGE).status_code == 403
    assert send(looking, "/account", PAGE, name="x", scope="read", lives_for="30").status_code == 403
    assert "API tokens" not in looking.get("/account").text
