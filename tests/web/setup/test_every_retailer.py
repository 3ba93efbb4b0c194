"""Every retailer can be set up in the browser: its form is drawn, a mistake is told in words, and what is right makes a home."""

import re
from collections.abc import Mapping

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from app.control.connections import fields_of, load
from app.feeds.registry import retailer_brands
from app.models.site import Site
from app.models.user import User
from app.simulators.world import World
from tests.web.browser import csrf_token, send, sign_in
from tests.web.forms import form_on, words_of

CODE = re.compile(r"\b[a-z]+_[a-z_0-9]+\b|\{'|\[\]")
Fields = Mapping[str, str]

WEEK = {
    "seasons-0-name": "All year",
    "seasons-0-first": "01-01",
    "seasons-0-last": "12-31",
    "seasons-0-periods-0-name": "All hours",
    "seasons-0-periods-0-days": "all",
    "seasons-0-periods-0-start": "00:00",
    "seasons-0-periods-0-end": "24:00",
    "seasons-0-periods-0-import_c": "33",
    "seasons-0-periods-0-feed_in_c": "5",
    "seasons-0-periods-0-demand_c_per_kw": "",
}
RIGHT: Mapping[str, Fields] = {
    "aemo": {"region": "QLD1"},
    "agl": {"import_c": "33"},
    "custom_tou": {"name": "Saver", **WEEK},
    "engie": {"feed_in_c": "5", **{key: value for key, value in WEEK.items() if not key.endswith("-feed_in_c")}},
    "flow_power": {"region": "SA1", "pea-base_c": "36", "daily_charge_c": "110"},
    "globird": {"preset": "zerohero_jul_2026", "import_c": "33", "feed_in_c": "2", "super_export_c": "12"},
    "octopus": {"product": "agile", "region": "C"},
}
WRONG: Mapping[str, tuple[Fields, str]] = {
    "aemo": ({"region": "WA1"}, "Choose one of these."),
    "agl": ({"import_c": "33", "evening_start": "soon"}, "Enter a time such as 17:00."),
    "amber": ({"token": ""}, "This is needed."),
    "custom_tou": ({**WEEK, "seasons-0-periods-0-end": "23:00"}, "Season All year: nothing covers every day 23:00–24:00."),
    "engie": ({"feed_in_c": "5"}, "No import price is given; write one of Import (one price at all hours)"),
    "flow_power": ({"region": "SA1", "pea-base_c": "much"}, "Enter a number, such as 2.5."),
    "globird": (
        {"preset": "own", "import_c": "33", "feed_in_c": "2", "super_export_c": "12"},
        "Super export given without Super export cap.",
    ),
    "octopus": ({"product": "agile", "region": "", "postcode": ""}, "The region is needed, or the postcode to find it by."),
}
ZONES = {"aemo": "Brisbane", "flow_power": "Adelaide"}


@pytest.fixture
def signed_in(client: FlaskClient, owner: User) -> FlaskClient:
    sign_in(client)
    return client


def opened(client: FlaskClient, key: str) -> str:
    answer = client.get(f"/setup/retailer?name=Beach+house&brand={key}")
    assert answer.status_code == 200
    return answer.text


def type_and_send(client: FlaskClient, page: str, fields: Fields, **button: str) -> TestResponse:
    sent = form_on(page, 'method="post" action="/setup/retailer"')
    for name, value in fields.items():
        assert name in sent or "-0-" in name or name.endswith("is_given"), (name, sorted(sent))
        sent[name] = value
    return client.post("/setup/retailer", data=MultiDict([*sent.items(multi=True), *button.items()]))


def test_every_retailer_has_its_case_here():
    assert set(RIGHT) | {"amber"} == set(WRONG) == set(retailer_brands())


@pytest.mark.parametrize("key", sorted(WRONG))
def test_its_form_speaks_to_people(signed_in: FlaskClient, key: str):
    words = words_of(opened(signed_in, key))
    assert CODE.findall(words) == []
    assert ("key" in words.lower()) == (key in ("flow_power", "octopus"))  # they say that none is needed


