"""Somebody in front of a page: signs in, waits, presses buttons."""

from playwright.sync_api import Page, expect

from app.simulators.pace import SimulatedPace
from tests.conftest import PASSWORD

POLL_MS = 5_000
"""How often the Now page asks for its regions."""

MOST_TABS = 60
_FOCUSED = """() => {
  const focused = document.activeElement;
  return (focused.labels?.[0] ?? focused).textContent.trim();
}"""


class Person:
    """Uses one page. The page's clock is that of the world, and passes when `wait` says so."""

    def __init__(self, page: Page, pace: SimulatedPace) -> None:
        self.page, self._pace = page, pace
        page.clock.install(time=pace.now())

    def sign_in(self, to: str = "/") -> None:
        self.page.goto(f"/sign-in?next={to}")
        self.page.get_by_label("E-mail").fill("owner@example.com")
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page).not_to_have_title("Sign in · PowerSync")

    def confirm_password(self) -> None:
        """The page that asks for the password once more, and back."""
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.page.get_by_role("button", name="Continue").click()

    def press_by_keyboard(self, words: str) -> None:
        """Tab to the button or link with these words, then Enter."""
        self.tab_to(words)
        self.page.keyboard.press("Enter")

    def choose_by_keyboard(self, words: str) -> None:
        """Tab to a group of choices, then move on by the arrow keys to the one that begins with these words."""
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("document.activeElement.type === 'radio'"):
                break
        for _ in range(MOST_TABS):
            if self.page.evaluate(_FOCUSED).startswith(words):
                self.page.keyboard.press("Space")
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"there is no choice {words!r} on {self.page.url}")

    def type_into(self, label: str, text: str) -> None:
        """Tab to the field and fill it in."""
        self.tab_to(label)
        self.page.keyboard.type(text)

    def tab_to(self, words: str) -> None:
        """Move the focus on until it is at what bears these words, or begins with them."""
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            if self.page.evaluate(_FOCUSED).startswith(words):
                return
        raise AssertionError(f"the keyboard does not reach {words!r} on {self.page.url}")

    def look_again(self) -> None:
        """So long that the open page asks once more by itself."""
        self.page.clock.run_for(POLL_MS + 500)

    def wait(self, seconds: float) -> None:
        """The page alone lives on; the world stands still."""
        self.page.clock.run_for(round(seconds * 1000))
