"""Solcast's rooftop interface, read only. Source: Solcast's API documentation, hobbyist rooftop sites."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from app.domain.brands import BaseUrl
from app.feeds.forecasts.readings import reason_in
from app.feeds.forecasts.source import DailyLimitReached
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood, CredentialsRefused, RequestRefused, VendorError
from app.transports.http import JsonApi

VENDOR: Final = "Solcast"
API_URL: Final = BaseUrl("SOLCAST_API_URL", "https://api.solcast.com.au", "scheme and host")
KEY_REFUSED: Final = "the key was not accepted; copy it again from solcast.com under Account and enter it under Devices"
_LOOKS_AGAIN_S: Final = 3600.0


class SolcastClient:
    """One account. Each method raises a VendorError."""

    def __init__(self, key: str, context: Context) -> None:
        # Each call counts against the day's few, so none is tried again here. A count must not be kept under a secret.
        self._api = JsonApi(
            VENDOR,
            context.base_url(API_URL),
            context,
            account=sha256(key.encode()).hexdigest()[:16],
            headers=lambda: {"Authorization": f"Bearer {key}"},
            explain=_explain,
            tries_again=False,
        )

    def sites(self) -> list[Mapping[str, Any]]:
        """`GET /rooftop_sites`: the account's rooftop sites. Does not count against the day's calls."""
        return [each for each in self._list("/rooftop_sites", "sites") if isinstance(each, Mapping)]

    def forecasts(self, resource_id: str, hours: int) -> list[Any]:
        """`GET /rooftop_sites/{id}/forecasts`: half-hours from the running one on. One call of the day's."""
        return self._list(f"/rooftop_sites/{resource_id}/forecasts", "forecasts", hours=hours, period="PT30M")

    def _list(self, path: str, name: str, **asked: Any) -> list[Any]:
        answer = self._api.get(path, format="json", **asked).json
        found = answer.get(name) if isinstance(answer, Mapping) else None
        if not isinstance(found, list):
            raise AnswerNotUnderstood(VENDOR, f"the answer has no list of {name}")
        return found


def _explain(status: int, headers: Mapping[str, str], body: bytes) -> VendorError | None:
    if status in {401, 403}:
        return CredentialsRefused(VENDOR, KEY_REFUSED)
    if status == 404:
        return RequestRefused(VENDOR, "this account has no such rooftop site; choose it again under Devices")
    if status == 429 and reason_in(body, "response_status", "error_code") == "TooManyRequests":
        return DailyLimitReached(VENDOR, "today's calls are used up; they begin anew at 00:00 UTC", _LOOKS_AGAIN_S)
    return None  # a 429 without a body: the service is busy for a moment
