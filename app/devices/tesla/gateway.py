"""The Powerwall's gateway in the home's own network: read for power and charge between the cloud's answers, never written.

Source: the classic JSON API of the Backup Gateway, as its community documents it. A Powerwall 3 answers the four paths of `read_live` at
most. Charge is told with the hidden 5 % at the bottom: `app = (raw − 5) / 0.95`."""

import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from app.devices.tesla.numbers import finite, part
from app.domain.power import LiveReading
from app.transports.context import Context, TokensInMemory
from app.transports.errors import AnswerNotUnderstood, CredentialsRefused, RequestRefused, VendorError
from app.transports.http import JsonApi
from app.transports.lan_http import lan_session, web_address
from app.transports.pinned_tls import PinnedCertificate

GATEWAY: Final = "the Powerwall's gateway"
SOURCE: Final = "tesla gateway"
PORT: Final = 443
_METERS: Final = "/api/meters/aggregates"
_HIDDEN_PCT: Final = 5.0
_CONNECTED: Final[Mapping[str, bool]] = {
    "SystemGridConnected": True,
    "SystemIslandedActive": False,
    "SystemTransitionToGrid": False,  # still on its own, getting in step
}
_REFUSED: Final = "the password is not accepted; usually it is the last five characters of the one on the gateway's label"


class _SessionEnded(CredentialsRefused):
    """401 or 403: the session has ended, or the password is wrong."""


class Gateway:
    """One gateway, known by its certificate. Logs in when it must, as a login is slow there, and once more where the session has ended."""

    def __init__(self, context: Context, host: str, port: int, password: str) -> None:
        self._password, self._token = password, ""
        self._lock = threading.Lock()
        self._pin = PinnedCertificate(GATEWAY, context.tokens or TokensInMemory())
        self._api = JsonApi(
            GATEWAY,
            web_address("https", host, port),
            replace(context, session=lan_session(GATEWAY, self._pin)),
            account=host[:32],
            headers=lambda: {"Authorization": f"Bearer {self._token}"} if self._token else {},
            explain=_explained,
            tries_again=False,
        )

    def read_live(self, now: datetime) -> LiveReading:
        """Power and charge, as old as the meters say. Raises a VendorError."""
        meters = self._get(_METERS)
        charge = self._get("/api/system_status/soe")
        grid = self._get("/api/system_status/grid_status")
        return live_reading_from(meters, charge, grid, now)

    def read_pack_wh(self) -> float | None:
        """What the packs hold when full, Wh as measured; None where this gateway does not tell. Raises a VendorError."""
        try:
            return finite(self._get("/api/system_status").get("nominal_full_pack_energy"))
        except RequestRefused:
            return None  # a Powerwall 3 has no such page

    def read_serials(self) -> tuple[str, ...]:
        """The packs' serial numbers; none where this gateway does not tell. Raises a VendorError."""
        try:
            listed = self._get("/api/powerwalls").get("powerwalls")
        except RequestRefused:
            return ()
        found = [each.get("PackageSerialNumber") for each in listed or () if isinstance(each, Mapping)]
        return tuple(each for each in found if isinstance(each, str) and each)

    def _get(self, path: str) -> Mapping[str, Any]:
        if not self._token:
            self._log_in()
        try:
            body = self._api.get(path).json
        except _SessionEnded:
            self._log_in()
            body = self._api.get(path).json
        if not isinstance(body, Mapping):
            raise AnswerNotUnderstood(GATEWAY, f"{path} is not an object")
        return body

    def _log_in(self) -> None:
        with self._lock:
            self._token = ""
            self._meet()
            body = {"username": "customer", "password": self._password, "email": "", "force_sm_off": False}
            told = self._api.post("/api/login/Basic", body, purpose="read").json
            token = told.get("token") if isinstance(told, Mapping) else None
            if not isinstance(token, str) or not token:
                raise AnswerNotUnderstood(GATEWAY, "the login gave no token")
            self._token = token

    def _meet(self) -> None:
        """Before the password goes out for the first time: what asks for a login where a gateway does is the one that the owner means, and
        is known from then on."""
        if self._pin.is_known:
            return
        with suppress(_SessionEnded):
            self._api.get(_METERS)
        self._pin.keep()


def live_reading_from(meters: Mapping[str, Any], charge: Mapping[str, Any], grid: Mapping[str, Any], now: datetime) -> LiveReading:
    """One reading from the gateway's three answers. Raises AnswerNotUnderstood where the meters do not say when they were read."""
    power = {name: finite(part(meters, name).get("instant_power")) for name in ("site", "battery", "load", "solar")}
    read_at = [at for name in power if name in meters and (at := _instant(part(meters, name).get("last_communication_time"))) is not None]
    if not read_at:
        raise AnswerNotUnderstood(GATEWAY, "the meters do not say when they were read")
    raw_pct = finite(charge.get("percentage"))
    return LiveReading(
        taken_at=min(*read_at, now),  # as old as the oldest of them
        source=SOURCE,
        solar_w=_not_negative(power["solar"]),
        grid_w=power["site"],
        battery_w=power["battery"],
        load_w=_not_negative(power["load"]),
        soc_pct=None if raw_pct is None else app_pct(raw_pct),
        on_grid=_CONNECTED.get(str(grid.get("grid_status"))),
    )


def app_pct(raw_pct: float) -> float | None:
    """The charge as Tesla's app and cloud tell it; None for what is no charge."""
    if not 0 <= raw_pct <= 100:
        return None
    return min(max((raw_pct - _HIDDEN_PCT) / (1 - _HIDDEN_PCT / 100), 0.0), 100.0)


def _explained(status: int, _headers: Mapping[str, str], _body: bytes) -> VendorError | None:
    if status in (401, 403):
        return _SessionEnded(GATEWAY, _REFUSED)
    if status == 404:
        return RequestRefused(GATEWAY, "this model does not tell that")
    return None


def _not_negative(value: float | None) -> float | None:
    return None if value is None else max(value, 0.0)


def _instant(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        return None
    return instant.astimezone(UTC) if instant.tzinfo is not None else None
