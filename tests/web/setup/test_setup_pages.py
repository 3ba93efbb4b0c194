"""A new owner goes from nothing to a watched home, and then to control, in a few pages."""

import re

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.clock import utc_now
from app.models.connection import Connection
from app.models.site import Membership, Site
from app.models.user import User
from app.services import accounts
from app.services.passwords import Passwords
from app.simulators import effects
from app.simulators.world import World
from tests.conftest import PASSWORD
from tests.web.browser import send, sign_in

DRAFT = re.compile(r'name="draft" value="([^"]+)"')


@pytest.fixture
def signed_in(client: FlaskClient, owner: User) -> FlaskClient:
    sign_in(client)
    return client


def test_who_has_no_home_is_led_to_its_set_up(signed_in: FlaskClient):
    for page in ("/devices", "/settings", "/setup/watch"):
        answer = signed_in.get(page)
        assert (answer.status_code, answer.location) == (302, "/setup"), page
    assert signed_in.get("/setup").location == "/setup/home"


def test_who_has_a_home_is_not_led_away(signed_in: FlaskClient, linked: Site):
    assert signed_in.get("/devices").status_code == 200
    assert signed_in.get("/setup").location == "/setup/watch"


def test_a_stranger_is_asked_to_sign_in(client: FlaskClient, owner: User):
    assert client.get("/devices").location.startswith("/sign-in")


def test_the_first_page_asks_two_things(signed_in: FlaskClient):
    page = signed_in.get("/setup/home").text
    assert "Amber Electric" in page
    assert "Wholesale prices that change every 5 minutes" in page
    assert 'value="Home"' in page


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("name=&brand=amber", "Give your home a name."),
        ("name=Home&brand=nobody", "Choose your retailer."),
        (f"name={'x' * 81}&brand=amber", "At most 80 characters."),
    ],
)
def test_a_mistake_stands_at_its_field_and_nothing_typed_is_lost(signed_in: FlaskClient, query: str, words: str):
    answer = signed_in.get(f"/setup/retailer?{query}")
    assert answer.status_code == 422
    assert words in answer.text
    assert f'value="{query.partition("=")[2].partition("&")[0]}"' in answer.text


def try_retailer(client: FlaskClient, token: str, name: str = "Beach house", **more: str) -> TestResponse:
    return send(client, f"/setup/retailer?name={name}&brand=amber", "/setup/retailer", name=name, brand="amber", token=token, **more)


def test_a_wrong_key_is_told_at_the_key_in_one_line_and_not_shown(signed_in: FlaskClient, world: World, session: Session):
    answer = try_retailer(signed_in, "psk_wrong")
    assert answer.status_code == 422
    assert "Amber: the token was not accepted" in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert "psk_wrong" not in answer.text
    assert 'value="Beach house"' in answer.text
    assert len(world.amber.requests) == 1
    assert session.scalars(select(Site)).all() == []


def test_without_a_key_nobody_is_asked(signed_in: FlaskClient, world: World):
    answer = try_retailer(signed_in, "  ")
    assert (answer.status_code, "This is needed." in answer.text) == (422, True)
    assert len(world.amber.requests) == 0


def test_a_key_of_impossible_signs_is_told_without_repeating_it(signed_in: FlaskClient, world: World):
    answer = try_retailer(signed_in, "psk with spaces")
    assert "A token has letters, digits and signs without spaces." in answer.text
    assert "psk with spaces" not in answer.text


def test_a_vendor_in_trouble_is_named_above_the_form(signed_in: FlaskClient, world: World):
    world.faults.add(effects.Html(), server="amber")
    answer = try_retailer(signed_in, world.amber.account.token)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "Amber: GET /sites did not answer with JSON" in answer.text


def test_closed_sites_are_shown_and_cannot_be_chosen(signed_in: FlaskClient, world: World):
    page = try_retailer(signed_in, world.amber.account.token).text
    closed = world.amber.account.sites[0]
    assert re.search(rf'value="{closed.id}" disabled', page)
    assert "Closed, billed every 5 minutes. It cannot be chosen" in page
    assert world.amber.account.token not in page
    assert "checked" not in page


