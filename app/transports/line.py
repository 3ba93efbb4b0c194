"""The line to one account at one vendor: every call ends in time, every failure has a name.

| What happens | Becomes |
|---|---|
| no connection, no name, time-out, 408, 5xx, a body cut short of its Content-Length | Unreachable |
| 401, 403, 402 | CredentialsRefused |
| 429 | RateLimited, with the pause that the vendor asks for |
| other 4xx | RequestRefused |
| an oversized body, a redirect away from the host, what the caller cannot read | AnswerNotUnderstood |

No error carries a header, a query, or more than 200 redacted characters of a body."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeVar
from urllib.parse import urljoin, urlsplit

import requests

from app.transports.context import Context
from app.transports.deadline import Deadline, until
from app.transports.errors import AnswerNotUnderstood, CredentialsRefused, RateLimited, RequestRefused, Unreachable, VendorError
from app.transports.session import USER_AGENT, new_session
from app.transports.status import LEAST_PAUSE_S, LONGEST_PAUSE_S, error_for, pause_s

CONNECT_S = 4.0
READ_S = 10.0
TOTAL_S = 13.0  # one call with its retries
LARGEST_BODY = 5_000_000  # bytes, decompressed
_LEAST_TRY_S = 1.0  # with less time than this left, another try is pointless
_CHUNK = 65_536
_REDIRECTS = 3
_REDIRECTING = frozenset({301, 302, 303, 307, 308})
Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Received:
    """What came back, whatever its status."""

    status: int
    headers: Mapping[str, str]  # names without regard to case
    body: bytes


@dataclass(frozen=True, slots=True)
class Form:
    """A body that is sent as a form, not as JSON. Its values are blanked out of errors."""

    fields: Mapping[str, str] = field(repr=False)


Explain = Callable[[int, Mapping[str, str], bytes], VendorError | None]
"""(status, headers, body) → the vendor's own meaning of a failure, or None for the general rule."""


