"""HTTP status codes → named vendor errors, and how long a vendor asks us to stay away."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from app.transports.errors import AnswerNotUnderstood, CredentialsRefused, RateLimited, RequestRefused, Unreachable, VendorError
from app.transports.redact import redacted

LEAST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 300.0
_USUAL_PAUSE_S = 60.0


def http_date(text: str | None) -> datetime | None:
    """An HTTP date (RFC 9110, 5.6.7) in UTC; None when absent or malformed."""
    if not text:
        return None
    try:
        instant = parsedate_to_datetime(text)
    except (ValueError, OverflowError, IndexError):
        return None
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def pause_s(headers: Mapping[str, str]) -> float | None:
    """Seconds the vendor asks us to stay away, 1–300; None when it does not say.

    Retry-After in seconds or as an instant, else RateLimit-Reset. Instants count from the answer's own Date, as the local clock may be
    wrong."""
    wanted = _seconds(headers.get("Retry-After"))
    if wanted is None:
        until, sent = http_date(headers.get("Retry-After")), http_date(headers.get("Date"))
        wanted = (until - sent).total_seconds() if until and sent else (_USUAL_PAUSE_S if until else None)
    if wanted is None:
        wanted = _seconds(headers.get("RateLimit-Reset"))
    return None if wanted is None else min(max(wanted, LEAST_PAUSE_S), LONGEST_PAUSE_S)


def _seconds(text: str | None) -> float | None:
    if text is None:
        return None
    text = text.strip()
    # isdecimal alone would take other scripts' digits; a length bound keeps out numbers that no float holds
    return float(text) if text.isascii() and text.isdecimal() and len(text) < 12 else None


def error_for(
    vendor: str, call: str, status: int, headers: Mapping[str, str], body: bytes, bare_pause_s: float, secrets: Iterable[str] = ()
) -> VendorError | None:
    """The named error that `status` stands for, None for a success. `call` is "GET /path", without a query."""
    if 200 <= status < 300:
        return None
    said = words_of(body, secrets)
    about = f"{call} answered {status}" + (f": {said}" if said else "")
    if status == 401:
        return CredentialsRefused(vendor, f"the token was not accepted ({about})")
    if status == 403:
        return CredentialsRefused(vendor, f"the token does not allow this ({about})")
    if status == 402:
        return CredentialsRefused(vendor, f"a payment is due: check the account's subscription ({about})")
    if status == 429:
        wait_s = pause_s(headers)
        wait_s = bare_pause_s if wait_s is None else wait_s
        return RateLimited(vendor, f"asked too often, next call in {wait_s:.0f} s ({about})", wait_s)
    if status == 408 or status >= 500:
        return Unreachable(vendor, about)
    if 400 <= status < 500:
        return RequestRefused(vendor, about)
    return AnswerNotUnderstood(vendor, about)


def words_of(body: bytes, secrets: Iterable[str] = ()) -> str:
    """What an error's body says, for people: at most 200 characters, redacted."""
    text = body[:4000].decode("utf-8", "replace").strip()
    if text[:1] == "<":
        return "a web page"
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return redacted(text, secrets)
    if isinstance(value, dict):
        for key in ("message", "error_description", "error", "detail"):
            if isinstance(value.get(key), str):
                return redacted(value[key], secrets)
    return redacted(text, secrets)
