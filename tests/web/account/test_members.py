"""Members of a home: invited by a link that works once, looking and never touching."""

import re
import sqlite3
import threading
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.config import Config
from app.extensions import limiter
from app.models.invitation import Invitation
from app.models.site import Membership, Site
from app.models.user import User
from app.services import accounts, members
from app.services.members import InvitationRefused
from app.services.passwords import Passwords
from app.web.access import OF_PROGRAMS, Access, access_of
from tests.conftest import NOW, PASSWORD
from tests.services.overview.homes import Home, running_home
from tests.web.browser import csrf_token, send, sign_in
from tests.web.forms import words_of

PAGE = "/account/members"
# What changes nothing but the account of whoever asks, or only this browser.
ONES_OWN = {"/theme", "/sign-out", "/confirm", "/sign-in", "/sign-in/code", "/join"}
ONES_OWN_AREAS = ("/account/password", "/account/sessions", "/account/site", "/account/two-step", "/account/passkeys", "/sign-in/passkey")


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as travelling:
        yield travelling
    limiter.reset()


@pytest.fixture
def home(session: Session, owner: User) -> Home:
    return running_home(session, owner)


def invite(client: FlaskClient, note: str = "Kim") -> str:
    """The path of the link that the page shows."""
    answer = send(client, PAGE, f"{PAGE}/invite", note=note)
    found = re.search(r'class="secret code">http://localhost(/join\?token=[^<]+)<', answer.text)
    assert found, answer.text
    return unescape(found.group(1))


def join(client: FlaskClient, link: str, email: str = "kim@example.com", password: str = PASSWORD) -> Any:
    return send(client, link, "/join", token=link.partition("=")[2], email=email, password=password)


@pytest.fixture
def viewer(home: Home, app: Flask, client: FlaskClient) -> FlaskClient:
    """The browser of somebody who was invited."""
    sign_in(client)
    looking = app.test_client()
    assert join(looking, invite(client)).status_code == 302
    return looking


def test_who_is_invited_sees_the_home(viewer: FlaskClient, client: FlaskClient):
    page = words_of(viewer.get("/").text)
    assert "You see Home from now on." in page
    assert "39.5" in page
    assert "kim@example.com Looks" in words_of(client.get(PAGE).text)
    assert "Kim" not in words_of(client.get(PAGE).text).split("Members")[-1]  # the invitation is used


def test_a_link_works_once(home: Home, app: Flask, client: FlaskClient):
    sign_in(client)
    link = invite(client)
    assert join(app.test_client(), link).status_code == 302
    late = app.test_client()
    answer = late.get(link)
    assert answer.status_code == 404
    assert "This invitation was used" in answer.text


def test_looking_at_a_link_uses_nothing_up(home: Home, app: Flask, client: FlaskClient, session: Session):
    sign_in(client)
    link = invite(client)
    for _ in range(2):
        assert "You are invited to look at this home" in app.test_client().get(link).text
    assert session.scalars(select(Invitation.used_at)).one() is None


def test_an_account_that_signs_in_first_joins_as_it_is(home: Home, app: Flask, client: FlaskClient, session: Session, passwords: Passwords):
    accounts.create_account(session, passwords, "kim@example.com", PASSWORD, NOW)
    sign_in(client)
    link = invite(client)
    kim = app.test_client()
    answer = send(kim, f"/sign-in?next={link}", "/sign-in", email="kim@example.com", password=PASSWORD, next=link)
    assert answer.location == link
    assert "You are signed in as kim@example.com" in kim.get(link).text
    assert send(kim, link, "/join", token=link.partition("=")[2]).location == "/"
    assert "39.5" in kim.get("/").text


def test_an_address_that_has_an_account_is_led_to_signing_in(
    home: Home, app: Flask, client: FlaskClient, session: Session, passwords: Passwords
):
    accounts.create_account(session, passwords, "kim@example.com", PASSWORD, NOW)
    sign_in(client)
    link = invite(client)
    refused = join(app.test_client(), link, "Kim@example.com")
    assert refused.status_code == 422
    assert "Sign in first" in refused.text
    assert app.test_client().get(link).status_code == 200  # it is still good


def test_a_weak_password_makes_no_member(home: Home, app: Flask, client: FlaskClient, session: Session):
    sign_in(client)
    assert join(app.test_client(), invite(client), password="short").status_code == 422
    assert len(session.scalars(select(User)).all()) == 1


def test_an_owner_who_opens_his_own_link_uses_nothing_up(home: Home, client: FlaskClient, app: Flask):
    sign_in(client)
    link = invite(client)
    refused = send(client, link, "/join", token=link.partition("=")[2])
    assert refused.status_code == 409
    assert "You see this home already" in refused.text
    assert app.test_client().get(link).status_code == 200


def test_a_link_ends_after_a_week_and_when_it_is_withdrawn(home: Home, app: Flask, client: FlaskClient, session: Session, clock: Any):
    sign_in(client, remember="y")
    link, other = invite(client), invite(client, "Robin")
    invitation_id = session.scalars(select(Invitation.id).where(Invitation.note == "Robin")).one()
    session.rollback()
    assert send(client, PAGE, f"{PAGE}/invitations/{invitation_id}/withdraw").location == PAGE
    assert app.test_client().get(other).status_code == 404
    clock.shift(timedelta(days=7, seconds=-1))
    assert app.test_client().get(link).status_code == 200
    clock.shift(1)
    assert app.test_client().get(link).status_code == 404


