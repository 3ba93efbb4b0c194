"""From a fresh installation to a steered battery, by keyboard."""

import re

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.control.surroundings import Surroundings
from app.models.site import Site
from app.services import accounts
from app.simulators.pace import SimulatedPace
from app.simulators.world import World
from tests.browser.person import Person
from tests.browser.steered_home import SteeredHome
from tests.conftest import PASSWORD

pytestmark = pytest.mark.browser

MOST_INPUTS = 8


def test_a_new_owner_gets_from_the_token_to_control_by_keyboard_in_few_inputs(
    app: Flask, session: Session, world: World, pace: SimulatedPace, page: Page, person: Person
):
    token = accounts.ensure_setup_token(session, pace.now())
    assert token is not None
    entered: list[str] = []

    def enter(label: str, text: str) -> None:
        entered.append(label)
        person.type_into(label, text)

    page.goto("/")
    enter("Set-up token", token)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Create your account")).to_be_visible()
    enter("E-mail", "owner@example.com")
    enter("Password", PASSWORD)
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Set your home up")).to_be_visible()
    person.press_by_keyboard("Start")
    expect(page.get_by_role("heading", name="Who sells you electricity?")).to_be_visible()
    expect(page.get_by_label("Name of your home")).to_have_value("Home")
    person.choose_by_keyboard("Amber Electric")
    person.press_by_keyboard("Continue")
    expect(page.get_by_role("heading", name="Link Amber Electric")).to_be_visible()
    enter("Amber token", world.amber.account.token)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Amber accepts the key.")).to_be_visible()
    entered.append("Amber site")
    person.tab_to("Ausgrid, NMI 312•••2345")
    page.keyboard.press("Space")
    person.press_by_keyboard("Save")

    expect(page.get_by_role("heading", name="Which battery do you have?")).to_be_visible()
    person.choose_by_keyboard("Tesla Powerwall")
    person.press_by_keyboard("Continue")
    expect(page.get_by_role("heading", name="Link your Tesla Powerwall")).to_be_visible()
    enter("Teslemetry access token", world.teslemetry.site.token)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Time zone")).to_have_value("Australia/Sydney")
    person.press_by_keyboard("Save and watch")

    expect(page.get_by_role("heading", name="PowerSync reads your home for the first time.")).to_be_visible()
    home = _scheduled(app, session, world, pace)
    home.go_on(minutes=1)
    assert home.posts() == []  # watching
    # The page looks again by itself.
    expect(page.get_by_role("heading", name="PowerSync watches your home.")).to_be_visible()
    person.press_by_keyboard("Go on to control")
    expect(page.get_by_role("heading", name="Let PowerSync run your battery?")).to_be_visible()
    person.press_by_keyboard("Switch control on")

    expect(page.get_by_text("Control is on. Your battery follows within a minute.")).to_be_visible()
    home.go_on(minutes=1)
    person.look_again()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        re.compile(r"^Your battery plans with Amber Electric prices: [\d.]+\u202fc to buy")
    )
    assert home.plan.startswith("POWERSYNC:")
    assert len(entered) <= MOST_INPUTS, entered


def _scheduled(app: Flask, session: Session, world: World, pace: SimulatedPace) -> SteeredHome:
    """The home that the pages made, with a scheduler."""
    home = SteeredHome(Surroundings(app.extensions["powersync_engine"](), pace, world.environment()), world, pace)
    home.site_id = session.scalars(select(Site.id)).one()
    session.commit()
    return home
