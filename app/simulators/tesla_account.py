"""One developer application at Tesla, and the account whose owner signs in with it: codes, tokens, registrations."""

import base64
import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

ENERGY_SCOPES = ("openid", "offline_access", "energy_device_data", "energy_cmds")
ACCESS_LASTS = timedelta(seconds=28_800)
REFRESH_LASTS = timedelta(days=90)
CODE_LASTS = timedelta(minutes=5)


class GrantRefused(Exception):
    """The token service declines: `error` as OAuth names it, with its HTTP status."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(error)
        self.status, self.error, self.description = status, error, description


@dataclass(slots=True)
class _Code:
    redirect_uri: str
    scopes: tuple[str, ...]
    challenge: str | None
    ends_at: datetime


@dataclass(slots=True)
class _Refresh:
    scopes: tuple[str, ...]
    ends_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """What an access token allows; `of_owner` False: it is the application's own (a partner token)."""

    scopes: tuple[str, ...]
    ends_at: datetime
    of_owner: bool


@dataclass
class TeslaAccount:
    """`grace`: how long a used refresh token goes on to work (nothing by the documentation; 24 hours by rumour)."""

    client_id: str = "8a1d2f04-5c1e-4f6a-9c57-0c3a5b1e7d20"
    client_secret: str = "ta-secret.Zk3vQ8pR1mW7xT5n"  # noqa: S105 - of a simulated application
    redirect_uris: tuple[str, ...] = ("http://localhost/settings/tesla/callback",)
    allowed_scopes: tuple[str, ...] = ENERGY_SCOPES
    region: str = "na"
    audience: str = ""  # the base URL of the region; empty: not checked
    grace: timedelta = timedelta(0)
    consents: bool = True
    revoked: bool = False
    fetch_key: Callable[[str], bytes | None] | None = None  # domain → what its key page answers
    registered: dict[str, str] = field(default_factory=dict)  # domain → public key in hex
    _codes: dict[str, _Code] = field(default_factory=dict)
    _refresh: dict[str, _Refresh] = field(default_factory=dict)
    _access: dict[str, Access] = field(default_factory=dict)

    def new_code(self, redirect_uri: str, scopes: tuple[str, ...], challenge: str | None, now: datetime) -> str:
        """What the browser carries back after the owner's consent."""
        code = f"{self.region.upper()}_{secrets.token_hex(16)}"
        self._codes[code] = _Code(redirect_uri, scopes, challenge, now + CODE_LASTS)
        return code

    def by_code(self, code: str, redirect_uri: str, verifier: str | None, now: datetime) -> dict[str, object]:
        """The tokens for a code. Raises GrantRefused; a code works once."""
        held = self._codes.pop(code, None)
        if held is None or now >= held.ends_at:
            raise GrantRefused(400, "invalid_auth_code", "The authorization code is invalid or has expired.")
        if redirect_uri != held.redirect_uri:
            raise GrantRefused(400, "invalid_redirect_url", "The redirect_uri does not match the one of the authorization.")
        if held.challenge is not None and (verifier is None or _challenge_of(verifier) != held.challenge):
            raise GrantRefused(400, "invalid_grant", "The code_verifier does not match.")
        return self._tokens(held.scopes, now)

    def by_refresh(self, token: str, now: datetime) -> dict[str, object]:
        """New tokens for a refresh token, which works once. Raises GrantRefused."""
        held = self._refresh.get(token)
        is_used_up = held is None or (held.used_at is not None and now - held.used_at >= self.grace)
        if held is None or is_used_up or now >= held.ends_at or self.revoked:
            raise GrantRefused(
                401, "login_required", "The refresh_token is invalid. Please generate a new one by following the code exchange steps."
            )
        held.used_at = held.used_at or now
        return self._tokens(held.scopes, now)

    def by_secret(self, scopes: tuple[str, ...], now: datetime) -> dict[str, object]:
        """A token of the application itself."""
        return self._with_access(scopes, now, of_owner=False)

    def sign_in(self, now: datetime, scopes: tuple[str, ...] = ENERGY_SCOPES) -> dict[str, str]:
        """Access and refresh token as after a whole sign-in; for rigs that begin behind it."""
        told = self._tokens(scopes, now)
        return {"access_token": str(told["access_token"]), "refresh_token": str(told["refresh_token"])}

    def access(self, token: str | None, now: datetime) -> Access | None:
        """What the token allows; None for one that is unknown or has ended."""
        held = self._access.get(token or "")
        return held if held is not None and now < held.ends_at else None

    def end_access(self) -> None:
        """All access tokens end before their time."""
        self._access.clear()

    def _tokens(self, scopes: tuple[str, ...], now: datetime) -> dict[str, object]:
        told = self._with_access(scopes, now, of_owner=True)
        if "offline_access" in scopes:
            renewing = f"{self.region.upper()}_{secrets.token_hex(24)}"
            self._refresh[renewing] = _Refresh(scopes, now + REFRESH_LASTS)
            told["refresh_token"] = renewing
        return told

    def _with_access(self, scopes: tuple[str, ...], now: datetime, *, of_owner: bool) -> dict[str, object]:
        ends_at = now + ACCESS_LASTS
        token = _jwt({"exp": int(ends_at.timestamp()), "ou_code": self.region.upper(), "scp": list(scopes), "jti": secrets.token_hex(8)})
        self._access[token] = Access(scopes, ends_at, of_owner)
        return {"access_token": token, "expires_in": int(ACCESS_LASTS.total_seconds()), "token_type": "Bearer"}


def _challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _jwt(claims: dict[str, object]) -> str:
    parts = ({"alg": "RS256", "typ": "JWT", "kid": "simulated"}, claims)
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join((*encoded, secrets.token_urlsafe(32)))
