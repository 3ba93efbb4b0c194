import pytest

from tests.browser.person import Person
from tests.browser.test_every_page import PAGES, WORDS

pytestmark = pytest.mark.browser
def test_shots(home, context_of, complaints):
    complaints.expect_statuses(404)
    home.press("discharge", 30)
    home.go_on(minutes=2)
    home.restore_now()
    home.go_on(minutes=2)
    home.owner_changes_the_plan()
    home.go_on(minutes=3)
    for width, scheme in ((390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")):
        page = context_of(width=width, height=844 if width < 600 else 900, colour_scheme=scheme).new_page()
        page.goto("/sign-in"); page.screenshot(path=f"/tmp/shots/signin-{width}-{scheme}.png", full_page=True)
        Person(page, home.pace).sign_in()
        for address in PAGES:
            page.goto(address)
            page.wait_for_timeout(150)
            name = address.replace("/", "_").replace("?", "-").replace("&", "-")
            page.screenshot(path=f"/tmp/shots/{name}-{width}-{scheme}.png", full_page=True)
            if "decisions" in address:
                import re
                for m in re.finditer("None", page.evaluate(WORDS)):
                    w = page.evaluate(WORDS); print(address, repr(w[max(0,m.start()-200):m.end()+100]))
