"""The Now page stays open while the world goes on: nobody reloads it, and it goes on telling the truth."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from app.simulators import effects
from tests.browser.complaints import Complaints
from tests.browser.person import Person
from tests.browser.steered_home import SteeredHome
from tests.browser.web_server import WebServer

pytestmark = pytest.mark.browser

STAY = "window.isStillTheSamePage = true"
STAYED = "window.isStillTheSamePage === true"
HEADING = "#now-sentence h1"
PAY = "#now-price .stat__value >> nth=0"


def test_a_price_change_reaches_battery_and_page_without_a_reload(home: SteeredHome, page: Page, person: Person):
    person.sign_in()
    page.evaluate(STAY)
    price, sentence, sent = page.locator(PAY).inner_text(), page.locator(HEADING).inner_text(), len(home.posts())
    home.go_on(minutes=6)
    person.look_again()
    expect(page.locator(PAY)).not_to_have_text(price)
    expect(page.locator(HEADING)).not_to_have_text(sentence)
    assert len(home.posts()) > sent
    told = re.search(r"([\d.]+)\u202fc to buy", page.locator(HEADING).inner_text())
    assert told is not None
    bought = page.locator(PAY).inner_text().split()[0]
    assert bought == told.group(1)  # one price on one page
    assert page.evaluate(STAYED)


def test_a_takeover_asks_for_the_password_is_confirmed_counts_down_and_can_be_ended(home: SteeredHome, page: Page, person: Person):
    person.sign_in()
    plan = home.plan
    home.go_on(minutes=11)  # the password counts for 10 minutes
    page.reload()
    _press_discharge(page)
    expect(page.get_by_text("Enter your password once more, then repeat what you wanted to do.")).to_be_visible()
    person.confirm_password()
    _press_discharge(page)
    expect(page.get_by_role("status").filter(has_text=re.compile(r"^Discharging for 30\smin, until \d\d:\d\d\."))).to_be_visible()
    running = page.locator("#now-running")
    expect(running).to_contain_text("Waiting for your battery")

    home.tick()
    page.evaluate(STAY)
    person.look_again()
    expect(running).to_contain_text(re.compile(r"Confirmed \d\d:\d\d:\d\d"))
    expect(running.locator("[data-countdown]")).to_have_text(re.compile(r"^(29|30)\smin$"))
    expect(page.locator(HEADING)).to_have_text(re.compile(r"^You asked to discharge until \d\d:\d\d\.$"))
    assert home.plan == "POWERSYNC:DISCHARGE"
    home.go_on(minutes=8)
    person.look_again()
    expect(running.locator("[data-countdown]")).to_have_text(re.compile(r"^2[01]\smin$"))
    assert page.evaluate(STAYED)

    page.get_by_role("button", name="Restore now").click()
    expect(page.get_by_text("Ended. Your battery gets its settings back within seconds.")).to_be_visible()
    home.go_on(minutes=1)
    person.look_again()
    expect(running).to_be_empty()
    expect(page.locator(HEADING)).to_have_text(re.compile("^Your battery plans with Amber Electric prices"))
    assert home.plan == plan


def test_a_takeovers_energy_is_what_fits_or_is_above_the_reserve(home: SteeredHome, page: Page, person: Person):
    person.sign_in()
    note = page.locator("[data-takeover-note]")
    form, battery = page.locator("[data-takeover]"), page.locator("#now-soc")
    for action in ("charge", "discharge"):
        page.locator(f"input[name=action][value={action}]").check(force=True)
        page.locator("input[name=minutes][value='240']").check(force=True)
        most_wh = float(battery.get_attribute(f"data-{action}-wh") or "")
        assert most_wh < 4 * float(form.get_attribute(f"data-{action}-w") or "")
        expect(note).to_contain_text(f", {most_wh / 1000:.1f}\u202fkWh at most.")
        page.locator("input[name=minutes][value='15']").check(force=True)
        expect(note).to_contain_text("kWh at most.")


def _press_discharge(page: Page) -> None:
    page.locator("label").filter(has_text="Discharge").click()
    page.get_by_role("button", name="Discharge for 30\u202fmin").click()


def test_a_silent_retailer_is_marked_within_8_minutes_and_forgotten_when_it_is_back(home: SteeredHome, page: Page, person: Person):
    person.sign_in()
    page.evaluate(STAY)
    price = page.locator("#now-price")
    expect(price.locator(".badge")).to_have_count(0)
    home.world.faults.add(effects.Refused(), server="amber")
    known_until = _end_of_period(home.pace.now())
    home.live_until(known_until + timedelta(minutes=6))
    person.look_again()
    expect(page.locator("#now-alerts")).to_contain_text(re.compile(r"Trouble with Amber since \d\d:\d\d\."))
    expect(price.locator(".badge")).to_have_count(0)
    home.live_until(known_until + timedelta(minutes=8))
    person.look_again()
    expect(price).to_have_attribute("data-stale", "late")
    expect(price.locator(".badge--late")).to_contain_text(re.compile(r"Amber Electric, \d+\smin ago"))
    expect(page.locator("#now-sources .badge--late, #now-sources .badge--lost").first).to_be_visible()
    home.live_until(known_until + timedelta(minutes=16))
    person.look_again()
    expect(price).to_have_attribute("data-stale", "lost")
    expect(page.locator(PAY)).to_have_text("—")

    home.world.faults.clear()
    home.go_on(minutes=6)  # a vendor that failed often is left alone for up to 5 minutes
    person.look_again()
    expect(page.locator("#now-alerts")).to_be_hidden()
    expect(price).not_to_have_attribute("data-stale", re.compile("."))
    expect(price.locator(".badge")).to_have_count(0)
    assert page.evaluate(STAYED)


def _end_of_period(now: datetime) -> datetime:
    """The price of this period is good until then."""
    return datetime.fromtimestamp((now.timestamp() // 300 + 1) * 300, UTC)


def test_a_stopped_server_is_told_marks_the_figures_and_is_forgotten_when_it_is_back(
    home: SteeredHome, page: Page, person: Person, server: WebServer, complaints: Complaints
):
    person.sign_in()
    page.evaluate(STAY)
    banner = page.get_by_text("PowerSync does not answer.")
    colour = f"getComputedStyle(document.querySelector({'#now-price .stat__value'!r})).color"
    fresh = page.evaluate(colour)
    expect(banner).to_be_hidden()
    complaints.expect_offline()
    server.stop()
    person.wait(10)
    expect(banner).to_be_hidden()  # one lost answer is no outage
    person.wait(15)
    expect(banner).to_be_visible()
    assert page.evaluate(colour) != fresh
    server.start()
    person.look_again()
    expect(banner).to_be_hidden()
    assert page.evaluate(colour) == fresh
    assert page.evaluate(STAYED)


def test_a_theme_is_chosen_on_the_page_and_stays(home: SteeredHome, page: Page, person: Person):
    person.sign_in()
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.url.endswith("/")
    dark = page.evaluate(background)
    assert dark != light
    page.goto("/prices")
    assert page.evaluate(background) == dark
    page.get_by_role("button", name="Light").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    assert page.evaluate(background) == light
