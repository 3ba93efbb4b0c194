"""Passkeys in a real browser, with Chromium's virtual authenticator."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect

from app.models.user import User
from tests.browser.complaints import Complaints
from tests.browser.web_server import WebServer
from tests.conftest import PASSWORD

pytestmark = pytest.mark.browser


@pytest.fixture
def address(server: WebServer) -> str:
    """Passkeys belong to a name: not to 127.0.0.1."""
    return server.address.replace("127.0.0.1", "localhost")


@pytest.fixture
def window(browser: Browser, owner: User, address: str) -> Iterator[BrowserContext]:
    complaints = Complaints(address)
    complaints.expect_statuses(401)
    context = browser.new_context(base_url=address)
    context.set_default_timeout(10_000)
    complaints.listen_to(context)
    yield context
    context.close()
    assert complaints.found == []


def with_authenticator(page: Page, *, checks_owner: bool = True) -> tuple[CDPSession, str]:
    """A device built into the computer, which says yes by itself."""
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    options: dict[str, Any] = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": checks_owner,
        "automaticPresenceSimulation": True,
    }
    added = devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return devices, added["authenticatorId"]


def sign_in(page: Page, to: str) -> None:
    page.goto(f"/sign-in?next={to}")
    page.get_by_label("E-mail").fill("owner@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def add(page: Page, name: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Add a passkey").click()


def test_a_passkey_is_added_used_and_removed(window: BrowserContext):
    page = window.new_page()
    devices, device = with_authenticator(page)
    sign_in(page, "/account/passkeys")
    add(page, "This computer")
    expect(page.get_by_text("The passkey “This computer” is added.")).to_be_visible()
    assert len(devices.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]) == 1

    add(page, "Once more")
    expect(page.get_by_text("This device has a passkey of yours already.")).to_be_visible()

    page.goto("/account")
    page.get_by_role("button", name="Sign out").first.click()
    page.goto("/sign-in?next=/account/passkeys")
    page.get_by_label("Stay signed in").check()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="Your passkeys")).to_be_visible()
    expect(page.get_by_text("last used")).to_be_visible()
    page.goto("/account")
    expect(page.get_by_text("stays signed in")).to_be_visible()

    page.goto("/account/passkeys")
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("No passkey yet")).to_be_visible()


def test_a_passkey_that_was_removed_here_is_named(window: BrowserContext):
    page = window.new_page()
    with_authenticator(page)
    sign_in(page, "/account/passkeys")
    add(page, "First")
    expect(page.get_by_text("is added.")).to_be_visible()
    page.context.clear_cookies()
    page.goto("/sign-in")
    other = window.browser.new_context(base_url=page.url.removesuffix("/sign-in"))  # type: ignore[union-attr]
    elsewhere = other.new_page()
    sign_in(elsewhere, "/account/passkeys")
    elsewhere.get_by_role("button", name="Remove").click()
    expect(elsewhere.get_by_text("No passkey yet")).to_be_visible()
    other.close()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("This passkey is not known here. It may have been removed.")).to_be_visible()
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_enabled()


def test_a_device_that_does_not_check_its_owner_adds_nothing(window: BrowserContext):
    page = window.new_page()
    with_authenticator(page, checks_owner=False)
    sign_in(page, "/account/passkeys")
    add(page, "Careless")
    expect(page.get_by_text("Nothing was done: the device's dialogue was closed, or took too long.")).to_be_visible()
    expect(page.get_by_text("No passkey yet")).to_be_visible()


def test_at_an_address_without_a_name_the_page_says_why_not(server: WebServer, owner: User, browser: Browser):
    context = browser.new_context(base_url=server.address)
    page = context.new_page()
    sign_in(page, "/account/passkeys")
    expect(page.get_by_text("At the address of this page they are not possible.")).to_be_visible()
    expect(page.get_by_role("button", name="Add a passkey")).to_be_hidden()
    context.close()
