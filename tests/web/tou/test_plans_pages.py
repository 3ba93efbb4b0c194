"""The list of plans, looking at one, putting one in use and back, files, and prices that hold once."""

import io
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.control.connections import fields_of, load
from app.models.connection import Connection
from app.models.control import Signal, TariffUpload
from app.models.site import Membership, Site
from app.models.tariffs import PriceOverride, TouPlan
from app.models.user import User
from app.services import price_overrides, sites
from app.services.site_file import validate
from app.services.tou_plans import kept, use
from tests.services.tou_plans.plans import a_season, changed, whole
from tests.web.browser import csrf_token, send, sign_in
from tests.web.forms import words_of
from tests.web.prices.home import NOW, a_home
from tests.web.tou.conftest import a_plan_of

LIST = "/tariffs/custom"


def words(client: FlaskClient, address: str = LIST) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return words_of(answer.text)


def retailer(session: Session, site: Site) -> Connection:
    """As it is stored, read by itself: the session of a test must hold no transaction while a page is asked for."""
    with Session(session.get_bind()) as fresh:
        found = load(fresh, site.id, "retailer")
        assert found is not None
        assert found.secrets is not None
        fresh.expunge(found)
        return found


def put_in_use(session: Session, site: Site, plan: TouPlan) -> None:
    use.put_in_use(session, session.get_one(Site, site.id), plan, 1, NOW)
    session.commit()


def test_an_empty_list_says_what_will_be_here(client: FlaskClient, home: Site):
    assert "No plans yet" in words(client)
    assert "Write a new plan" in words(client)


def test_a_plan_is_listed_with_its_seasons_and_its_state(client: FlaskClient, home: Site, session: Session):
    summer, winter = (a_season(*whole()["seasons"][0]["periods"], name=name) for name in ("Summer", "Winter"))
    seasons = [summer | {"from": "11-01", "to": "03-31"}, winter | {"from": "04-01", "to": "10-31"}]
    a_plan_of(session, home, {**whole(name="Two seasons", utility="Red"), "seasons": seasons})
    a_plan_of(session, home, changed(whole(name="Holey"), at=3, end="21:00"))
    page = words(client)
    assert "Two seasons Red · Summer, 1 Nov to 31 Mar; Winter, 1 Apr to 31 Oct" in page
    assert "To fix: Sat and Sun 21:00–22:00: no price" in page
    assert (page.count("Not in use"), page.count("Draft")) == (1, 1)


def test_the_plan_in_use_tells_when_it_was_sent(client: FlaskClient, home: Site, session: Session, plan: TouPlan):
    put_in_use(session, home, plan)
    assert "Not sent to a battery yet" in words(client)
    session.add(TariffUpload(site_id=home.id, at=NOW + timedelta(minutes=1), tariff={}))
    session.commit()
    page = words(client)
    assert "In use" in page
    assert "Last sent to your battery Fri 20 Nov, 16:43, not confirmed yet" in page


def test_a_tariff_of_another_retailer_is_not_said_to_be_the_plans(client: FlaskClient, home: Site, session: Session, plan: TouPlan):
    session.add(TariffUpload(site_id=home.id, at=NOW - timedelta(minutes=1), tariff={}))
    put_in_use(session, home, plan)
    assert "Not sent to a battery yet" in words(client)


def test_a_new_plan_begins_with_hours_and_without_prices(client: FlaskClient, home: Site):
    answer = send(client, LIST, f"{LIST}/new")
    page = client.get(answer.location)
    assert page.status_code == 200
    assert "Four things to fix before you can use this plan." in words_of(page.text)
    assert "Price not entered yet" in page.text


def test_a_plan_is_copied(client: FlaskClient, plan: TouPlan, session: Session):
    answer = send(client, LIST, f"{LIST}/new", like=str(plan.id))
    copy = session.get_one(TouPlan, int(answer.location.split("/")[-2]))
    assert copy.name == "Copy of Saver"
    assert copy.plan | {"name": ""} == plan.plan | {"name": ""}


def test_a_plan_that_was_set_up_elsewhere_can_be_kept(client: FlaskClient, home: Site, session: Session, plan: TouPlan):
    put_in_use(session, home, plan)
    session.delete(plan)
    session.commit()
    assert "Your prices come from a plan that was set up elsewhere: Saver." in words(client)
    send(client, LIST, f"{LIST}/new", like="present")
    page = words(client)
    assert "set up elsewhere" not in page
    assert "In use" in page


