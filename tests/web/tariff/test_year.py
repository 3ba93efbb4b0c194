"""The tariff page of a home on fixed prices: the seasons and weeks of its plan, and whether the battery is given it whole."""

import re
from dataclasses import replace
from datetime import time, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.control.connections import Opener, load
from app.control.observe import observe
from app.control.price_rows import store
from app.domain.tariffs.shaping import Shaped
from app.domain.tariffs.time_of_use import TimeOfUse, half_hours
from app.domain.tariffs.todays import todays_tariff
from app.feeds.capabilities import PriceAnswer
from app.models.site import Site
from app.models.user import User
from app.services import tariff_page
from app.surroundings import surroundings_of_app
from app.web.tariff import views
from tests.domain.plans import ALL, WEEKDAYS, WEEKEND, a_period, a_year, two_seasons
from tests.web.browser import sign_in
from tests.web.prices.home import MIDNIGHT, NOW, SYDNEY, a_home, give_prices, hold, retailer_of, settings_for

FLAT = a_year(a_period("All day", ALL, "00:00", "00:00", 30, 5))


@pytest.fixture(autouse=True)
def _a_still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "utc_now", lambda: NOW)


@pytest.fixture
def home(owner: User, session: Session, client: FlaskClient) -> Site:
    site = a_home(session)
    sign_in(client)
    return site


def give_plan(session: Session, site: Site, plan: TimeOfUse, free_at: time | None = None) -> None:
    """The retailer gave its plan and two days of its prices; a half-hour of tomorrow costs nothing. Commits."""
    given = half_hours(plan, SYDNEY, MIDNIGHT, MIDNIGHT + timedelta(hours=66), "plan")
    given = tuple(replace(each, import_c_per_kwh=0.0) if is_free(each.start, free_at) else each for each in given)
    answer = PriceAnswer(given, NOW, given[-1].end, frozenset({"import", "feed_in"}), plan=plan)
    store(session, retailer_of(session, site), answer, is_published_ahead=True)
    session.commit()


def is_free(start: object, free_at: time | None) -> bool:
    return free_at is not None and start == MIDNIGHT + timedelta(days=1, hours=free_at.hour)


def page(client: FlaskClient) -> str:
    answer = client.get("/tariff")
    assert answer.status_code == 200, answer.text
    return answer.text.replace("\u202f", " ")


def seasons(html: str) -> dict[str, list[list[str]]]:
    """Each season's rows: heads of days and hours; what only a screen reader hears is left out."""
    section = re.search(r'aria-labelledby="h-year".*?</section>', html, re.DOTALL)
    assert section
    shown = re.sub(r'<span class="vh">.*?</span>', "", section.group(0))
    titles = re.findall(r"<h3[^>]*>(.*?)</h3>", shown)
    tables = re.findall(r"<tbody>.*?</table>", shown, re.DOTALL)
    return {title: [cells(row) for row in re.findall(r"<tr>(.*?)</tr>", table)] for title, table in zip(titles, tables, strict=True)}


def cells(row: str) -> list[str]:
    return [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]


def test_each_season_shows_its_days_hours_and_prices(home: Site, session: Session, client: FlaskClient) -> None:
    give_plan(session, home, two_seasons())
    shown = seasons(page(client))
    assert list(shown) == ["Summer, 1 Oct – 31 Mar, now", "Winter, 1 Apr – 30 Sep"]
    summer = shown["Summer, 1 Oct – 31 Mar, now"]
    assert summer[:4] == [
        ["Mon–Fri"],
        ["00:00 – 07:00", "Night", "19.0", "4.0"],
        ["07:00 – 15:00", "Shoulder", "31.0", "4.0"],
        ["15:00 – 16:00", "Peak", "52.0", "4.0"],
    ]
    assert summer[8:10] == [["Sat and Sun"], ["00:00 – 07:00", "Night", "19.0", "4.0"]]
    assert "One plan for the year" in page(client)
    assert "is given this as one plan, which it keeps by itself" in page(client)
    assert page(client).count('<tr aria-current="true">') == 1, "the next 24 hours stand there too"


