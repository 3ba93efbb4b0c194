"""forecast.solar's public interface, read only and without a key. Source: forecast.solar's documentation, `/estimate`."""

import contextlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from app.domain.brands import BaseUrl
from app.domain.forecasts.sun import Place
from app.feeds.forecasts.readings import reason_in
from app.feeds.forecasts.roof import Plane
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood, RateLimited, RequestRefused, Unreachable, VendorError
from app.transports.http import JsonApi
from app.transports.status import http_date

VENDOR: Final = "forecast.solar"
API_URL: Final = BaseUrl("FORECAST_SOLAR_API_URL", "https://api.forecast.solar", "scheme and host")
_ACCOUNT: Final = "public"  # it knows callers by their address alone
_PERIOD_S: Final = 3600.0


class ForecastSolarClient:
    """The public service: 12 calls an hour per address."""

    def __init__(self, context: Context) -> None:
        self._budget = context.budget
        # A GET is sent once: the hourly quota is small, and the job comes back in some minutes anyway.
        self._api = JsonApi(
            VENDOR, context.base_url(API_URL), context, account=_ACCOUNT, headers=dict[str, str], explain=_explain, tries_again=False
        )

    def estimate(self, place: Place, plane: Plane) -> Mapping[str, Any]:
        """`GET /estimate/{lat}/{lon}/{dec}/{az}/{kwp}`: one face of the roof, stamps in UTC. Raises a VendorError."""
        where = f"{place.latitude_deg:g}/{place.longitude_deg:g}/{plane.tilt_deg:g}/{plane.from_south_deg:g}/{plane.peak_kw:g}"
        answer = self._api.get(f"/estimate/{where}", time="utc")
        self._keep_quota(answer.headers)
        result = answer.json.get("result") if isinstance(answer.json, Mapping) else None
        if not isinstance(result, Mapping):
            raise AnswerNotUnderstood(VENDOR, "the estimate has no result")
        return result

    def _keep_quota(self, headers: Mapping[str, str]) -> None:
        """The last call of the hour was just answered: the next one would be refused."""
        if headers.get("X-Ratelimit-Remaining", "").strip() == "0":
            self._budget.stay_away(VENDOR, _ACCOUNT, _PERIOD_S)


def _explain(status: int, headers: Mapping[str, str], body: bytes) -> VendorError | None:
    said = reason_in(body, "message", "text")
    if status == 429:
        wait_s = _wait_s(headers, reason_in(body, "message", "ratelimit", "retry-at"))
        return RateLimited(VENDOR, f"the calls of this hour are used up, next call in {wait_s / 60:.0f} min", wait_s)
    if status in {400, 404, 422}:
        return RequestRefused(VENDOR, f"it cannot work out this roof: {said or f'it answered {status}'}")
    if status in {401, 403}:  # nothing here needs a key
        return Unreachable(VENDOR, f"the call was turned away ({status})")
    return None


def _wait_s(headers: Mapping[str, str], retry_at: str) -> float:
    """Until the instant that it names, counted from its own clock; an hour where it names none."""
    sent = http_date(headers.get("Date"))
    with contextlib.suppress(ValueError):
        until = datetime.fromisoformat(retry_at)
        until = until.replace(tzinfo=UTC) if until.tzinfo is None else until
        if sent is not None:
            return min(_PERIOD_S, max(1.0, (until - sent).total_seconds()))
    return _PERIOD_S
