"""A backtest in a browser: asked for, watched while it waits and runs, and read, in both windows."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from app.jobs.backtests import Backtests
from tests.browser.complaints import Complaints
from tests.browser.person import Person
from tests.browser.steered_home import SteeredHome
from tests.browser.test_every_page import faults_here

pytestmark = pytest.mark.browser


def a_meter_file(folder: Path) -> Path:
    """The two days whose prices the home knows, half-hour by half-hour."""
    starts = (datetime(2026, 11, 19, tzinfo=UTC) + timedelta(minutes=30 * number) for number in range(66))
    path = folder / "meter.csv"
    path.write_text("\n".join(["start,load_kwh,solar_kwh", *(f"{start:%Y-%m-%d %H:%M},0.5,{int(start.hour == 12)}" for start in starts)]))
    return path


@pytest.mark.parametrize("width", [390, 1280])
def test_a_backtest_is_asked_for_watched_and_read(
    home: SteeredHome, context_of: Callable[..., BrowserContext], complaints: Complaints, tmp_path: Path, width: int
):
    page = context_of(width=width, height=844 if width < 600 else 900).new_page()
    Person(page, home.pace).sign_in()
    page.goto("/money")
    page.get_by_role("link", name="Backtest:").click()
    page.get_by_label("Meter file").set_input_files(a_meter_file(tmp_path))
    page.get_by_label("Usable capacity").fill("10")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    assert faults_here(page) == []
    worker = Backtests(home.around, home.pace.now)
    worker.begin([home.site_id])
    worker.wait(60)
    expect(page.get_by_role("heading", name="Result", exact=True)).to_be_visible()  # the page has noticed by itself
    expect(page.get_by_role("region", name="Strategies as a table")).to_contain_text("Perfect foresight")
    page.get_by_text("Each day", exact=True).click()
    assert faults_here(page) == []
