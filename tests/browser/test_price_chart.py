"""The chart of prices: reached by keyboard, and the same figures as its table."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.person import Person
from tests.browser.steered_home import SteeredHome

pytestmark = pytest.mark.browser

TABLE = """() => [...document.querySelectorAll("#prices-table .table tbody tr")]
  .filter((row) => row.querySelectorAll("td").length > 1)
  .map((row) => [row.querySelector("th").textContent.replace(/\\s+/g, " ").trim(),
                 ...[...row.querySelectorAll("td")].slice(0, 2).map((cell) => cell.textContent.trim())])"""
SAID = re.compile(r"^(?:\w{3} )?(\d\d:\d\d – \d\d:\d\d), .*?: import (—|[\u2212\d.]+).*? feed-in (—|[\u2212\d.]+)")


@pytest.fixture
def chart(home: SteeredHome, page: Page, person: Person) -> Locator:
    person.sign_in("/prices")
    page.locator("[data-prices] canvas").wait_for()
    return page.get_by_role("slider", name="Import and feed-in price over time")


def test_arrow_keys_move_the_cursor_and_the_line_above_tells_its_values(chart: Locator, page: Page):
    line = page.locator("[data-values]")
    now = line.inner_text()
    chart.focus()
    chart.press("ArrowRight")
    expect(line).not_to_have_text(now)
    following = line.inner_text()
    chart.press("ArrowRight")
    expect(line).not_to_have_text(following)
    chart.press("ArrowLeft")
    expect(line).to_have_text(following)
    assert chart.get_attribute("aria-valuetext") == line.inner_text()
    chart.press("Escape")
    expect(line).to_have_text(now)


def test_the_chart_has_the_values_of_its_table(chart: Locator, page: Page):
    table = page.evaluate(TABLE)
    last = int(chart.get_attribute("aria-valuemax") or 0)
    assert len(table) == last + 1 > 48
    chart.press("Home")
    shown = []
    for _ in range(last + 1):
        said = SAID.match(page.locator("[data-values]").inner_text())
        assert said is not None, page.locator("[data-values]").inner_text()
        shown.append(list(said.groups()))
        chart.press("ArrowRight")
    assert shown == [[span, *prices] for span, *prices in table]


def test_the_pointer_moves_the_cursor_too(chart: Locator, page: Page):
    line = page.locator("[data-values]")
    before = line.inner_text()
    box = chart.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + box["height"] / 2)
    expect(line).not_to_have_text(before)


def test_the_open_page_takes_in_a_new_price(chart: Locator, home: SteeredHome, page: Page, person: Person):
    pay = page.locator(".stat__value").first
    before = pay.inner_text()
    home.go_on(minutes=6)
    person.wait(31)
    expect(pay).not_to_have_text(before)
