"""The pages of the account in each of their states: they fit, they can be read, and the two steps of signing in work by hand."""

import re
from collections.abc import Callable

import pyotp
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from app.simulators.pace import SimulatedPace
from tests.browser.person import Person
from tests.browser.steered_home import SteeredHome
from tests.browser.test_every_page import faults_here
from tests.conftest import PASSWORD

pytestmark = pytest.mark.browser

WINDOWS = [(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")]


def key_on(page: Page) -> pyotp.TOTP:
    return pyotp.TOTP(re.sub(r"\s", "", page.locator(".key-text").inner_text()))


def enter_code(page: Page, code: str, button: str) -> None:
    page.get_by_role("textbox", name="Code").fill(code)
    page.get_by_role("button", name=button, exact=True).click()


def taken_from(page: Page) -> str:
    """What is shown once. Random letters are not words for people: they are taken off the page before it is judged."""
    box = page.locator(".secret")
    shown = box.inner_text()
    box.evaluate("each => { each.textContent = 'x'.repeat(each.textContent.length); }")
    return shown


@pytest.mark.parametrize(("width", "scheme"), WINDOWS)
def test_two_step_sign_in_from_set_up_to_a_lost_phone(
    home: SteeredHome, pace: SimulatedPace, context_of: Callable[..., BrowserContext], width: int, scheme: str
):
    page = context_of(width=width, height=844 if width < 600 else 900, colour_scheme=scheme).new_page()
    Person(page, pace).sign_in("/account/two-step")
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_role("img", name="QR code with the key for your app")).to_be_visible()
    phone = key_on(page)
    assert faults_here(page) == []
    enter_code(page, phone.at(pace.now()), "Switch on")
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    codes = page.locator(".codes li").all_inner_texts()
    assert len(codes) == 10
    assert faults_here(page) == []
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("10 recovery codes are left.")).to_be_visible()
    assert faults_here(page) == []
    page.get_by_role("link", name="Change").click()
    assert faults_here(page) == []

    page.goto("/account")
    page.get_by_role("button", name="Sign out", exact=True).first.click()
    page.get_by_label("E-mail").fill("owner@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Enter your code")).to_be_visible()
    assert faults_here(page) == []
    enter_code(page, codes[0], "Sign in")
    expect(page.get_by_text("You used a recovery code; 9 are left.")).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), WINDOWS)
def test_tokens_and_members_are_shown_once(
    home: SteeredHome, pace: SimulatedPace, context_of: Callable[..., BrowserContext], width: int, scheme: str
):
    page = context_of(width=width, height=844 if width < 600 else 900, colour_scheme=scheme).new_page()
    Person(page, pace).sign_in("/account/tokens")
    page.get_by_label("What is it for?").fill("Wall display in the kitchen")
    page.get_by_role("radio", name="Read and control").check()
    page.get_by_role("button", name="Make a token").click()
    token = taken_from(page)
    assert faults_here(page) == []
    answer = page.request.get("/api/v1/site", headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["sentence"].startswith("Your battery plans with Amber Electric prices")

    page.goto("/account/members")
    page.get_by_label("For whom?").fill("Kim")
    page.get_by_role("button", name="Make a link").click()
    link = taken_from(page)
    assert faults_here(page) == []

    kim = context_of(width=width, height=844 if width < 600 else 900, colour_scheme=scheme).new_page()
    kim.goto(link)
    assert faults_here(kim) == []
    kim.get_by_label("E-mail").fill("kim@example.com")
    kim.get_by_label("Password", exact=True).fill(PASSWORD)
    kim.get_by_role("button", name="Create account and join").click()
    expect(kim.get_by_text("You see")).to_be_visible()
    assert faults_here(kim) == []
    page.goto("/account/members")
    expect(page.get_by_text("kim@example.com")).to_be_visible()
    assert faults_here(page) == []