def test_there_is_nothing_to_begin_with_where_prices_are_no_plans(client: FlaskClient, home: Site):
    assert "Begin with the prices of" not in words(client)
    assert send(client, LIST, f"{LIST}/new", like="present").status_code == 404


def test_a_plan_is_shown_with_its_week_its_day_and_what_would_be_sent(client: FlaskClient, plan: TouPlan):
    page = words(client, f"{LIST}/{plan.id}")
    for told in (
        "Off-peak Every day 22:00 – 07:00 crosses midnight 19 c 6 c",
        "16:30–22:00 52.0 8.0",
        "What your battery would be sent",
        "Your Tesla Powerwall keeps it; it is sent again only when something changes.",
        "Daily charge $1.10",
    ):
        assert told in page, told
    payload = client.get(f"{LIST}/{plan.id}/payload.json")
    assert payload.json["code"].startswith("POWERSYNC:")
    assert payload.mimetype == "application/json"


def test_a_draft_is_shown_with_what_is_to_fix(client: FlaskClient, home: Site, session: Session):
    row = a_plan_of(session, home, changed(whole(), at=3, end="21:00"))
    page = words(client, f"{LIST}/{row.id}")
    assert "It cannot be used yet. Sat and Sun 21:00–22:00: no price." in page
    assert "What your battery would be sent" not in page
    assert client.get(f"{LIST}/{row.id}/payload.json").status_code == 404


def test_a_plan_goes_out_as_a_file_and_comes_in_again(client: FlaskClient, plan: TouPlan, session: Session):
    plan.name = plan_name = "Red Plains Saver (2026)"
    session.commit()
    answer = client.get(f"{LIST}/{plan.id}/plan.json")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="red-plains-saver-2026.json"'
    assert answer.json["brand"] == "custom_tou"
    token = csrf_token(client, LIST)
    sent = client.post(f"{LIST}/import", data={"csrf_token": token, "file": (io.BytesIO(answer.data), "plan.json")})
    assert sent.status_code == 302
    names = list(session.scalars(select(TouPlan.name).order_by(TouPlan.id)))
    assert (names[0], len(names)) == (plan_name, 2)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "Choose a file first."),
        (b"\xff\xfe", "The file is not readable as JSON."),
        (b'{"seasons": 3}', "Seasons:"),
        (json.dumps({"seasons": [{**a_season(), "colour": "red"}]}).encode(), "Seasons.0.colour: unknown key"),
    ],
)
def test_a_file_that_is_no_plan_is_refused_in_words(client: FlaskClient, home: Site, content: bytes, told: str):
    token = csrf_token(client, LIST)
    answer = client.post(f"{LIST}/import", data={"csrf_token": token, "file": (io.BytesIO(content), "plan.json")})
    assert (answer.status_code, told in words_of(answer.text)) == (422, True), words_of(answer.text)


def test_using_a_plan_warns_of_what_it_replaces_and_can_be_taken_back(client: FlaskClient, home: Site, session: Session, plan: TouPlan):
    key = fields_of(retailer(session, home))
    session.commit()
    page = words(client, f"{LIST}/{plan.id}/use")
    assert "This replaces Amber Electric." in page
    assert "its key if it has one and its prices, is deleted; what your home used and what it cost stays." in page
    assert "Later you return by linking Amber Electric again under Devices." in page
    assert "Control is on: your battery plans with these prices within a minute." in page
    assert retailer(session, home).brand == "amber"  # asking changes nothing
    session.commit()
    before = session.get_one(Signal, home.id).count
    session.commit()
    answer = send(client, f"{LIST}/{plan.id}/use")
    assert "Amber Electric is replaced." in words_of(answer.text)
    assert "psk_" not in answer.text
    assert retailer(session, home).brand == "custom_tou"
    assert session.get_one(Signal, home.id).count == before + 1
    session.commit()
    draft = re.search(r'name="draft" value="([^"]+)"', answer.text)
    assert draft
    back = send(client, LIST, f"{LIST}/put-back", draft=draft.group(1))
    assert back.status_code == 302
    assert "Amber Electric is linked again. Its prices are read now." in words(client)
    assert fields_of(retailer(session, home)) == key


def test_a_replaced_retailer_comes_back_for_30_minutes_and_at_its_own_home_only(
    client: FlaskClient, home: Site, session: Session, plan: TouPlan, clock: Any
):
    answer = send(client, f"{LIST}/{plan.id}/use")
    draft = re.search(r'name="draft" value="([^"]+)"', answer.text)
    assert draft
    clock(NOW + timedelta(minutes=31))
    for sent in (draft.group(1), "nonsense", ""):
        send(client, LIST, f"{LIST}/put-back", draft=sent)
        assert "Too much time has passed. Link your retailer again under Devices." in words(client)
    assert retailer(session, home).brand == "custom_tou"


