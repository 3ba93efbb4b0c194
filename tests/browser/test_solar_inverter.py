"""The solar inverter of the simulated home on the Now page: its owner stops it, sees it confirmed, and gives it back."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from app.control.sample_inverter import sample_inverter
from app.models.connection import Connection
from app.simulators.pace import SimulatedPace
from app.simulators.world import World
from tests.browser.person import Person
from tests.browser.steered_home import SteeredHome

pytestmark = pytest.mark.browser

CARD = "#now-inverters"


@pytest.fixture
def world(pace: SimulatedPace) -> Iterator[World]:
    """The home with a part of its panels on an inverter of its own."""
    with World(pace, seed=7, history_days=1, solar_inverter=True) as running:
        yield running


@pytest.fixture
def go_on(home: SteeredHome) -> Callable[[], None]:
    """A minute of the scheduler: it reads the inverter, and ticks."""
    with home.session() as session:
        inverter = session.query(Connection).filter_by(role="inverter").one().id

    def minute() -> None:
        home.later(minutes=1)
        sample_inverter(home.around, home.opener, inverter, home.pace.now())
        home.beat()
        home.tick()
        sample_inverter(home.around, home.opener, inverter, home.pace.now())

    minute()
    return minute


def test_an_inverter_is_stopped_is_confirmed_changes_the_home_and_is_given_back(
    home: SteeredHome, go_on: Callable[[], None], page: Page, person: Person
) -> None:
    household, device = home.world.household, home.world.roof
    assert device is not None
    own_settings, made_w = dict(device.inverter.settings.words), household.flow.solar_w
    person.sign_in()
    card = page.locator(CARD)
    expect(card).to_contain_text("Sungrow SG")
    expect(card).to_contain_text("kW")

    card.get_by_role("button", name="Make nothing for 30 min").click()
    go_on()
    home.later(minutes=1)
    home.world.step()
    page.goto("/")
    expect(card).to_contain_text(re.compile(r"Makes nothing until \d\d:\d\d"))
    expect(card).to_contain_text("Confirmed")
    assert household.flow.solar_w < 0.5 * made_w

    card.get_by_role("button", name="Restore now").click()
    go_on()
    page.goto("/")
    expect(card.get_by_role("button", name="Make nothing for 30 min")).to_be_enabled()
    assert dict(device.inverter.settings.words) == own_settings
