"""Tesla's energy endpoints in the forms that they are answered in; who may ask is the matter of the service before them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.simulators import effects as e
from app.simulators.amber import Quota
from app.simulators.calendar_history import HistoryRefused, calendar_history
from app.simulators.faults import Faults
from app.simulators.household import Household
from app.simulators.pace import Clock
from app.simulators.powerwall import (
    EXPORT_RULE,
    EXPORT_RULES,
    GRID_CHARGING_FORBIDDEN,
    MODE,
    MODES,
    OFF_GRID_RESERVE,
    RESERVE,
    STORM_WATCH,
    TARIFF,
    Powerwall,
    TariffRefused,
)
from app.simulators.service import Request, Response, Service, Taken, json_response

Json = dict[str, Any]
_SITES = "/api/1/energy_sites/"
_NEEDS_SETTING = "Must provide either a valid TOU setting or tariffID"
ERRORS = {
    400: "invalid_request",
    401: "invalid_token",
    402: "subscription_required",
    403: "Unauthorized missing scopes",
    404: "not_found",
    406: "not_a_JSON_request",
    408: "https://powergate.example/live_status => Can't get recent status from the battery",
    421: "user out of region",
    422: "invalid_resource",
    429: "https://powergate.example => Too Many Requests",
    500: "upstream internal error",
    502: "upstream connect error",
    503: "upstream unavailable",
    504: "upstream request timeout",
}
_SCOPES = ("openid", "offline_access", "user_data", "energy_device_data", "energy_cmds")


@dataclass(frozen=True, slots=True)
class EnergySite:
    """What the vendor knows about the site besides its settings; `scopes` shrink when the owner takes a permission back."""

    token: str
    energy_site_id: int
    name: str
    zone: str
    firmware: str = "26.18.3 184289b9"
    gateway_id: str = "1707000-11-L--TG124060001Q2V"
    scopes: tuple[str, ...] = _SCOPES
    unit_count: int = 1


class _Refused(Exception):
    """A request that is answered with an error status."""

    def __init__(self, status: int, error: str = "", description: str = "") -> None:
        super().__init__(error)
        self.status, self.error, self.description = status, error, description


class EnergyService(Service):
    """One account with one Powerwall, a car and a site without devices. A subclass says who may ask."""

    def __init__(self, clock: Clock, faults: Faults, site: EnergySite, household: Household, quota: Quota) -> None:
        super().__init__(clock, faults)
        self.site, self.household, self.quota = site, household, quota
        self.answer_form = "standard"

    @property
    def powerwall(self) -> Powerwall:
        return self.household.powerwall

    def error(self, status: int, fault: e.Status | None = None) -> Response:
        headers: dict[str, str] = {}
        if fault is not None and fault.rate_limit_headers:
            headers = {"RateLimit-Limit": "60", "RateLimit-Remaining": "0", "RateLimit-Reset": "42"}
        return refused_with(status, ERRORS.get(status, "error"), headers=headers)

    def energy(self, request: Request, taken: Taken, scopes: tuple[str, ...]) -> Response:
        """The answer to somebody who was let in with `scopes`. `quota.limit` None never answers 429 by itself."""
        now = self.clock.now()
        if not self.quota.use(now):
            wait = self.quota.headers(now, used_up=True)
            return refused_with(429, ERRORS[429], headers=wait | {"Retry-After": wait["RateLimit-Reset"]})
        with self.household.lock:
            self.household.step_to(now)
            try:
                post = request.method == "POST"
                self._need_scope(scopes, "energy_cmds" if post else "energy_device_data")
                return self._post(request, now, taken) if post else self._get(request, now, taken)
            except _Refused as refused:
                return refused_with(refused.status, refused.error or ERRORS[refused.status], refused.description)

    # -- reads ----------------------------------------------------------------------------------------------------

    def _get(self, request: Request, now: datetime, taken: Taken) -> Response:
        if request.path == "/api/1/products":
            products = self._products()
            return json_response({"response": products, "count": len(products)})
        reads: dict[str, Callable[[], Any]] = {
            "live_status": lambda: self._live_status(now, taken),
            "site_info": self._site_info,
            "site_status": self._site_status,
            "backup_time_remaining": lambda: {"time_remaining_hours": self._hours_left()},
            "tariff_rate": lambda: {TARIFF: self.powerwall.site_settings()[TARIFF]},
            "calendar_history": lambda: self._history(request, now),
        }
        return json_response({"response": self._site_call(request.path, reads)()})

    def _products(self) -> list[Json]:
        pack, flow = self.powerwall.pack, self.household.flow
        components = {"battery": True, "battery_type": "solar_powerwall", "solar": True, "solar_type": "pv_panel", "grid": True}
        return [
            {"id": 1492930338, "vehicle_id": 1104231, "vin": "LRW3E7FA0PC000002", "display_name": "Car", "state": "asleep"},
            {
                "energy_site_id": self.site.energy_site_id,
                "resource_type": "battery",
                "site_name": self.site.name,
                "id": "STE20240214-00077",
                "gateway_id": self.site.gateway_id,
                "asset_site_id": "7c0f0a52-1f64-4f0e-9b25-51a2b1f0c9aa",
                "percentage_charged": pack.soc_pct,
                "battery_type": "solar_powerwall",
                "backup_capable": True,
                "battery_power": round(flow.battery_w),
                "storm_mode_enabled": self.powerwall.shown[STORM_WATCH],
                "powerwall_onboarding_settings_set": True,
                "components": components | {"load_meter": True, "market_type": "residential", "wall_connectors": []},
                "features": {"rate_plan_manager_no_pricing_constraint": True},
            },
            {
                "energy_site_id": 98765,
                "components": {"battery": False, "solar": False, "grid": False, "load_meter": False, "market_type": "residential"},
            },
        ]

    def _live_status(self, now: datetime, taken: Taken) -> Json:
        pack, flow, down = self.powerwall.pack, self.household.flow, self.powerwall.grid_is_down
        effects = [effect for effect, _ in taken]
        age_s = max((effect.age_s for effect in effects if isinstance(effect, e.StaleTimestamp)), default=0.0)
        local = (now - timedelta(seconds=age_s)).astimezone(ZoneInfo(self.site.zone)).replace(microsecond=0)
        solar, battery, load = round(flow.solar_w), round(flow.battery_w), round(flow.load_w)
        status: Json = {
            "solar_power": solar,
            "battery_power": battery,
            "grid_power": 0 if down else load - solar - battery,
            "load_power": load,
            "generator_power": 0,
            "percentage_charged": round(pack.soc_pct, 6),
            "energy_left": round(pack.soc_pct / 100 * pack.capacity_wh, 2),
            "total_pack_energy": round(pack.capacity_wh),
            "backup_capable": True,
            "grid_status": "Inactive" if down else "Active",
            "island_status": "off_grid_unintentional" if down else "on_grid",
            "grid_services_active": False,
            "grid_services_power": 0,
            "storm_mode_active": False,
            "timestamp": local.isoformat(),
            "wall_connectors": [],
        }
        if any(isinstance(effect, e.MissingCharge) for effect in effects):
            for key in ("percentage_charged", "energy_left", "total_pack_energy"):
                del status[key]
        return status

    def _site_info(self) -> Json:
        settings, pack, count = self.powerwall.site_settings(), self.powerwall.pack, self.site.unit_count
        components: Json = {
            "solar": True,
            "solar_type": "pv_panel",
            "battery": True,
            "battery_type": "solar_powerwall",
            "grid": True,
            "backup": True,
            "gateway": "teg",
            "load_meter": True,
            "configurable": True,
            "tou_capable": True,
            "storm_mode_capable": True,
            "net_meter_mode": "battery_ok",
            "edit_setting_permission_to_export": True,
            "edit_setting_grid_charging": True,
            "edit_setting_energy_exports": True,
            "batteries": [
                {
                    "part_name": "Powerwall 3",
                    "nameplate_max_charge_power": round(pack.max_charge_w / count),
                    "nameplate_max_discharge_power": round(pack.max_discharge_w / count),
                    "nameplate_energy": round(pack.capacity_wh / count),
                }
            ]
            * count,
            "wall_connectors": [],
        }
        for key in (EXPORT_RULE, GRID_CHARGING_FORBIDDEN):
            if key in settings:
                components[key] = settings[key]
        if self.powerwall.shown[EXPORT_RULE] == "never":
            components["non_export_configured"] = True
        return {
            "id": self.site.gateway_id,
            "site_name": self.site.name,
            RESERVE: settings[RESERVE],
            MODE: settings[MODE],
            "installation_date": "2024-02-14T10:12:00+11:00",
            "installation_time_zone": self.site.zone,
            "version": self.site.firmware,
            "battery_count": count,
            "nameplate_power": round(pack.max_discharge_w),
            "nameplate_energy": round(pack.capacity_wh),
            "max_site_meter_power_ac": 1000000000,
            "min_site_meter_power_ac": -1000000000,
            "vpp_backup_reserve_percent": settings[RESERVE],
            OFF_GRID_RESERVE: settings[OFF_GRID_RESERVE],
            "user_settings": {STORM_WATCH: settings[STORM_WATCH], "powerwall_onboarding_settings_set": True},
            "components": components,
            TARIFF: settings[TARIFF],
        }

    def _site_status(self) -> Json:
        return {
            "resource_type": "battery",
            "site_name": self.site.name,
            "gateway_id": self.site.gateway_id,
            "percentage_charged": self.powerwall.pack.soc_pct,
            "battery_type": "solar_powerwall",
            "backup_capable": True,
            "battery_power": round(self.household.flow.battery_w),
            "storm_mode_enabled": self.powerwall.shown[STORM_WATCH],
        }

    def _hours_left(self) -> float:
        pack = self.powerwall.pack
        return round(pack.soc_pct / 100 * pack.capacity_wh / max(200.0, self.household.flow.load_w), 2)

    def _history(self, request: Request, now: datetime) -> Json:
        try:
            return calendar_history(self.household, request.query, ZoneInfo(self.site.zone), now)
        except HistoryRefused as refused:
            raise _Refused(400, "invalid_field", str(refused)) from refused

    # -- writes ---------------------------------------------------------------------------------------------------

    def _post(self, request: Request, now: datetime, taken: Taken) -> Response:
        if not request.headers.get("content-type", "").startswith("application/json"):
            raise _Refused(406)
        try:
            body = json.loads(request.body)
        except ValueError:
            raise _Refused(400, "invalid_command", "the body is not JSON") from None
        if not isinstance(body, dict):
            raise _Refused(400, "invalid_command", "the body is not an object")
        writes: dict[str, Callable[[], Json]] = {
            "backup": lambda: {RESERVE: _whole_percent(body, RESERVE)},
            "operation": lambda: {MODE: _one_of(body, MODE, MODES)},
            "grid_import_export": lambda: _grid_settings(body),
            "time_of_use_settings": lambda: {TARIFF: _plan_of(body)},
            "off_grid_vehicle_charging_reserve": lambda: {OFF_GRID_RESERVE: _whole_percent(body, OFF_GRID_RESERVE)},
            "storm_mode": lambda: {STORM_WATCH: _flag(body, "enabled")},
        }
        settings = self._site_call(request.path, writes)()
        effects = [effect for effect, _ in taken]
        rejection = next((effect for effect in effects if isinstance(effect, e.Rejection)), None)
        if rejection is not None:
            return _rejected(rejection.form)
        if not any(isinstance(effect, e.IgnoreWrites) for effect in effects):
            try:
                self._carry_out(settings, now, effects)
            except TariffRefused as refused:
                return json_response({"response": {"code": 400, "message": f"Invalid tariff: {refused}"}})
        form = next((effect.form for effect in effects if isinstance(effect, e.AnswerForm)), self.answer_form)
        return _accepted(form)

    def _carry_out(self, settings: Json, now: datetime, effects: list[e.Effect]) -> None:
        later_s = sum(effect.seconds for effect in effects if isinstance(effect, e.DelayedEffect))
        reverts = [effect for effect in effects if isinstance(effect, e.Revert)]
        for setting, value in settings.items():
            before = self.powerwall.accepted[setting]
            self.powerwall.write(setting, value, now, later_s=later_s)
            for effect in reverts:
                self.powerwall.revert(setting, before, now + timedelta(seconds=effect.seconds))

    def _site_call(self, path: str, calls: dict[str, Callable[[], Any]]) -> Callable[[], Any]:
        """The call that `path` names, if it is about this site."""
        site_id, _, name = path.removeprefix(_SITES).partition("/")
        if not path.startswith(_SITES) or site_id != str(self.site.energy_site_id) or name not in calls:
            raise _Refused(404)
        return calls[name]

    @staticmethod
    def _need_scope(scopes: tuple[str, ...], scope: str) -> None:
        if scope not in scopes:
            raise _Refused(403)


def refused_with(status: int, error: str, description: str = "", headers: dict[str, str] | None = None) -> Response:
    """An error in Tesla's form."""
    body = {"response": None, "error": error, "error_description": description}
    return json_response(body, status, {"x-txid": "a3f1c2d4e5b60718"} | (headers or {}))


