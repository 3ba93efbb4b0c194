"""Files over HTTP, as bytes: every call ends in time, every failure has a name (`app.transports.line`)."""

from collections.abc import Mapping

from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood
from app.transports.line import Explain, Line, Received


class FileApi:
    """A file server that is asked without a key. Safe to share between threads.

    `account` names the budget that calls are counted in. `explain` gives a status the vendor's own meaning."""

    def __init__(self, vendor: str, base_url: str, context: Context, *, account: str, explain: Explain | None = None) -> None:
        self._vendor = vendor
        self._line = Line(vendor, base_url, context, account=account, accepts="*/*", headers=dict, explain=explain)

    def get(self, path: str) -> bytes:
        """The file, at most 5 MB, asked for once: whoever looks for new files comes back anyway. Raises a VendorError."""
        return self._line.call("GET", path, self._body, params={}, purpose="read", waits_s=())

    def _body(self, call: str, received: Received, headers: Mapping[str, str]) -> bytes:
        if not received.body:
            raise AnswerNotUnderstood(self._vendor, f"{call}: an empty answer")
        return received.body