def test_the_only_usable_site_stands_chosen(signed_in: FlaskClient, world: World):
    world.amber.account.sites.pop()
    page = try_retailer(signed_in, world.amber.account.token).text
    assert re.search(rf'value="{world.amber.account.site_id}" checked', page)


def choose(client: FlaskClient, page: str, to: str, **fields: str) -> TestResponse:
    draft = DRAFT.search(page)
    assert draft, page
    return send(client, "/setup/home", to, draft=draft.group(1), **fields)


def begin(client: FlaskClient, world: World, **more: str) -> TestResponse:
    page = try_retailer(client, world.amber.account.token, **more).text
    return choose(client, page, "/setup/retailer/choose", choice=world.amber.account.site_id)


def test_a_home_is_made_with_its_retailer(signed_in: FlaskClient, world: World, session: Session, owner: User):
    answer = begin(signed_in, world, price_model="high")
    assert (answer.status_code, answer.location) == (302, "/setup/battery")
    site = session.scalars(select(Site)).one()
    assert (site.name, site.control, site.timezone) == ("Beach house", "watch", "Australia/Sydney")
    assert session.get_one(Membership, (owner.id, site.id)).role == "owner"
    row = session.scalars(select(Connection)).one()
    assert row.config == {"site_id": world.amber.account.site_id, "price_model": "high"}
    assert world.amber.account.token in (row.secrets or "")
    assert signed_in.get("/setup").location == "/setup/battery"


@pytest.mark.parametrize("choice", ["", "closed"])
def test_nothing_is_made_without_a_choice(signed_in: FlaskClient, world: World, session: Session, choice: str):
    page = try_retailer(signed_in, world.amber.account.token).text
    value = world.amber.account.sites[0].id if choice else ""
    answer = choose(signed_in, page, "/setup/retailer/choose", choice=value)
    assert (answer.status_code, "Choose one of these." in answer.text) == (422, True)
    assert DRAFT.search(answer.text)
    assert session.scalars(select(Site)).all() == []


def test_a_draft_of_another_person_makes_nothing(signed_in: FlaskClient, app: Flask, world: World, session: Session, passwords: Passwords):
    page = try_retailer(signed_in, world.amber.account.token).text
    accounts.create_account(session, passwords, "other@example.com", PASSWORD, utc_now())
    other = app.test_client()
    sign_in(other, "other@example.com")
    answer = choose(other, page, "/setup/retailer/choose", choice=world.amber.account.site_id)
    assert answer.location == "/setup/home"
    assert session.scalars(select(Site)).all() == []


def test_a_name_that_was_taken_meanwhile_is_told(signed_in: FlaskClient, world: World, session: Session, owner: User):
    page = try_retailer(signed_in, world.amber.account.token).text
    session.add(Site(name="Beach house", timezone="Australia/Perth", created_at=utc_now()))
    session.commit()
    answer = choose(signed_in, page, "/setup/retailer/choose", choice=world.amber.account.site_id)
    assert (answer.status_code, "Another home has this name." in answer.text) == (422, True)


def link_battery(client: FlaskClient, world: World, zone: str = "Australia/Brisbane") -> TestResponse:
    page = send(client, "/setup/battery", brand="tesla", connection="teslemetry", token=world.teslemetry.site.token).text
    assert '<option value="Australia/Sydney" selected>' in page
    site_id = str(world.teslemetry.site.energy_site_id)
    assert re.search(rf'value="{site_id}" checked', page)
    return choose(client, page, "/setup/battery/choose", choice=site_id, timezone=zone)


def test_the_battery_brings_the_zone_and_it_can_be_changed(signed_in: FlaskClient, world: World, session: Session):
    begin(signed_in, world)
    answer = link_battery(signed_in, world)
    assert answer.location == "/setup/watch"
    assert session.scalars(select(Site)).one().timezone == "Australia/Brisbane"
    battery = session.scalars(select(Connection).where(Connection.role == "battery")).one()
    assert battery.config["energy_site_id"] == str(world.teslemetry.site.energy_site_id)
    assert world.teslemetry.writes() == []


