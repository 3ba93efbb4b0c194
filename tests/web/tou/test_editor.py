"""The plan editor: each button sends the whole form and gets the page back, and nothing that was typed is lost."""

import re
from copy import deepcopy
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from app.control.connections import load
from app.models.site import Membership, Site
from app.models.tariffs import TouPlan
from app.models.user import User
from app.services.tou_plans import kept, use
from app.services.tou_plans.season import Values
from app.web.tou.plan_form import values_sent
from tests.services.tou_plans.plans import OFF_PEAK, a_period, a_season, changed, whole
from tests.web.browser import csrf_token, sign_in
from tests.web.forms import form_on, words_of
from tests.web.prices.home import NOW
from tests.web.tou.conftest import a_plan_of


def fields_of(page: str) -> MultiDict[str, str]:
    """What the editor's form on a page would send, without a button."""
    return form_on(page, 'id="tou-editor"')


def values_on(page: str) -> Values:
    return values_sent(fields_of(page))


class Form:
    """The editor of one plan as somebody uses it."""

    def __init__(self, client: FlaskClient, plan: TouPlan) -> None:
        self._client, self._address = client, f"/tariffs/custom/{plan.id}/edit"
        self.answer: TestResponse = client.get(self._address)
        assert self.answer.status_code == 200, self.answer.text

    @property
    def page(self) -> str:
        return self.answer.text

    @property
    def words(self) -> str:
        return words_of(self.page)

    @property
    def values(self) -> Values:
        return values_on(self.page)

    def press(self, step: str, **typed: str | list[str]) -> "Form":
        """Type into fields ("period-import_c" is that of the shown period), then press a button."""
        sent = fields_of(self.page)
        season, period = sent["shown-season"], sent["shown-period"]
        places = {"period_": f"season-{season}-period-{period}-", "season_": f"season-{season}-"}
        for name, value in typed.items():
            kind = name[:7] if name[:7] in places else ""
            full = f"{places.get(kind, '')}{name.removeprefix(kind)}"
            assert full in sent or isinstance(value, list), (full, sorted(sent))
            sent.setlist(full, value if isinstance(value, list) else [value])
        sent["step"] = step
        self.answer = self._client.post(self._address, data=sent)
        return self

    def mend(self, words: str) -> "Form":
        """Press the button with these words."""
        found = re.search(rf'value="(mend:[^"]+)"[^>]*>{re.escape(words)}<', self.page)
        assert found, self.words
        return self.press(found.group(1))


def test_the_form_holds_the_whole_plan(client: FlaskClient, plan: TouPlan):
    assert Form(client, plan).values == whole(daily_charge_c="110")


def test_each_period_can_be_opened_and_the_others_stay_as_typed(client: FlaskClient, plan: TouPlan):
    form = Form(client, plan).press("period:2", period_import_c="19.5x", period_name="Night")
    assert form.values == changed(whole(daily_charge_c="110"), at=0, import_c="19.5x", name="Night")
    assert 'name="season-0-period-2-import_c"' in form.page.replace("type=", " type=")
    assert "Period 3 of 4" in form.words


def test_days_are_ticked_one_by_one(client: FlaskClient, plan: TouPlan):
    form = Form(client, plan).press("check", period_days=["mon", "tue", "wed", "thu", "sun"])
    assert form.values["seasons"][0]["periods"][0]["days"] == "sun-thu"
    assert "Fri 00:00–07:00: no price" in form.words
    form.press("check", period_days=[])
    assert "Choose at least one day." in form.words


def test_holes_are_named_and_filled_by_a_button(client: FlaskClient, session: Session, home: Site):
    form = Form(client, a_plan_of(session, home, changed(whole(), at=3, end="20:30")))
    assert "One thing to fix before you can use this plan. Sat and Sun 20:30–22:00: no price" in form.words
    assert (
        'role="img" aria-label="The week in half-hours. Sat and Sun 20:30–22:00: no price. The periods stand in the list below."'
        in form.page
    )
    assert form.page.count('class="hole"') == 2 + 1  # and the one of the legend
    form.mend("Fill it with Weekend")
    assert form.values == whole()
    assert "to fix before" not in form.words
    assert 'class="hole"' not in form.page


def test_overlaps_are_named_and_cut_out_by_a_button(client: FlaskClient, session: Session, home: Site):
    plan = whole()
    plan["seasons"][0]["periods"].append(a_period("Solar hours", "sat", "11:00", "14:00", "8", "0"))
    form = Form(client, a_plan_of(session, home, plan)).press("period:4")
    assert form.words.count("Two prices, Weekend and Solar hours") == 2
    assert form.page.count('class="overbox"') == 1 + 1
    form.mend("Cut it out of Weekend")
    assert "to fix before" not in form.words
    assert len(form.values["seasons"][0]["periods"]) == 7


