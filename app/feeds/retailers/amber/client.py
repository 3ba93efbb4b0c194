"""Amber's REST interface, read only. Source: Amber's public API reference, version 2."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

from app.domain.brands import BaseUrl
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood, CredentialsRefused, RequestRefused, VendorError
from app.transports.http import Answer, JsonApi
from app.transports.status import pause_s

VENDOR: Final = "Amber"
API_URL: Final = BaseUrl("AMBER_API_URL", "https://api.amber.com.au/v1", "…/v1")
TOKEN_REFUSED: Final = "the token was not accepted; make a new one at app.amber.com.au › Settings › Developers and enter it under Devices"  # noqa: S105
KEPT_CALLS: Final = 5  # of the account's 50 in 5 minutes: other programs of the owner use them too


class AmberClient:
    """One account. Each method raises a VendorError."""

    def __init__(self, token: str, context: Context) -> None:
        self._budget = context.budget
        # Calls are counted per token, and a count must not be kept under a secret.
        self._account = sha256(token.encode()).hexdigest()[:16]
        self._api = JsonApi(
            VENDOR,
            context.base_url(API_URL),
            context,
            account=self._account,
            headers=lambda: {"Authorization": f"Bearer {token}"},
            explain=_explain,
            repeats_bare_429=True,  # the gateway's own refusal under load, unlike a used-up quota, is over in a moment
        )

    def sites(self) -> list[Mapping[str, Any]]:
        """`GET /sites`: every site of the account, closed ones included."""
        return [item for item in self._list("/sites") if isinstance(item, Mapping)]

    def current_prices(self, site_id: str, resolution_min: int, *, ahead: int | None = None, back: int | None = None) -> Sequence[Any]:
        """`GET /sites/{id}/prices/current`: `back` settled intervals, the running one and up to `ahead` forecast ones, per channel.

        `resolution_min` is always sent: its default has changed once, and shortened everybody's forecast."""
        return self._list(f"/sites/{site_id}/prices/current", next=ahead, previous=back, resolution=resolution_min)

    def _list(self, path: str, **params: Any) -> list[Any]:
        answer = self._api.get(path, **params)
        self._keep_reserve(answer)
        if not isinstance(answer.json, list):
            raise AnswerNotUnderstood(VENDOR, "the answer is not a list")
        return answer.json

    def _keep_reserve(self, answer: Answer) -> None:
        remaining = answer.headers.get("RateLimit-Remaining", "").strip()
        reset_s = pause_s({"RateLimit-Reset": answer.headers.get("RateLimit-Reset", "")})
        if remaining.isascii() and remaining.isdecimal() and int(remaining) <= KEPT_CALLS and reset_s is not None:
            self._budget.stay_away(VENDOR, self._account, reset_s)


def _explain(status: int, headers: Mapping[str, str], body: bytes) -> VendorError | None:
    if status in {401, 403}:
        return CredentialsRefused(VENDOR, TOKEN_REFUSED)
    if status == 404:
        return RequestRefused(VENDOR, "this account has no such site; choose the site again under Devices")
    return None
