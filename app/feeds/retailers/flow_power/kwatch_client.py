"""Flow Power's web data interface ("KWatch"), read only: every call is a POST with the customer's key.

Source: two public programs that use it; Flow Power has published no description. Both count `period` in minutes for lists of 5-minute
prices and in days for half-hours."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final, NoReturn

from app.domain.brands import BaseUrl
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood, CredentialsRefused, VendorError
from app.transports.http import JsonApi

VENDOR: Final = "Flow Power"
API_URL: Final = BaseUrl("FLOW_POWER_API_URL", "https://api.kwatch.com.au/api/v1", "…/api/v1")
KEY_REFUSED: Final = "the key was not accepted; make a new one in Flow Power's app under More › Web Data Access and enter it under Devices"
_NOT_FROM_HERE: Final = "the key does not allow calls from this computer; allow it in Flow Power's app or enter another key under Devices"
_REGIONS: Final[Mapping[str, str]] = {"NSW1": "nsw", "QLD1": "qld", "SA1": "sa", "TAS1": "tas", "VIC1": "vic"}
_DEEPEST: Final = 3  # JSON in a string of JSON in a string


class KwatchClient:
    """One customer's key and region. Each method raises a VendorError."""

    def __init__(self, key: str, region: str, context: Context) -> None:
        self._region = _REGIONS[region]
        self._api = JsonApi(
            VENDOR,
            context.base_url(API_URL),
            context,
            account=sha256(key.encode()).hexdigest()[:16],  # calls are counted per key, and a count must not be kept under a secret
            headers=lambda: {"x-api-key": key},
            explain=explain,
        )

    def dispatch(self, minutes: int) -> Any:
        """`POST /dispatch5mins`: the prices of the last `minutes`, $/MWh."""
        return self._ask("dispatch5mins", regName=self._region, period=minutes)

    def near_forecast(self, minutes: int) -> Any:
        """`POST /predispatch5mins`: 5-minute prices ahead, $/MWh."""
        return self._ask("predispatch5mins", regName=self._region, period=minutes)

    def far_forecast(self, days: int) -> Any:
        """`POST /predispatch30mins`: half-hourly prices ahead, $/MWh."""
        return self._ask("predispatch30mins", regName=self._region, period=days)

    def site(self, nmi: str) -> Any:
        """`POST /GetResidentialSite`: the customer's site with that meter."""
        return self._ask("GetResidentialSite", nmi=nmi)

    def _ask(self, endpoint: str, **body: Any) -> Any:
        return _unwrapped(endpoint, self._api.post(f"/{endpoint}", body, purpose="read").json)


def _unwrapped(endpoint: str, answer: Any) -> Any:
    """The answer, out of the strings in which it may be encoded once more."""
    for _ in range(_DEEPEST):
        if not isinstance(answer, str):
            break
        try:
            answer = json.loads(answer, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            break
    if not isinstance(answer, list | Mapping):
        raise AnswerNotUnderstood(VENDOR, f"POST /{endpoint}: neither a list nor an object")
    return answer


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def explain(status: int, headers: Mapping[str, str], body: bytes) -> VendorError | None:
    """What a refusal of this service means; None for the general rule."""
    if status == 403 and b"allowlist" in body.lower():
        return CredentialsRefused(VENDOR, _NOT_FROM_HERE)
    if status in {401, 403}:
        return CredentialsRefused(VENDOR, KEY_REFUSED)
    return None
