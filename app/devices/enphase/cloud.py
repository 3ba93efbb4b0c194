"""Enphase's clouds, asked for one thing alone: a token for the owner's gateway.

Source: POST {Enlighten}/login/login.json (a form) gives `session_id`, unless the account has a second factor; POST {Entrez}/tokens (JSON)
gives the token as bare text."""

import hashlib
from collections.abc import Mapping
from typing import Final

from app.devices.enphase.fields import GatewayFields
from app.devices.enphase.jwt import claims_of
from app.domain.brands import BaseUrl
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood, CredentialsRefused, VendorError
from app.transports.http import JsonApi
from app.transports.text import TextApi

CLOUD: Final = "Enphase Enlighten"
ENLIGHTEN_URL: Final = BaseUrl("ENLIGHTEN_URL", "https://enlighten.enphaseenergy.com", "scheme and host")
ENTREZ_URL: Final = BaseUrl("ENTREZ_URL", "https://entrez.enphaseenergy.com", "scheme and host")
_LEAST_TOKEN: Final = 100  # characters


class TokenOffice:
    """One account. Every call signs in anew: tokens last for hours, and no session is kept."""

    def __init__(self, fields: GatewayFields, context: Context) -> None:
        self._username, self._password = fields.username, fields.password
        named = hashlib.sha256(fields.username.encode()).hexdigest()[:16]  # calls are counted under a name that gives nothing away
        self._enlighten = JsonApi(CLOUD, context.base_url(ENLIGHTEN_URL), context, account=named, headers=dict, explain=_sign_in_explained)
        self._entrez = TextApi(CLOUD, context.base_url(ENTREZ_URL), context, account=named, explain=_token_explained)

    def token_for(self, serial: str) -> str:
        """A new token for the gateway of that serial number. Raises a VendorError."""
        body = {"session_id": self._session(), "serial_num": serial, "username": self._username}
        token = self._entrez.post("/tokens", body, "read").strip()
        if len(token) < _LEAST_TOKEN or claims_of(token).ends_at is None:
            raise AnswerNotUnderstood(CLOUD, "what it gave is no token")
        return token

    def _session(self) -> str:
        form = {"user[email]": self._username, "user[password]": self._password.get_secret_value()}
        told = self._enlighten.post_form("/login/login.json", form, "read").json
        session = told.get("session_id") if isinstance(told, Mapping) else None
        if isinstance(session, str) and session:
            return session
        if not isinstance(told, Mapping):
            raise AnswerNotUnderstood(CLOUD, "the sign-in is not in form")
        raise CredentialsRefused(CLOUD, "it opened no session; where the account has a second factor, enter a token by hand under Devices")


def _sign_in_explained(status: int, headers: Mapping[str, str], body: bytes) -> VendorError | None:
    if status in (400, 401, 403, 422):
        return CredentialsRefused(CLOUD, "it did not accept the e-mail and password; enter them again under Devices")
    return None


def _token_explained(status: int, headers: Mapping[str, str], body: bytes) -> VendorError | None:
    if status in (401, 403, 404):
        return CredentialsRefused(CLOUD, "it gives this account no token for your gateway; is it the account that the gateway belongs to?")
    return None
