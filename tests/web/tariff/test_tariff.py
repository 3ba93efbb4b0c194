"""The tariff page: retailer → steps → sent → read back, and why nothing is sent."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.control.connections import Opener, load
from app.control.observe import observe
from app.devices.capabilities import Battery
from app.domain.codec import to_json
from app.domain.opinions import NO_LIMITS, BatteryCommand, Charge, Hold
from app.domain.tariffs.half_hourly import RollingTariff
from app.domain.tariffs.shaping import Shaped
from app.domain.tariffs.todays import next_day
from app.models.control import Baseline, DeviceState, LastDecision, Signal, StandDown
from app.models.site import Site
from app.models.user import User
from app.services import accounts
from app.services.passwords import Passwords
from app.surroundings import surroundings_of_app
from app.web.tariff import views
from tests.conftest import PASSWORD
from tests.web.browser import csrf_token, sign_in
from tests.web.prices.home import MIDNIGHT, NOW, SYDNEY, a_home, give, give_prices, hold, settings_for

BOOST = {"export_boost": {"enabled": True, "offset_c": 5, "minimum_c": 0, "threshold_c": 0, "start": "17:00", "end": "21:00"}}


@pytest.fixture(autouse=True)
def _a_still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "utc_now", lambda: NOW)


@pytest.fixture
def home(owner: User, session: Session, client: FlaskClient) -> Site:
    site = a_home(session)
    sign_in(client)
    return site


@pytest.fixture
def driver(client: FlaskClient, session: Session, home: Site) -> Battery:
    with client.application.app_context():
        battery = load(session, home.id, "battery")
        assert battery is not None
        return Opener(surroundings_of_app(), lambda: NOW).battery(battery)


def text_of(client: FlaskClient, address: str = "/tariff") -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text.replace("\u202f", " ")))


def slots_of(client: FlaskClient) -> list[list[str]]:
    """Each half-hour's cells; what only a screen reader hears is left out."""
    html = re.sub(r'<span class="vh">.*?</span>', "", client.get("/tariff").text)
    table = re.search(r"<table class=\"table table--dense table--slots\">(.*?)</table>", html, re.DOTALL)
    assert table
    rows = re.findall(r"<tr[^>]*><th scope=\"row\"(.*?)</tr>", table.group(1), re.DOTALL)
    return [
        [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"(?:class=\"nowrap\"|<td[^>]*)>(.*?)</t[hd]>", row)] for row in rows
    ]


def todays(session: Session, site: Site) -> Shaped:
    shaped = next_day(observe(session, site, NOW))
    assert isinstance(shaped, Shaped)
    return shaped


def sent(session: Session, site: Site) -> RollingTariff:
    return todays(session, site).result


def decided(session: Session, site: Site, **values: Any) -> None:
    defaults: dict[str, Any] = {"policy": "tariff_sync", "command": None, "code": "follows_prices", "params": {}, "problems": []}
    session.merge(LastDecision(site_id=site.id, **{"at": NOW, "wishes": [], "limits": {}, **defaults, **values}))
    session.commit()


def test_all_48_half_hours_stand_in_the_order_in_which_they_come(home: Site, session: Session, client: FlaskClient) -> None:
    give_prices(session, home)
    slots = slots_of(client)
    assert len(slots) == 48
    assert [slots[0][0], slots[1][0], slots[15][0], slots[47][0]] == ["16:30 – 17:00", "17:00 – 17:30", "00:00 – 00:30", "16:00 – 16:30"]
    html = client.get("/tariff").text
    assert html.count('<tr aria-current="true">') == 1
    assert html.index("Today, Fri 20 Nov") < html.index("16:30") < html.index("Tomorrow, Sat 21 Nov")
    assert slots[0][1:3] == ["39.5", "9.0"]  # the price of this moment


def test_what_was_sent_and_what_is_held_stand_beside_the_retailers_price(
    home: Site, session: Session, client: FlaskClient, driver: Battery
) -> None:
    give_prices(session, home)
    tariff = sent(session, home)
    hold(session, home, tariff, settings_for(driver, tariff))
    assert slots_of(client)[0][1:] == ["39.5", "9.0"] * 3
    text = text_of(client)
    assert "Confirmed 54 s ago" in text
    assert "Read back and found right after 6 s" in text
    assert "holds what was sent" in text
    assert "differs" not in text