def test_a_new_period_begins_in_the_hole(client: FlaskClient, session: Session, home: Site):
    form = Form(client, a_plan_of(session, home, changed(whole(), at=3, end="20:30"))).press("add-period")
    assert form.values["seasons"][0]["periods"][4] == a_period("", "sat,sun", "20:30", "22:00", "", "6")
    assert "Period 5 of 5" in form.words
    form.press("save", period_name="Late", period_import_c="22")
    assert form.answer.status_code == 302


def test_a_period_is_removed(client: FlaskClient, plan: TouPlan):
    form = Form(client, plan).press("period:3").press("remove-period")
    assert [row["name"] for row in form.values["seasons"][0]["periods"]] == ["Off-peak", "Shoulder", "Peak"]
    assert "Sat and Sun 07:00–22:00: no price" in form.words


def test_a_season_is_added_dated_and_removed(client: FlaskClient, plan: TouPlan):
    form = Form(client, plan).press("add-season")
    assert "1 Apr to 31 Oct: two seasons, All year and Season 2" in form.words
    form.press("check", season_name="Winter").mend("Let All year hold from 1 Nov to 31 Mar")
    assert "to fix before" not in form.words
    assert [(each["name"], each["from"], each["to"]) for each in form.values["seasons"]] == [
        ("All year", "11-01", "03-31"),
        ("Winter", "04-01", "10-31"),
    ]
    assert "Winter, 1 Apr to 31 Oct" in form.words
    form.press("season:0").press("check", **{"season_from-month": "2", "season_from-day": "31"})
    assert "This is no day of the year." in form.words
    form.press("season:1").press("remove-season")
    assert [each["name"] for each in form.values["seasons"]] == ["All year"]
    form.press("remove-season")
    assert len(form.values["seasons"]) == 1


def test_a_new_season_takes_the_days_without_one(client: FlaskClient, session: Session, home: Site):
    summer = a_season(*whole()["seasons"][0]["periods"], name="Summer", first="11-01", last="03-31")
    form = Form(client, a_plan_of(session, home, {**whole(), "seasons": [summer]})).press("add-season")
    assert (form.values["seasons"][1]["from"], form.values["seasons"][1]["to"]) == ("04-01", "10-31")
    assert "to fix before" not in form.words


def test_a_mistake_stands_at_its_field_and_what_was_typed_stays(client: FlaskClient, plan: TouPlan, session: Session):
    form = Form(client, plan).press("check", period_import_c="cheap", daily_charge_c="1.10")
    assert "Enter a number, such as 2.5." in form.words
    assert 'value="cheap"' in form.page
    assert 'value="1.10"' in form.page
    assert "$" not in form.words
    assert session.get_one(TouPlan, plan.id).plan["daily_charge_c"] == 110


def test_a_draft_is_saved_with_its_holes_and_mistakes(client: FlaskClient, plan: TouPlan, session: Session):
    form = Form(client, plan).press("save", period_import_c="cheap")
    assert form.answer.status_code == 302
    session.expire_all()
    stored = session.get_one(TouPlan, plan.id)
    assert stored.plan["seasons"][0]["periods"][0]["import_c"] == "cheap"
    again = Form(client, stored)
    assert "Saver is saved as a draft." in again.words
    assert again.values == changed(whole(daily_charge_c="110"), at=0, import_c="cheap")


def test_the_first_mistake_is_opened(client: FlaskClient, session: Session, home: Site):
    row = a_plan_of(session, home, changed(whole(), at=2, import_c=""))
    use_it = Form(client, row)
    other = a_plan_of(session, home, whole(name="Other"))
    form = Form(client, row).press("save", name=other.name)
    assert form.answer.status_code == 422
    assert "Another plan is called Other; choose another name." in form.words
    assert "Period 3 of 4" in form.words
    assert "This is needed." in form.words
    assert "Period 1 of 4" in use_it.words


def test_a_plan_needs_a_name(client: FlaskClient, plan: TouPlan):
    form = Form(client, plan).press("save", name=" ", period_import_c="20")
    assert (form.answer.status_code, "Give the plan a name of 1 to 80 characters." in form.words) == (422, True)
    assert form.values["seasons"][0]["periods"][0]["import_c"] == "20"


def test_somebody_elses_change_is_not_overwritten_unseen(client: FlaskClient, plan: TouPlan, session: Session, home: Site):
    form = Form(client, plan)
    site = session.get_one(Site, home.id)
    use.change(session, site, plan, changed(whole(), at=0, import_c="1"), kept.revision_of(plan), NOW.replace(hour=6))
    form.press("period:1").press("save", name="Mine")
    assert form.answer.status_code == 409
    assert "Somebody changed this plan while you were at it." in form.words
    assert form.values["name"] == "Mine"
    form.press("save")
    session.expire_all()
    assert (form.answer.status_code, session.get_one(TouPlan, plan.id).name) == (302, "Mine")


def test_use_saves_first_and_then_asks(client: FlaskClient, plan: TouPlan, session: Session):
    form = Form(client, plan).press("use", period_import_c="18")
    assert form.answer.location == f"/tariffs/custom/{plan.id}/use"
    session.expire_all()
    assert session.get_one(TouPlan, plan.id).plan["seasons"][0]["periods"][0]["import_c"] == 18


