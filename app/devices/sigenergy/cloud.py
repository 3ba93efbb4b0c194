"""Sigenergy's cloud: sign-in, the stations of an account, and their prices.

Source: the owners' portal: POST /auth/oauth/token, GET /device/station/list, POST /device/stationelecsetprice/save. HTTP 200 does not mean
success there: `code` is 0, and a sign-in gives an access token."""

import base64
import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from app.devices.sigenergy.fields import SigenergyFields
from app.devices.sigenergy.password import encrypted
from app.devices.sigenergy.tariff import payload
from app.domain.brands import BaseUrl
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood, CredentialsRefused, RateLimited, RequestRefused, Unreachable, VendorError
from app.transports.http import JsonApi

CLOUD: Final = "Sigenergy cloud"
ENVIRONMENT: Final = "SIGENERGY_CLOUD_URL"
CLOUD_URL: Final = BaseUrl(ENVIRONMENT, "https://api-aus.sigencloud.com", "scheme and host; the region's own where it is not set")
_TOKEN: Final = "/auth/oauth/token"  # noqa: S105 - a path
_CLIENT: Final = "Basic " + base64.b64encode(b"sigen:sigen").decode()  # the portal's own, the same for everybody
_REFRESH_EARLY_S: Final = 300.0
_USUAL_LIFE_S: Final = 3600.0
_REMEDY: Final = "it did not accept the e-mail and password; enter them again under Devices"
_STATION_KEYS: Final = ("stationId", "station_id", "stationID", "id", "plantId", "systemId")
_NAME_KEYS: Final = ("stationName", "name", "plantName")
Told = TypeVar("Told")


@dataclass(frozen=True, slots=True)
class Account:
    """Who signs in, and how."""

    username: str
    password: str = field(repr=False)  # encrypted
    device: str  # 13 digits
    older_sign_in: bool = False

    @classmethod
    def of(cls, fields: SigenergyFields) -> "Account":
        """From what the owner entered. A number that was not given is made from the e-mail, so that it stays the same."""
        secret = fields.cloud_password.get_secret_value()
        made = 10**12 + int(hashlib.sha256(fields.cloud_username.encode()).hexdigest(), 16) % (9 * 10**12)
        return cls(
            fields.cloud_username,
            secret if fields.cloud_password_is_encrypted else encrypted(secret),
            fields.cloud_device or str(made),
            fields.cloud_older_sign_in,
        )

    def sign_in_form(self) -> dict[str, str]:
        """The fields of a sign-in with the password."""
        variant = {"scope": "server"} if self.older_sign_in else {"agree": "true"}
        form = {"grant_type": "password", "username": self.username, "password": self.password, "userDeviceId": self.device}
        return form | variant


