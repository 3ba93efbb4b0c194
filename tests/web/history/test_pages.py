"""The pages of energy, money and battery: what they say in each state, that addresses say what is shown, and who may see them."""

import re
from collections.abc import Callable
from datetime import date, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.models.site import Membership, Site
from app.models.user import User
from app.services import accounts
from app.services.passwords import Passwords
from app.web.access import Access, access_of
from app.web.battery import views as battery_views
from app.web.energy import views as energy_views
from app.web.money import views as money_views
from tests.conftest import NOW, PASSWORD
from tests.services.summaries.homes import RecordedHome
from tests.web.browser import sign_in

THIN = "\u202f"
MONDAY, TODAY, YESTERDAY = date(2026, 11, 16), date(2026, 11, 20), date(2026, 11, 19)
PAGES = ("energy", "money", "battery")
KINDS = ("day", "week", "month", "year")
RAW = re.compile(r"\bNone\b|NaN|undefined|\$[-−]|\b[a-z]+_[a-z_]+\b|\d\.\d{5,}")


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The clock of the pages: set `clock[0]` to move it."""
    now = [NOW]
    for views in (energy_views, money_views, battery_views):
        monkeypatch.setattr(views, "utc_now", lambda: now[0])
    return now


@pytest.fixture
def signed_in(client: FlaskClient, owner: User) -> FlaskClient:
    sign_in(client)
    return client


@pytest.fixture
def home(session: Session, owner: User) -> RecordedHome:
    return RecordedHome(session, owner)


def said(page: str) -> str:
    """What a person reads of the main part."""
    main = page.partition("<main")[2].partition("<footer")[0] or page
    return re.sub(rf"[ \n{THIN}]+", " ", re.sub(r"<[^>]+>", " ", main)).replace("&#39;", "'")


def shown(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return said(answer.text)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_page_speaks_to_people_in_every_length(signed_in: FlaskClient, home: RecordedHome, page: str, kind: str):
    home.settings("supply_charges", daily_c=110).settings("own_battery", wear_c_per_kwh=1.8)
    home.metered(MONDAY, date(2026, 11, 18)).metered(TODAY, hours=(0, 9)).priced(MONDAY, TODAY).rolled_up()
    assert RAW.findall(shown(signed_in, f"/{page}?span={kind}")) == []
    part = signed_in.get(f"/{page}/part?span={kind}").text
    assert f'id="{page}-part"' in part
    assert "<html" not in part


@pytest.mark.parametrize("page", PAGES)
def test_a_home_without_records_says_what_will_be_here(signed_in: FlaskClient, home: RecordedHome, page: str):
    assert "first figures appear here" in shown(signed_in, f"/{page}")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("asked", ["span=decade", "at=yesterday", "at=2026-11-21", "at=1066-10-14", "span=week&at=2026-13-01"])
def test_an_address_that_names_no_time_is_not_found(signed_in: FlaskClient, home: RecordedHome, page: str, asked: str):
    assert signed_in.get(f"/{page}?{asked}").status_code == 404


@pytest.mark.parametrize("page", PAGES)
def test_one_goes_back_and_forth_by_links(signed_in: FlaskClient, home: RecordedHome, page: str):
    home.metered(date(2026, 10, 28), TODAY, hours=(12, 13)).priced(date(2026, 10, 28), TODAY).rolled_up()
    now = signed_in.get(f"/{page}?span=month").text
    assert "This month so far" in said(now)
    back = re.search(r'href="([^"]+)"[^>]*><span class="icon--back">', now)
    assert back
    before = signed_in.get(back.group(1).replace("&amp;", "&")).text
    assert "October" in said(before)
    assert "Earlier:" not in before
    assert "Later: November" in said(before)
    assert "This month" in said(before)
    assert "data-renew" in now
    assert "data-renew" not in before


@pytest.mark.parametrize("page", PAGES)
def test_a_viewer_may_look_and_a_stranger_not(
    app: Flask, client: FlaskClient, owner: User, session: Session, passwords: Passwords, a_site: Callable[..., Site], page: str
):
    for endpoint in ("show", "part", "csv"):
        assert access_of(app.view_functions[f"{page}.{endpoint}"]) is Access.VIEWER
    assert client.get(f"/{page}").location.startswith("/sign-in")
    home = RecordedHome(session, owner).metered(TODAY).priced(TODAY).rolled_up()
    other = accounts.create_account(session, passwords, "other@example.com", PASSWORD, NOW)
    a_site(other, name="Elsewhere")
    sign_in(client, "other@example.com")
    client.set_cookie("powersync_site", str(home.site.id))
    assert "The same as a table" not in shown(client, f"/{page}?span=day")
    session.add(Membership(user_id=other.id, site_id=home.site.id, role="viewer"))
    session.commit()
    page_of_home = shown(client, f"/{page}?span=day")
    assert "The same as a table" in page_of_home
    assert "Enter size and wear" not in page_of_home


@pytest.mark.parametrize("page", PAGES)
def test_a_table_can_be_saved(signed_in: FlaskClient, home: RecordedHome, page: str):
    home.metered(MONDAY).priced(MONDAY).rolled_up()
    link = re.search(rf'href="(/{page}\.csv[^"]*)" download', signed_in.get(f"/{page}?span=month").text)
    assert link
    answer = signed_in.get(link.group(1).replace("&amp;", "&"))
    assert answer.mimetype == "text/csv"
    assert f"{page}-month-2026-11-01.csv" in answer.headers["Content-Disposition"]
    assert len(answer.text.splitlines()) == 21


def test_gaps_are_named_and_never_zero(signed_in: FlaskClient, home: RecordedHome):
    home.metered(TODAY, hours=(0, 6)).metered(TODAY, hours=(8, 24)).rolled_up()
    page = signed_in.get("/energy").text
    assert "88 % of the time so far is measured. The rest is unknown, not zero." in said(page)
    row = said(page.partition("06:30 – 07:00")[2].partition("</tr>")[0])
    assert row.split() == ["—"] * 6 + ["0", "%"]
    assert 'class="f-est c-unknown"' in page


def test_energy_is_told_with_its_definitions(signed_in: FlaskClient, home: RecordedHome):
    home.metered(YESTERDAY).rolled_up()
    page = shown(signed_in, "/energy?at=2026-11-19")
    assert "Solar 14.4 kWh" in page
    assert "Self-sufficiency 60 %" in page
    assert "Own use of solar 67 %" in page
    assert "Self-sufficiency is 1 − import ÷ home use" in page
    assert "of the time" not in page


def test_a_comparison_stays_while_one_goes_on(signed_in: FlaskClient, home: RecordedHome):
    home.metered(date(2026, 11, 17), YESTERDAY).rolled_up()
    page = signed_in.get("/energy?at=2026-11-18&compare=year&step=5").text
    assert "Nothing was measured in Tue 18 Nov 2025." in said(page)
    later = re.search(r'<a class="btn btn--secondary btn--icon" href="([^"]+)"><svg', page)
    assert later
    assert all(part in later.group(1) for part in ("at=2026-11-19", "compare=year", "step=5"))
    assert "Tue 17 Nov" in shown(signed_in, "/energy?at=2026-11-18")


def test_a_year_is_compared_with_the_year_before_alone(signed_in: FlaskClient, home: RecordedHome):
    home.metered(MONDAY).rolled_up()
    assert "A year ago" not in shown(signed_in, "/energy?span=year")


def test_money_is_split_and_compared_and_says_what_it_rests_on(signed_in: FlaskClient, home: RecordedHome):
    home.settings("supply_charges", daily_c=110).metered(MONDAY, YESTERDAY).priced(MONDAY, TODAY).rolled_up()
    page = shown(signed_in, "/money?span=week")
    assert "−$9.20 cost, all that is known together" in page
    assert "Paid for import $5.76" in page
    assert "Received for export $0.96" in page
    assert "Charges $4.40 supply" in page
    assert "$4.32 better than no battery" in page
    assert "Rests on 85 % of the time so far; the rest was not measured or has no settled price, and is in none of the ways." in page
    assert "Result −$13.52" in page


def test_what_was_saved_never_stands_without_what_it_rests_on(signed_in: FlaskClient, home: RecordedHome):
    home.metered(YESTERDAY).priced(YESTERDAY).rolled_up()
    page = shown(signed_in, "/money?span=day&at=2026-11-19")
    assert "better than" in page
    assert "Rests on all of the time." in page


def test_without_the_size_of_the_battery_the_page_says_what_is_missing(signed_in: FlaskClient, session: Session, owner: User):
    home = RecordedHome(session, owner, facts={"capacity_wh": 10_000.0})
    home.metered(MONDAY, YESTERDAY).priced(MONDAY, TODAY).rolled_up()
    answer = signed_in.get("/money").text
    page = said(answer)
    assert (
        "The battery on its own cannot be told: its highest charging power and highest discharging power are not known. "
        "Neither the battery nor you have said." in page
    )
    assert "/settings#own_battery" in answer
    assert "Better than the battery on its own, by" not in page
    assert "better than no battery" in page


def test_a_home_without_a_battery_is_compared_with_itself_only(signed_in: FlaskClient, session: Session, owner: User):
    home = RecordedHome(session, owner, facts=None).metered(MONDAY, YESTERDAY).priced(MONDAY, TODAY).rolled_up()
    assert home.site.id
    assert "No battery is linked, so there is nothing to compare with a battery on its own." in shown(signed_in, "/money")


def test_measured_energy_without_a_settled_price_says_so(signed_in: FlaskClient, home: RecordedHome):
    home.metered(YESTERDAY).priced(YESTERDAY, quality="forecast").rolled_up()
    assert "Measured is 100 % of it, and no price is settled." in shown(signed_in, "/money?span=day&at=2026-11-19")


def test_while_watching_powersync_claims_nothing(signed_in: FlaskClient, home: RecordedHome, session: Session):
    home.metered(MONDAY, YESTERDAY).priced(MONDAY, TODAY).rolled_up()
    assert "PowerSync only watches" not in shown(signed_in, "/money")
    home.site.control = "watch"
    session.commit()
    assert "PowerSync only watches: the difference is not its doing." in shown(signed_in, "/money")


def test_charges_that_nobody_has_said_are_named_as_left_out(signed_in: FlaskClient, home: RecordedHome):
    home.settings("demand", enabled=True, windows=[{"start": "18:00", "end": "22:00", "days": "all", "rate_c_per_kw": 0}])
    home.metered(MONDAY).priced(MONDAY).rolled_up()
    page = shown(signed_in, "/money")
    assert "Supply charges: nobody has said what they are." in page
    assert "The demand charge: its rate was not entered." in page
    assert "Charges — supply and demand not known" in page


def test_the_table_of_money_has_the_figures_of_its_chart(signed_in: FlaskClient, home: RecordedHome):
    home.metered(MONDAY, YESTERDAY).priced(MONDAY, TODAY).rolled_up()
    table = signed_in.get("/money?span=week").text.partition("Money per day")[2]
    monday = said(table.partition("Mon 16 Nov")[2].partition("</tr>")[0]).split()
    assert monday[:5] == ["$1.44", "$0.24", "—", "−$1.20", "+$1.08"]


def test_the_battery_page_tells_use_size_and_health(signed_in: FlaskClient, session: Session, owner: User):
    facts = {"capacity_wh": 10_000.0, "max_charge_w": 5_000.0, "max_discharge_w": 5_000.0, "soh_pct": 97.4}
    home = RecordedHome(session, owner, facts=facts).settings("own_battery", wear_c_per_kwh=2.0)
    home.metered(MONDAY, YESTERDAY).rolled_up()
    page = shown(signed_in, "/battery?span=week")
    assert "Full cycles 1.9" in page
    assert "Wear $0.38" in page
    assert "State of health 97 % as your battery says" in page
    assert "Usable capacity 10.0 kWh as your battery says" in page


def test_an_unknown_health_is_said_and_no_figure(signed_in: FlaskClient, home: RecordedHome):
    home.metered(YESTERDAY).rolled_up()
    page = shown(signed_in, "/battery?at=2026-11-19")
    assert "State of health — No figure: your battery does not tell PowerSync" in page
    assert "no price of wear was entered" in page
