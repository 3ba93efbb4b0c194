"""Settings, Tesla: from nothing to a Powerwall that is read through the Fleet API, with a browser's own steps."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from requests.adapters import BaseAdapter
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.clock import utc_now
from app.control.connections import Opener, load
from app.control.sample import sample
from app.control.surroundings import Surroundings
from app.devices.tesla.partner import KEY_PAGE
from app.models.control import Baseline
from app.models.sign_in import SignIn
from app.models.site import Membership, Site
from app.services import accounts
from app.services.passwords import Passwords
from app.services.tesla import application, registering
from app.simulators.world import World
from app.transports.errors import CredentialsRefused
from tests.conftest import PASSWORD
from tests.web.browser import send, sign_in
from tests.web.forms import words_of
from tests.web.tesla.homes import CALLBACK, DOMAIN

PAGE = "/settings/tesla"
_CONTINUE = re.compile(r'<a class="btn btn--primary" href="([^"]+)"')


def enter(client: FlaskClient, world: World, **changed: str) -> TestResponse:
    account = world.tesla_account
    entered = {
        "client_id": account.client_id,
        "client_secret": account.client_secret,
        "redirect_uri": CALLBACK,
        "domain": DOMAIN,
        "region": "na",
    }
    return send(client, PAGE, f"{PAGE}/application", **{**entered, **changed})


def press(client: FlaskClient, button: str) -> TestResponse:
    return send(client, PAGE, f"{PAGE}/{button}")


def read(client: FlaskClient) -> str:
    return words_of(client.get(PAGE).text)


def to_tesla(client: FlaskClient) -> str:
    """The address of Tesla's page that the browser is led to."""
    answer = press(client, "sign-in")
    assert answer.status_code == 200, answer.text
    found = _CONTINUE.search(answer.text)
    assert found
    return unescape(found.group(1))


def back(client: FlaskClient, url: str) -> TestResponse:
    """Tesla's page consents, and the browser follows it home."""
    answer = requests.get(url, allow_redirects=False, timeout=5)
    assert answer.status_code == 302, answer.text
    return client.get(answer.headers["Location"].removeprefix("http://localhost"))


def registered(client: FlaskClient, world: World) -> None:
    enter(client, world)
    press(client, "key")
    world.tesla_account.fetch_key = lambda domain: client.get(KEY_PAGE).data if domain == DOMAIN else None
    press(client, "registration")


def test_the_page_begins_with_what_is_missing(signed_in: FlaskClient):
    page = read(signed_in)
    assert "Still missing: client id, client secret, redirect address, domain of the key page" in page
    assert page.count("Waits for the steps above") == 4
    assert CALLBACK in page
    assert 'href="/settings/tesla"' in signed_in.get("/settings").text
    assert re.search(r'href="/settings"[^>]*aria-current="page"', signed_in.get(PAGE).text)


def test_the_whole_way(signed_in: FlaskClient, world: World, home: Site, session: Session, around: Surroundings):
    assert enter(signed_in, world).status_code == 302
    assert "Everything is entered" in read(signed_in)
    press(signed_in, "key")
    world.tesla_account.fetch_key = lambda domain: signed_in.get(KEY_PAGE).data
    assert press(signed_in, "registration").status_code == 302
    assert DOMAIN in world.tesla_account.registered
    assert "Registered, and Tesla holds this key. Tried" in read(signed_in)
    answer = back(signed_in, to_tesla(signed_in))
    assert answer.location.endswith("#link")
    page = read(signed_in)
    assert "You are signed in at Tesla." in page
    assert "Signed in for this home." in page
    chosen = send(signed_in, "/devices/add/battery/tesla", connection="fleet", token="")
    assert "Tesla answered" in words_of(chosen.text) or "Tesla answers" in words_of(chosen.text), words_of(chosen.text)
    draft = re.search(r'name="draft" value="([^"]+)"', chosen.text)
    assert draft
    site_id = str(world.teslemetry.site.energy_site_id)
    send(signed_in, "/devices", "/devices/save", draft=draft.group(1), choice=site_id, timezone="Australia/Sydney")
    assert "Your Powerwall is read and steered through Tesla's Fleet API." in read(signed_in)
    battery = load(session, home.id, "battery")
    assert battery is not None
    assert battery.config["connection"] == "fleet"
    session.commit()
    assert sample(around, Opener(around, utc_now), battery.id, utc_now()) is not None
    devices = words_of(signed_in.get("/devices").text)
    assert "Tesla Fleet API" in devices
    tested = words_of(send(signed_in, "/devices", f"/devices/{battery.id}/test").text)
    assert "It works" in tested
    assert "Tesla answers." in tested


