"""Sigenergy's cloud: sign-in, the stations of one account, and the prices of a station.

Source: what the owners' portal sends and gets. A failure may come with HTTP 200 and a `code` that is not 0."""

import base64
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from app.simulators import effects as e
from app.simulators.faults import Faults
from app.simulators.pace import Clock
from app.simulators.service import Request, Response, Service, Taken, json_response

_BASIC = "Basic " + base64.b64encode(b"sigen:sigen").decode()
_WRONG_PASSWORD, _TOKEN_OVER, _BAD_PRICES = 11003, 11004, 12001
_DAY_MINUTES = 24 * 60


@dataclass
class CloudAccount:
    """One owner's account. `encrypted_password` is that of `Passw0rd!`."""

    username: str = "owner@example.com"
    encrypted_password: str = "t4wDM8TwqY1th2wVvaPrug=="  # noqa: S105 - of nobody
    stations: list[dict[str, Any]] = field(default_factory=lambda: [{"stationId": 102025092300219, "stationName": "Home"}])


@dataclass(frozen=True, slots=True)
class CloudQuirks:
    """Where one report of the cloud differs from the next."""

    sign_in: str = "either"  # "older": wants scope=server; "newer": wants agree=true
    needs_device: bool = False  # a sign-in without a device number of 13 digits is refused
    tokens_at_top: bool = False  # tokens stand beside `code`, not in `data`
    refuses_by_status: bool = False  # a wrong password is a 401, not a code
    tells_life: bool = True  # expires_in
    stations_in: str = "data"  # or "rows"
    refresh_works: bool = True


class SigenergyCloud(Service):
    """Answers what the portal asks. `prices` is the last body that was saved, by station; every answer is a bare `status` while one is
    set."""

    name: ClassVar[str] = "sigenergy"

    def __init__(
        self, clock: Clock, faults: Faults, account: CloudAccount | None = None, quirks: CloudQuirks | None = None, life_s: float = 43_199
    ) -> None:
        super().__init__(clock, faults)
        self.account, self.quirks, self.life_s = account or CloudAccount(), quirks or CloudQuirks(), life_s
        self.status: int | None = None
        self.prices: dict[str, dict[str, Any]] = {}
        self.sign_ins: list[dict[str, str]] = []
        self._access: dict[str, datetime] = {}  # token → its end
        self._refresh: set[str] = set()
        self._given = 0

    def end_tokens(self) -> None:
        """As after a sign-in elsewhere: no access token holds any more."""
        self._access.clear()

    def saves(self) -> int:
        """How often prices were sent, taken or not."""
        return sum(recorded.path == "/device/stationelecsetprice/save" for recorded in self.requests)

    def error(self, status: int, fault: e.Status | None = None) -> Response:
        return json_response({"code": status, "msg": "error"}, status)

    def answer(self, request: Request, taken: Taken) -> Response:
        if self.status is not None:
            return self.error(self.status)
        match request.method, request.path:
            case "POST", "/auth/oauth/token":
                return self._token(request)
            case "GET", "/device/station/list":
                return self._unless_unknown(request) or self._stations()
            case "POST", "/device/stationelecsetprice/save":
                return self._unless_unknown(request) or self._save(request)
        return self.error(404)

    def _token(self, request: Request) -> Response:
        if request.headers.get("authorization") != _BASIC:
            return self.error(401)
        form = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
        self.sign_ins.append(form)
        if form.get("grant_type") == "refresh_token":
            if not self.quirks.refresh_works or form.get("refresh_token") not in self._refresh:
                return self._refusal()
            self._refresh.discard(form["refresh_token"])
            return self._tokens()
        return self._tokens() if self._may_sign_in(form) else self._refusal()

    def _may_sign_in(self, form: dict[str, str]) -> bool:
        quirks, device = self.quirks, form.get("userDeviceId", "")
        is_formed = {"older": form.get("scope") == "server", "newer": form.get("agree") == "true"}.get(quirks.sign_in, True)
        has_device = not quirks.needs_device or (len(device) == 13 and device.isdecimal())
        is_right = (form.get("username"), form.get("password")) == (self.account.username, self.account.encrypted_password)
        return form.get("grant_type") == "password" and is_formed and has_device and is_right

    def _refusal(self) -> Response:
        return self.error(401) if self.quirks.refuses_by_status else _no(_WRONG_PASSWORD, "wrong user name or password")

    def _tokens(self) -> Response:
        self._given += 1
        access, refresh = f"access-{self._given:04d}", f"refresh-{self._given:04d}"
        self._access[access] = self.clock.now() + timedelta(seconds=self.life_s)
        self._refresh.add(refresh)
        told: dict[str, Any] = {"access_token": access, "refresh_token": refresh, "token_type": "bearer"}
        if self.quirks.tells_life:
            told["expires_in"] = self.life_s
        whole = {"code": 0, "msg": "success"}
        return json_response(whole | told if self.quirks.tokens_at_top else whole | {"data": told})

    def _unless_unknown(self, request: Request) -> Response | None:
        ends_at = self._access.get(request.bearer() or "")
        if ends_at is None or self.clock.now() >= ends_at:
            return json_response({"code": _TOKEN_OVER, "msg": "token is over"}, 401)
        return None

    def _stations(self) -> Response:
        return json_response({"code": 0, "msg": "success", self.quirks.stations_in: self.account.stations})

    def _save(self, request: Request) -> Response:
        body = json.loads(request.body)
        station = str(body.get("stationId", ""))
        if not station.isdecimal():
            return self.error(500)
        if station not in {str(each.get("stationId")) for each in self.account.stations}:
            return _no(_BAD_PRICES, "no such station")
        for side in ("buyPrice", "sellPrice"):
            wrong = _wrong_with(body.get(side))
            if wrong:
                return _no(_BAD_PRICES, f"{side}: {wrong}")
        self.prices[station] = body
        return json_response({"code": 0, "msg": "success", "data": True})


def _no(code: int, words: str) -> Response:
    return json_response({"code": code, "msg": words, "data": None})


def _wrong_with(side: Any) -> str:
    """What keeps one side of the prices from being a week of prices; empty where nothing does."""
    try:
        plan = side["staticPricing"]
        weeks = plan["combinedPrices"][0]["weekPrices"]
        if plan["currencyCode"] != "Cent" or {day for week in weeks for day in _days(week["weekRange"])} != set(range(1, 8)):
            return "not a week in cents"
        return next((wrong for week in weeks if (wrong := _wrong_day(week["timeRange"]))), "")
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        return "not in form"


def _days(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def _wrong_day(ranges: list[dict[str, Any]]) -> str:
    """The ranges must tile the day to 24:00, each with a number of at most two decimals."""
    at = 0
    for each in ranges:
        start, _, end = each["timeRange"].partition("-")
        if _minute(start) != at or _minute(end) <= at:
            return f"{each['timeRange']} does not follow"
        at = _minute(end)
        price = each["price"]
        if isinstance(price, bool) or not isinstance(price, int | float) or round(price, 2) != price:
            return f"{price!r} is no price"
    return "" if at == _DAY_MINUTES else "the day has a hole"


def _minute(text: str) -> int:
    if len(text) != 5 or text[2] != ":":
        raise ValueError(text)
    return int(text[:2]) * 60 + int(text[3:])
