"""The frame in a real Chromium: no policy violation, nothing wider than the window, everything within reach."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from app.models.site import Site
from app.models.user import User
from tests.conftest import PASSWORD

pytestmark = pytest.mark.browser


@pytest.fixture
def complaints() -> list[str]:
    return []


@pytest.fixture
def page(browser: Browser, live_server: str, complaints: list[str]) -> Iterator[Page]:
    context = browser.new_context(base_url=live_server)
    opened = context.new_page()
    opened.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("request", lambda request: complaints.append(request.url) if not request.url.startswith(live_server) else None)
    yield opened
    context.close()


def _sign_in(page: Page) -> None:
    page.goto("/sign-in?next=/account")
    page.get_by_label("E-mail").fill("owner@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/account")


def test_pages_fit_and_break_no_policy(owner: User, a_site: Callable[..., Site], page: Page, complaints: list[str]):
    a_site(owner, name="A house with a rather long name by the sea")
    for address in ("/sign-in", "/account", "/confirm"):
        if address == "/account":
            _sign_in(page)
        for width in (320, 390, 768, 1280):
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                page.set_viewport_size({"width": width, "height": 800})
                page.goto(address)
                beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                assert beyond <= 0, (address, width, scheme)
    assert complaints == []


def test_the_theme_is_kept_and_comes_from_the_server(owner: User, page: Page, complaints: list[str]):
    page.goto("/sign-in")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Dark").click()
    page.wait_for_url("**/sign-in")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    assert complaints == []


def test_a_password_can_be_shown_and_a_toast_closed(owner: User, app: Flask, page: Page):
    _sign_in(page)
    box = page.get_by_label("New password")
    page.get_by_role("button", name="Show password").nth(1).click()
    assert box.get_attribute("type") == "text"
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Close").click()
    assert page.locator(".toast").count() == 0


def test_the_keyboard_reaches_the_content_first(owner: User, page: Page):
    page.goto("/sign-in")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