def test_another_price_in_the_battery_is_marked(home: Site, session: Session, client: FlaskClient, driver: Battery) -> None:
    give_prices(session, home)
    tariff = sent(session, home)
    found = settings_for(driver, tariff)
    found["tariff"]["energy_charges"]["Summer"]["rates"]["PERIOD_18_00"] = 0.52
    hold(session, home, tariff, found)
    assert '<span class="differs">52.0</span>' in client.get("/tariff").text
    assert client.get("/tariff").text.count('class="differs"') == 1
    assert "holds another tariff" in text_of(client)


def taken_over(session: Session, site: Site, driver: Battery, command: BatteryCommand, owners: dict[str, Any]) -> None:
    """The owner pressed a button two minutes ago, and the battery has done it since."""
    battery = load(session, site.id, "battery")
    assert battery is not None
    began, until = NOW - timedelta(minutes=2), NOW + timedelta(minutes=28)
    session.merge(Baseline(connection_id=battery.id, settings=owners, stored_at=began, changed_at=began, refused={}))
    hold(session, site, sent(session, site), driver.target(command, NO_LIMITS, owners, now=began, until=until, zone=SYDNEY))
    decided(
        session,
        site,
        policy="owner",
        command=to_json(command),
        code="owner_charge",
        params={"until": to_json(until)},
        began_at=began,
        expires_at=until,
    )


@pytest.mark.parametrize("command", [Charge(), Hold()])
def test_the_plan_of_a_takeover_is_told_calmly(
    home: Site, session: Session, client: FlaskClient, driver: Battery, command: BatteryCommand
) -> None:
    give_prices(session, home)
    own_plan = settings_for(driver, sent(session, home))["tariff"] | {"code": "MINE", "name": "My plan"}
    own_plan["energy_charges"]["Summer"]["rates"]["PERIOD_18_00"] = 0.52
    taken_over(session, home, driver, command, {"mode": "autonomous", "reserve_pct": 20, "grid_charging": True, "tariff": own_plan})
    assert slots_of(client)[3][3] != slots_of(client)[3][5]  # what was sent, what is held
    text = text_of(client)
    assert "Your Tesla Powerwall holds the plan of the take-over until 17:10" in text
    assert "Prices are sent again afterwards." in text
    assert "holds another tariff" not in text
    assert "The last confirmed tariff stays" not in text
    assert "differs" not in client.get("/tariff").text


@pytest.mark.parametrize(("control", "age"), [("watch", timedelta(0)), ("on", timedelta(minutes=6))])
def test_a_plan_is_no_takeovers_when_nothing_steers(
    home: Site, session: Session, client: FlaskClient, driver: Battery, control: str, age: timedelta
) -> None:
    give_prices(session, home)
    taken_over(session, home, driver, Charge(), {})
    home.control = control
    session.get_one(LastDecision, home.id).at = NOW - age
    session.commit()
    assert "holds another tariff" in text_of(client)


def test_another_plan_during_a_takeover_is_still_marked(home: Site, session: Session, client: FlaskClient, driver: Battery) -> None:
    give_prices(session, home)
    taken_over(session, home, driver, Charge(), {})
    battery = load(session, home.id, "battery")
    assert battery is not None
    state = session.get_one(DeviceState, battery.id)
    found = settings_for(driver, sent(session, home))
    found["tariff"]["energy_charges"]["Summer"]["rates"]["PERIOD_18_00"] = 0.52
    state.found = found
    session.commit()
    assert "holds another tariff" in text_of(client)
    assert client.get("/tariff").text.count('class="differs"') == 1


def test_a_price_below_zero_is_shown_as_it_is_and_sent_as_zero(home: Site, session: Session, client: FlaskClient, driver: Battery) -> None:
    give_prices(session, home)
    give(session, home, MIDNIGHT + timedelta(hours=18), 30.0, -4.2, quality="forecast", minutes=30)
    session.commit()
    tariff = sent(session, home)
    hold(session, home, tariff, settings_for(driver, tariff))
    assert slots_of(client)[3] == ["18:00 – 18:30", "30.0", "−4.2", "30.0", "0.0", "30.0", "0.0"]
    assert "differs" not in text_of(client)