def _accepted(form: str) -> Response:
    match form:
        case "capitals":
            return json_response({"response": {"Code": 201, "Message": "Updated"}})
        case "result":
            return json_response({"response": {"code": 201, "message": "", "result": True}})
        case "empty":
            return Response(200, b"", {"Content-Type": "application/json"})
        case "null":
            return json_response({"response": None})
        case "created":
            return json_response({"response": {"code": 201, "message": "Updated"}}, 201)
    return json_response({"response": {"code": 201, "message": "Updated"}})


def _rejected(form: str) -> Response:
    match form:
        case "code":
            return json_response({"response": {"code": 400, "message": "Invalid tariff"}})
        case "error":
            return json_response({"response": None, "error": "upstream internal error", "error_description": ""})
    return json_response({"response": {"result": False, "reason": "unable to update"}})


def _whole_percent(body: Json, key: str) -> int:
    value = body.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 100:
        raise _Refused(400, "invalid_field", f"{key} must be a whole number from 0 to 100")
    return value


def _one_of(body: Json, key: str, allowed: tuple[str, ...]) -> str:
    value = body.get(key)
    if value not in allowed:
        raise _Refused(400, "invalid_field", f"{key} must be one of {', '.join(allowed)}")
    return str(value)


def _flag(body: Json, key: str) -> bool:
    value = body.get(key)
    if not isinstance(value, bool):
        raise _Refused(400, "invalid_field", f"{key} must be true or false")
    return value


def _grid_settings(body: Json) -> Json:
    settings: Json = {}
    if EXPORT_RULE in body:
        settings[EXPORT_RULE] = _one_of(body, EXPORT_RULE, EXPORT_RULES)
    if GRID_CHARGING_FORBIDDEN in body:
        settings[GRID_CHARGING_FORBIDDEN] = _flag(body, GRID_CHARGING_FORBIDDEN)
    if not settings:
        raise _Refused(400, "invalid_request", f"neither {EXPORT_RULE} nor {GRID_CHARGING_FORBIDDEN} is given")
    return settings


def _plan_of(body: Json) -> Json:
    plan = (body.get("tou_settings") or {}).get(TARIFF)
    if not isinstance(plan, dict) or not plan:
        raise _Refused(400, _NEEDS_SETTING)
    return plan
