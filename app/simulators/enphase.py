"""An Enphase IQ Gateway of firmware 7 or 8, as it answers in the home's network over HTTPS.

Sources: what independent open programs read and send, and what owners reported of its dynamic power export limit (DPEL): it is accepted at
once and acts a while later, if it does at all."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from app.simulators import effects as e
from app.simulators.enlighten import told_by
from app.simulators.faults import Faults
from app.simulators.load import HouseLoad
from app.simulators.pace import Clock
from app.simulators.places import place_in
from app.simulators.service import Request, Response, Service, Taken, json_response
from app.simulators.sun import Sky, SolarArray

_DPEL = "/ivp/ss/dpel"
_UNMETERED_AGE = timedelta(minutes=5)
Dpel = dict[str, Any]


@dataclass(frozen=True, slots=True)
class GatewayQuirks:
    """Where one firmware or site differs from the next."""

    firmware: str = "D8.3.5232"
    has_production_meter: bool = True
    has_consumption_meter: bool = True
    has_dpel: bool = True  # the installer may have to switch it on
    says_unsupported_in_a_success: bool = False  # {"err": "404 - Not Found"} with status 200
    wants_put: bool = False
    wants_installer: bool = True
    wants_session: bool = True  # a token counts once /auth/check_jwt has seen it
    is_flag_inverted: bool = False  # export_limit true limits what is made
    wants_dynamic: bool = False  # does nothing without enable_dynamic_limiting and installed_capacity
    acts_after_s: float = 20.0
    never_acts: bool = False


def a_dpel(limit_w: float = 0.0, *, enable: bool = False, export_limit: bool = True) -> Dpel:
    """The settings of a dynamic power export limit as a gateway holds them."""
    return {
        "enable": enable,
        "export_limit": export_limit,
        "limit_value_W": float(limit_w),
        "slew_rate": 50.0,
        "enable_dynamic_limiting": False,
    }


class EnphaseGateway(Service):
    """One gateway with 8 kW of microinverters under 6.6 kW of panels. `dpel` is what it holds; every figure is nonsense while
    `is_implausible`."""

    name: ClassVar[str] = "http.enphase"

    def __init__(
        self,
        clock: Clock,
        faults: Faults,
        *,
        serial: str = "122012345678",
        zone: str = "Australia/Sydney",
        seed: int = 7,
        quirks: GatewayQuirks | None = None,
        dpel: Dpel | None = None,
    ) -> None:
        super().__init__(clock, faults)
        self.serial, self.quirks = serial, quirks or GatewayQuirks()
        self.dpel: Dpel = dpel if dpel is not None else a_dpel()
        self.is_implausible = False
        place = place_in(zone)
        self.sun, self.load = SolarArray(place, Sky(place, seed), 6_600), HouseLoad(ZoneInfo(zone), seed)
        self._acting: list[tuple[datetime, Dpel]] = [(clock.now(), self.dpel)]  # from when on which settings act
        self._sessions: set[str] = set()

    def restart(self) -> None:
        """As after a power cut: its settings stay, its sessions do not."""
        self._sessions.clear()

    def solar_w(self, now: datetime) -> float:
        """What its inverters make."""
        sun_w, limits = self.sun.power_w(now), self._limits(now)
        if limits is None:
            return sun_w
        limit_w, is_export = limits
        return min(sun_w, limit_w + self.load.power_w(now) if is_export else limit_w)

    def grid_w(self, now: datetime) -> float:
        """At the home's meter, + import."""
        return self.load.power_w(now) - self.solar_w(now)

    def _limits(self, now: datetime) -> tuple[float, bool] | None:
        """The power and whether it is one of the feed-in; None where nothing is limited."""
        dpel = next((settings for since, settings in reversed(self._acting) if since <= now), self._acting[0][1])
        is_whole = not self.quirks.wants_dynamic or (dpel.get("enable_dynamic_limiting") and dpel.get("installed_capacity"))
        if not dpel.get("enable") or self.quirks.never_acts or not is_whole:
            return None
        is_export = bool(dpel["export_limit"]) is not self.quirks.is_flag_inverted
        return (dpel["limit_value_W"], is_export) if not is_export or self.quirks.has_consumption_meter else None

    def error(self, status: int, fault: e.Status | None = None) -> Response:
        return Response(status, b"<html><body>Error</body></html>", {"Content-Type": "text/html"})

    def answer(self, request: Request, taken: Taken) -> Response:
        now = self.clock.now()
        if (request.method, request.path) == ("GET", "/info"):
            return Response(200, self._info().encode(), {"Content-Type": "text/xml"})
        token = request.bearer() or ""
        told = told_by(token, self.serial, now)
        if told is None:
            return self.error(401)
        if request.path == "/auth/check_jwt":
            self._sessions.add(token)
            headers = {"Content-Type": "text/html", "Set-Cookie": "sessionId=UxGs2; Path=/; Secure"}
            return Response(200, b"<!DOCTYPE html><h2>Valid token.</h2>\n", headers)
        if self.quirks.wants_session and token not in self._sessions:
            return self.error(401)
        if (request.method, request.path) == ("GET", "/production.json"):
            return json_response(self._production(now))
        if request.path == _DPEL:
            return self._dpel(request, told, taken)
        return self.error(404)

    def _info(self) -> str:
        has_meter = str(self.quirks.has_production_meter).lower()
        return (
            "<?xml version='1.0' encoding='UTF-8'?>\n<envoy_info><time>1773453600</time><device>"
            f"<sn>{self.serial}</sn><pn>800-00654-r08</pn><software>{self.quirks.firmware}</software><euaid>4c8675</euaid>"
            f"<seqnum>0</seqnum><apiver>1</apiver><imeter>{has_meter}</imeter></device>"
            "<web-tokens>true</web-tokens></envoy_info>"
        )

    def _production(self, now: datetime) -> dict[str, Any]:
        solar_w, grid_w = self.solar_w(now), self.grid_w(now)
        unmetered_w = self.solar_w(now - _UNMETERED_AGE)
        nonsense = None if self.is_implausible else 1
        made = [{"type": "inverters", "activeCount": 20, "wNow": nonsense and round(unmetered_w), "whLifetime": 41_000_000}]
        used: list[dict[str, Any]] = []
        has_meter = self.quirks.has_production_meter
        made.append(self._meter("production", nonsense and round(solar_w, 3), is_active=has_meter))
        for kind, power_w in (("total-consumption", solar_w + grid_w), ("net-consumption", grid_w)):
            used.append(self._meter(kind, nonsense and round(power_w, 3), is_active=self.quirks.has_consumption_meter))
        return {"production": made, "consumption": used, "storage": [{"type": "acb", "activeCount": 0, "wNow": 0, "state": "idle"}]}

    @staticmethod
    def _meter(kind: str, power_w: float | None, *, is_active: bool) -> dict[str, Any]:
        shown_w = power_w if is_active else 0.0
        return {"type": "eim", "activeCount": int(is_active), "measurementType": kind, "wNow": shown_w, "whLifetime": 41_100_000.2}

    def _dpel(self, request: Request, told: dict[str, Any], taken: Taken) -> Response:
        if not self.quirks.has_dpel:
            return json_response({"err": "404 - Not Found"}) if self.quirks.says_unsupported_in_a_success else self.error(404)
        if self.quirks.wants_installer and told["enphaseUser"] != "installer":
            return self.error(403)
        if request.method == "GET":
            shown = {**self.dpel, "limit_value_W": "many"} if self.is_implausible else self.dpel
            return json_response({"dynamic_pel_settings": shown, "filename": "site_settings", "version": "00.00.01"})
        if request.method != ("PUT" if self.quirks.wants_put else "POST"):
            return self.error(405)
        sent = json.loads(request.body).get("dynamic_pel_settings")
        if not isinstance(sent, dict) or "enable" not in sent:
            return self.error(400)
        if sent["enable"] and not {"export_limit", "limit_value_W", "slew_rate", "enable_dynamic_limiting"} <= sent.keys():
            return self.error(400)
        if not any(isinstance(effect, e.IgnoreWrites) for effect, _ in taken):
            self.dpel = sent
            self._acting.append((self.clock.now() + timedelta(seconds=self.quirks.acts_after_s), sent))
        return json_response({"status": "ok"})