class Line:
    """One account at one vendor. Safe to share between threads.

    `account` names the budget that calls are counted in; it must not be a secret. `headers` is asked at each try, so that a token can be
    renewed. `explain` gives a status the vendor's own meaning. `repeats_bare_429`: a call that may be tried again and meets a 429 which
    says nothing of a pause is sent once more after 1 s (a gateway under load, not a used-up quota)."""

    def __init__(
        self,
        vendor: str,
        base_url: str,
        context: Context,
        *,
        account: str,
        accepts: str,
        headers: Callable[[], Mapping[str, str]],
        explain: Explain | None = None,
        repeats_bare_429: bool = False,
    ) -> None:
        self._vendor = vendor
        self._base_url = base_url.rstrip("/")
        self._pace = context.pace
        self._budget = context.budget
        self._session = context.session or new_session()
        self._account = account
        self._accepts = accepts
        self._headers = headers
        self._explain = explain
        self._repeats_bare_429 = repeats_bare_429
        self._bare_429s = 0
        self._lock = threading.Lock()

    def call(
        self,
        method: str,
        path: str,
        read: Callable[[str, Received, Mapping[str, str]], Read],
        *,
        params: Mapping[str, Any],
        body: Any = None,
        purpose: str,
        waits_s: tuple[float, ...],
    ) -> Read:
        """What `read(call, received, headers sent)` makes of a successful answer (2xx); what it raises is the outcome.

        `body` is sent as JSON, a `Form` as a form. `waits_s`: before the second and the following tries of a call that meets Unreachable,
        as far as the total of 13 s allows. Raises a VendorError."""
        deadline = Deadline(self._pace, TOTAL_S)
        waits = iter(waits_s)
        may_repeat_429 = self._repeats_bare_429 and bool(waits_s)
        while True:
            self._budget.spend(self._vendor, self._account, purpose)
            try:
                answer = self._try_once(method, path, params, body, deadline, read)
            except Unreachable:
                wait_s = next(waits, None)
                if wait_s is None or deadline.remaining_s() < wait_s + _LEAST_TRY_S:
                    self._budget.failed(self._vendor, self._account)
                    raise
            except _BareRateLimit as limit:
                if not may_repeat_429 or deadline.remaining_s() < LEAST_PAUSE_S + _LEAST_TRY_S:
                    self._stay_away(limit.error.retry_after_s)
                    raise limit.error from None
                may_repeat_429 = False
                wait_s = LEAST_PAUSE_S
            except RateLimited as error:
                self._stay_away(error.retry_after_s)
                raise
            except VendorError:
                self._budget.answered(self._vendor, self._account)
                raise
            else:
                with self._lock:
                    self._bare_429s = 0
                self._budget.answered(self._vendor, self._account)
                return answer
            self._pace.sleep(wait_s)

    def _stay_away(self, seconds: float) -> None:
        self._budget.answered(self._vendor, self._account)
        self._budget.stay_away(self._vendor, self._account, seconds)

    def _try_once(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any],
        body: Any,
        deadline: Deadline,
        read: Callable[[str, Received, Mapping[str, str]], Read],
    ) -> Read:
        call = f"{method} {path}"
        headers = {"User-Agent": USER_AGENT, "Accept": self._accepts, "Accept-Encoding": "gzip", **self._headers()}
        with until(deadline):
            received = self._follow(call, self._base_url + path, params, body, headers, deadline)
        if deadline.is_over:
            raise Unreachable(self._vendor, f"{call}: no whole answer within {TOTAL_S:.0f} s")
        self._check(call, received, [*headers.values(), *(body.fields.values() if isinstance(body, Form) else ())])
        return read(call, received, headers)

    def _follow(
        self, call: str, url: str, params: Mapping[str, Any], body: Any, headers: Mapping[str, str], deadline: Deadline
    ) -> Received:
        """One exchange, and those that a GET is sent on to at the same host: a token is never shown to another one."""
        method = call.partition(" ")[0]
        for _ in range(_REDIRECTS + 1):
            received = self._exchange(call, method, url, params, body, headers, deadline)
            if received.status not in _REDIRECTING:
                return received
            following = urljoin(url, received.headers.get("Location", ""))
            if method != "GET" or _origin(following) != _origin(url):
                raise AnswerNotUnderstood(self._vendor, f"{call}: sent on to another place, which is not followed")
            url, params = following, {}
        raise AnswerNotUnderstood(self._vendor, f"{call}: sent on too often")

    def _exchange(
        self, call: str, method: str, url: str, params: Mapping[str, Any], body: Any, headers: Mapping[str, str], deadline: Deadline
    ) -> Received:
        left_s = max(deadline.remaining_s(), 0.01)
        try:
            with self._session.request(
                method,
                url,
                params=params,
                json=None if isinstance(body, Form) else body,
                data=body.fields if isinstance(body, Form) else None,
                headers=headers,
                timeout=(min(CONNECT_S, left_s), min(READ_S, left_s)),
                stream=True,
                allow_redirects=False,
            ) as response:
                return Received(response.status_code, response.headers, self._body(call, response, deadline))
        except (requests.RequestException, UnicodeError) as error:
            self._raise_named(call, error)

    def _body(self, call: str, response: requests.Response, deadline: Deadline) -> bytes:
        parts: list[bytes] = []
        size = 0
        for chunk in response.iter_content(_CHUNK):
            size += len(chunk)
            if size > LARGEST_BODY:
                raise AnswerNotUnderstood(self._vendor, f"{call}: the answer is larger than {LARGEST_BODY // 1_000_000} MB")
            if deadline.is_over:
                raise Unreachable(self._vendor, f"{call}: no whole answer within {TOTAL_S:.0f} s")
            parts.append(chunk)
        return b"".join(parts)

    def _raise_named(self, call: str, error: Exception) -> NoReturn:
        """The original is not chained: its text holds the address with the query."""
        if isinstance(error, requests.exceptions.InvalidHeader | UnicodeError):
            raise CredentialsRefused(self._vendor, "the token has characters that no token has; enter it again") from None
        if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.MissingSchema | requests.exceptions.InvalidSchema):
            raise RequestRefused(self._vendor, "the configured address is not a web address") from None
        if isinstance(error, requests.exceptions.ContentDecodingError):
            raise AnswerNotUnderstood(self._vendor, f"{call}: the answer cannot be unpacked") from None
        raise Unreachable(self._vendor, f"{call}: {_in_words(error)}") from None

    def _check(self, call: str, received: Received, secrets: list[str]) -> None:
        """Raises the error that the status stands for."""
        if 200 <= received.status < 300:
            return
        own = self._explain(received.status, received.headers, received.body) if self._explain else None
        error = own or error_for(
            self._vendor, call, received.status, received.headers, received.body, self._bare_pause_s(received), secrets
        )
        if received.status == 429 and isinstance(error, RateLimited) and pause_s(received.headers) is None:
            raise _BareRateLimit(error)
        if error is not None:
            raise error

    def _bare_pause_s(self, received: Received) -> float:
        """1, 2, 4 … 300 s for the first, second, third 429 in a row that does not name a pause."""
        if received.status != 429 or pause_s(received.headers) is not None:
            return LEAST_PAUSE_S
        with self._lock:
            self._bare_429s += 1
            doublings = self._bare_429s - (2 if self._repeats_bare_429 else 1)  # one that is answered by trying again does not count
            return float(min(LEAST_PAUSE_S * 2 ** min(max(doublings, 0), 10), LONGEST_PAUSE_S))


class _BareRateLimit(Exception):
    """A 429 that does not say how long to stay away."""

    def __init__(self, error: RateLimited) -> None:
        super().__init__()
        self.error = error


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme.lower(), parts.netloc.lower()


def _in_words(error: Exception) -> str:
    """What kept an answer away, without the address."""
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate was not accepted"
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return "no connection in time"
    if isinstance(error, requests.exceptions.Timeout):
        return "no answer in time"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the answer broke off"
    text = str(error)
    if "NameResolutionError" in text or "Failed to resolve" in text:
        return "its name was not found"
    if "Read timed out" in text:
        return "no whole answer in time"
    if "refused" in text.lower():
        return "the connection was refused"
    return "the connection broke off"
