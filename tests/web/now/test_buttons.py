"""What can be pressed on the Now page, by whom, and what becomes of it."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.clock import utc_now
from app.models.control import OwnerWish, Signal, StandDown
from app.models.policy_settings import PolicySettings
from app.models.session import WebSession
from app.models.site import Membership, Site
from app.models.user import User
from app.services import accounts, wishes
from app.services.passwords import Passwords
from tests.conftest import NOW, PASSWORD
from tests.services.overview.homes import Home, running_home
from tests.web.browser import csrf_token, send, sign_in

POSTS = {
    "/now/takeover": {"action": "charge", "minutes": "30"},
    "/now/extend": {},
    "/now/restore": {},
    "/now/tariff-sync": {"state": "off"},
    "/now/question": {"policy": "tariff_sync", "answer": "keep"},
    "/now/control": {"state": "off"},
    "/now/sync": {},
}


def press(client: FlaskClient, to: str, **fields: str):
    return send(client, "/", to, **fields)


def kept(session: Session, kind: type, key: object):
    """A row as it is stored now; None where there is none. Leaves no transaction open: the app writes to the same file."""
    row = session.get(kind, key, populate_existing=True)
    session.commit()
    return row


def said(client: FlaskClient) -> str:
    return client.get("/").text


def test_charging_is_recorded_and_said_with_its_end(session: Session, owner: User, signed_in: FlaskClient):
    running_home(session, owner)
    answer = press(signed_in, "/now/takeover", action="charge", minutes="30")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    wish = session.scalars(select(OwnerWish)).one()
    assert (wish.command["is"], wish.expires_at, wish.user_id) == ("Charge", NOW + timedelta(minutes=30), owner.id)
    assert "Charging for 30\u202fmin, until 17:12. Your battery is told within seconds." in said(signed_in)


@pytest.mark.parametrize(
    "fields",
    [
        {"action": "charge", "minutes": "17"},
        {"action": "explode", "minutes": "30"},
        {"action": "charge"},
        {"minutes": "30"},
        {"action": "charge", "minutes": "x"},
    ],
)
def test_what_is_not_on_the_form_is_refused_on_the_page(session: Session, owner: User, signed_in: FlaskClient, fields: dict[str, str]):
    running_home(session, owner)
    answer = press(signed_in, "/now/takeover", **fields)
    assert answer.status_code == 422
    assert "banner--error" in answer.text
    assert session.scalars(select(OwnerWish)).all() == []


def test_watching_records_no_wish(session: Session, owner: User, signed_in: FlaskClient):
    running_home(session, owner, control="watch")
    answer = press(signed_in, "/now/takeover", action="charge", minutes="30")
    assert answer.status_code == 409
    assert session.scalars(select(OwnerWish)).all() == []


def test_extending_and_restoring(session: Session, owner: User, signed_in: FlaskClient):
    home = running_home(session, owner)
    wishes.record(session, home.site, "hold", 60, NOW)
    press(signed_in, "/now/extend")
    assert "15 minutes more: until 17:57." in said(signed_in)
    press(signed_in, "/now/restore")
    assert "Ended. Your battery gets its settings back" in said(signed_in)
    assert wishes.alive(session, home.site.id, NOW) is None
    session.commit()
    press(signed_in, "/now/extend")
    assert "Nothing is under way any more." in said(signed_in)


def test_sync_now_asks_the_scheduler_to_fetch(session: Session, owner: User, signed_in: FlaskClient):
    home = running_home(session, owner)
    press(signed_in, "/now/sync")
    assert kept(session, Signal, home.site.id).fetch_asked_at == NOW


def test_tariff_sync_is_switched_off_and_on(session: Session, owner: User, signed_in: FlaskClient):
    home = running_home(session, owner)
    press(signed_in, "/now/tariff-sync", state="off")
    assert kept(session, PolicySettings, (home.site.id, "tariff_sync")).values["enabled"] is False
    assert "Tariff sync is off: your own tariff returns." in said(signed_in)
    press(signed_in, "/now/tariff-sync", state="on")
    assert kept(session, PolicySettings, (home.site.id, "tariff_sync")).values["enabled"] is True
    assert press(signed_in, "/now/tariff-sync", state="maybe").status_code == 422


def test_leaving_and_taking_back_a_changed_setting(session: Session, owner: User, signed_in: FlaskClient):
    home = running_home(session, owner).changed_by_somebody()
    assert "Leave it" in said(signed_in)
    press(signed_in, "/now/question", policy="tariff_sync", answer="keep")
    page = said(signed_in)
    assert "Leave it" not in page
    assert "Tariff sync waits: you left a changed setting as it is" in page
    press(signed_in, "/now/question", policy="tariff_sync", answer="take-back")
    assert kept(session, StandDown, (home.site.id, "tariff_sync")) is None
    press(signed_in, "/now/question", policy="tariff_sync", answer="take-back")
    assert "This was settled already." in said(signed_in)


def test_control_is_switched_on_after_the_page_that_says_what_that_means(session: Session, owner: User, signed_in: FlaskClient):
    home = running_home(session, owner, control="watch")
    page = signed_in.get("/now/control").text
    for words in (
        "Backup reserve",
        "If this computer stops",
        "The Powerwall keeps its last settings",
        "Your own settings are known",
        "Read 16:30.",
    ):
        assert words in page
    press(signed_in, "/now/control", state="on")
    assert kept(session, Site, home.site.id).control == "on"
    press(signed_in, "/now/control", state="off")
    assert kept(session, Site, home.site.id).control == "watch"


def test_control_is_not_switched_on_while_nothing_is_known_of_the_battery(session: Session, owner: User, signed_in: FlaskClient):
    home = Home(session, owner, control="watch").link().prices()
    page = signed_in.get("/now/control").text
    assert page.count("Not yet") >= 2
    assert "disabled" in page
    answer = press(signed_in, "/now/control", state="on")
    assert answer.status_code == 409
    assert kept(session, Site, home.site.id).control == "watch"


# Who may


@pytest.mark.parametrize("address", POSTS)
def test_a_viewer_may_press_nothing(session: Session, client: FlaskClient, owner: User, passwords: Passwords, address: str):
    home = running_home(session, owner)
    guest = accounts.create_account(session, passwords, "guest@example.com", PASSWORD, NOW)
    session.add(Membership(user_id=guest.id, site_id=home.site.id, role="viewer"))
    session.commit()
    sign_in(client, "guest@example.com")
    assert press(client, address, **POSTS[address]).status_code == 403


@pytest.mark.parametrize("address", POSTS)
def test_without_the_token_of_a_form_nothing_is_done(session: Session, owner: User, signed_in: FlaskClient, address: str):
    running_home(session, owner)
    assert signed_in.post(address, data=POSTS[address]).status_code == 400


@pytest.mark.parametrize("address", [each for each in POSTS if each != "/now/sync"])
def test_control_asks_for_the_password_once_more_and_returns(session: Session, owner: User, signed_in: FlaskClient, address: str):
    running_home(session, owner)
    token = csrf_token(signed_in, "/")
    session.execute(update(WebSession).values(reauthenticated_at=utc_now() - timedelta(minutes=11)))
    session.commit()
    answer = signed_in.post(address, data={"csrf_token": token, **POSTS[address]}, headers={"Referer": "http://localhost/"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/confirm?next=/")
    assert session.scalars(select(OwnerWish)).all() == []


@pytest.mark.parametrize("address", POSTS)
def test_no_button_reaches_anothers_home(session: Session, signed_in: FlaskClient, passwords: Passwords, address: str):
    other = accounts.create_account(session, passwords, "other@example.com", PASSWORD, NOW)
    running_home(session, other)
    token = csrf_token(signed_in, "/account")
    assert signed_in.post(address, data={"csrf_token": token, **POSTS[address]}).status_code == 404
