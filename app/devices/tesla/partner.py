"""The application's own dealings with Tesla: its registration in a region, and the key page by which Tesla knows its domain.

Source: Tesla Fleet API, "Partner endpoints"."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from app.devices.tesla.answers import response_of
from app.devices.tesla.oauth import TESLA, Application, TokenService
from app.devices.tesla.regions import api_url
from app.transports.context import Context
from app.transports.errors import RequestRefused, VendorError
from app.transports.http import JsonApi
from app.transports.line import Line, Received

KEY_PAGE: Final = "/.well-known/appspecific/com.tesla.3p.public-key.pem"
_ACCOUNTS: Final = "/api/1/partner_accounts"
_KEY_NOT_FETCHED: Final = "it could not fetch the key page of your domain, which must open from the internet, with a valid certificate"


class _Registered(RequestRefused):
    """409: the domain is registered already, which is what was wanted."""


def key_page(context: Context, domain: str) -> bytes:
    """What the key page of `domain` answers, asked from this computer. Raises a VendorError."""

    def body(_call: str, received: Received, _headers: Mapping[str, str]) -> bytes:
        return received.body

    line = Line(domain, f"https://{domain}", context, account="key page", accepts="*/*", headers=dict)
    return line.call("GET", KEY_PAGE, body, params={}, purpose="read", waits_s=())


def register(context: Context, application: Application, domain: str) -> str | None:
    """Register `domain` in the application's region, and read back the public key (hex of its point) that Tesla holds for it; None where
    Tesla tells none. Registered already counts as done. Raises a VendorError."""
    token = TokenService(context, application.client_id, application.region).partner_token(application)
    api = JsonApi(
        TESLA,
        api_url(context, application.region),
        context,
        account="registration",
        headers=lambda: {"Authorization": f"Bearer {token}"},
        explain=_explained,
    )
    with suppress(_Registered):
        api.post(_ACCOUNTS, {"domain": domain}, purpose="restore")
    told = response_of(TESLA, "the registration", api.get(f"{_ACCOUNTS}/public_key", domain=domain).json).get("public_key")
    return told.lower() if isinstance(told, str) and told else None


def _explained(status: int, _headers: Mapping[str, str], _body: bytes) -> VendorError | None:
    if status == 409:
        return _Registered(TESLA, "registered already")
    if status in (400, 404, 412, 422, 424):
        return RequestRefused(TESLA, _KEY_NOT_FETCHED)
    return None