def test_no_secret_is_ever_on_a_page_or_in_the_open_in_a_table(signed_in: FlaskClient, world: World, session: Session):
    registered(signed_in, world)
    back(signed_in, to_tesla(signed_in))
    page = signed_in.get(PAGE).text
    for table in ("vendor_application", "sign_in"):
        stored = str(session.execute(text(f"SELECT * FROM {table}")).all())
        assert world.tesla_account.client_secret not in stored
        assert "PRIVATE KEY" not in stored
    assert world.tesla_account.client_secret not in page
    assert "PRIVATE KEY" not in page
    assert "Stored, not shown" in page


def test_an_empty_secret_stays(signed_in: FlaskClient, world: World, session: Session):
    enter(signed_in, world)
    enter(signed_in, world, client_secret="", region="eu")
    stated = application.stated(session, {})
    assert (stated.client_secret, stated.region) == (world.tesla_account.client_secret, "eu")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("domain", "https://powerwall.example.com"),
        ("domain", "192.168.1.20"),
        ("domain", "localhost"),
        ("domain", "powerwall.example.com/x"),
        ("redirect_uri", "powerwall.example.com"),
        ("redirect_uri", "ftp://powerwall.example.com"),
    ],
)
def test_what_cannot_be_is_not_taken(signed_in: FlaskClient, world: World, session: Session, field: str, value: str):
    assert enter(signed_in, world, **{field: value}).status_code == 422
    assert application.stated(session, {}).client_id == ""


# The environment


@pytest.fixture
def fixed(app: Flask, world: World) -> None:
    account = world.tesla_account
    more = {"TESLA_CLIENT_ID": account.client_id, "TESLA_CLIENT_SECRET": account.client_secret, "APP_DOMAIN": "fixed.example.com"}
    config = app.config["POWERSYNC"]
    object.__setattr__(config, "environment", {**config.environment, **more})


def test_the_environment_wins_and_says_so(fixed: None, signed_in: FlaskClient, world: World):
    enter(signed_in, world, client_id="another", domain="another.example.com")
    page = signed_in.get(PAGE).text
    assert "set by TESLA_CLIENT_ID in the environment" in words_of(page)
    assert "fixed.example.com" in page
    assert "another" not in page
    assert world.tesla_account.client_secret not in page
    assert 'name="client_id"' not in page
    assert "Everything is entered" in words_of(page)


# The key page


def test_the_key_page_is_public_and_has_the_public_half_alone(signed_in: FlaskClient, app: Flask):
    stranger = app.test_client()
    assert stranger.get(KEY_PAGE).status_code == 404
    press(signed_in, "key")
    answer = stranger.get(KEY_PAGE)
    assert answer.status_code == 200
    assert answer.mimetype == "application/x-pem-file"
    assert answer.text.startswith("-----BEGIN PUBLIC KEY-----")
    assert "PRIVATE" not in answer.text
    press(signed_in, "key")
    assert stranger.get(KEY_PAGE).text != answer.text


def test_tesla_that_cannot_fetch_the_key_page_is_told(signed_in: FlaskClient, world: World):
    enter(signed_in, world)
    press(signed_in, "key")
    press(signed_in, "registration")
    page = read(signed_in)
    assert "could not fetch the key page" in page
    assert "Did not work" in page


def test_a_registration_that_was_made_before_counts(signed_in: FlaskClient, world: World):
    registered(signed_in, world)
    press(signed_in, "registration")
    assert "Registered, and Tesla holds this key." in read(signed_in)


def test_another_key_undoes_what_was_checked(signed_in: FlaskClient, world: World):
    registered(signed_in, world)
    press(signed_in, "key")
    assert "Registered, and Tesla holds this key." not in read(signed_in)


