"""Every page in every window: nothing fails, nothing sticks out, everybody can read it, and it speaks to people."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page

from app.models.site import Site
from app.models.user import User
from app.simulators import effects
from app.simulators.pace import SimulatedPace
from tests.browser.accessibility import grave_findings
from tests.browser.complaints import Complaints
from tests.browser.person import Person
from tests.browser.steered_home import SteeredHome

pytestmark = pytest.mark.browser

PAGES = (
    "/", "/prices", "/prices?step=5", "/tariff", "/decisions", "/decisions?show=problems", "/decisions?show=yours", "/devices", "/settings",
    "/account", "/confirm", "/now/control", "/setup/home", "/setup/retailer?name=Shack&brand=amber", "/setup/battery", "/setup/watch",
    "/setup/control", "/no-such-page", "/demand", "/tariffs/custom", "/tariffs/saved", "/account/two-step", "/account/passkeys",
    "/devices/battery-settings", "/account/tokens", "/account/members", "/settings/tesla", "/plan", "/money/backtest",
    *(f"/{page}?span={kind}" for page in ("energy", "money", "battery") for kind in ("day", "week", "month", "year")), "/energy?step=5",
)  # fmt: skip
PAGES_OF_STATE = ("/", "/plan", "/prices", "/tariff", "/decisions", "/devices", "/setup/watch", "/setup/control")
PAGES_OF_STRANGERS = ("/sign-in", "/no-such-page")
WINDOWS = [(width, scheme) for width in (390, 1280) for scheme in ("light", "dark")]
# Words of the code, and what a missing value or a wrong sign turns into.
NOT_FOR_PEOPLE = re.compile(
    r"\bNone\b(?! in the way)|\b(?:NaN|undefined|null|Infinity|FollowTariff|SelfConsume|StopCar|ChargeCar)\b"
    r"|\b[a-zA-Z]+_[a-zA-Z_]+\b|\$[-\u2212]|\{\{|\{%|\[object|\d\.\d{5,}"
)
WORDS = """() => [
  document.title,
  document.body.innerText,
  ...[...document.querySelectorAll("[aria-label], [title], [alt], [placeholder], [aria-valuetext]")].flatMap(
    (each) => ["aria-label", "title", "alt", "placeholder", "aria-valuetext"].map((name) => each.getAttribute(name) ?? "")),
  ...[...document.querySelectorAll("svg title, details, .vh, option")].map((each) => each.textContent),
].join("\\n")"""
BEYOND = "document.scrollingElement.scrollWidth - window.innerWidth"


def faults_of(page: Page, address: str) -> list[str]:
    """What is wrong with the page as it stands there."""
    page.goto(address)
    if page.locator("[data-prices]").count():
        page.locator("[data-prices] canvas").wait_for()
    return [f"{address}: {each}" for each in faults_here(page)]


def faults_here(page: Page) -> list[str]:
    """The same for a page that is open already, such as the answer to a form."""
    beyond = page.evaluate(BEYOND)
    found = [f"{beyond} px wider than the window"] if beyond > 0 else []
    found += [f"not for people: {words!r}" for words in sorted(set(NOT_FOR_PEOPLE.findall(page.evaluate(WORDS))))]
    return found + grave_findings(page)


def is_as_designed(page: Page, addresses: tuple[str, ...]) -> list[str]:
    return [fault for address in addresses for fault in faults_of(page, address)]


@pytest.mark.parametrize(("width", "scheme"), WINDOWS)
def test_every_page_works_fits_and_can_be_read(
    home: SteeredHome, context_of: Callable[..., BrowserContext], complaints: Complaints, width: int, scheme: str
):
    complaints.expect_statuses(404)  # of the page that does not exist
    home.owner_changes_the_plan()  # a question on Now and in the journal
    home.go_on(minutes=3)
    page = context_of(width=width, height=844 if width < 600 else 900, colour_scheme=scheme).new_page()
    person = Person(page, home.pace)
    found = is_as_designed(page, PAGES_OF_STRANGERS)
    person.sign_in()
    assert found + is_as_designed(page, PAGES) == []


@pytest.mark.parametrize("width", [320, 768])
def test_pages_fit_windows_in_between(home: SteeredHome, context_of: Callable[..., BrowserContext], complaints: Complaints, width: int):
    complaints.expect_statuses(404)
    page = context_of(width=width).new_page()
    Person(page, home.pace).sign_in()
    found = []
    for address in PAGES:
        page.goto(address)
        if (beyond := page.evaluate(BEYOND)) > 0:
            found.append((address, beyond))
    assert found == []


def test_every_page_can_be_read_while_only_watching(watched_home: SteeredHome, page: Page):
    Person(page, watched_home.pace).sign_in()
    assert is_as_designed(page, ("/", "/tariff", "/decisions", "/now/control", "/setup/control")) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_in_trouble_are_as_designed(home: SteeredHome, context_of: Callable[..., BrowserContext], scheme: str):
    page = context_of(width=390, height=844, colour_scheme=scheme).new_page()
    Person(page, home.pace).sign_in()
    home.press("discharge")
    home.go_on(minutes=1)  # a take-over under way
    assert is_as_designed(page, ("/", "/decisions")) == []
    for server in ("amber", "teslemetry"):
        home.world.faults.add(effects.Refused(), server=server)
    home.go_on(minutes=12)  # late
    assert is_as_designed(page, PAGES_OF_STATE) == []
    home.go_on(minutes=12)  # lost
    assert is_as_designed(page, PAGES_OF_STATE) == []


def test_a_welcome_page_is_as_designed(page: Page):
    assert is_as_designed(page, ("/welcome",)) == []


def test_the_history_of_a_home_without_records_is_as_designed(owner: User, a_site: Callable[..., Site], page: Page, pace: SimulatedPace):
    a_site(owner)
    Person(page, pace).sign_in()
    assert is_as_designed(page, ("/energy", "/energy?span=year", "/money", "/battery", "/plan")) == []
