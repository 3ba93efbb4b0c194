"""Signing in at Tesla for the Fleet API: OAuth 2 with authorisation code and PKCE, and refresh tokens that each work once.

Source: Tesla Fleet API, "Third-party tokens" and "Partner tokens". PKCE is not in Tesla's table of parameters; what it does not know it
ignores, and the client secret is sent in any case."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from app.devices.tesla.numbers import finite
from app.devices.tesla.regions import api_url, auth_url, token_url
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood, CredentialsRefused, RequestRefused, VendorError
from app.transports.http import JsonApi

TESLA: Final = "Tesla"
SCOPES: Final = "openid offline_access energy_device_data energy_cmds"
_PARTNER_SCOPES: Final = "openid energy_device_data energy_cmds"
_AUTHORIZE: Final = "/oauth2/v3/authorize"
_TOKEN: Final = "/oauth2/v3/token"  # noqa: S105 - a path
AGAIN: Final = "sign in at Tesla again under Settings, Tesla"
_ENDED: Final = f"the sign-in has ended (a changed password, a consent taken back, or three months without use); {AGAIN}"
_UNKNOWN_CLIENT: Final = "the client id or the client secret is not accepted; enter them again under Settings, Tesla"
_MEANS: Final[Mapping[str, tuple[type[VendorError], str]]] = {
    "login_required": (CredentialsRefused, _ENDED),
    "invalid_grant": (CredentialsRefused, _ENDED),
    "invalid_auth_code": (CredentialsRefused, f"the sign-in took too long; {AGAIN}"),
    "invalid_client": (CredentialsRefused, _UNKNOWN_CLIENT),
    "unauthorized_client": (CredentialsRefused, _UNKNOWN_CLIENT),
    "invalid_redirect_url": (
        RequestRefused,
        "the redirect address is not one of those of your application; it must match to the letter, with port and final slash",
    ),
    "invalid_scope": (RequestRefused, "your application may not ask for energy data and commands; allow both at developer.tesla.com"),
}


@dataclass(frozen=True, slots=True)
class Application:
    """An application at developer.tesla.com, in one region."""

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str = ""
    region: str = "na"


@dataclass(frozen=True, slots=True)
class Granted:
    """What the token service gave. `lasts_s`: of the access token."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    lasts_s: float


def authorize_url(context: Context, application: Application, state: str, verifier: str) -> str:
    """Where the owner's browser goes to sign in and to consent. `verifier`: 43–128 characters, kept until the code comes back."""
    return str(
        prepare_grant_uri(
            f"{auth_url(context, application.region)}{_AUTHORIZE}",
            application.client_id,
            "code",
            redirect_uri=application.redirect_uri,
            scope=SCOPES,
            state=state,
            locale="en-US",
            prompt="login",
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
        )
    )


class TokenService:
    """Tesla's token service in one region. Nothing is tried twice: a code and a refresh token work once."""

    def __init__(self, context: Context, client_id: str, region: str) -> None:
        self._audience = api_url(context, region)
        self._client_id = client_id
        self._api = JsonApi(
            TESLA,
            token_url(context, region),
            context,
            account=f"sign-in {sha256(client_id.encode()).hexdigest()[:16]}",
            headers=dict,
            explain=_explained,
        )

    def exchange(self, application: Application, code: str, verifier: str) -> Granted:
        """The tokens for the code that the browser brought back. Raises a VendorError."""
        return self._granted(
            grant_type="authorization_code",
            client_secret=application.client_secret,
            code=code,
            code_verifier=verifier,
            audience=self._audience,
            redirect_uri=application.redirect_uri,
        )

    def refresh(self, refresh_token: str) -> Granted:
        """New tokens for an old refresh token, which ends with this call. Raises a VendorError, CredentialsRefused where it had ended."""
        return self._granted(grant_type="refresh_token", refresh_token=refresh_token)

    def partner_token(self, application: Application) -> str:
        """A token of the application itself, for its registration. Raises a VendorError."""
        granted = self._granted(
            grant_type="client_credentials", client_secret=application.client_secret, scope=_PARTNER_SCOPES, audience=self._audience
        )
        return granted.access_token

    def _granted(self, **fields: str) -> Granted:
        # "restore": a token is what giving the owner's settings back needs first.
        answer = self._api.post_form(_TOKEN, {"client_id": self._client_id, **fields}, purpose="restore").json
        told: Mapping[str, Any] = answer if isinstance(answer, Mapping) else {}
        access, renewing, lasts_s = told.get("access_token"), told.get("refresh_token"), finite(told.get("expires_in"))
        if not isinstance(access, str) or not access or lasts_s is None or lasts_s <= 0:
            raise AnswerNotUnderstood(TESLA, "the token service answered without a token")
        return Granted(access, renewing if isinstance(renewing, str) and renewing else None, lasts_s)


def _explained(status: int, _headers: Mapping[str, str], body: bytes) -> VendorError | None:
    """What Tesla means by its error codes; the general rule holds for the others. A rate limit and an outage keep their names."""
    if status not in (400, 401, 403):
        return None
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    code = told.get("error") if isinstance(told, Mapping) else None
    if not isinstance(code, str) or code not in _MEANS:
        return None
    kind, words = _MEANS[code]
    return kind(TESLA, words)
