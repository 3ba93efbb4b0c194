"""What the owner decides: settings with their preview, and whose change holds."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.complaints import Complaints
from tests.browser.person import Person
from tests.browser.steered_home import SteeredHome

pytestmark = pytest.mark.browser


def test_chip_mode_is_previewed_saved_and_seen_in_the_tariff(home: SteeredHome, page: Page, person: Person):
    person.sign_in("/settings")
    card = page.get_by_role("form", name="Chip mode")
    card.get_by_label("Hold back export").check()
    card.get_by_role("button", name="Preview").click()
    preview = page.get_by_role("region", name="Preview")
    expect(preview).to_contain_text("of the next 48 half-hours against what is stored. It is not saved yet.")
    assert preview.get_by_role("row").count() > 1
    with home.session() as session:
        assert "chip" not in _columns(page, "/tariff").lower()
        session.rollback()
    page.goto("/settings")
    expect(card.get_by_label("Hold back export")).not_to_be_checked()  # a preview stores nothing
    card.get_by_label("Hold back export").check()
    card.get_by_role("button", name="Save").last.click()
    expect(page.get_by_text("Chip mode is saved. PowerSync acts on it within a minute.")).to_be_visible()
    home.go_on(minutes=1)
    assert "Chip mode" in _columns(page, "/tariff")
    assert page.locator(".table--slots .changed").count() > 0
    assert page.locator(".table--slots .differs").count() == 0  # what is shown as sent is what the battery holds


def _columns(page: Page, address: str) -> str:
    page.goto(address)
    return page.locator(".table--slots thead").inner_text()


def test_a_stale_form_overwrites_nothing_unseen(home: SteeredHome, page: Page, person: Person, complaints: Complaints):
    person.sign_in("/settings")
    other = page.context.new_page()
    other.goto("/settings")
    _save_threshold(other, "25")
    expect(other.get_by_text("Chip mode is saved.")).to_be_visible()
    complaints.expect_statuses(409)
    with page.expect_response(lambda response: response.request.method == "POST") as answer:
        _save_threshold(page, "12")
    assert answer.value.status == 409
    row = page.get_by_role("row", name="Unless feed-in pays at least")
    expect(row.get_by_role("cell").nth(0)).to_contain_text("25")
    expect(row.get_by_role("cell").nth(1)).to_contain_text("12")
    page.get_by_role("button", name="Save mine").click()
    expect(page.get_by_role("form", name="Chip mode").get_by_label("Unless feed-in pays at least")).to_have_value("12")


def _save_threshold(page: Page, price_c: str) -> None:
    card = page.get_by_role("form", name="Chip mode")
    card.get_by_label("Unless feed-in pays at least").fill(price_c)
    card.get_by_label("Unless feed-in pays at least").press("Enter")


def test_a_plan_that_was_changed_in_the_app_is_asked_about_and_taken_back(home: SteeredHome, page: Page, person: Person):
    person.sign_in("/decisions")
    expect(page.get_by_text("Whose setting should hold?")).to_have_count(0)
    ours = home.plan
    home.owner_changes_the_plan()
    home.go_on(minutes=3)
    assert home.plan != ours
    page.goto("/decisions")
    expect(page.get_by_role("link", name="Decisions 1 to decide").first).to_be_visible()
    expect(page.get_by_text("Whose setting should hold?")).to_be_visible()
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("PowerSync sets the rate plan again within a minute.")).to_be_visible()
    expect(page.get_by_text("Whose setting should hold?")).to_have_count(0)
    home.go_on(minutes=2)
    assert home.plan == ours
    page.reload()
    expect(page.locator(".journal h3").first).to_contain_text("Your battery plans with Amber Electric prices")


def test_a_plan_that_was_changed_in_the_app_can_be_kept(home: SteeredHome, page: Page, person: Person):
    person.sign_in()
    home.owner_changes_the_plan()
    home.go_on(minutes=3)
    theirs = home.plan
    page.goto("/decisions")
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_text("The rate plan stays as you have it.")).to_be_visible()
    home.go_on(minutes=3)
    assert home.plan == theirs