def test_of_many_at_once_one_joins(any_engine: Engine, passwords: Passwords):
    with Session(any_engine, expire_on_commit=False) as session:
        user = User(email="owner@example.com", created_at=NOW)
        session.add(user)
        session.flush()
        site = Site(name="Home", timezone="Australia/Sydney", created_at=NOW, memberships=[Membership(user_id=user.id)])
        session.add(site)
        session.commit()
        token = members.invite(session, site.id, user.id, "Kim", NOW)
    outcomes: list[str] = []

    def go(number: int) -> None:
        with Session(any_engine) as mine:
            try:
                members.accept_with_new_account(mine, passwords, token, f"kim{number}@example.com", PASSWORD, NOW)
                outcomes.append("in")
            except InvitationRefused:
                outcomes.append("refused")

    crowd = [threading.Thread(target=go, args=(number,)) for number in range(4)]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join()
    assert sorted(outcomes) == ["in", "refused", "refused", "refused"]
    with Session(any_engine) as session:
        assert len(session.scalars(select(User)).all()) == 2  # who came too late has no account


def test_a_removed_member_sees_nothing_any_more_and_makes_no_home(viewer: FlaskClient, client: FlaskClient, session: Session):
    user_id = session.scalars(select(User.id).where(User.email == "kim@example.com")).one()
    session.rollback()
    assert send(client, PAGE, f"{PAGE}/{user_id}/remove").location == PAGE
    assert "No home is shared with you" in words_of(viewer.get("/").text)
    assert viewer.get("/prices").status_code == 404
    assert viewer.get("/setup/home").status_code == 403
    assert send(client, PAGE, f"{PAGE}/{user_id}/remove").status_code == 404


def test_an_owner_is_not_removed(home: Home, client: FlaskClient, owner: User, session: Session):
    sign_in(client)
    assert send(client, PAGE, f"{PAGE}/{owner.id}/remove").status_code == 404
    assert session.get(Membership, (owner.id, home.site.id)) is not None


def test_members_of_another_home_are_out_of_reach(
    viewer: FlaskClient, app: Flask, session: Session, passwords: Passwords, client: FlaskClient
):
    other = accounts.create_account(session, passwords, "other@example.com", PASSWORD, NOW)
    running_home(session, other, name="Elsewhere")
    invite(client, "Somebody")
    kim = session.scalars(select(User.id).where(User.email == "kim@example.com")).one()
    invitation_id = session.scalars(select(Invitation.id).where(Invitation.note == "Somebody")).one()
    session.rollback()
    stranger = app.test_client()
    sign_in(stranger, "other@example.com")
    assert "kim@example.com" not in stranger.get(PAGE).text
    assert send(stranger, PAGE, f"{PAGE}/{kim}/remove").status_code == 404
    assert send(stranger, PAGE, f"{PAGE}/invitations/{invitation_id}/withdraw").status_code == 404


def test_a_viewer_changes_nothing_at_any_address(viewer: FlaskClient, app: Flask, config: Config, home: Home):
    """Whatever takes more than a look answers 403 or 404, and the database stays as it is but for his own session."""

    def content() -> list[str]:
        with sqlite3.connect(config.data_dir / "app.db") as connection:
            return [line for line in connection.iterdump() if "web_session" not in line]

    token = csrf_token(viewer, "/account")
    before, asked = content(), 0
    for rule in app.url_map.iter_rules():
        level = access_of(app.view_functions[rule.endpoint])
        if level in OF_PROGRAMS or level is Access.SETUP or rule.rule in ONES_OWN or rule.rule.startswith(ONES_OWN_AREAS):
            continue
        for method in (rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}:
            asked += 1
            for number in (1, 2):
                address = re.sub(r"<int:[^>]+>", str(number), rule.rule)
                address = re.sub(r"<[^>]+>", "tariff_sync", address)
                answer = viewer.open(address, method=method, headers={"X-CSRFToken": token})
                assert answer.status_code in (403, 404), (method, rule.rule, answer.status_code)
    assert asked > 40
    assert content() == before


def test_a_viewer_is_offered_nothing_that_he_may_not_do(viewer: FlaskClient, app: Flask):
    """No page that he can open has a form or a button that would be refused, unless it is switched off and says why."""
    rules = app.url_map.bind("localhost")
    offered = []
    for page in (
        "/",
        "/prices",
        "/tariff",
        "/decisions",
        "/devices",
        "/settings",
        "/demand",
        "/tariffs/custom",
        "/tariffs/saved",
        "/account",
    ):
        answer = viewer.get(page)
        assert answer.status_code == 200, page
        for form in re.findall(r'<form\b[^>]*method="post"[^>]*>.*?</form>', answer.text, re.DOTALL):
            action = re.search(r'action="([^"]+)"', form)
            live = re.findall(r"<button\b(?![^>]*\bdisabled)(?![^>]*type=\"button\")[^>]*>", form)
            if action is None or not live:
                continue
            endpoint, _ = rules.match(unescape(action.group(1)).partition("?")[0], method="POST")
            if access_of(app.view_functions[endpoint]) in (Access.OWNER, Access.CONTROL, Access.FOUNDER):
                offered.append((page, action.group(1)))
    assert offered == []