@dataclass(frozen=True, slots=True)
class Tokens:
    """`ends_s` by the pace's monotonic clock."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    ends_s: float


@dataclass(frozen=True, slots=True)
class Station:
    """One plant of an account. `number` is empty where the account names it by a code, for which prices cannot be set."""

    number: str
    name: str


class Cloud:
    """One account. Safe to share between threads; its tokens live as long as this process."""

    def __init__(self, context: Context, url: str, account: Account, station: str = "") -> None:
        self._pace, self._account, self._station = context.pace, account, station
        self._tokens: Tokens | None = None
        self._lock = threading.Lock()
        # Calls are counted per account, under a name that gives nothing away.
        named = hashlib.sha256(account.username.encode()).hexdigest()[:16]
        self._sign_in = JsonApi(CLOUD, url, context, account=named, headers=lambda: {"Authorization": _CLIENT}, explain=_sign_in_explained)
        self._api = JsonApi(CLOUD, url, context, account=named, headers=self._bearer)

    def stations(self) -> tuple[Station, ...]:
        """`GET /device/station/list`. Raises a VendorError."""
        body = self._signed_in(lambda: self._api.get("/device/station/list").json)
        listed = body if isinstance(body, list) else _accepted(body, "the list of stations")
        if isinstance(listed, Mapping):
            listed = listed.get("rows", listed.get("list"))
        if not isinstance(listed, list):
            raise AnswerNotUnderstood(CLOUD, "the list of stations is not a list")
        return tuple(_station(entry) for entry in listed if isinstance(entry, Mapping))

    def send_prices(self, plan: Mapping[str, Any], purpose: str) -> None:
        """`POST /device/stationelecsetprice/save`: replaces the prices of the station. Accepted is all that can be known.

        Raises a VendorError, but neither CredentialsRefused nor RateLimited, on which the whole connection would be left alone: the plant
        itself answers over Modbus, whatever the account's state."""
        try:
            body = payload(plan, int(self._number()))
            _accepted(self._signed_in(lambda: self._api.post("/device/stationelecsetprice/save", body, purpose).json), "the prices")
        except RateLimited as error:
            raise Unreachable(CLOUD, f"the prices were not sent: {error.message}") from error
        except CredentialsRefused as error:
            raise RequestRefused(CLOUD, f"the prices were not sent: {error.message}") from error

    def _number(self) -> str:
        if not self._station:
            self._station = only_station(self.stations())
        return self._station

    def _signed_in(self, call: Callable[[], Told]) -> Told:
        """`call` with a token that holds; a token that was ended early is replaced once."""
        with self._lock:
            was = self._tokens = self._tokens if self._holds() else self._renewed()
        try:
            return call()
        except CredentialsRefused:
            with self._lock:
                if self._tokens is was:
                    self._tokens = self._fresh(self._account.sign_in_form())
            return call()

    def _holds(self) -> bool:
        return self._tokens is not None and self._pace.monotonic() < self._tokens.ends_s - _REFRESH_EARLY_S

    def _renewed(self) -> Tokens:
        if self._tokens is not None and self._tokens.refresh:
            try:
                return self._fresh({"grant_type": "refresh_token", "refresh_token": self._tokens.refresh})
            except (CredentialsRefused, RequestRefused, AnswerNotUnderstood):
                self._tokens = None  # the password decides
        return self._fresh(self._account.sign_in_form())

    def _fresh(self, form: Mapping[str, str]) -> Tokens:
        body = self._sign_in.post_form(_TOKEN, form, "read").json
        told = body.get("data") if isinstance(body, Mapping) and isinstance(body.get("data"), Mapping) else body
        access = told.get("access_token") if isinstance(told, Mapping) else None
        if not isinstance(told, Mapping) or not isinstance(access, str) or not access:
            if isinstance(body, Mapping) and body.get("code") not in (0, None):
                raise CredentialsRefused(CLOUD, _REMEDY)
            raise AnswerNotUnderstood(CLOUD, "the sign-in gave no token")
        life_s = told.get("expires_in")
        life_s = float(life_s) if isinstance(life_s, int | float) and not isinstance(life_s, bool) and life_s > 0 else _USUAL_LIFE_S
        return Tokens(access, str(told.get("refresh_token") or ""), self._pace.monotonic() + life_s)

    def _bearer(self) -> Mapping[str, str]:
        with self._lock:
            return {"Authorization": f"Bearer {self._tokens.access}"} if self._tokens is not None else {}


def open_cloud(fields: SigenergyFields, context: Context) -> Cloud:
    """The account of one connection."""
    url = context.base_url(BaseUrl(ENVIRONMENT, f"https://api-{fields.cloud_region}.sigencloud.com", CLOUD_URL.includes))
    return Cloud(context, url, Account.of(fields), fields.cloud_station)


def only_station(stations: tuple[Station, ...]) -> str:
    """The number of the account's only station. Raises RequestRefused where there is none that can be told prices, or more than one."""
    usable = [station for station in stations if station.number]
    if len(usable) == 1:
        return usable[0].number
    if not usable:
        raise RequestRefused(CLOUD, "this account has no station with a number, to which alone prices can be sent")
    listed = ", ".join(f"{station.name} ({station.number})" for station in usable)
    raise RequestRefused(CLOUD, f"this account has several stations, set cloud.station_id to one of them: {listed}")


def _station(entry: Mapping[str, Any]) -> Station:
    told = [str(entry[key]) for key in _STATION_KEYS if not isinstance(entry.get(key), bool) and isinstance(entry.get(key), int | str)]
    number = next((each for each in told if each.isascii() and each.isdecimal()), "")
    name = next((str(entry[key]).strip() for key in _NAME_KEYS if isinstance(entry.get(key), str) and entry[key].strip()), "")
    return Station(number, name or f"Station {number or ', '.join(told)}")


def _accepted(body: Any, what: str) -> Any:
    """The content of an answer that says yes. Raises RequestRefused for one that says no."""
    if not isinstance(body, Mapping):
        raise AnswerNotUnderstood(CLOUD, f"{what}: the answer is not an object")
    if body.get("code") == 0 or body.get("success") is True:
        return body.get("data", body)
    if "code" in body or body.get("success") is False:
        said = str(body.get("msg") or body.get("message") or "without a reason")[:200]
        raise RequestRefused(CLOUD, f"{what} declined: {said}")
    rows = body.get("data", body.get("rows"))
    if rows is None:
        raise AnswerNotUnderstood(CLOUD, f"{what}: the answer says neither yes nor no")
    return rows


def _sign_in_explained(status: int, headers: Mapping[str, str], body: bytes) -> VendorError | None:
    return CredentialsRefused(CLOUD, _REMEDY) if status in (400, 401) else None
