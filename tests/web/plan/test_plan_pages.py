"""The Plan page as a browser gets it: each state of a home, who may see and press what, and the row on the Now page."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.models.control import Signal
from app.models.policy_settings import PolicySettings
from app.models.site import Membership, Site
from app.models.user import User
from app.services import accounts
from app.services.passwords import Passwords
from app.web.now import views as now_views
from app.web.plan import views
from tests.conftest import NOW, PASSWORD
from tests.domain.battery_plans import a_plan_of, a_step
from tests.services.overview.homes import Home, running_home
from tests.services.plan_page.homes import HOLD, MINUTE, keep, metered, no_prices, optimizer, planned_home, problem, two_days, whole_day
from tests.services.plan_page.test_truth import MIDNIGHT, YESTERDAY
from tests.web.browser import send, sign_in

THIN = "\u202f"
RAW = re.compile(r"\bNone\b|NaN|undefined|\$[-−]|\b[a-z]+_[a-z_]+\b|\d\.\d{5,}")


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The clock of the pages: set `clock[0]` to move it."""
    now = [NOW]
    for module in (views, now_views):
        monkeypatch.setattr(module, "utc_now", lambda: now[0])
    return now


@pytest.fixture
def signed_in(client: FlaskClient, owner: User) -> FlaskClient:
    sign_in(client)
    return client


@pytest.fixture
def guest(session: Session, client: FlaskClient, owner: User, passwords: Passwords) -> Callable[[Site], FlaskClient]:
    """Somebody who may only look at the home."""

    def of(site: Site) -> FlaskClient:
        user = accounts.create_account(session, passwords, "guest@example.com", PASSWORD, NOW)
        session.add(Membership(user_id=user.id, site_id=site.id, role="viewer"))
        session.commit()
        sign_in(client, "guest@example.com")
        return client

    return of


def said(page: str) -> str:
    """What a person reads of the main part."""
    main = page.partition("<main")[2].partition("<footer")[0] or page
    return re.sub(rf"[ \n{THIN}]+", " ", re.sub(r"<[^>]+>", " ", main)).replace("&#39;", "'")


def shown(client: FlaskClient, address: str = "/plan") -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    assert not RAW.search(said(answer.text)), RAW.search(said(answer.text))
    return said(answer.text)


def test_the_page_says_what_happens_why_and_what_it_is_worth(session: Session, owner: User, signed_in: FlaskClient):
    planned_home(session, owner)
    text = shown(signed_in)
    assert "Your battery plans with Amber Electric prices" in text  # what the loop decided last
    assert "Confirmed by your battery 16:30" in text
    assert "Made 16:40, 2 min ago" in text
    assert "Expected result −$1.20" in text
    assert "+$0.80 by the plan" in text
    assert "+$2.30 by battery and plan" in text
    assert "Now – 18:40 Hold 60 %" in text
    assert "18:40 – 22:40 Run home 60 → 27 % 4.0 kWh out 55.0 c 8.0 c +$2.20" in text
    assert "Saturday 21 November 00:40 – 16:40 Hold" in text
    assert "What would change it now: " in text
    assert "The plan is carried out." in text


def test_the_plan_is_drawn_and_every_block_has_its_words(session: Session, owner: User, signed_in: FlaskClient):
    planned_home(session, owner)
    page = signed_in.get("/plan").text
    assert "<title>16:42 to 18:40: Hold</title>" in page
    assert "<title>18:40 to 22:40: Run home</title>" in page
    assert page.count('class="c-now"') == 3
    assert "10\u202f% stay in it" in page
    assert " style=" not in page


def test_without_the_optimizer_the_page_leads_to_its_settings(session: Session, owner: User, signed_in: FlaskClient):
    running_home(session, owner)
    page = signed_in.get("/plan").text
    assert "No plan is made" in page
    assert 'href="/settings#optimizer"' in page
    assert "Plan against what came" not in page


def test_a_plan_that_cannot_be_made_says_what_is_missing(session: Session, owner: User, signed_in: FlaskClient):
    problem(optimizer(running_home(session, owner)), no_prices())
    text = shown(signed_in)
    assert "There is no plan yet No prices ahead are known." in text
    assert "Try now" in text


@pytest.mark.parametrize(("age", "words"), [(12 * MINUTE, "This plan is old."), (40 * MINUTE, "It is not followed any more.")])
def test_an_old_plan_looks_old_and_says_why_there_is_no_newer_one(
    session: Session, owner: User, signed_in: FlaskClient, age: timedelta, words: str
):
    home = optimizer(running_home(session, owner))
    keep(home, two_days(NOW - age))
    problem(home, no_prices())
    text = shown(signed_in)
    assert words in text
    assert "No prices ahead are known." in text
    assert "badge--ok" not in signed_in.get("/plan").text.partition("Made")[0].rpartition("<span")[2]


def test_a_command_that_stays_behind_the_plan_is_told(session: Session, owner: User, signed_in: FlaskClient):
    home = optimizer(running_home(session, owner))
    keep(home, two_days(command=a_plan_of([a_step(HOLD)]).command))
    assert "It stays with" not in shown(signed_in)
    keep(home, two_days(NOW - MINUTE, command=two_days().steps[1].action))
    assert "The best plan would now “Hold”. It stays with “Run home”" in shown(signed_in)


