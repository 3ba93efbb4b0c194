"""The Backup Gateway in the home's own network: HTTPS with a certificate of its own, a login, and the classic JSON pages."""

import json
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.simulators import effects as e
from app.simulators.faults import Faults
from app.simulators.household import Household
from app.simulators.pace import Clock
from app.simulators.service import Request, Response, Service, Taken, json_response

Json = dict[str, Any]
_LOGINS_AT_MOST, _LOGIN_WINDOW = 10, timedelta(minutes=5)
_OF_POWERWALL_3 = ("/api/meters/aggregates", "/api/system_status/soe", "/api/system_status/grid_status")


class TeslaGatewayService(Service):
    """`is_powerwall_3`: only four paths answer. `full_pack_wh`: what the packs hold when full, as measured."""

    name = "tesla_gateway"

    def __init__(self, clock: Clock, faults: Faults, household: Household, zone: str, password: str = "KZ4T7") -> None:  # noqa: S107
        super().__init__(clock, faults)
        self.household, self.zone, self.password = household, ZoneInfo(zone), password
        self.is_powerwall_3 = False
        self.full_pack_wh = 13_120.0
        self.transition: str | None = None
        self._tokens: set[str] = set()
        self._logins: list[datetime] = []

    def end_sessions(self) -> None:
        """Everybody must log in again."""
        self._tokens.clear()

    def error(self, status: int, fault: e.Status | None = None) -> Response:
        return json_response({"code": status, "error": "error", "message": "current config mode is busy"}, status)

    def answer(self, request: Request, taken: Taken) -> Response:
        if request.path == "/api/login/Basic" and request.method == "POST":
            return self._login(request)
        pages: dict[str, Callable[[], Json]] = {
            "/api/meters/aggregates": self._meters,
            "/api/system_status/soe": lambda: {"percentage": self._raw_pct()},
            "/api/system_status/grid_status": lambda: {"grid_status": self._grid_status(), "grid_services_active": False},
            "/api/system_status": self._system_status,
            "/api/powerwalls": self._powerwalls,
        }
        if request.path not in pages or (self.is_powerwall_3 and request.path not in _OF_POWERWALL_3):
            return Response(404, b"404 page not found", {"Content-Type": "text/plain"})
        if request.bearer() not in self._tokens:
            return json_response({"code": 401, "message": "Token Expired"}, 401)
        with self.household.lock:
            self.household.step_to(self.clock.now())
            return json_response(pages[request.path]())

    def _login(self, request: Request) -> Response:
        now = self.clock.now()
        self._logins = [at for at in self._logins if now - at < _LOGIN_WINDOW] + [now]
        if len(self._logins) > _LOGINS_AT_MOST:
            return json_response({"code": 429, "error": "Too Many Requests", "message": "Login Error"}, 429)
        try:
            sent = json.loads(request.body)
        except ValueError:
            return json_response({"code": 400, "error": "bad request", "message": "Login Error"}, 400)
        if sent.get("username") != "customer" or sent.get("password") != self.password:
            return json_response({"code": 401, "error": "bad credentials", "message": "Login Error"}, 401)
        token = secrets.token_urlsafe(32) + "=="
        self._tokens.add(token)
        told = {"email": sent.get("email", ""), "firstname": "Tesla", "lastname": "Energy", "roles": ["Home_Owner"], "token": token}
        return json_response(told | {"provider": "Basic", "loginTime": self._stamp(123456789)})

    def _meters(self) -> Json:
        flow, down = self.household.flow, self.household.powerwall.grid_is_down
        solar, battery, load = round(flow.solar_w), round(flow.battery_w), round(flow.load_w)
        powers = {"site": 0 if down else load - solar - battery, "battery": battery, "load": load, "solar": solar}
        return {name: self._meter(power_w, *self._counted(name)) for name, power_w in powers.items()}

    def _meter(self, power_w: float, exported_wh: float, imported_wh: float) -> Json:
        return {
            "last_communication_time": self._stamp(100000000),
            "instant_power": power_w,
            "instant_reactive_power": -10,
            "instant_apparent_power": abs(power_w),
            "frequency": 50.01,
            "energy_exported": exported_wh,
            "energy_imported": imported_wh,
            "instant_average_voltage": 241.8,
            "instant_total_current": round(abs(power_w) / 241.8, 1),
            "timeout": 1500000000,
        }

    def _counted(self, meter: str) -> tuple[float, float]:
        """Lifetime counters, Wh: (exported, imported) as each meter sees it."""
        exported = imported = 0.0
        for bucket in self.household.buckets.values():
            given = bucket.battery_to_home_wh + bucket.battery_to_grid_wh
            taken = bucket.solar_to_battery_wh + bucket.grid_to_battery_wh
            home = bucket.grid_to_home_wh + bucket.solar_to_home_wh + bucket.battery_to_home_wh
            out, into = {
                "site": (bucket.export_wh, bucket.import_wh),
                "battery": (given, taken),
                "load": (0.0, home),
                "solar": (bucket.solar_wh, 0.0),
            }[meter]
            exported, imported = exported + out, imported + into
        return round(exported, 1), round(imported, 1)

    def _system_status(self) -> Json:
        pack = self.household.powerwall.pack
        return {
            "command_source": "Configuration",
            "nominal_full_pack_energy": round(self.full_pack_wh),
            "nominal_energy_remaining": round(self.full_pack_wh * self._raw_pct() / 100),
            "max_charge_power": round(pack.max_charge_w),
            "max_discharge_power": round(pack.max_discharge_w),
            "system_island_state": self._grid_status(),
            "available_blocks": 1,
            "battery_blocks": [{"PackagePartNumber": "3012170-05-B", "PackageSerialNumber": "TG124060000042", "disabled_reasons": []}],
        }

    def _powerwalls(self) -> Json:
        pack = {"PackagePartNumber": "3012170-05-B", "PackageSerialNumber": "TG124060000042", "type": "ACPW"}
        return {"enumerating": False, "updating": False, "powerwalls": [pack], "gateway_din": "1232100-00-E--TG124060001Q2V"}

    def _grid_status(self) -> str:
        return self.transition or ("SystemIslandedActive" if self.household.powerwall.grid_is_down else "SystemGridConnected")

    def _raw_pct(self) -> float:
        """With the 5 % at the bottom that the app hides."""
        return self.household.powerwall.pack.soc_pct * 0.95 + 5

    def _stamp(self, nanoseconds: int) -> str:
        local = self.clock.now().astimezone(self.zone).replace(microsecond=0).isoformat()
        return f"{local[:19]}.{nanoseconds:09d}{local[19:]}"
