"""What the first view of the Now page costs on a slow line."""

import gzip

import pytest
from playwright.sync_api import Page, Response

from tests.browser.person import Person
from tests.browser.steered_home import SteeredHome

pytestmark = pytest.mark.browser

MOST_BYTES = 120_000


def test_the_first_view_of_now_is_light(home: SteeredHome, page: Page, person: Person, capsys: pytest.CaptureFixture[str]):
    person.sign_in()
    page.goto("about:blank")
    page.context.new_cdp_session(page).send("Network.clearBrowserCache")
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto("/")
    page.wait_for_load_state("networkidle")
    weights = {answer.url: gzipped_bytes(answer) for answer in answers}
    total = sum(weights.values())
    with capsys.disabled():
        print(f"\nNow page: {total / 1000:.1f} kB gzipped in {len(weights)} answers")
    assert any(url.endswith("components.css") or "components.css?" in url for url in weights), weights  # nothing came from the cache
    assert total <= MOST_BYTES, weights


def gzipped_bytes(answer: Response) -> int:
    """Of the body; what the server sends uncompressed is counted as a proxy in front would send it."""
    return len(gzip.compress(answer.body(), 6))
