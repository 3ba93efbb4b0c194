"""The way to one IQ Gateway: HTTPS in the home's network, its own certificate pinned, one request at a time.

Source: firmware 7 and later want `Authorization: Bearer` with every call but /info, and look at a token at GET /auth/check_jwt."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, TypeVar

from app.devices.enphase.access import Access, TokenRefused
from app.devices.enphase.cloud import TokenOffice
from app.devices.enphase.fields import GatewayFields
from app.devices.enphase.info import Info, info_from
from app.devices.enphase.jwt import Claims, claims_of
from app.devices.enphase.vendor import VENDOR
from app.transports.context import Context, TokensInMemory
from app.transports.errors import CredentialsRefused, RequestRefused, Unreachable, VendorError
from app.transports.http import JsonApi
from app.transports.lan_http import lan_session, web_address
from app.transports.line import TOTAL_S
from app.transports.pinned_tls import PinnedCertificate
from app.transports.status import words_of
from app.transports.text import TextApi

_INFO_HOLDS_S: Final = 6 * 3600.0  # firmware is updated at night
Told = TypeVar("Told")


class NotThere(RequestRefused):
    """Its firmware does not have this, or it is not switched on."""


class Gateway:
    """One gateway. Nothing is sent on opening, and nothing secret before its certificate is known."""

    def __init__(self, fields: GatewayFields, context: Context) -> None:
        store = context.tokens or TokensInMemory()
        self._pin = PinnedCertificate(VENDOR, store)
        office = None if fields.token.get_secret_value() else TokenOffice(fields, context)
        self._access = Access(fields.token.get_secret_value(), office, store, context.pace)
        self._pace, self._wants_put = context.pace, fields.wants_put
        lan = replace(context, session=lan_session(VENDOR, self._pin))
        url, account = web_address("https", fields.host, fields.port), fields.host[:32]
        self._public = TextApi(VENDOR, url, lan, account=account)
        self._texts = TextApi(VENDOR, url, lan, account=account, headers=self._bearer, explain=_explained)
        self._json = JsonApi(VENDOR, url, lan, account=account, headers=self._bearer, explain=_explained)
        self._lock = threading.RLock()
        self._info: Info | None = None
        self._info_at_s = 0.0
        self._token = ""
        self._looked_at = ""  # the token that the gateway has looked at

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Some requests in a row, as it answers one at a time. Raises Unreachable when others hold it too long."""
        if not self._lock.acquire(timeout=TOTAL_S):
            raise Unreachable(VENDOR, "another request to it is still under way")
        try:
            yield
        finally:
            self._lock.release()

    def note(self, now: datetime) -> None:
        """What o'clock it is, so that a token is renewed before it ends."""
        self._access.note(now)

    def info(self) -> Info:
        """Serial number and firmware; with the first answer its certificate becomes known. Raises a VendorError."""
        now_s = self._pace.monotonic()
        if self._info is None or not self._pin.is_known or now_s - self._info_at_s > _INFO_HOLDS_S:
            self._info, self._info_at_s = info_from(self._public.get("/info")), now_s
            self._pin.keep()
        return self._info

    def claims(self) -> Claims:
        """What the token in use says."""
        return claims_of(self._access.token)

    def get(self, path: str, *, purpose: str = "read", **params: Any) -> Any:
        """What it answers, read from JSON. A refused token is looked at again, and renewed once. Raises a VendorError."""
        with self.turn():
            return self._authorised(lambda: self._json.get(path, purpose=purpose, **params).json)

    def send(self, path: str, body: Any, purpose: str) -> str:
        """Send `body` as JSON, once, in a turn in which something was read: so it is the gateway that looked at the token.
        Returns the answer as it is. Raises a VendorError."""
        return self._texts.put(path, body, purpose) if self._wants_put else self._texts.post(path, body, purpose)

    def _authorised(self, call: Callable[[], Told]) -> Told:
        serial = self.info().serial
        self._token = self._access.valid_token(serial)
        self._have_it_looked_at(serial)
        try:
            return call()
        except TokenRefused:
            self._looked_at = ""  # it was restarted, or the token is over
        self._have_it_looked_at(serial)
        return call()

    def _have_it_looked_at(self, serial: str) -> None:
        if self._looked_at == self._token:
            return
        try:
            self._texts.get("/auth/check_jwt")
        except TokenRefused:
            self._token = self._access.renewed(serial)
            self._texts.get("/auth/check_jwt")
        self._looked_at = self._token

    def _bearer(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self._token}"}


def _explained(status: int, headers: Mapping[str, str], body: bytes) -> VendorError | None:
    if status == 401:
        return TokenRefused(VENDOR, "it did not accept the token")
    if status == 403:
        return CredentialsRefused(VENDOR, "its token does not allow this; limits usually need the token of an installer")
    if status == 404:
        return NotThere(VENDOR, "it does not know what it was asked for")
    if status in (400, 405):
        return RequestRefused(
            VENDOR, f"it did not take what was sent, as its firmware wants another form (status {status}: {words_of(body)})"
        )
    return None
