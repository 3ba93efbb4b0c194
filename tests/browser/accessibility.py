"""axe-core, run in a page."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

_SOURCE = (Path(__file__).parent / "vendor" / "axe-core-4.14.1" / "axe.min.js").read_text()
_GRAVE = ("serious", "critical")


def grave_findings(page: Page) -> list[str]:
    """What axe calls serious or critical, one line each: rule, words, elements."""
    # Given to the page by the debugger: its policy, which allows no foreign script, stays in force.
    page.evaluate(_SOURCE + "; null")
    result: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations'], preload: false})")
    return [
        f"{each['id']}: {each['help']}: {', '.join(str(node['target'][0]) for node in each['nodes'])}"
        for each in result["violations"]
        if each["impact"] in _GRAVE
    ]