def test_a_plan_without_seasons_holds_all_year(home: Site, session: Session, client: FlaskClient) -> None:
    give_plan(session, home, FLAT)
    assert seasons(page(client)) == {"All year": [["Every day"], ["00:00 – 24:00", "All day", "30.0", "5.0"]]}


def test_the_plan_is_shown_as_shaped_with_its_demand_rates(owner: User, session: Session, client: FlaskClient) -> None:
    window = {"start": "15:00", "end": "21:00", "days": "weekdays", "rate_c_per_kw": 40.0}
    site = a_home(session, policies={"demand": {"enabled": True, "windows": [window], "surcharge_c": 200.0}})
    sign_in(client)
    give_plan(session, site, FLAT)
    shown = seasons(page(client))["All year"]
    assert ["15:00 – 21:00", "All day", "230.0", "5.0", "40.0"] in shown
    assert shown[-2:] == [["Sat and Sun"], ["00:00 – 24:00", "All day", "30.0", "5.0", ""]]
    assert '<th scope="col" class="num">c/kW</th>' in page(client)


def test_while_a_price_differs_the_page_says_that_the_day_is_sent(home: Site, session: Session, client: FlaskClient) -> None:
    give_plan(session, home, FLAT, time(9))
    html = page(client)
    assert "Half-hour by half-hour for now" in html
    assert "The next 24 hours are not as the plan says" in html


def test_a_home_on_moving_prices_has_no_year(home: Site, session: Session, client: FlaskClient) -> None:
    give_prices(session, home)
    assert "The whole year" not in page(client)


def test_what_was_sent_of_a_year_stands_beside_each_half_hour(home: Site, session: Session, client: FlaskClient) -> None:
    plan = a_year(a_period("Weekday", WEEKDAYS, "00:00", "00:00", 35, 7), a_period("Weekend", WEEKEND, "00:00", "00:00", 20, 6))
    give_plan(session, home, plan)
    shaped = todays_tariff(observe(session, home, NOW))
    assert isinstance(shaped, Shaped)
    with client.application.app_context():
        around = surroundings_of_app()
        battery = load(session, home.id, "battery")
        assert battery is not None
        driver = Opener(around, lambda: NOW).battery(battery)
    hold(session, home, shaped.result, settings_for(driver, shaped.result))
    seen = tariff_page.tariff_page(session, around, home, NOW)
    told = {(row.sent.import_c, row.held.import_c, row.retail.import_c, row.date.weekday()) for row in seen.rows}
    assert told == {(35.0, 35.0, 35.0, 4), (20.0, 20.0, 20.0, 5)}
    assert seen.read_back is not None
    assert seen.read_back.agrees
    assert "differs" not in page(client)


def test_an_upload_that_has_no_reader_is_shown_as_decided(home: Site, session: Session, client: FlaskClient) -> None:
    """Without a battery to read it back, the year that was sent still has a price for each half-hour."""
    give_plan(session, home, two_seasons())
    shaped = todays_tariff(observe(session, home, NOW))
    assert isinstance(shaped, Shaped)
    hold(session, home, shaped.result, {})
    battery = load(session, home.id, "battery")
    session.delete(battery)
    session.commit()
    seen = tariff_page.tariff_page(session, surroundings_of_app_of(client), home, NOW)
    assert [(seen.rows[at].label[:5], seen.rows[at].sent.import_c) for at in (0, 46, 47)] == [("16:30", 52), ("15:30", 31), ("16:00", 31)]
    assert seen.year is not None
    assert (seen.year.is_kept, seen.year.could_be_kept) == (False, False)


def surroundings_of_app_of(client: FlaskClient) -> object:
    with client.application.app_context():
        return surroundings_of_app()
