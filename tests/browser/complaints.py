"""Everything that a page must not do by itself, collected while it is used."""

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response

_REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile ?? ""}:${event.lineNumber}`);
});
"""
# Chromium writes its own line about each answer from 400 on; `_answered` judges those by their status.
_FAILED_LOAD = "Failed to load resource: the server responded with a status of"


class Complaints:
    """`found` grows by console errors and warnings, uncaught errors, policy violations, failed requests and requests to another host."""

    def __init__(self, address: str) -> None:
        self.found: list[str] = []
        self._address = address
        self._expected_statuses: set[int] = set()
        self._is_offline_expected = False

    def expect_statuses(self, *statuses: int) -> None:
        """From now on an answer with such a status is what the test wants to see."""
        self._expected_statuses.update(statuses)

    def expect_offline(self, is_expected: bool = True) -> None:
        """From now on requests may fail because the test stopped the server."""
        self._is_offline_expected = is_expected

    def listen_to(self, context: BrowserContext) -> None:
        """Every page of this window."""
        context.add_init_script(_REPORT_VIOLATIONS)
        context.on("console", self._said)
        context.on("weberror", lambda error: self.found.append(f"uncaught: {error.error}"))
        context.on("request", self._asked)
        context.on("requestfailed", self._failed)
        context.on("response", self._answered)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning") or message.text.startswith(_FAILED_LOAD):
            return
        if self._is_offline_expected and "net::ERR_" in message.text:
            return
        self.found.append(f"console: {message.text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self._address + "/", "data:", "blob:")):
            self.found.append(f"another host: {request.url}")

    def _failed(self, request: Request) -> None:
        # A page that is left cancels what it still waits for.
        if not self._is_offline_expected and request.failure != "net::ERR_ABORTED":
            self.found.append(f"failed: {request.url} {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self._expected_statuses:
            self.found.append(f"{response.status}: {response.request.method} {response.url}")