def test_a_step_that_is_on_has_its_column_and_marks_what_it_changed(owner: User, session: Session, client: FlaskClient) -> None:
    site = a_home(session, policies=BOOST)
    sign_in(client)
    give_prices(session, site)
    by_time = {slot[0]: slot for slot in slots_of(client)}
    assert by_time["17:00 – 17:30"][1:4] == ["30.0", "10.0", "15.0"]
    assert by_time["21:00 – 21:30"][1:4] == ["30.0", "10.0", "10.0"]
    assert client.get("/tariff").text.count('<span class="changed">15.0</span>') == 8
    text = text_of(client)
    assert "Export boost On, changes 8 half-hours" in text
    assert "Chip mode Off" in text


def test_steps_that_are_off_have_no_column(home: Site, session: Session, client: FlaskClient) -> None:
    give_prices(session, home)
    assert {len(slot) for slot in slots_of(client)} == {7}


def test_half_hours_beyond_the_horizon_are_called_estimates(home: Site, session: Session, client: FlaskClient) -> None:
    give_prices(session, home, known_h=10, since=MIDNIGHT - timedelta(hours=9))
    estimates = [slot[0] for slot in slots_of(client) if slot[0].endswith("estimate")]
    assert estimates[0].startswith("03:00")
    assert f"{len(estimates)} half-hours beyond that are estimated" in text_of(client)


def test_missing_half_hours_are_named(home: Site, session: Session, client: FlaskClient) -> None:
    give_prices(session, home)
    for hour in (18, 20):
        give(session, home, MIDNIGHT + timedelta(hours=hour), None, 10.0, quality="forecast", minutes=30)
    session.commit()
    text = text_of(client)
    assert "Why nothing is sent" in text
    assert "2 half-hours ahead without a price Fri 18:00, Fri 20:00" in text


def test_the_last_tariff_stays_to_be_seen_while_a_new_one_cannot_be_built(
    home: Site, session: Session, client: FlaskClient, driver: Battery
) -> None:
    give_prices(session, home)
    tariff = sent(session, home)
    hold(session, home, tariff, settings_for(driver, tariff))
    give(session, home, MIDNIGHT + timedelta(hours=18), None, None, quality="forecast", minutes=30)
    session.commit()
    assert slots_of(client)[3] == ["18:00 – 18:30", "—", "—", "30.0", "10.0", "30.0", "10.0"]
    assert "The last confirmed tariff stays in the battery" in text_of(client)


def test_a_short_horizon_is_the_reason(home: Site, session: Session, client: FlaskClient) -> None:
    give_prices(session, home, known_h=3)
    assert "Prices are known only until Fri 20:00, less than 6 hours ahead" in text_of(client)


@pytest.mark.parametrize(
    ("control", "policies", "words"),
    [
        ("watch", {}, "Watch only: PowerSync builds the tariff and sends nothing"),
        ("on", {"tariff_sync": {"enabled": False}}, "Tariff sync is switched off"),
    ],
)
def test_what_the_owner_switched_off_is_the_reason(
    owner: User, session: Session, client: FlaskClient, control: str, policies: dict[str, Any], words: str
) -> None:
    site = a_home(session, control, policies)
    sign_in(client)
    give_prices(session, site)
    assert words in text_of(client)
    assert "Nothing has been sent yet" in text_of(client)


def test_a_wish_of_higher_rank_is_the_reason(home: Site, session: Session, client: FlaskClient) -> None:
    give_prices(session, home)
    decided(session, home, policy="owner", code="owner_charge", params={"until": to_json(NOW + timedelta(minutes=30))})
    assert "You asked to charge until 17:12. The tariff goes on being built" in text_of(client)


def test_a_change_of_the_owner_is_the_reason_and_leads_to_the_decision(home: Site, session: Session, client: FlaskClient) -> None:
    give_prices(session, home)
    change = {"field": "tariff", "label": "rate plan", "was": "", "now": "My plan"}
    session.add(StandDown(site_id=home.id, policy="tariff_sync", changes=[change], priority=10, seen_at=NOW))
    decided(session, home, policy=None, code="owners_settings")
    assert "Someone changed the rate plan, so tariff sync waits until you decide" in text_of(client)
    assert '<a href="/decisions">Decisions</a>' in client.get("/tariff").text


