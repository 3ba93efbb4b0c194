"""The Plan page and the plan's row on the Now page, of a home that is planned by the real planner."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from app.control.planning.renew import renew_due
from tests.browser.person import Person
from tests.browser.steered_home import SteeredHome
from tests.browser.test_every_page import WINDOWS, is_as_designed

pytestmark = pytest.mark.browser


@pytest.fixture
def planned(home: SteeredHome) -> SteeredHome:
    """Half an hour of plans, the last of which is followed."""
    home.policy("optimizer", enabled=True, mode="control", capacity_kwh=13.5)
    for _ in range(4):
        assert renew_due(home.around, home.site_id, home.pace.now)
        home.go_on(minutes=5)
    assert renew_due(home.around, home.site_id, home.pace.now)
    home.tick()
    return home


@pytest.mark.parametrize(("width", "scheme"), WINDOWS)
def test_a_plan_works_fits_and_can_be_read(planned: SteeredHome, context_of: Callable[..., BrowserContext], width: int, scheme: str):
    page = context_of(width=width, height=844 if width < 600 else 900, colour_scheme=scheme).new_page()
    Person(page, planned.pace).sign_in()
    assert is_as_designed(page, ("/plan", "/")) == []
    page.goto("/plan")
    page.get_by_text("as far as can be told today").click()
    page.get_by_text("Today so far as a table").click()
    beyond = page.evaluate("document.scrollingElement.scrollWidth - window.innerWidth")
    assert beyond <= 0


def test_an_owner_stops_the_plan_from_being_carried_out(planned: SteeredHome, page: Page, person: Person):
    person.sign_in("/plan")
    expect(page.get_by_text("The plan is carried out.")).to_be_visible()
    page.get_by_role("button", name="Only show the plan").click()
    expect(page.get_by_text("nothing of it is sent to your battery")).to_be_visible()
    chosen = planned.tick(fresh=False).decision.battery
    assert chosen is not None
    assert chosen.policy == "tariff_sync"
