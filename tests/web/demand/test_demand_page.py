"""The demand page: what it says in each state of a month, who may see it, and that its table has the figures of its chart."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.models.site import Membership, Site
from app.models.user import User
from app.services import accounts
from app.services.demand_costs import demand_month
from app.services.passwords import Passwords
from app.web.access import Access, access_of
from app.web.demand import views
from app.web.demand.bars import CEILING, FLOOR, draw
from tests.conftest import NOW, PASSWORD
from tests.services.demand_costs.homes import EVENING, MeteredHome, at
from tests.web.browser import sign_in

THIN = "\u202f"
RAW = re.compile(r"off_peak|\bNone\b|NaN|undefined|\$-|c_per_kw|DemandPeriod|\b[a-z]+_[a-z_]+\b")


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The clock of the page: set `clock[0]` to move it."""
    now = [NOW]
    monkeypatch.setattr(views, "utc_now", lambda: now[0])
    return now


@pytest.fixture
def signed_in(client: FlaskClient, owner: User) -> FlaskClient:
    sign_in(client)
    return client


@pytest.fixture
def home(session: Session, owner: User) -> MeteredHome:
    return MeteredHome(session, owner)


def said(page: str) -> str:
    """What a person reads of the main part."""
    main = page.partition("<main")[2].partition("<footer")[0] or page
    return re.sub(r"[ \n]+", " ", re.sub(r"<[^>]+>", " ", main)).replace("\u2011", "-").replace("&#39;", "'")


def shown(client: FlaskClient) -> str:
    return said(client.get("/demand").text)


def test_inside_the_window_the_sentence_comes_first(signed_in: FlaskClient, home: MeteredHome):
    home.demand().metered(at(12, 17), 3.05).read(at(20, 16, 30), *[2000] * 24)
    page = shown(signed_in)
    assert f"In the peak window until 21:00: this half-hour runs at 2.0{THIN}kW, your peak is 6.1{THIN}kW." in page
    assert "Thu 12 Nov, 17:00" in page
    assert "Charge so far $48.17 20 of 30 days" in page
    assert "Charge of the month $72.26 if the peak stays" in page
    assert "Days to reset 11 on Tue 1 Dec" in page
    assert f"6.1{THIN}kW × 39.485{THIN}c/kW a day × 30 days." in page


@pytest.mark.parametrize(
    ("watts", "words"),
    [
        ([7000.0] * 24, f"runs at 7.0{THIN}kW, a new peak if it goes on like this."),
        ([16000.0] * 24, f"is a new peak already, with 6.4{THIN}kW at least."),
        ([], "has no figure yet."),
    ],
)
def test_the_running_half_hour_is_compared_with_the_peak(signed_in: FlaskClient, home: MeteredHome, watts: list[float], words: str):
    home.demand().metered(at(12, 17), 3.05).read(at(20, 16, 30), *watts)
    assert words in shown(signed_in)


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (at(20, 9), "The next one is the peak window at 15:00, until 21:00."),
        (at(19, 21), "The next one is the peak window at 15:00 tomorrow, until 21:00."),
        (at(20, 21), "The next one is the peak window on Mon 23 Nov, 15:00, until 21:00."),
    ],
)
def test_outside_the_windows_the_next_one_is_named(
    signed_in: FlaskClient, home: MeteredHome, clock: list[datetime], now: datetime, words: str
):
    home.demand()
    clock[0] = now
    assert f"No demand window now. {words}" in shown(signed_in)


def test_the_month_adds_up_energy_supply_and_demand(signed_in: FlaskClient, home: MeteredHome):
    home.demand().settings("supply_charges", daily_c=110, monthly_c=1000).metered(at(12, 0), *[3.05] * 48)
    page = shown(signed_in)
    assert "Energy, import less feed-in $3.84 $115.20" in page
    assert "Supply $32.00 $43.00" in page
    assert "Demand $48.17 $72.26" in page
    assert "Together $84.01 $230.46" in page
    assert "Supply is $1.10 a day and $10.00 a month." in page
    assert f"5{THIN}% of the month so far is measured and priced." in page