class AtHome(BaseAdapter):
    """Lets the public name of the key page lead to this app."""

    def __init__(self, client: FlaskClient, body: bytes | None = None) -> None:
        super().__init__()
        self.client, self.body = client, body

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:
        from io import BytesIO

        from urllib3 import HTTPResponse

        answer = self.client.get(urlsplit(request.url or "").path)
        response = requests.Response()
        response.status_code = answer.status_code
        response.raw = HTTPResponse(
            BytesIO(self.body if self.body is not None else answer.data), status=answer.status_code, preload_content=False
        )
        return response

    def close(self) -> None:
        pass


def looked_at(around: Surroundings, client: FlaskClient, session: Session, body: bytes | None = None) -> registering.Outcome:
    http = requests.Session()
    http.mount(f"https://{DOMAIN}", AtHome(client, body))
    stated = application.stated(session, {})
    session.commit()
    return registering.check_key_page(Surroundings(around.engine, around.pace, around.environment, http), stated, 1, utc_now())


def test_the_key_page_is_checked_under_its_public_name(signed_in: FlaskClient, world: World, session: Session, around: Surroundings):
    enter(signed_in, world)
    press(signed_in, "key")
    assert looked_at(around, signed_in, session).is_good
    assert "The page opens under its public name" in read(signed_in)
    login = looked_at(around, signed_in, session, b"<html>Sign in</html>")
    assert not login.is_good
    assert "Does the name lead to PowerSync?" in login.words
    from app.services.tesla.keys import new_pair

    other = looked_at(around, signed_in, session, new_pair()[1].encode())
    assert "another key" in other.words


# Signing in


def test_an_answer_that_this_browser_did_not_ask_for_is_refused(signed_in: FlaskClient, world: World, app: Flask):
    registered(signed_in, world)
    url = to_tesla(signed_in)
    other = app.test_client()
    sign_in(other)
    answer = requests.get(url, allow_redirects=False, timeout=5).headers["Location"].removeprefix("http://localhost")
    other.get(answer)
    assert "This browser did not begin a sign-in" in read(other)
    assert "Signed in for this home" not in read(signed_in)


def test_an_answer_counts_once(signed_in: FlaskClient, world: World):
    registered(signed_in, world)
    answer = requests.get(to_tesla(signed_in), allow_redirects=False, timeout=5).headers["Location"].removeprefix("http://localhost")
    signed_in.get(answer)
    asked = len(world.tesla_auth.requests)
    signed_in.get(answer)
    assert len(world.tesla_auth.requests) == asked
    assert "or it was finished already" in read(signed_in)


def test_a_forged_state_is_refused(signed_in: FlaskClient, world: World):
    registered(signed_in, world)
    answer = urlsplit(requests.get(to_tesla(signed_in), allow_redirects=False, timeout=5).headers["Location"])
    code = parse_qs(answer.query)["code"][0]
    signed_in.get(f"{PAGE}/callback?code={code}&state=forged")
    assert "belongs to another sign-in" in read(signed_in)


def test_an_owner_who_did_not_consent_is_told(signed_in: FlaskClient, world: World):
    registered(signed_in, world)
    world.tesla_account.consents = False
    back(signed_in, to_tesla(signed_in))
    assert "You did not give your consent" in read(signed_in)


def test_without_a_registration_the_sign_in_stands_and_the_way_out_is_named(signed_in: FlaskClient, world: World):
    enter(signed_in, world)
    back(signed_in, to_tesla(signed_in))
    page = read(signed_in)
    assert "You are signed in, but Tesla does not answer yet as it should." in page
    assert "register it under Settings, Tesla" in page


def test_a_wrong_secret_is_told_at_the_sign_in(signed_in: FlaskClient, world: World):
    enter(signed_in, world, client_secret="ta-secret.not-this-one")
    back(signed_in, to_tesla(signed_in))
    page = read(signed_in)
    assert "client secret is not accepted" in page
    assert "not-this-one" not in page