def test_a_replaced_retailer_does_not_come_back_at_another_home(client: FlaskClient, home: Site, session: Session, plan: TouPlan):
    shack = a_home(session, name="Shack")
    answer = send(client, f"{LIST}/{plan.id}/use")
    draft = re.search(r'name="draft" value="([^"]+)"', answer.text)
    assert draft
    client.set_cookie("powersync_site", str(shack.id))
    before = fields_of(retailer(session, shack))
    send(client, LIST, f"{LIST}/put-back", draft=draft.group(1))
    assert "Too much time has passed." in words(client)
    assert fields_of(retailer(session, shack)) == before
    assert retailer(session, home).brand == "custom_tou"


def test_watching_is_told_before_a_plan_is_used(client: FlaskClient, home: Site, session: Session, plan: TouPlan):
    session.get_one(Site, home.id).control = "watch"
    session.commit()
    assert "PowerSync only watches: nothing is sent to your battery." in words(client, f"{LIST}/{plan.id}/use")


def test_a_draft_is_led_to_its_editor_instead_of_used(client: FlaskClient, home: Site, session: Session):
    row = a_plan_of(session, home, changed(whole(), at=3, end="21:00"))
    assert client.get(f"{LIST}/{row.id}/use").location == f"{LIST}/{row.id}/edit"
    send(client, LIST, f"{LIST}/{row.id}/use")
    assert retailer(session, home).brand == "amber"


def test_one_plan_takes_the_place_of_another(client: FlaskClient, home: Site, session: Session, plan: TouPlan):
    put_in_use(session, home, plan)
    other = a_plan_of(session, home, changed(whole(name="Other"), at=0, import_c="9"))
    assert "Saver stays among your plans." in words(client, f"{LIST}/{other.id}/use")
    assert send(client, f"{LIST}/{other.id}/use").location == LIST
    assert "Other is in use." in words(client)


def test_stopping_asks_and_then_leaves_the_home_without_a_retailer(client: FlaskClient, home: Site, session: Session, plan: TouPlan):
    assert client.get(f"{LIST}/stop").location == LIST  # nothing to stop
    put_in_use(session, home, plan)
    assert "Without prices your battery returns to your own settings" in words(client, f"{LIST}/stop")
    send(client, f"{LIST}/stop")
    assert "No plan is in use. Your battery returns to your own settings." in words(client)
    session.expire_all()
    assert load(session, home.id, "retailer") is None


def test_a_plan_is_deleted_after_a_question_and_the_one_in_use_is_not(client: FlaskClient, home: Site, session: Session, plan: TouPlan):
    other = a_plan_of(session, home, whole(name="Other"))
    put_in_use(session, home, plan)
    assert "This plan is in use." in words(client, f"{LIST}/{plan.id}/delete")
    send(client, f"{LIST}/{other.id}/delete", f"{LIST}/{plan.id}/delete")
    assert "Saver is in use. Use another plan first, or stop using it." in words(client)
    assert "It cannot be brought back." in words(client, f"{LIST}/{other.id}/delete")
    send(client, f"{LIST}/{other.id}/delete")
    assert list(session.scalars(select(TouPlan.name))) == ["Saver"]


def test_a_password_of_long_ago_is_asked_for_again_before_a_retailer_is_replaced(client: FlaskClient, plan: TouPlan, monkeypatch: Any):
    from app.web import access

    monkeypatch.setattr(access, "utc_now", lambda: NOW + timedelta(days=3650))
    assert client.get(f"{LIST}/{plan.id}/use").location.startswith("/confirm")
    assert client.get(f"{LIST}/stop").location.startswith("/confirm")


def test_every_page_about_tariffs_leads_to_the_others(client: FlaskClient, home: Site):
    for address, words_of_place in (("/tariff", "Tariff now"), (LIST, "Custom plans")):
        page = client.get(address).text
        assert f'<a href="{LIST}"' in page
        assert re.search(rf'aria-current="page">{words_of_place}</a>', page)
    assert 'href="/tariffs/custom#once"' in client.get("/prices").text


def test_a_site_file_with_a_plan_shows_here(client: FlaskClient, home: Site, session: Session, plan: TouPlan):
    site = session.get_one(Site, home.id)
    file = sites.export_file(session, site)
    file["battery"]["token"] = "a-token"
    file["retailer"] = kept.exported(plan)
    sites.import_file(session, validate(file), NOW)
    assert "In use" in words(client)


