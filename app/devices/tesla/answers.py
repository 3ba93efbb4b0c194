"""Tesla's answers in form: HTTP 200 does not mean success, and a success does not mean that it took (reading back decides)."""

from collections.abc import Mapping
from typing import Any

from app.transports.errors import AnswerNotUnderstood, CredentialsRefused, RequestRefused, Unreachable, VendorError

_SITE_OFFLINE = "the Powerwall's site is offline"
_SERVER_TROUBLE = 500
_CLIENT_TROUBLE = 400
_OFFLINE = 408
_UNKNOWN_SITE = 404
_TOKEN_REFUSED = 401
_REMEDY = "the token was not accepted; make a new one in the Teslemetry console and enter it under Devices"


class TokenEnded(CredentialsRefused):
    """The access token was not accepted. One that is renewed often has simply ended: the caller renews it once."""


def explained(vendor: str, status: int) -> VendorError | None:
    """What Tesla means by a status beyond the general rule: 401 is the token, 408 a home without a connection,
    404 a site that was removed or moved."""
    if status == _OFFLINE:
        return Unreachable(vendor, f"{_SITE_OFFLINE}: Tesla has no recent word from it")
    if status == _TOKEN_REFUSED:
        return CredentialsRefused(vendor, _REMEDY)
    if status == _UNKNOWN_SITE:
        return RequestRefused(vendor, "this energy site is not known to the account; choose it again")
    return None


def explained_by_fleet(vendor: str, status: int) -> VendorError | None:
    """What Tesla itself means by a status (Fleet API, "Response codes")."""
    match status:
        case 401:
            return TokenEnded(vendor, "the sign-in was not accepted; sign in at Tesla again under Settings, Tesla")
        case 403:
            return CredentialsRefused(
                vendor, "your consent does not cover energy data and commands; sign in at Tesla again and tick both, under Settings, Tesla"
            )
        case 412:
            return RequestRefused(vendor, "your application is not registered in this region; register it under Settings, Tesla")
        case 421:
            return RequestRefused(vendor, "the account belongs to another region; choose it under Settings, Tesla, and sign in again")
        case 423:
            return CredentialsRefused(vendor, "the account is locked; sign in at tesla.com to see why")
        case _:
            return explained(vendor, status)


def response_of(vendor: str, what: str, body: Any) -> dict[str, Any]:
    """The `response` object of a read. Raises Unreachable where Tesla has no data (`{}` or null with HTTP 200) and AnswerNotUnderstood for
    another form."""
    if not isinstance(body, Mapping) or "response" not in body:
        raise AnswerNotUnderstood(vendor, f"{what}: the answer has no response")
    response = body["response"]
    if response is None or response == {}:
        raise Unreachable(vendor, f"{what} gave no data")
    if not isinstance(response, Mapping):
        raise AnswerNotUnderstood(vendor, f"{what}: the response is not an object")
    return dict(response)


def refusal(vendor: str, what: str, body: Any) -> VendorError | None:
    """Why a write with HTTP 200 was not accepted; None where it was, or where the body says nothing (then reading back decides)."""
    if not isinstance(body, Mapping):
        return None
    if body.get("error"):
        said = _said(body.get("error"), body.get("error_description"))
        # Tesla's own words for a fault on its side; any other text is about what was asked.
        return Unreachable(vendor, f"{what}: {said}") if "upstream" in said.lower() else RequestRefused(vendor, f"{what} declined: {said}")
    response = body.get("response")
    if not isinstance(response, Mapping):
        return None
    told = {str(key).lower(): value for key, value in response.items()}
    if told.get("result") is False:
        return RequestRefused(vendor, f"{what} declined: {_said(told.get('reason'), told.get('message'))}")
    code = told.get("code")
    if isinstance(code, bool) or not isinstance(code, int | float) or code < _CLIENT_TROUBLE:
        return None
    said = f"{_said(told.get('message'))} ({code:.0f})"
    if code == _OFFLINE:
        return Unreachable(vendor, f"{what}: {_SITE_OFFLINE} ({code:.0f})")
    return Unreachable(vendor, f"{what}: {said}") if code >= _SERVER_TROUBLE else RequestRefused(vendor, f"{what} declined: {said}")


def _said(*parts: Any) -> str:
    """At most 200 characters of what the vendor says."""
    words = ": ".join(str(part).strip() for part in parts if part)
    return words[:200] or "without a reason"