def test_the_button_is_off_while_something_is_to_fix(client: FlaskClient, session: Session, home: Site):
    form = Form(client, a_plan_of(session, home, changed(whole(), at=3, end="21:00")))
    assert re.search(r'value="use" disabled>Use this plan<', form.page)
    assert not re.search(r'value="use" disabled', form.mend("Fill it with Weekend").page)


def test_the_plan_in_use_is_saved_only_whole_and_else_as_a_copy(client: FlaskClient, plan: TouPlan, session: Session, home: Site):
    use.put_in_use(session, session.get_one(Site, home.id), plan, 1, NOW)
    form = Form(client, plan).press("save", period_import_c="18")
    assert form.answer.location == f"/tariffs/custom/{plan.id}/edit"
    session.expire_all()
    connection = load(session, home.id, "retailer")
    assert connection is not None
    assert connection.config["seasons"][0]["periods"][0]["import_c"] == 18
    row = session.get_one(TouPlan, plan.id)
    session.commit()
    form = Form(client, row).press("save", period_end="06:00")
    assert (form.answer.status_code, "Saver is in use, so it is saved once nothing is left to fix." in form.words) == (422, True)
    form.press("copy")
    session.expire_all()
    assert [row.name for row in kept.of_site(session, home.id)] == ["Saver", "Saver 2"]
    assert session.get_one(TouPlan, plan.id).plan["seasons"][0]["periods"][0]["end"] == "07:00"


def test_a_preview_returns_the_drawing_and_the_list_and_stores_nothing(client: FlaskClient, plan: TouPlan, session: Session):
    sent = fields_of(Form(client, plan).page)
    sent["season-0-period-0-end"] = "06:30"
    answer = client.post(f"/tariffs/custom/{plan.id}/preview", data=sent)
    assert answer.status_code == 200
    assert "Every day 06:30–07:00: no price" in answer.text
    assert 'id="tou-week"' in answer.text
    assert "<html" not in answer.text
    session.expire_all()
    assert session.get_one(TouPlan, plan.id).plan["seasons"][0]["periods"][0]["end"] == "07:00"


def test_a_very_long_plan_fits_the_form(client: FlaskClient, session: Session, home: Site):
    months = ("01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12")
    days = ("31", "29", "31", "30", "31", "30", "31", "31", "30", "31", "30", "31")
    half_hours = [a_period(f"P{n}", "all", f"{n:02d}:00", f"{n + 1:02d}:00", str(10 + n)) for n in range(24)]
    seasons = [a_season(*half_hours, name=f"M{m}", first=f"{m}-01", last=f"{m}-{d}") for m, d in zip(months, days, strict=True)]
    row = a_plan_of(session, home, {**whole(), "seasons": deepcopy(seasons)})
    form = Form(client, row).press("season:11")
    assert form.values["seasons"] == seasons
    assert "to fix before" not in form.words


def test_pounds_are_paid_in_pence(client: FlaskClient, plan: TouPlan, session: Session, home: Site):
    session.get_one(Site, home.id).currency = "GBP"
    session.commit()
    page = Form(client, plan).page
    assert "p/kWh" in page
    assert "c/kWh" not in page
    assert "VAT included" in page


def test_another_homes_plan_is_not_found(client: FlaskClient, plan: TouPlan, session: Session, stranger: User, home: Site):
    other = Site(name="Shack", timezone="Australia/Sydney", currency="AUD", control="watch", created_at=NOW)
    other.memberships.append(Membership(user_id=stranger.id, role="owner"))
    session.add(other)
    session.commit()
    foreign = a_plan_of(session, other, whole(name="Foreign"))
    for address in ("", "/edit", "/use", "/delete", "/plan.json", "/payload.json"):
        assert client.get(f"/tariffs/custom/{foreign.id}{address}").status_code == 404, address
    token = csrf_token(client, f"/tariffs/custom/{plan.id}/edit")
    for address in ("/edit", "/preview", "/delete", "/use"):
        assert client.post(f"/tariffs/custom/{foreign.id}{address}", data={"csrf_token": token}).status_code == 404, address


@pytest.mark.parametrize("address", ["/edit", "/use", "/delete"])
def test_somebody_who_only_looks_changes_nothing(
    client: FlaskClient, plan: TouPlan, session: Session, stranger: User, home: Site, address: str
):
    session.add(Membership(user_id=stranger.id, site_id=home.id, role="viewer"))
    session.commit()
    other = client.application.test_client()
    sign_in(other, "viewer@example.com")
    assert other.get("/tariffs/custom").status_code == 200
    assert other.get(f"/tariffs/custom/{plan.id}").status_code == 200
    assert other.get(f"/tariffs/custom/{plan.id}{address}").status_code == 403
    assert "Write a new plan" not in other.get("/tariffs/custom").text


def test_the_form_of_the_first_period_is_that_of_the_stored_one(client: FlaskClient, plan: TouPlan):
    values: Any = Form(client, plan).values["seasons"][0]["periods"][0]
    assert values == OFF_PEAK