def test_a_zone_that_cannot_be_served_is_refused(signed_in: FlaskClient, world: World, session: Session):
    begin(signed_in, world)
    answer = link_battery(signed_in, world, zone="Asia/Kathmandu")
    assert (answer.status_code, "Choose one of these." in answer.text) == (422, True)
    assert session.scalars(select(Site)).one().timezone == "Australia/Sydney"


def test_the_way_has_at_most_eight_fields(signed_in: FlaskClient, world: World):
    names: set[str] = set()
    forms = re.compile(r'<(?:input|select)[^>]*?\bname="([^"]+)"')
    hidden = re.compile(r'<input type="hidden"[^>]*>')

    def count(page: str) -> None:
        shown = re.sub(r"<details.*?</details>", "", hidden.sub("", page), flags=re.S)
        names.update(f"{page.count('Powerwall') > 0}-{name}" for name in forms.findall(shown))

    count(signed_in.get("/setup/home").text)
    count(signed_in.get("/setup/retailer?name=Home&brand=amber").text)
    count(try_retailer(signed_in, world.amber.account.token).text)
    begin(signed_in, world)
    count(signed_in.get("/setup/battery").text)
    count(send(signed_in, "/setup/battery", brand="tesla", connection="teslemetry", token=world.teslemetry.site.token).text)
    assert 5 <= len(names) <= 8, names


def test_too_many_tests_are_held_back_before_the_vendor(signed_in: FlaskClient, world: World):
    answers = [try_retailer(signed_in, "psk_wrong") for _ in range(12)]
    assert "You tested very often." in answers[-1].text
    assert len(world.amber.requests) == 10


def test_watching_shows_waiting_and_then_what_is_read(signed_in: FlaskClient, linked: Site):
    page = signed_in.get("/setup/watch").text
    assert "PowerSync reads your home for the first time." in page
    assert "data-look-again" in page
    assert "—" in page


def test_watching_shows_what_is_read_and_what_would_be_done(signed_in: FlaskClient, read: Site):
    page = signed_in.get("/setup/watch").text
    assert "data-look-again" not in page
    assert "With control on, your battery plans with Amber Electric prices" in page
    assert "Backup reserve" in page
    assert 'class="unit">\u202f%' in page


def control_of(session: Session, site: Site) -> str:
    session.refresh(site)
    session.commit()  # no transaction stays open while the pages work
    return site.control


def test_control_is_switched_on_and_off(signed_in: FlaskClient, read: Site, session: Session):
    assert "Let PowerSync run your battery?" in signed_in.get("/setup/control").text
    send(signed_in, "/setup/control", "/setup/control/on")
    assert control_of(session, read) == "on"
    assert "Control is on." in signed_in.get("/setup/control").text
    send(signed_in, "/setup/control", "/setup/control/off")
    assert control_of(session, read) == "watch"


def test_control_is_refused_while_the_battery_was_not_read(signed_in: FlaskClient, linked: Site, session: Session):
    assert 'disabled title="The battery must be read before it can be controlled."' in signed_in.get("/setup/control").text
    answer = send(signed_in, "/setup/control", "/setup/control/on")
    assert answer.status_code == 409
    assert control_of(session, linked) == "watch"


def test_keys_and_control_ask_for_the_password_again(signed_in: FlaskClient, linked: Site):
    with time_machine.travel(utc_now().timestamp() + 660, tick=False):
        assert signed_in.get("/setup/retailer?name=X&brand=amber").location.startswith("/confirm")
        assert signed_in.get("/setup/battery").location.startswith("/confirm")
        assert send(signed_in, "/setup/control", "/setup/control/on").location.startswith("/confirm")
        assert signed_in.get("/setup/watch").status_code == 200


def test_a_viewer_sets_nothing_up(client: FlaskClient, read: Site, session: Session, passwords: Passwords):
    viewer = accounts.create_account(session, passwords, "viewer@example.com", PASSWORD, utc_now())
    session.add(Membership(user_id=viewer.id, site_id=read.id, role="viewer"))
    session.commit()
    sign_in(client, "viewer@example.com")
    for page in ("/setup/battery", "/setup/watch", "/setup/control"):
        assert client.get(page).status_code == 403, client.get(page).location
    assert send(client, "/account", "/setup/control/on").status_code == 403
