"""Writing a plan of fixed prices in the browser: drawn anew while somebody types, mended by buttons, used by the battery."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from app.feeds.registry import retailer_brands
from app.models.site import Site
from app.services.tou_plans import kept
from app.services.tou_plans.season import Values
from tests.browser.complaints import Complaints
from tests.browser.person import Person
from tests.browser.steered_home import SteeredHome
from tests.browser.test_every_page import WINDOWS, is_as_designed
from tests.conftest import PASSWORD
from tests.services.tou_plans.plans import a_period, a_season, changed, whole

pytestmark = pytest.mark.browser


def keep(home: SteeredHome, values: Values) -> int:
    """A kept plan's number."""
    with home.session() as session:
        return kept.begin(session, session.get_one(Site, home.site_id), values, home.pace.now()).id


def holey() -> Values:
    """A plan with a hole and an overlap."""
    plan = changed(whole(), at=3, end="21:00")
    plan["seasons"][0]["periods"].append(a_period("Solar hours", "sat", "11:00", "14:00", "8", "0"))
    return plan


def two_seasons() -> Values:
    summer, winter = (a_season(*whole()["seasons"][0]["periods"], name=name) for name in ("Summer", "Winter"))
    return whole(name="Two seasons") | {"seasons": [summer | {"from": "11-01", "to": "03-31"}, winter | {"from": "04-01", "to": "10-31"}]}


def redrawn(page: Page) -> Any:
    """Waits for the answer to what was typed."""
    return page.expect_response(re.compile(r"/preview$"))