# Prices that hold once

ONCE = {
    "once-from_day": "2026-11-20",
    "once-from_clock": "17:00",
    "once-until_day": "2026-11-20",
    "once-until_clock": "19:30",
    "once-import_c": "0",
    "once-feed_in_c": "",
    "once-note": "Free hours",
}


def enter(client: FlaskClient, **changes: str) -> Any:
    return send(client, LIST, f"{LIST}/once", **{**ONCE, **changes})


def test_a_price_that_holds_once_is_entered_on_the_clock_of_the_home(client: FlaskClient, home: Site, session: Session):
    assert enter(client).location == f"{LIST}#once"
    (row,) = session.scalars(select(PriceOverride))
    assert (f"{row.start:%d %H:%M}", f"{row.end:%d %H:%M}") == ("20 06:00", "20 08:30")
    assert (row.import_c, row.feed_in_c, row.note) == (0.0, None, "Free hours")
    page = words(client)
    assert "Fri 20 Nov, 17:00 until Fri 20 Nov, 19:30 0.0 c as usual Free hours" in page
    assert "End now" not in page  # it has not begun


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"once-until_clock": "16:00"}, "The end must be after the start."),
        ({"once-import_c": "free"}, "Enter a number, such as 2.5."),
        ({"once-import_c": "nan"}, "Enter a number, such as 2.5."),
        ({"once-import_c": ""}, "Enter an import price, a feed-in price or both."),
        ({"once-import_c": "20000"}, "The import price must be"),
        ({"once-from_clock": "25:00"}, "Enter a time such as 17:00."),
        ({"once-from_day": ""}, "Enter a day."),
        ({"once-from_day": "2026-10-04", "once-from_clock": "02:30"}, "The clock goes forward over this time on that day."),
    ],
)
def test_a_wrong_entry_is_told_at_its_place_and_nothing_is_lost(
    client: FlaskClient, home: Site, session: Session, changes: dict[str, str], told: str
):
    answer = enter(client, **changes)
    assert (answer.status_code, told in words_of(answer.text)) == (422, True), words_of(answer.text)
    assert 'value="Free hours"' in answer.text
    assert session.scalars(select(PriceOverride)).all() == []


def test_midnight_may_be_written_as_the_end_of_the_day(client: FlaskClient, home: Site, session: Session):
    enter(client, **{"once-until_clock": "24:00"})
    (row,) = session.scalars(select(PriceOverride))
    assert f"{row.end:%d %H:%M}" == "20 13:00"


def test_a_running_one_is_ended_and_one_is_removed(client: FlaskClient, home: Site, session: Session, clock: Any):
    enter(client)
    clock(NOW + timedelta(hours=1))
    (row,) = session.scalars(select(PriceOverride))
    session.commit()
    assert "holds now" in words(client)
    send(client, LIST, f"{LIST}/once/{row.id}/end")
    assert "It has ended. The usual price holds again." in words(client)
    assert "Free hours" not in words(client)
    enter(client, **{"once-from_clock": "20:00", "once-until_clock": "21:00"})
    later = session.scalars(select(PriceOverride).order_by(PriceOverride.id.desc())).first()
    assert later is not None
    session.commit()
    send(client, LIST, f"{LIST}/once/{later.id}/remove")
    assert "The price is removed." in words(client)
    assert send(client, LIST, f"{LIST}/once/{later.id}/remove").status_code == 404


def test_another_homes_price_is_not_found(client: FlaskClient, home: Site, session: Session, stranger: User):
    other = Site(name="Shack", timezone="Australia/Sydney", currency="AUD", control="watch", created_at=NOW)
    other.memberships.append(Membership(user_id=stranger.id, role="owner"))
    session.add(other)
    session.commit()
    row = price_overrides.add(session, other, NOW, NOW + timedelta(hours=1), NOW, import_c=1.0)
    session.commit()
    for action in ("end", "remove"):
        assert send(client, LIST, f"{LIST}/once/{row.id}/{action}").status_code == 404
    assert "Prices that hold once" not in words(client)


def test_somebody_who_only_looks_sees_prices_that_hold_once(client: FlaskClient, home: Site, session: Session, stranger: User):
    enter(client)
    session.add(Membership(user_id=stranger.id, site_id=home.id, role="viewer"))
    session.commit()
    other = client.application.test_client()
    sign_in(other, "viewer@example.com")
    page = words(other)
    assert "Free hours" in page
    assert "Enter this price" not in page
    assert "Remove" not in page