def test_what_is_missing_is_named(signed_in: FlaskClient, home: MeteredHome):
    home.demand({**EVENING, "rate_c_per_kw": 0}).metered(at(19, 15), *[1.0] * 12)
    page = shown(signed_in)
    assert "Charge so far — enter the rate in Settings" in page
    assert f"7{THIN}% of the billed hours so far are measured. The rest is unknown, not zero: the peak may be higher." in page
    assert "Not in it, since not known: supply charges and the demand charge." in page
    assert "An estimate needs a day of measured energy." in page


def test_every_day_of_the_chart_stands_in_the_table(signed_in: FlaskClient, home: MeteredHome, session: Session):
    home.demand().metered(at(12, 17), 3.05).metered(at(13, 18, 30), 1.0).metered(at(16, 15), 2.0, covered_s=600)
    page = signed_in.get("/demand").text
    rows = [said(row) for row in re.findall(r"<tr.*?</tr>", page.partition('id="h-days"')[2], flags=re.S)]
    assert [row.split()[:3] for row in rows[1:]] == [
        *(["Fri", "20", "Nov"], ["Thu", "19", "Nov"], ["Wed", "18", "Nov"], ["Tue", "17", "Nov"], ["Mon", "16", "Nov"]),
        *(["Fri", "13", "Nov"], ["Thu", "12", "Nov"], ["Wed", "11", "Nov"], ["Tue", "10", "Nov"], ["Mon", "9", "Nov"]),
        *(["Fri", "6", "Nov"], ["Thu", "5", "Nov"], ["Wed", "4", "Nov"], ["Tue", "3", "Nov"], ["Mon", "2", "Nov"]),
    ]
    assert " 17:00 Peak 6.1 8" in rows[7]
    assert " 15:00 Peak at least 4.0 3" in rows[5]
    assert " — — — 0" in rows[1]
    bars = draw(demand_month(session, home.site, NOW)).bars
    assert [bar.kind for bar in bars].count("unknown") == 12
    assert [bar.label for bar in bars if bar.label] == [f"6.1{THIN}kW"]
    assert [bar.is_partly_unknown for bar in bars if bar.kind != "unknown"] == [True, True, True]
    assert page.count("<rect") > len(bars)


def test_bars_stand_on_the_floor_and_stay_below_the_top_line(home: MeteredHome, session: Session):
    for kwh in (0.0, 0.01, 0.6, 3.05, 40.0, 400.0):
        home.demand().metered(at(12, 17), kwh)
        chart = draw(demand_month(session, home.site, NOW))
        (bar,) = [each for each in chart.bars if each.kind == "peak"]
        assert bar.y + bar.height == pytest.approx(FLOOR)
        assert bar.y >= CEILING - 1e-9
        assert 2 <= len(chart.lines) <= 5
        assert (chart.lines[0].at, chart.lines[0].label) == (FLOOR, f"0{THIN}kW")


@pytest.mark.parametrize("billing_day", [1, 5, 28])
def test_days_keep_their_place_on_the_axis(home: MeteredHome, session: Session, billing_day: int):
    home.demand({**EVENING, "days": "all"}, billing_day=billing_day).metered(at(18, 17), 1.0)
    month = demand_month(session, home.site, NOW)
    chart = draw(month)
    (bar,) = [each for each in chart.bars if each.kind == "peak"]
    number = (at(18, 12).date() - month.cycle.first).days
    assert bar.middle == pytest.approx((number + 0.5) * 100 / month.cycle.days)
    assert all(bar.x >= 0 and bar.x + bar.width <= 100 for bar in chart.bars)


STATES: dict[str, Callable[[MeteredHome], object]] = {
    "nothing entered": lambda home: home,
    "no hours": lambda home: home.settings("demand", enabled=True, windows=[]),
    "nothing measured": lambda home: home.demand(),
    "no rate": lambda home: home.demand({**EVENING, "rate_c_per_kw": 0}).metered(at(12, 17), 1.0),
    "another season": lambda home: home.demand({**EVENING, "months": "12-3"}),
    "always": lambda home: home.demand({"start": "00:00", "end": "00:00", "name": "off_peak", "rate_c_per_kw": 10}).metered(at(12, 3), 2.0),
    "by month": lambda home: home.demand({**EVENING, "rate_c_per_kw": 899.8}, unit="month", billing_day=20).metered(at(20, 15), 2.5),
    "several": lambda home: home.demand(EVENING, {**EVENING, "name": "shoulder", "start": "06:00", "days": "all"}).metered(at(15, 7), 2.5),
    "earned": lambda home: home.metered(at(1, 0), *[0.1] * 60, cost_c=-20.0),
}