@pytest.mark.parametrize("key", sorted(WRONG))
def test_a_mistake_is_told_and_nothing_typed_is_lost(signed_in: FlaskClient, key: str):
    fields, told = WRONG[key]
    answer = type_and_send(signed_in, opened(signed_in, key), fields)
    assert answer.status_code == 422
    assert told in words_of(answer.text)
    assert CODE.findall(words_of(answer.text)) == []
    again = form_on(answer.text, 'method="post" action="/setup/retailer"')
    assert {name: again.get(name) for name in fields if name != "region"} == {
        name: value for name, value in fields.items() if name != "region"
    }
    assert again["home_name"] == "Beach house"


@pytest.mark.parametrize("key", sorted(RIGHT))
def test_without_an_account_a_home_is_made_without_asking_for_a_key(signed_in: FlaskClient, session: Session, key: str):
    answer = type_and_send(signed_in, opened(signed_in, key), RIGHT[key])
    assert answer.status_code == 200, words_of(answer.text)
    words = words_of(answer.text)
    assert "no account needed" in words
    assert "key" not in words.lower().replace("keyboard", "")
    sent = form_on(answer.text, 'action="/setup/retailer/choose"')
    zone = "Europe/London" if key == "octopus" else f"Australia/{ZONES.get(key, 'Sydney')}"
    assert sent["timezone"] == zone
    assert signed_in.post("/setup/retailer/choose", data=sent.to_dict()).location == "/setup/battery"
    site = session.scalars(select(Site)).one()
    connection = load(session, site.id, "retailer")
    assert connection is not None
    assert (site.name, site.timezone, site.currency) == ("Beach house", zone, "GBP" if key == "octopus" else "AUD")
    assert connection.brand == key
    assert fields_of(connection) is not None


def test_the_market_behind_the_prices_is_named(signed_in: FlaskClient):
    answer = type_and_send(signed_in, opened(signed_in, "aemo"), {"region": "NSW1"})
    assert "Prices of New South Wales and ACT from AEMO; no account needed." in words_of(answer.text)
    assert "accepts the key" not in answer.text
    answer = type_and_send(signed_in, opened(signed_in, "agl"), RIGHT["agl"])
    assert "Every half-hour has exactly one price; no account needed." in words_of(answer.text)


def test_what_was_entered_can_be_changed_after_the_test(signed_in: FlaskClient):
    answer = type_and_send(signed_in, opened(signed_in, "custom_tou"), RIGHT["custom_tou"])
    sent = form_on(answer.text, 'action="/setup/retailer/choose"')
    assert "Change what you entered" in answer.text
    again = signed_in.post("/setup/retailer?name=Beach+house&brand=custom_tou", data={**sent.to_dict(), "again": "yes"})
    fields = form_on(again.text, 'method="post" action="/setup/retailer"')
    assert {name: fields[name] for name in WEEK if not name.endswith(("-end", "demand_c_per_kw"))} == {
        name: value for name, value in WEEK.items() if not name.endswith(("-end", "demand_c_per_kw"))
    }
    assert (fields["home_name"], fields["name"]) == ("Beach house", "Saver")


def test_rows_inside_rows_are_added_and_taken_away(signed_in: FlaskClient):
    page = opened(signed_in, "custom_tou")
    page = type_and_send(signed_in, page, {"seasons-0-name": "Summer", "seasons-0-periods-0-name": "Peak"}, add="seasons-0-periods").text
    page = type_and_send(signed_in, page, {"seasons-0-periods-1-name": "Off-peak"}, add="seasons").text
    sent = form_on(page, 'method="post" action="/setup/retailer"')
    names = {key: value for key, value in sent.items() if key.endswith("-name")}
    assert names == {
        "seasons-0-name": "Summer",
        "seasons-0-periods-0-name": "Peak",
        "seasons-0-periods-1-name": "Off-peak",
        "seasons-1-name": "Summer",  # a new one begins as the last
        "seasons-1-periods-0-name": "Peak",
        "seasons-1-periods-1-name": "Off-peak",
    }
    page = type_and_send(signed_in, page, {}, remove="seasons-0-periods-0").text
    assert "seasons-0-periods-0-name" not in form_on(page, 'method="post" action="/setup/retailer"')
    for nonsense in ("seasons-9-periods-0", "colour-0", "x", "seasons-0-periods-"):
        assert type_and_send(signed_in, page, {}, remove=nonsense).status_code == 200
        assert type_and_send(signed_in, page, {}, add=nonsense).status_code == 200