def test_a_mode_that_ignores_prices_is_told_and_blocks_nothing(home: Site, session: Session, client: FlaskClient) -> None:
    give_prices(session, home)
    decided(session, home, problems=[{"code": "mode_ignores_tariffs", "params": {"mode": "Self-powered"}}])
    text = text_of(client)
    assert "The battery is in Self-powered and ignores prices" in text
    assert "What to know" in text
    assert "Why nothing is sent" not in text


def test_a_scheduler_that_stands_still_is_told(home: Site, session: Session, client: FlaskClient) -> None:
    give_prices(session, home)
    decided(session, home, at=NOW - timedelta(minutes=20))
    assert "Nothing has been decided since Fri 16:22: the scheduler is not running" in text_of(client)


def test_a_tariff_that_was_not_confirmed_is_never_green(home: Site, session: Session, client: FlaskClient, driver: Battery) -> None:
    give_prices(session, home)
    tariff = sent(session, home)
    hold(session, home, tariff, settings_for(driver, tariff), confirmed=False)
    assert "Waiting for confirmation" in text_of(client)
    battery = load(session, home.id, "battery")
    assert battery is not None
    session.get_one(DeviceState, battery.id).problem = "Tesla: accepted and not shown after 2 tries"
    session.commit()
    text = text_of(client)
    assert "Not confirmed" in text
    assert "accepted and not shown after 2 tries" in text
    assert "badge--ok" not in client.get("/tariff/part").text


def test_an_old_reading_of_the_battery_is_called_so(home: Site, session: Session, client: FlaskClient, driver: Battery) -> None:
    give_prices(session, home)
    tariff = sent(session, home)
    hold(session, home, tariff, settings_for(driver, tariff))
    battery = load(session, home.id, "battery")
    assert battery is not None
    session.get_one(DeviceState, battery.id).found_at = NOW - timedelta(minutes=20)
    session.commit()
    assert '<span class="badge badge--late">' in client.get("/tariff/part").text
    assert "read 20 min ago" in text_of(client)


def test_without_retailer_and_battery_the_page_says_what_is_missing(owner: User, a_site: Any, client: FlaskClient) -> None:
    a_site(owner, control="on")
    sign_in(client)
    text = text_of(client)
    assert "No retailer is linked" in text
    assert "No battery is linked" in text
    assert "No tariff yet" in text


def test_sync_now_asks_the_scheduler_to_fetch(home: Site, session: Session, client: FlaskClient) -> None:
    token = csrf_token(client, "/tariff")
    answer = client.post("/tariff/sync", data={"csrf_token": token})
    assert answer.location == "/tariff"
    signal = session.get_one(Signal, home.id)
    assert signal.fetch_asked_at == NOW
    assert "Prices are being fetched" in text_of(client)


def test_a_viewer_sees_the_page_and_cannot_sync(
    home: Site, session: Session, passwords: Passwords, a_site: Any, client: FlaskClient
) -> None:
    viewer = accounts.create_account(session, passwords, "viewer@example.com", PASSWORD, NOW)
    a_site(viewer, name="Theirs", role="viewer")
    other = client.application.test_client()
    sign_in(other, "viewer@example.com")
    page = other.get("/tariff").text
    assert re.search(r"<button[^>]*disabled[^>]*>Sync now", page)
    assert other.post("/tariff/sync", data={"csrf_token": csrf_token(other, "/tariff")}).status_code == 403


@pytest.mark.parametrize("address", ["/tariff", "/tariff/part"])
def test_nobody_sees_a_tariff_without_signing_in(home: Site, client: FlaskClient, address: str) -> None:
    assert client.application.test_client().get(address, headers={"Sec-Fetch-Mode": "cors"}).status_code == 401


def test_the_page_is_words_and_figures(home: Site, session: Session, client: FlaskClient, driver: Battery) -> None:
    give_prices(session, home)
    tariff = sent(session, home)
    hold(session, home, tariff, settings_for(driver, tariff))
    assert not re.search(r"\bNone\b|\bnan\b|undefined|tariff_sync|style=", client.get("/tariff").text)
