"""How the energy endpoints are reached: with a Teslemetry token that stays, or with Tesla's own, which is renewed every few hours."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Protocol

from app.devices.tesla.answers import explained, explained_by_fleet
from app.devices.tesla.oauth import AGAIN, TESLA, Granted, TokenService
from app.devices.tesla.regions import REGIONS, USUAL, api_url
from app.domain.brands import BaseUrl
from app.transports.context import Context, SignedIn, SignInStore
from app.transports.errors import CredentialsRefused, RateLimited, Unreachable, VendorError

TESLEMETRY: Final = "Teslemetry"
TESLEMETRY_URL: Final = BaseUrl("TESLEMETRY_API_URL", "https://api.teslemetry.com", "scheme and host")
RENEW_BEFORE_S: Final = 600.0  # of the 8 hours of an access token


@dataclass(frozen=True, slots=True)
class Pass:
    """What one call is made with."""

    base_url: str
    token: str = field(repr=False)
    account: str  # names the budget; not a secret


class Access(Protocol):
    """One way to the energy endpoints."""

    vendor: str

    def current(self) -> Pass:
        """What the next call is made with; renewed where it is about to end. Raises a VendorError."""
        ...

    def after_refusal(self, refused: Pass) -> Pass | None:
        """Another one where the vendor took `refused` for ended; None where there is none. Raises a VendorError."""
        ...

    def explain(self, status: int) -> VendorError | None:
        """What the vendor means by a status, None for the general rule."""
        ...


class TeslemetryAccess:
    """A token of Teslemetry's console."""

    vendor = TESLEMETRY

    def __init__(self, context: Context, token: str) -> None:
        # Calls are counted per token, and a count must not be kept under a secret.
        self._pass = Pass(context.base_url(TESLEMETRY_URL), token, sha256(token.encode()).hexdigest()[:16])

    def current(self) -> Pass:
        return self._pass

    def after_refusal(self, refused: Pass) -> Pass | None:
        return None

    def explain(self, status: int) -> VendorError | None:
        return explained(TESLEMETRY, status)


class FleetAccess:
    """The home's own sign-in at Tesla."""

    vendor = TESLA

    def __init__(self, context: Context) -> None:
        self._context = context

    def current(self) -> Pass:
        """Renewed ten minutes before its end; while Tesla's token service is out of reach the present one serves to its last second."""
        held = self._held()
        if held.left_s is None or held.left_s > RENEW_BEFORE_S:
            return self._pass(held.values)
        try:
            return self._pass(self._renewed(held))
        except (Unreachable, RateLimited):
            if held.left_s <= 0:
                raise
            return self._pass(held.values)

    def after_refusal(self, refused: Pass) -> Pass | None:
        held = self._held()
        if held.values["access_token"] != refused.token:
            return self._pass(held.values)  # renewed by somebody else meanwhile
        return self._pass(self._renewed(held))

    def explain(self, status: int) -> VendorError | None:
        return explained_by_fleet(TESLA, status)

    def _renewed(self, stale: SignedIn) -> Mapping[str, str]:
        """One at a time, and none twice: whoever waited finds what the first one stored."""
        store = self._store()
        with store.alone():
            held = self._held()
            if held.values["access_token"] != stale.values["access_token"]:
                return held.values
            service = TokenService(self._context, held.values["client_id"], _region(held.values))
            granted = service.refresh(held.values["refresh_token"])
            values = {**held.values, **token_values(granted)}
            store.save(values, granted.lasts_s)  # before its first use: a new refresh token that is lost ends the sign-in
            return values

    def _held(self) -> SignedIn:
        held = self._store().load()
        if held is None or not all(held.values.get(name) for name in ("access_token", "refresh_token", "client_id", "account")):
            raise CredentialsRefused(TESLA, "nobody has signed in for this home yet; sign in at Tesla under Settings, Tesla")
        return held

    def _store(self) -> SignInStore:
        if self._context.sign_in is None:
            raise CredentialsRefused(TESLA, f"there is no place for its tokens here; {AGAIN}")
        return self._context.sign_in

    def _pass(self, values: Mapping[str, str]) -> Pass:
        return Pass(api_url(self._context, _region(values)), values["access_token"], values["account"])


def token_values(granted: Granted) -> dict[str, str]:
    """As they are stored. An answer without a refresh token leaves the old one in force (RFC 6749, 6)."""
    return {"access_token": granted.access_token, **({"refresh_token": granted.refresh_token} if granted.refresh_token else {})}


def _region(values: Mapping[str, str]) -> str:
    region = values.get("region", USUAL)
    return region if region in REGIONS else USUAL
