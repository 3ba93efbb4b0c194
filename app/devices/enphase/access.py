"""The token that the gateway wants: entered by hand, or got from the account, kept, and renewed before it ends."""

from datetime import datetime, timedelta
from typing import Final

from app.devices.enphase.cloud import TokenOffice
from app.devices.enphase.jwt import claims_of
from app.devices.enphase.vendor import VENDOR
from app.domain.pace import Pace
from app.transports.context import TokenStore
from app.transports.errors import CredentialsRefused, VendorError

KEPT_AS: Final = "token"
_RENEWED_BEFORE: Final = timedelta(hours=1)
_RENEWED_AGAIN_AFTER_S: Final = 600.0  # a token that still holds is used meanwhile


class TokenRefused(CredentialsRefused):
    """The gateway answered 401: the token is over, of another gateway, or not looked at yet."""


class Access:
    """One connection's token. Its gateway lets one call in at a time, so there is one renewal at a time.

    `office` is None where the owner entered the token."""

    def __init__(self, entered: str, office: TokenOffice | None, store: TokenStore, pace: Pace) -> None:
        self._entered, self._office, self._store, self._pace = entered, office, store, pace
        self._token = ""
        self._seen: tuple[datetime, float] | None = None  # what o'clock it was, at which monotonic second
        self._again_at_s = 0.0

    @property
    def token(self) -> str:
        """The one in use; empty before the first."""
        return self._entered or self._token or self._store.load().get(KEPT_AS, "")

    def note(self, now: datetime) -> None:
        """What o'clock it is: below the services nobody asks a clock."""
        self._seen = (now, self._pace.monotonic())

    def valid_token(self, serial: str) -> str:
        """A token for this gateway, renewed where it ends within the hour, as far as the time is known. Raises a VendorError."""
        claims = claims_of(self.token)
        if claims.serial is not None and claims.serial != serial:
            if self._office is None:
                raise CredentialsRefused(VENDOR, f"the token is for the gateway {claims.serial}, and {serial} answers; enter its own token")
            return self.renewed(serial)
        if not self._entered and (not self.token or self._ends_soon(claims.ends_at)):
            return self._renewed_in_time(serial, claims.ends_at)
        return self.token

    def renewed(self, serial: str) -> str:
        """A new token in place of one that was refused. Raises TokenRefused where the owner must enter one, or a VendorError."""
        if self._office is None:
            raise TokenRefused(VENDOR, "it did not accept the token: it is over or not for this gateway; enter a new one under Devices")
        self._token = self._office.token_for(serial)
        self._store.save({KEPT_AS: self._token})
        return self._token

    def _renewed_in_time(self, serial: str, ends_at: datetime | None) -> str:
        if self.token and self._pace.monotonic() < self._again_at_s:
            return self.token
        try:
            return self.renewed(serial)
        except VendorError:
            now = self._now()
            if not self.token or now is None or ends_at is None or now >= ends_at:
                raise
            self._again_at_s = self._pace.monotonic() + _RENEWED_AGAIN_AFTER_S
            return self.token

    def _ends_soon(self, ends_at: datetime | None) -> bool:
        now = self._now()
        return now is not None and ends_at is not None and ends_at - now < _RENEWED_BEFORE

    def _now(self) -> datetime | None:
        if self._seen is None:
            return None
        told, at_s = self._seen
        return told + timedelta(seconds=self._pace.monotonic() - at_s)
