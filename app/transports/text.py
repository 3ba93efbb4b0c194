"""Text over HTTP, for devices and services that answer in words, in XML or with a bare token: every call ends in time, every failure has a
name (`app.transports.line`)."""

from collections.abc import Callable, Mapping
from typing import Any

from app.transports.context import Context
from app.transports.http import WAITS_S
from app.transports.line import Explain, Form, Line, Received


class TextApi:
    """One account at one vendor, or one device. Safe to share between threads. The parameters are those of `JsonApi`."""

    def __init__(
        self,
        vendor: str,
        base_url: str,
        context: Context,
        *,
        account: str,
        headers: Callable[[], Mapping[str, str]] = dict,
        explain: Explain | None = None,
    ) -> None:
        self._line = Line(vendor, base_url, context, account=account, accepts="*/*", headers=headers, explain=explain)

    def get(self, path: str, *, purpose: str = "read", **params: Any) -> str:
        """Read. A failed read is tried again while the total of 13 s allows. Raises a VendorError."""
        return self._line.call("GET", path, _text, params=params, purpose=purpose, waits_s=WAITS_S)

    def post(self, path: str, body: Any, purpose: str = "command") -> str:
        """Send `body` as JSON, once: after a time-out nobody knows whether it took. Raises a VendorError."""
        return self._line.call("POST", path, _text, params={}, body=body, purpose=purpose, waits_s=())

    def put(self, path: str, body: Any, purpose: str = "command") -> str:
        """As `post`, with PUT."""
        return self._line.call("PUT", path, _text, params={}, body=body, purpose=purpose, waits_s=())

    def post_form(self, path: str, fields: Mapping[str, str], purpose: str = "command") -> str:
        """As `post`, with `fields` as a form."""
        return self._line.call("POST", path, _text, params={}, body=Form(fields), purpose=purpose, waits_s=())


def _text(call: str, received: Received, headers: Mapping[str, str]) -> str:
    return received.body.decode("utf-8", "replace")