@pytest.mark.parametrize("state", STATES)
def test_no_state_shows_a_code_or_fails(signed_in: FlaskClient, home: MeteredHome, clock: list[datetime], state: str):
    STATES[state](home)
    for now in (at(1, 0), at(20, 16, 42), at(30, 23, 59)):
        clock[0] = now
        page = signed_in.get("/demand").text
        assert not RAW.search(said(page)), RAW.search(said(page))
        assert page.count("<h1>") == 1
        assert " style=" not in page


def test_empty_states_lead_to_the_settings(signed_in: FlaskClient, home: MeteredHome):
    assert "No demand charge is set" in shown(signed_in)
    home.settings("demand", enabled=True, windows=[])
    page = signed_in.get("/demand").text
    assert "No hours are set" in page
    assert 'href="/settings#demand"' in page
    home.demand({**EVENING, "months": "12-3"})
    assert "No demand window this month" in shown(signed_in)
    home.demand({**EVENING, "start": "22:00", "end": "23:00", "days": "weekends"})
    assert "not measured" in shown(signed_in)


def test_a_month_with_a_monthly_rate_says_so(signed_in: FlaskClient, home: MeteredHome):
    home.demand({**EVENING, "rate_c_per_kw": 899.8}, unit="month").metered(at(19, 17), 2.5)
    page = shown(signed_in)
    assert "Charge so far $44.99 for the whole month" in page
    assert f"5.0{THIN}kW × 899.8{THIN}c/kW a month." in page


def test_the_part_renews_and_is_not_sent_twice(signed_in: FlaskClient, home: MeteredHome, clock: list[datetime]):
    home.demand().metered(at(12, 17), 3.05)
    first = signed_in.get("/demand/part")
    assert first.text.lstrip().startswith('<div class="stack" id="demand-part" data-renew="/demand/part">')
    assert signed_in.get("/demand/part", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    clock[0] = NOW + timedelta(hours=5)
    assert signed_in.get("/demand/part", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_the_page_is_for_those_who_belong_to_the_home(
    app: Flask, client: FlaskClient, home: MeteredHome, a_site: Callable[..., Site], session: Session, passwords: Passwords
):
    assert {access_of(app.view_functions[name]) for name in ("demand.show", "demand.part")} == {Access.VIEWER}
    assert client.get("/demand").location.startswith("/sign-in")
    home.demand().metered(at(12, 17), 3.05)
    stranger = accounts.create_account(session, passwords, "other@example.com", PASSWORD, NOW)
    a_site(stranger, name="Elsewhere")
    sign_in(client, "other@example.com")
    client.set_cookie("powersync_site", str(home.site.id))
    assert "6.1" not in shown(client)
    session.add(Membership(user_id=stranger.id, site_id=home.site.id, role="viewer"))
    session.commit()
    assert f"6.1{THIN}kW" in shown(client)


def test_a_viewer_is_not_sent_to_change_settings(client: FlaskClient, home: MeteredHome, session: Session, passwords: Passwords):
    viewer = accounts.create_account(session, passwords, "viewer@example.com", PASSWORD, NOW)
    session.add(Membership(user_id=viewer.id, site_id=home.site.id, role="viewer"))
    session.commit()
    sign_in(client, "viewer@example.com")
    assert "Enter the demand charge" not in shown(client)


def test_settings_and_the_navigation_lead_here(signed_in: FlaskClient, home: MeteredHome):
    page = signed_in.get("/settings").text
    assert '<a href="/demand">See what it comes to</a>' in page
    more = page.partition('class="more__list"')[2]
    assert '<a href="/demand"' in more