def test_the_week_is_drawn_anew_while_somebody_types(home: SteeredHome, page: Page, person: Person):
    plan = keep(home, whole())
    person.sign_in(f"/tariffs/custom/{plan}/edit")
    week = page.get_by_role("img", name="The week in half-hours")
    expect(page.get_by_text("to fix before you can use this plan")).to_have_count(0)
    expect(page.get_by_role("button", name="Check", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Weekend").click()
    expect(page.get_by_role("heading", name="Weekend")).to_be_focused()
    until = page.get_by_label("Until", exact=True)
    with redrawn(page):
        until.focus()
        until.select_option("20:30")
        person.wait(1)
    expect(page.get_by_text("Sat and Sun 20:30–22:00: no price", exact=True)).to_be_visible()
    expect(week).to_have_attribute("aria-label", re.compile("Sat and Sun 20:30–22:00: no price"))
    expect(page.locator("#tou-week .chart__plot .hole")).to_have_count(2)
    expect(page.get_by_role("button", name="Use this plan")).to_be_disabled()
    expect(until).to_have_value("20:30")
    expect(until).to_be_focused()
    with redrawn(page):
        page.get_by_label("Import").fill("26.35")
        person.wait(1)
    expect(page.get_by_role("row", name="Weekend").get_by_role("cell", name="26.35")).to_be_visible()


def test_buttons_mend_the_plan_in_place_and_lose_nothing(home: SteeredHome, page: Page, person: Person):
    plan = keep(home, holey())
    person.sign_in(f"/tariffs/custom/{plan}/edit")
    page.get_by_label("Plan name").fill("Red Plains Saver")
    page.get_by_role("button", name="Cut it out of Weekend").first.click()
    expect(page.get_by_text("One thing to fix before you can use this plan.")).to_be_visible()
    page.get_by_role("button", name="Fill it with Weekend").click()
    expect(page.get_by_text("to fix before you can use this plan")).to_have_count(0)
    expect(page.get_by_label("Plan name")).to_have_value("Red Plains Saver")
    assert page.url.endswith("/edit")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Red Plains Saver is saved. It is not in use.")).to_be_visible()
    with home.session() as session:
        row = kept.find(session, home.site_id, plan)
        assert row is not None
        assert [period["name"] for period in row.plan["seasons"][0]["periods"]].count("Weekend") == 4


def test_a_plan_is_written_without_a_mouse(home: SteeredHome, page: Page, person: Person):
    person.sign_in("/tariffs/custom")
    person.press_by_keyboard("Write a new plan")
    expect(page.get_by_text("Four things to fix before you can use this plan.")).to_be_visible()
    for name, price in (("Off-peak", "19"), ("Shoulder", "28"), ("Peak", "52"), ("Weekend", "26")):
        person.press_by_keyboard(name)
        expect(page.get_by_role("heading", name=name)).to_be_focused()
        person.type_into("Import", price)
        person.type_into("Feed-in", "6")
    with redrawn(page):
        page.keyboard.press("Tab")
        person.wait(1)
    expect(page.get_by_text("to fix before you can use this plan")).to_have_count(0)
    person.press_by_keyboard("Use this plan")
    expect(page.get_by_role("heading", name="Use New plan?")).to_be_visible()


def test_everything_works_without_a_script(home: SteeredHome, context_of: Callable[..., BrowserContext]):
    plan = keep(home, holey())
    page = context_of(java_script_enabled=False).new_page()
    page.goto(f"/sign-in?next=/tariffs/custom/{plan}/edit")
    page.get_by_label("E-mail").fill("owner@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Solar hours", exact=True).click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Solar hours")
    page.get_by_label("Until", exact=True).select_option("13:00")
    page.get_by_role("button", name="Check", exact=True).last.click()
    expect(page.get_by_text("Sat 11:00–13:00: two prices, Weekend and Solar hours", exact=True)).to_be_visible()
    page.get_by_role("button", name="Cut it out of Weekend").first.click()
    page.get_by_role("button", name="Fill it with Weekend").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saver is saved. It is not in use.")).to_be_visible()


def test_a_plan_reaches_the_battery_and_the_retailer_comes_back(home: SteeredHome, page: Page, person: Person):
    plan = keep(home, two_seasons())
    assert home.plan == "POWERSYNC:SYNC"
    person.sign_in(f"/tariffs/custom/{plan}")
    expect(page.get_by_text("Your Tesla Powerwall keeps it; it is sent again only when something changes.")).to_be_visible()
    page.get_by_role("link", name="Use this plan").click()
    expect(page.get_by_text("This replaces Amber Electric.")).to_be_visible()
    page.get_by_role("button", name="Use Two seasons").click()
    expect(page.get_by_text("Amber Electric is replaced.")).to_be_visible()
    home.refresh()
    home.go_on(minutes=2)
    assert home.plan == "POWERSYNC:TOU"
    page.get_by_role("button", name="Go back to Amber Electric").click()
    expect(page.get_by_text("Amber Electric is linked again. Its prices are read now.")).to_be_visible()
    home.refresh()
    home.go_on(minutes=2)
    assert home.plan == "POWERSYNC:SYNC"
    page.goto("/tariff")
    expect(page.get_by_role("columnheader", name="Amber Electric")).to_be_visible()


def test_a_price_that_holds_once_is_entered_and_ended(home: SteeredHome, page: Page, person: Person):
    person.sign_in("/tariffs/custom")
    form = page.get_by_role("form", name="A price that holds once")
    form.get_by_label("From, time").fill("16:30")
    form.get_by_label("Import").fill("0")
    form.get_by_label("Note").fill("Free hour")
    form.get_by_role("button", name="Enter this price").click()
    expect(page.get_by_role("row", name="Free hour")).to_contain_text("holds now")
    home.go_on(minutes=1)
    page.goto("/prices")
    expect(page.get_by_text("0.0").first).to_be_visible()
    page.goto("/tariffs/custom")
    page.get_by_role("button", name="End now").click()
    expect(page.get_by_text("It has ended. The usual price holds again.")).to_be_visible()
    expect(page.get_by_role("row", name="Free hour")).to_have_count(0)


@pytest.mark.parametrize(("width", "scheme"), WINDOWS)
def test_every_page_of_plans_works_fits_and_can_be_read(
    home: SteeredHome, context_of: Callable[..., BrowserContext], complaints: Complaints, width: int, scheme: str
):
    wrong, right = keep(home, holey()), keep(home, two_seasons())
    page = context_of(width=width, height=844 if width < 600 else 900, colour_scheme=scheme).new_page()
    Person(page, home.pace).sign_in()
    addresses = [
        f"/tariffs/custom{place}"
        for place in ("", f"/{wrong}", f"/{wrong}/edit", f"/{right}", f"/{right}/edit", f"/{right}/use", f"/{right}/delete")
    ]
    assert is_as_designed(page, tuple(addresses)) == []


@pytest.mark.parametrize("width", [390, 1280])
def test_every_form_of_a_retailer_fits_and_can_be_read(home: SteeredHome, context_of: Callable[..., BrowserContext], width: int):
    page = context_of(width=width, height=844).new_page()
    Person(page, home.pace).sign_in()
    addresses = tuple(f"/setup/retailer?name=Shack&brand={brand}" for brand in retailer_brands())
    found = is_as_designed(page, addresses)
    assert [fault for fault in found if not fault.endswith("not for people: 'None'")] == []  # an export product is called so