def test_a_network_tariff_is_by_distributor_by_hand_or_none(signed_in: FlaskClient, session: Session):
    page = opened(signed_in, "flow_power")
    flow: dict[str, str] = {"region": "NSW1"}
    by_code = {"network-is_given": "y", "network-distributor": "ausgrid", "network-tariff": "EA025"}
    by_hand = {"network-is_given": "y", "network-manual-is_given": "y", "network-manual-flat_c": "8", "network-manual-gst": "y"}
    neither = {"network-is_given": "y"}
    assert type_and_send(signed_in, page, {**flow, **by_code}).status_code == 200
    assert type_and_send(signed_in, page, {**flow, **by_hand}).status_code == 200
    answer = type_and_send(signed_in, page, {**flow, **neither})
    assert (answer.status_code, "Write distributor and tariff, or manual with the rates of your bill." in words_of(answer.text)) == (
        422,
        True,
    )
    wrong_code = type_and_send(signed_in, page, {**flow, **by_code, "network-tariff": "EA999"})
    assert wrong_code.status_code == 422
    assert "field--error" in wrong_code.text


def test_a_dated_change_has_its_day_and_its_parts(signed_in: FlaskClient, session: Session):
    page = type_and_send(signed_in, opened(signed_in, "flow_power"), {"region": "NSW1"}, add="changes").text
    assert re.search(r'name="changes-0-first_day"[^>]*type="date"|type="date"[^>]*name="changes-0-first_day"', page)
    missing = type_and_send(signed_in, page, {})
    assert (missing.status_code, "This is needed." in words_of(missing.text)) == (422, True)
    fields = {
        "changes-0-first_day": "2027-07-01",
        "changes-0-pea-is_given": "y",
        "changes-0-pea-enabled": "y",
        "changes-0-pea-base_c": "36.5",
    }
    answer = type_and_send(signed_in, page, fields)
    assert answer.status_code == 200, words_of(answer.text)
    sent = form_on(answer.text, 'action="/setup/retailer/choose"')
    assert signed_in.post("/setup/retailer/choose", data=sent).status_code == 302
    connection = load(session, session.scalars(select(Site.id)).one(), "retailer")
    assert connection is not None
    (change,) = connection.config["changes"]
    assert (change["from"], change["pea"]["base_c"], change["network"]) == ("2027-07-01", 36.5, None)


def linked_with(client: FlaskClient, session: Session, key: str) -> int:
    answer = type_and_send(client, opened(client, key), RIGHT[key])
    client.post("/setup/retailer/choose", data=form_on(answer.text, 'action="/setup/retailer/choose"'))
    connection = load(session, session.scalars(select(Site.id)).one(), "retailer")
    assert connection is not None
    session.commit()
    return connection.id


def test_a_custom_plan_is_changed_in_its_editor(signed_in: FlaskClient, session: Session):
    connection_id = linked_with(signed_in, session, "custom_tou")
    assert signed_in.get(f"/devices/{connection_id}/change").location == "/tariffs/custom/used"
    assert signed_in.get("/tariffs/custom/used").location == "/tariffs/custom"  # not kept yet: the list says what to do
    plan = send(signed_in, "/tariffs/custom", "/tariffs/custom/new", like="present")
    assert signed_in.get("/tariffs/custom/used").location == plan.location


@pytest.mark.parametrize("key", sorted(set(RIGHT) - {"custom_tou"}))
def test_devices_shows_it_in_words_and_changes_it(signed_in: FlaskClient, session: Session, key: str):
    connection_id = linked_with(signed_in, session, key)
    words = words_of(signed_in.get("/devices").text)
    assert CODE.findall(words) == []
    page = signed_in.get(f"/devices/{connection_id}/change").text
    stored = form_on(page, 'aria-label="' + retailer_brands()[key].title + '"')
    answer = signed_in.post(f"/devices/{connection_id}/change", data=stored)
    assert answer.status_code == 200, words_of(answer.text)
    assert signed_in.post("/devices/save", data=form_on(answer.text, 'action="/devices/save"')).location == "/devices"
    assert "Its key" not in signed_in.get(f"/devices/{connection_id}/remove").text


def test_a_test_of_a_plan_reaches_nobody(signed_in: FlaskClient, session: Session, world: World):
    connection_id = linked_with(signed_in, session, "agl")
    words = words_of(send(signed_in, "/devices", f"/devices/{connection_id}/test").text)
    assert "It works" in words
    assert "Reach it" not in words
    assert csrf_token(signed_in, "/devices")
