"""The Now page as a browser gets it, in each state of a home."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.models.connection import Connection
from app.models.site import Membership
from app.models.user import User
from app.services import accounts, wishes
from app.services.passwords import Passwords
from app.web.now import views
from tests.conftest import NOW, PASSWORD
from tests.services.overview.homes import HOUR, MINUTE, Home, running_home
from tests.web.browser import sign_in

RAW = re.compile(
    r"follows_prices|tariff_sync|owner_charge|self_consum|FollowTariff|SelfConsume|prices_old|None|NaN|undefined|\$-|CredentialsRefused|Freshness"
)


def text_of(page: str) -> str:
    """What a person reads: without tags, scripts and the addresses in attributes."""
    return re.sub(r"[ \n]+", " ", re.sub(r"<[^>]+>", " ", re.sub(r"<(style|script)[^>]*>.*?</\1>", " ", page, flags=re.S)))


def card(page: str, region: str) -> str:
    """The HTML of one region."""
    start = page.index(f'id="{region}"')
    rest = page[start:]
    following = rest.find("data-region", rest.index("data-region") + 1)
    return rest if following < 0 else rest[:following]


def test_all_is_well(session: Session, owner: User, signed_in: FlaskClient):
    running_home(session, owner)
    page = signed_in.get("/").text
    said = text_of(page)
    assert "Your battery plans with Amber Electric prices: 39.5" in said
    assert "Confirmed by your battery 16:30" in said
    assert "8.4\u202fkWh, 5.7 above your reserve of 20\u202f%" in said
    assert "−$11.16" in card(page, "now-money")
    assert "3 of 3 fresh" in said
    assert "Sent 16:40, confirmed 16:40" in said
    assert "Solar produces 1.1\u202fkW." in said
    assert "data-stale" not in page
    assert page.count("<h1>") == 1


def _states(session: Session, owner: User) -> dict[str, Home]:
    def home() -> Home:
        return Home(session, owner).link()

    problem = {"code": "horizon_short", "params": {"known_until": (NOW + HOUR).isoformat()}}
    return {
        "running": lambda: running_home(session, owner),
        "asked": lambda: running_home(session, owner).changed_by_somebody(),
        "watch": lambda: running_home(session, owner, control="watch"),
        "lost": lambda: home().prices(age=2 * HOUR).reading(age=HOUR).device().decision(age=HOUR),
        "late": lambda: home().prices(age=13 * MINUTE).reading(age=5 * MINUTE).device().decision(age=5 * MINUTE),
        "linked just now": home,
        "short": lambda: home().prices(hours=2).reading().device().decision(problems=[problem]),
        "odd battery": lambda: home().prices().reading(soc_pct=None, solar_w=None, grid_w=-6000, battery_w=-9000, load_w=None).decision(),
        "nobody wishes": lambda: home().prices().reading().decision(policy=None, command=None, code="owners_settings", params={}),
    }  # type: ignore[return-value]


def test_what_fits_and_what_is_above_the_reserve_stand_ready_for_the_form(session: Session, owner: User, signed_in: FlaskClient):
    running_home(session, owner)
    for address in ("/", "/now/live"):
        page = signed_in.get(address).text
        assert 'data-charge-wh="5130" data-discharge-wh="5670"' in page


@pytest.mark.parametrize("state", ["running", "asked", "watch", "lost", "late", "linked just now", "short", "odd battery", "nobody wishes"])
def test_no_state_shows_a_code_or_a_style(session: Session, owner: User, signed_in: FlaskClient, state: str):
    _states(session, owner)[state]()
    for address in ("/", "/now/live", "/now/control"):
        answer = signed_in.get(address)
        assert answer.status_code == 200
        assert not RAW.search(text_of(answer.text)), RAW.search(text_of(answer.text))
        assert "style=" not in answer.text
        assert not re.search(r"\son[a-z]+=", answer.text)


def test_late_figures_stay_and_carry_their_age_in_a_badge(session: Session, owner: User, signed_in: FlaskClient):
    Home(session, owner).link().prices(age=13 * MINUTE).reading(age=5 * MINUTE).device().decision()
    page = signed_in.get("/").text
    soc, price = card(page, "now-soc"), card(page, "now-price")
    assert 'data-stale="late"' in soc
    assert "badge--late" in soc
    assert "62" in text_of(soc)
    assert 'data-stale="late"' in price
    assert "39.5" in text_of(price)


def test_lost_figures_are_dashes_and_the_last_value_stands_in_words(session: Session, owner: User, signed_in: FlaskClient):
    Home(session, owner).link().prices(age=2 * HOUR).reading(age=14 * MINUTE).device().decision()
    page = signed_in.get("/").text
    soc, price, flow = card(page, "now-soc"), card(page, "now-price"), card(page, "now-flow")
    assert "badge--lost" in soc
    assert "— Was 62\u202f% at 16:28" in text_of(soc)
    assert "Was 39.5\u202fc to buy" in text_of(price)
    assert "39.5" not in text_of(price).split("Was")[0]
    assert text_of(flow).count("No reading") >= 8  # four boxes, drawn wide and narrow
    assert "flow--stale" in flow


def test_the_worst_problem_stands_alone_and_the_rest_is_counted(session: Session, owner: User, signed_in: FlaskClient):
    home = running_home(session, owner)
    home.retailer.problem, home.retailer.problem_kind, home.retailer.problem_since = "Amber: no answer", "Unreachable", NOW - HOUR
    home.battery.problem, home.battery.problem_kind = "Teslemetry: the token was not accepted", "CredentialsRefused"
    session.commit()
    alerts = card(signed_in.get("/").text, "now-alerts")
    assert len(re.findall(r'class="banner ', alerts)) == 1
    assert "Teslemetry refuses the key of Tesla Powerwall." in alerts
    assert "+ 1 more" in alerts
    assert "Trouble with Amber since 15:42." in alerts


def test_watching_disables_the_buttons_and_says_why(session: Session, owner: User, signed_in: FlaskClient):
    running_home(session, owner, control="watch")
    page = signed_in.get("/").text
    assert page.count("<fieldset disabled") == 2
    assert "PowerSync only watches: switch control on first." in page
    assert "Watch only." in page
    assert 'href="/now/control"' in page


def test_only_commands_that_the_battery_honours_are_offered(
    session: Session, owner: User, signed_in: FlaskClient, monkeypatch: pytest.MonkeyPatch
):
    from dataclasses import replace

    from app.devices.registry import device_brands

    brands = device_brands("battery")
    monkeypatch.setitem(brands, "tesla", replace(brands["tesla"], capabilities=frozenset({"Charge", "Hold"})))
    running_home(session, owner)
    page = signed_in.get("/").text
    assert re.findall(r'name="action" value="([^"]+)"', page) == ["charge", "hold"]
    assert "Tariff sync is" not in page  # it takes no tariffs


def test_a_wish_under_way_counts_down_and_can_be_ended(session: Session, owner: User, signed_in: FlaskClient):
    home = running_home(session, owner)
    wishes.record(session, home.site, "discharge", 30, NOW)
    running = card(signed_in.get("/").text, "now-running")
    assert "Discharging until 17:12" in text_of(running)
    assert re.search(r'<time datetime="2026-11-20T06:12:00\+00:00" data-countdown>30\u202fmin</time>', running)
    assert "Restore now" in running
    assert "Waiting for your battery" in running


def test_the_strip_marks_estimates_gaps_and_the_dearest(session: Session, owner: User, signed_in: FlaskClient):
    Home(session, owner).link().prices(hours=10).reading().device().decision()
    strip = card(signed_in.get("/").text, "now-strip")
    assert "Dearest 55.0\u202fc, 18:30" in strip
    assert 'class="f-est"' in strip
    assert "Not published yet" in strip
    assert "18:30 to 19:00: 55.0\u202fc" in strip


def test_what_does_not_add_up_is_said(session: Session, owner: User, signed_in: FlaskClient):
    Home(session, owner).link().prices().reading(grid_w=-580).device().decision()
    assert "−1.16\u202fkW unexplained" in card(signed_in.get("/").text, "now-flow")


def test_an_account_without_a_home_is_shown_the_way(signed_in: FlaskClient):
    answer = signed_in.get("/")
    assert answer.status_code == 200
    assert "Set your home up" in answer.text


def test_a_home_without_connections_is_shown_the_way(session: Session, owner: User, signed_in: FlaskClient):
    Home(session, owner)
    assert "Link your retailer and your battery" in signed_in.get("/").text


def test_half_a_home_is_shown_as_far_as_it_goes(session: Session, owner: User, signed_in: FlaskClient):
    home = Home(session, owner).link().prices()
    session.delete(session.get_one(Connection, home.battery.id))
    session.commit()
    page = signed_in.get("/").text
    assert "No battery is linked yet." in page
    assert "39.5" in page


# The part that a script asks for


def test_nothing_new_is_answered_with_304_and_without_drawing(
    session: Session, owner: User, signed_in: FlaskClient, at: list, monkeypatch: pytest.MonkeyPatch
):
    home = running_home(session, owner)
    first = signed_in.get("/now/live")
    assert first.headers["Cache-Control"] == "private, no-cache"
    tag = first.headers["ETag"]
    at[0] = NOW + timedelta(seconds=20)
    with monkeypatch.context() as patched:
        patched.delattr(views, "overview_of")  # whoever draws now fails
        again = signed_in.get("/now/live", headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    home.site.control = "watch"
    session.commit()
    assert signed_in.get("/now/live", headers={"If-None-Match": tag}).status_code == 200


def test_a_reading_that_goes_stale_is_news(session: Session, owner: User, signed_in: FlaskClient, at: list):
    running_home(session, owner)
    tag = signed_in.get("/now/live").headers["ETag"]
    at[0] = NOW + timedelta(seconds=130)
    stale = signed_in.get("/now/live", headers={"If-None-Match": tag})
    assert stale.status_code == 200
    assert 'data-stale="late"' in card(stale.text, "now-soc")


def test_every_region_of_the_live_part_has_its_place_on_the_page(session: Session, owner: User, signed_in: FlaskClient):
    running_home(session, owner)
    regions = [re.findall(r'id="(now-[a-z]+)" data-region', signed_in.get(address).text) for address in ("/", "/now/live")]
    assert sorted(regions[0]) == sorted(regions[1])
    assert len(set(regions[0])) == len(regions[0]) == 13


def test_only_the_sentence_is_read_out_by_itself(session: Session, owner: User, signed_in: FlaskClient):
    running_home(session, owner)
    assert signed_in.get("/now/live").text.count("aria-live") == 1


# Whose home


def test_nobody_sees_anothers_home(session: Session, signed_in: FlaskClient, passwords: Passwords):
    other = accounts.create_account(session, passwords, "other@example.com", PASSWORD, NOW)
    running_home(session, other, name="Elsewhere")
    assert "Elsewhere" not in signed_in.get("/").text
    assert signed_in.get("/now/live").status_code == 404
    assert signed_in.get("/now/control").status_code == 404


def test_a_viewer_sees_all_and_presses_nothing(session: Session, client: FlaskClient, owner: User, passwords: Passwords):
    home = running_home(session, owner)
    guest = accounts.create_account(session, passwords, "guest@example.com", PASSWORD, NOW)
    session.add(Membership(user_id=guest.id, site_id=home.site.id, role="viewer"))
    session.commit()
    sign_in(client, "guest@example.com")
    page = client.get("/").text
    assert "Only an owner of this home can do this." in page
    assert page.count("<fieldset disabled") == 2
    assert client.get("/now/control").status_code == 403


def test_a_stranger_is_asked_to_sign_in(session: Session, owner: User, client: FlaskClient):
    running_home(session, owner)
    assert client.get("/").headers["Location"] == "/sign-in"
    assert client.get("/now/live", headers={"Sec-Fetch-Mode": "cors"}).status_code == 401