def test_the_region_that_tesla_names_is_remembered(
    signed_in: FlaskClient, world: World, home: Site, session: Session, around: Surroundings
):
    from app.control.sign_ins import sign_in_of
    from app.devices.registry import device_brands

    registered(signed_in, world)
    world.tesla_account.region = "eu"
    back(signed_in, to_tesla(signed_in))
    held = sign_in_of(around, home.id, device_brands("battery")["tesla"], utc_now).load()
    assert held is not None
    assert held.values["region"] == "eu"


def test_signing_out_forgets_the_tokens_and_not_while_settings_are_owed(signed_in: FlaskClient, world: World, home: Site, session: Session):
    registered(signed_in, world)
    back(signed_in, to_tesla(signed_in))
    from app.devices.registry import device_brands
    from app.services import sites
    from app.services.site_file import ConnectionEntry

    brand = device_brands("battery")["tesla"]
    entry = ConnectionEntry("battery", "", brand, brand.fields(connection="fleet", energy_site_id="1"))
    battery = sites.connect(session, home, entry, utc_now())
    session.add(Baseline(connection_id=battery.id, settings={}, stored_at=utc_now(), changed_at=utc_now(), refused={}))
    session.commit()
    press(signed_in, "sign-out")
    assert "Switch control off" in read(signed_in)
    session.execute(text("DELETE FROM baseline"))
    session.commit()
    press(signed_in, "sign-out")
    assert "Signed in for this home" not in read(signed_in)
    assert session.query(SignIn).filter(SignIn.tokens.is_not(None)).count() == 0


# Who may


def test_a_viewer_sees_nothing_of_it(client: FlaskClient, home: Site, session: Session, passwords: Passwords):
    user = accounts.create_account(session, passwords, "viewer@example.com", PASSWORD, utc_now())
    session.add(Membership(user_id=user.id, site_id=home.id, role="viewer"))
    session.commit()
    sign_in(client, "viewer@example.com")
    assert client.get(PAGE).status_code == 403
    assert "/settings/tesla" not in client.get("/settings").text


def test_another_household_may_use_the_application_and_not_change_it(
    signed_in: FlaskClient, world: World, app: Flask, session: Session, passwords: Passwords, a_site: Callable[..., Site]
):
    registered(signed_in, world)
    other = accounts.create_account(session, passwords, "other@example.com", PASSWORD, utc_now())
    a_site(other, name="Other")
    browser = app.test_client()
    sign_in(browser, "other@example.com")
    page = browser.get(PAGE).text
    assert "Another account of this installation entered the application" in page
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    browser.post(f"{PAGE}/key", data={"csrf_token": token.group(1)})
    browser.post(f"{PAGE}/application", data={"csrf_token": token.group(1), "client_id": "mine", "region": "na"})
    assert application.stated(session, {}).client_id == world.tesla_account.client_id
    session.commit()
    back(browser, to_tesla(browser))
    assert "Signed in for this home" in read(browser)
    assert "Signed in for this home" not in read(signed_in)


def test_a_home_without_a_sign_in_is_told_where_to_get_one(signed_in: FlaskClient):
    answer = send(signed_in, "/devices/add/battery/tesla", connection="fleet", token="")
    assert answer.status_code == 422
    assert "sign in at Tesla under Settings, Tesla" in words_of(answer.text)
    assert CredentialsRefused.__name__ not in answer.text


def test_an_ended_sign_in_leads_to_where_it_is_made_again(signed_in: FlaskClient, home: Site, session: Session):
    from app.devices.registry import device_brands
    from app.services import sites
    from app.services.site_file import ConnectionEntry

    brand = device_brands("battery")["tesla"]
    entry = ConnectionEntry("battery", "", brand, brand.fields(connection="fleet", energy_site_id="1"))
    row = sites.connect(session, home, entry, utc_now())
    row.problem, row.problem_kind, row.problem_since = "Tesla: the sign-in has ended", "CredentialsRefused", utc_now()
    session.commit()
    devices = signed_in.get("/devices").text
    assert '<a class="btn btn--secondary" href="/settings/tesla">Sign in again</a>' in devices
    assert "Enter a new key" not in devices
    now = words_of(signed_in.get("/").text)
    assert "Tesla refuses the sign-in of Tesla Powerwall." in now
    assert "new key" not in now