def test_plans_are_set_against_what_came_only_where_both_are_known(session: Session, owner: User, signed_in: FlaskClient):
    home = planned_home(session, owner)
    assert "Nothing to compare yet" in shown(signed_in)
    keep(home, whole_day(MIDNIGHT, MIDNIGHT))
    assert "0 of 7 days can be compared" in shown(signed_in)
    metered(home, YESTERDAY, import_c=800.0)
    text = shown(signed_in)
    assert "1 of 7 days can be compared" in text
    assert "$0.80 dearer than expected Expected −$7.20, metered −$8.00" in text
    assert "Thu 19 Nov 00:00 −$7.20 −$8.00 −$0.80 55 % 48 % 100 % 100 %" in text


# Pressing


def mode_of(session: Session, home: Home) -> str:
    """As stored now; nothing is held open."""
    session.commit()
    session.expire_all()
    mode = session.get_one(PolicySettings, (home.site.id, "optimizer")).values["mode"]
    session.commit()
    return str(mode)


def test_the_owner_lets_the_plan_be_carried_out_or_only_shown(session: Session, owner: User, signed_in: FlaskClient):
    home = planned_home(session, owner, mode="watch")
    assert "nothing of it is sent to your battery" in shown(signed_in)
    for mode, words in (("control", "your battery follows it within a minute"), ("watch", "only shown from now on")):
        answer = send(signed_in, "/plan", "/plan/mode", mode=mode)
        assert answer.status_code == 302
        assert words in signed_in.get("/plan").text
        assert mode_of(session, home) == mode
    assert send(signed_in, "/plan", "/plan/mode", mode="sell").status_code == 422


def test_a_plan_to_be_carried_out_waits_for_control(session: Session, owner: User, signed_in: FlaskClient):
    home = optimizer(running_home(session, owner, control="watch"), mode="watch")
    keep(home, two_days())
    send(signed_in, "/plan", "/plan/mode", mode="control")
    text = shown(signed_in)
    assert "will be carried out once control is on" in text
    assert "PowerSync only watches: switch control on first." in text


def test_a_new_plan_is_asked_of_the_scheduler(session: Session, owner: User, signed_in: FlaskClient):
    home = planned_home(session, owner)
    assert send(signed_in, "/plan", "/plan/refresh").status_code == 302
    assert session.get_one(Signal, home.site.id).count == 1


def test_a_viewer_sees_all_and_presses_nothing(session: Session, owner: User, guest: Callable[[Site], FlaskClient]):
    home = planned_home(session, owner)
    client = guest(home.site)
    page = client.get("/plan").text
    assert "Step by step" in page
    assert page.count("Only an owner of this home can do this.") >= 2
    for address, fields in (("/plan/mode", {"mode": "watch"}), ("/plan/refresh", {})):
        assert send(client, "/plan", address, **fields).status_code == 403
    assert mode_of(session, home) == "control"


def test_a_viewer_of_a_home_without_plans_is_not_led_to_settings(session: Session, owner: User, guest: Callable[[Site], FlaskClient]):
    page = guest(running_home(session, owner).site).get("/plan").text
    assert "An owner of this home can switch it on." in page


def test_the_part_and_the_csv_are_those_of_the_page(session: Session, owner: User, signed_in: FlaskClient):
    home = running_home(session, owner)
    assert signed_in.get("/plan.csv").status_code == 404
    keep(optimizer(home), two_days())
    assert 'id="plan-part"' in signed_in.get("/plan/part").text
    answer = signed_in.get("/plan.csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="plan-2026-11-20-1640.csv"'
    assert answer.text.startswith("start,end,battery_does")


# The Now page


def strip(page: str) -> str:
    return page.partition('id="now-strip"')[2].partition("</section>")[0]


def test_the_now_page_shows_the_plan_under_its_prices(session: Session, owner: User, signed_in: FlaskClient):
    home = running_home(session, owner)
    assert ">Plan<" not in strip(signed_in.get("/").text)
    keep(optimizer(home), two_days())
    shown_strip = strip(signed_in.get("/").text)
    assert ">Plan<" in shown_strip
    assert "Whole plan and reasons" in shown_strip
    assert "The plan: hold until 18:40, run home until 22:40, charge until 00:40, hold until 16:30." in shown_strip
    assert "60\u202f%" in shown_strip
    assert ">Sell<" not in shown_strip


def test_an_old_plan_leaves_the_now_page(session: Session, owner: User, signed_in: FlaskClient):
    home = optimizer(running_home(session, owner))
    keep(home, two_days(NOW - 16 * MINUTE))
    assert ">Sell<" in strip(signed_in.get("/").text)


def test_an_open_now_page_gets_a_new_plan(session: Session, owner: User, signed_in: FlaskClient):
    home = planned_home(session, owner)
    tag = signed_in.get("/now/live").headers["ETag"]
    assert signed_in.get("/now/live", headers={"If-None-Match": tag}).status_code == 304
    keep(home, two_days(NOW - MINUTE))
    assert signed_in.get("/now/live", headers={"If-None-Match": tag}).status_code == 200


def test_another_home_s_plan_is_never_shown(session: Session, owner: User, signed_in: FlaskClient):
    running_home(session, owner)
    keep(optimizer(Home(session, name="Other").link()), two_days())
    assert "No plan is made" in signed_in.get("/plan").text
