"""JSON over HTTP: every call ends in time, every failure has a name.

| What happens | Becomes |
|---|---|
| no connection, no name, time-out, 408, 5xx, a body cut short of its Content-Length | Unreachable (a GET is tried again) |
| 401, 403, 402 | CredentialsRefused |
| 429 | RateLimited, with the pause that the vendor asks for |
| other 4xx | RequestRefused |
| not JSON, NaN or Infinity, an empty or oversized body, a redirect away from the host | AnswerNotUnderstood |

No error carries a header, a query, or more than 200 redacted characters of a body."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn
from urllib.parse import urljoin, urlsplit

import requests

from app.transports.context import Context
from app.transports.deadline import Deadline, until
from app.transports.errors import AnswerNotUnderstood, CredentialsRefused, RateLimited, RequestRefused, Unreachable, VendorError
from app.transports.session import USER_AGENT, new_session
from app.transports.status import LEAST_PAUSE_S, LONGEST_PAUSE_S, error_for, http_date, pause_s, words_of

CONNECT_S = 4.0
READ_S = 10.0
TOTAL_S = 13.0  # one call with its retries
LARGEST_BODY = 5_000_000  # bytes, decompressed
WAITS_S = (0.5, 2.0)  # before the second and third try of a GET
_LEAST_TRY_S = 1.0  # with less time than this left, another try is pointless
_CHUNK = 65_536
_REDIRECTS = 3
_REDIRECTING = frozenset({301, 302, 303, 307, 308})


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


@dataclass(frozen=True, slots=True)
class _Received:
    status: int
    headers: Mapping[str, str]
    body: bytes


Explain = Callable[[int, Mapping[str, str], bytes], VendorError | None]
"""(status, headers, body) → the vendor's own meaning of a failure, or None for the general rule."""


class JsonApi:
    """One account at one vendor. Safe to share between threads.

    `account` names the budget that calls are counted in; it must not be a secret. `headers` is asked at each try, so that a token can be
    renewed. `explain` gives a status the vendor's own meaning. `repeats_bare_429`: a GET that meets a 429 which says nothing of a pause is
    sent once more after 1 s (a gateway under load, not a used-up quota)."""

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
    ) -> None:
        self._vendor = vendor
        self._base_url = base_url.rstrip("/")
        self._pace = context.pace
        self._budget = context.budget
        self._session = context.session or new_session()
        self._account = account
        self._headers = headers
        self._explain = explain
        self._repeats_bare_429 = repeats_bare_429
        self._bare_429s = 0
        self._lock = threading.Lock()

    def get(self, path: str, *, purpose: str = "read", **params: Any) -> Answer:
        """Read. A failed read is tried again while the total of 13 s allows. Raises a VendorError."""
        return self._call("GET", path, params, None, purpose, WAITS_S)

    def post(self, path: str, body: Any, purpose: str = "command") -> Answer:
        """Send `body` as JSON, once: after a time-out nobody knows whether it took, and reading back decides. `purpose` "restore" may use
        the budget's reserve. Raises a VendorError."""
        return self._call("POST", path, {}, body, purpose, ())

    def _call(self, method: str, path: str, params: Mapping[str, Any], body: Any, purpose: str, waits_s: tuple[float, ...]) -> Answer:
        deadline = Deadline(self._pace, TOTAL_S)
        waits = iter(waits_s)
        may_repeat_429 = self._repeats_bare_429 and bool(waits_s)
        while True:
            self._budget.spend(self._vendor, self._account, purpose)
            try:
                answer = self._try_once(method, path, params, body, deadline)
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

    def _try_once(self, method: str, path: str, params: Mapping[str, Any], body: Any, deadline: Deadline) -> Answer:
        call = f"{method} {path}"
        headers = {"User-Agent": USER_AGENT, "Accept": "application/json", "Accept-Encoding": "gzip", **self._headers()}
        with until(deadline):
            received = self._follow(call, self._base_url + path, params, body, headers, deadline)
        if deadline.is_over:
            raise Unreachable(self._vendor, f"{call}: no whole answer within {TOTAL_S:.0f} s")
        self._check(call, received, list(headers.values()))
        return Answer(received.status, self._parsed(call, received, headers), received.headers, http_date(received.headers.get("Date")))

    def _follow(
        self, call: str, url: str, params: Mapping[str, Any], body: Any, headers: Mapping[str, str], deadline: Deadline
    ) -> _Received:
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
    ) -> _Received:
        left_s = max(deadline.remaining_s(), 0.01)
        try:
            with self._session.request(
                method,
                url,
                params=params,
                json=body,
                headers=headers,
                timeout=(min(CONNECT_S, left_s), min(READ_S, left_s)),
                stream=True,
                allow_redirects=False,
            ) as response:
                return _Received(response.status_code, response.headers, self._body(call, response, deadline))
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

    def _check(self, call: str, received: _Received, secrets: list[str]) -> None:
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

    def _bare_pause_s(self, received: _Received) -> float:
        """1, 2, 4 … 300 s for the first, second, third 429 in a row that does not name a pause."""
        if received.status != 429 or pause_s(received.headers) is not None:
            return LEAST_PAUSE_S
        with self._lock:
            self._bare_429s += 1
            doublings = self._bare_429s - (2 if self._repeats_bare_429 else 1)  # one that is answered by trying again does not count
            return float(min(LEAST_PAUSE_S * 2 ** min(max(doublings, 0), 10), LONGEST_PAUSE_S))

    def _parsed(self, call: str, received: _Received, headers: Mapping[str, str]) -> Any:
        if received.status == 204:
            return None
        try:
            return json.loads(received.body, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            said = words_of(received.body, headers.values()) or "nothing"
            raise AnswerNotUnderstood(self._vendor, f"{call} did not answer with JSON: {said}") from None


class _BareRateLimit(Exception):
    """A 429 that does not say how long to stay away."""

    def __init__(self, error: RateLimited) -> None:
        super().__init__()
        self.error = error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


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
