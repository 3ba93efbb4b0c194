"""Tesla's energy endpoints (the same paths at Teslemetry and at the Fleet API; only host and token differ)."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from app.devices.tesla.access import Access, Pass
from app.devices.tesla.answers import TokenEnded, refusal, response_of
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood, VendorError
from app.transports.http import Answer, JsonApi
from app.transports.session import new_session


class EnergyApi:
    """One account's energy sites. Reads return the content of `response`; a write is sent once and returns when it was accepted.

    `purpose` of a write is "command" or "restore", which may use the reserve of the call budget. A token that Tesla takes for ended is
    renewed, and the call made once more: what was refused so was not carried out."""

    def __init__(self, context: Context, access: Access) -> None:
        self.vendor = access.vendor
        self._access = access
        self._context = replace(context, session=context.session or new_session())  # one pool of connections for all tokens to come
        self._line: tuple[Pass, JsonApi] | None = None

    def products(self) -> list[dict[str, Any]]:
        """`GET /api/1/products`: the account's vehicles and energy sites as sent. Raises a VendorError."""
        body = self._get("/api/1/products")
        listed = body.get("response") if isinstance(body, Mapping) else None
        if not isinstance(listed, list):
            raise AnswerNotUnderstood(self.vendor, "the list of products is not a list")
        return [dict(entry) for entry in listed if isinstance(entry, Mapping)]

    def live_status(self, site_id: str) -> dict[str, Any]:
        """`GET …/live_status`: powers in W, energies in Wh. Raises a VendorError."""
        return self._read(site_id, "live_status")

    def site_info(self, site_id: str) -> dict[str, Any]:
        """`GET …/site_info`: settings with the rate plan, and what is built in. Raises a VendorError."""
        return self._read(site_id, "site_info")

    def energy_history(self, site_id: str, end_date: str, time_zone: str) -> dict[str, Any]:
        """`GET …/calendar_history` of kind energy for the day of `end_date` (RFC 3339 with offset): Wh per row. A day without records has
        no `time_series`. Raises a VendorError."""
        path = f"/api/1/energy_sites/{site_id}/calendar_history"
        body = self._get(path, kind="energy", period="day", end_date=end_date, time_zone=time_zone)
        return response_of(self.vendor, "calendar_history", body)

    def set_operation(self, site_id: str, mode: str, purpose: str) -> None:
        """`POST …/operation`: "autonomous", "self_consumption" or "backup". Raises a VendorError."""
        self._write(site_id, "operation", {"default_real_mode": mode}, "operation mode", purpose)

    def set_reserve(self, site_id: str, reserve_pct: int, purpose: str) -> None:
        """`POST …/backup`: 0–80 or 100. Raises a VendorError."""
        self._write(site_id, "backup", {"backup_reserve_percent": reserve_pct}, "backup reserve", purpose)

    def set_grid(self, site_id: str, purpose: str, *, export_rule: str | None = None, grid_charging: bool | None = None) -> None:
        """`POST …/grid_import_export`: one call for both, each only where given. Tesla's own flag forbids. Raises a VendorError."""
        body: dict[str, Any] = {}
        if export_rule is not None:
            body["customer_preferred_export_rule"] = export_rule
        if grid_charging is not None:
            body["disallow_charge_from_grid_with_solar_installed"] = not grid_charging
        self._write(site_id, "grid_import_export", body, "grid rules", purpose)

    def set_tariff(self, site_id: str, tariff: Mapping[str, Any], purpose: str) -> None:
        """`POST …/time_of_use_settings`: replaces the rate plan. Raises a VendorError."""
        self._write(site_id, "time_of_use_settings", {"tou_settings": {"tariff_content_v2": dict(tariff)}}, "rate plan", purpose)

    def region(self) -> str | None:
        """`GET /api/1/users/region`: "na", "eu" or "cn"; None where the answer names none. Raises a VendorError."""
        told = response_of(self.vendor, "users/region", self._get("/api/1/users/region")).get("region")
        return told if isinstance(told, str) else None

    def _read(self, site_id: str, what: str) -> dict[str, Any]:
        return response_of(self.vendor, what, self._get(f"/api/1/energy_sites/{site_id}/{what}"))

    def _write(self, site_id: str, endpoint: str, body: Mapping[str, Any], what: str, purpose: str) -> None:
        try:
            answered = self._call(lambda api: api.post(f"/api/1/energy_sites/{site_id}/{endpoint}", body, purpose)).json
        except AnswerNotUnderstood:
            return  # a 2xx with an empty body is common here: accepted, and reading back decides
        refused = refusal(self.vendor, what, answered)
        if refused is not None:
            raise refused

    def _get(self, path: str, **params: Any) -> Any:
        return self._call(lambda api: api.get(path, **params)).json

    def _call(self, send: Callable[[JsonApi], Answer]) -> Answer:
        held = self._access.current()
        try:
            return send(self._api(held))
        except TokenEnded:
            renewed = self._access.after_refusal(held)
            if renewed is None:
                raise
            return send(self._api(renewed))

    def _api(self, held: Pass) -> JsonApi:
        line = self._line
        if line is None or line[0] != held:
            headers = {"Authorization": f"Bearer {held.token}"}
            api = JsonApi(self.vendor, held.base_url, self._context, account=held.account, headers=lambda: headers, explain=self._explain)
            self._line = line = held, api
        return line[1]

    def _explain(self, status: int, headers: Mapping[str, str], body: bytes) -> VendorError | None:
        return self._access.explain(status)
