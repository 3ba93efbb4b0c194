"""JSON over HTTP: every call ends in time, every failure has a name (`app.transports.line`).

What is not JSON, NaN or Infinity and an empty body are AnswerNotUnderstood. A GET that meets Unreachable is tried again."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood
from app.transports.line import Explain, Form, Line, Received
from app.transports.status import http_date, words_of

WAITS_S = (0.5, 2.0)  # before the second and third try of a GET


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer (2xx)."""

    status: int
    json: Any  # None for 204
    headers: Mapping[str, str]  # names without regard to case
    date: datetime | None  # UTC; the vendor's own clock, from the Date header

    def clock_skew_s(self, now: datetime) -> float | None:
        """How far the vendor's clock is ahead of `now` (aware, the moment of the answer); None without a Date header."""
        return None if self.date is None else (self.date - now).total_seconds()


class JsonApi:
    """One account at one vendor. Safe to share between threads.

    `account` names the budget that calls are counted in; it must not be a secret. `headers` is asked at each try, so that a token can be
    renewed. `explain` gives a status the vendor's own meaning. `repeats_bare_429`: a GET that meets a 429 which says nothing of a pause is
    sent once more after 1 s (a gateway under load, not a used-up quota). `tries_again` false: a GET is sent once, as a caller that comes
    back soon anyway wants it."""

    def __init__(
        self,
        vendor: str,
        base_url: str,
        context: Context,
        *,
        account: str,
        headers: Callable[[], Mapping[str, str]],
        explain: Explain | None = None,
        repeats_bare_429: bool = False,
        tries_again: bool = True,
    ) -> None:
        self._vendor = vendor
        self._tries_again = tries_again
        self._line = Line(
            vendor,
            base_url,
            context,
            account=account,
            accepts="application/json",
            headers=headers,
            explain=explain,
            repeats_bare_429=repeats_bare_429,
        )

    def get(self, path: str, *, purpose: str = "read", **params: Any) -> Answer:
        """Read. A failed read is tried again while the total of 13 s allows. Raises a VendorError."""
        waits_s = WAITS_S if self._tries_again else ()
        return self._line.call("GET", path, self._answer, params=params, purpose=purpose, waits_s=waits_s)

    def post(self, path: str, body: Any, purpose: str = "command") -> Answer:
        """Send `body` as JSON, once: after a time-out nobody knows whether it took, and reading back decides. `purpose` "restore" may use
        the budget's reserve. Raises a VendorError."""
        return self._line.call("POST", path, self._answer, params={}, body=body, purpose=purpose, waits_s=())

    def post_form(self, path: str, fields: Mapping[str, str], purpose: str = "command") -> Answer:
        """As `post`, with `fields` as a form, as sign-ins want them."""
        return self._line.call("POST", path, self._answer, params={}, body=Form(fields), purpose=purpose, waits_s=())

    def _answer(self, call: str, received: Received, headers: Mapping[str, str]) -> Answer:
        return Answer(received.status, self._parsed(call, received, headers), received.headers, http_date(received.headers.get("Date")))

    def _parsed(self, call: str, received: Received, headers: Mapping[str, str]) -> Any:
        if received.status == 204:
            return None
        try:
            return json.loads(received.body, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            said = words_of(received.body, headers.values()) or "nothing"
            raise AnswerNotUnderstood(self._vendor, f"{call} did not answer with JSON: {said}") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
