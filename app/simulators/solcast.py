"""Solcast's rooftop service (`/rooftop_sites…`): half-hours of mean kW with a low and a high case, few calls a day."""

import math
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from app.simulators import effects as e
from app.simulators.faults import Faults
from app.simulators.irradiance import Facing, Weather
from app.simulators.pace import Clock
from app.simulators.service import Request, Response, Service, Taken, json_response
from app.simulators.sun_faults import cut_short, made_at_s, spoilt

_HALF_HOUR_S = 1800
_MOST_HOURS = 168
_PATH = re.compile(r"/rooftop_sites/([\w-]+)/(forecasts|estimated_actuals)")


@dataclass(frozen=True, slots=True)
class RooftopSite:
    """One direction of a roof. `azimuth_deg` as Solcast counts: 0 north, −90 east, 90 west, 180 south."""

    resource_id: str
    name: str
    latitude_deg: float
    longitude_deg: float
    capacity_kw: float  # of the inverter
    capacity_dc_kw: float
    azimuth_deg: float
    tilt_deg: float
    loss_factor: float = 0.9

    @property
    def facing(self) -> Facing:
        """The plane, turned to 0 south."""
        return Facing(self.latitude_deg, self.longitude_deg, self.tilt_deg, _from_south(self.azimuth_deg))

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "resource_id": self.resource_id,
            "latitude": self.latitude_deg,
            "longitude": self.longitude_deg,
            "capacity": self.capacity_kw,
            "capacity_dc": self.capacity_dc_kw,
            "azimuth": self.azimuth_deg,
            "tilt": self.tilt_deg,
            "install_date": "2021-03-01T00:00:00.0000000Z",
            "loss_factor": self.loss_factor,
        }


def _from_south(solcast_deg: float) -> float:
    """0 north, −90 east, 90 west → 0 south, −90 east, 90 west."""
    east = -math.sin(math.radians(solcast_deg))
    north = math.cos(math.radians(solcast_deg))
    return math.degrees(math.atan2(-east, -north))


@dataclass
class SolcastAccount:
    """A key, its sites, and how many calls it may make in a UTC day."""

    key: str
    sites: list[RooftopSite] = field(default_factory=list)
    daily_calls: int = 10


class SolcastService(Service):
    """`account` may be changed by a test."""

    name = "solcast"

    def __init__(self, clock: Clock, faults: Faults, weather: Weather, account: SolcastAccount) -> None:
        super().__init__(clock, faults)
        self.weather, self.account = weather, account
        self._day, self.calls_today = "", 0

    def error(self, status: int, fault: e.Status | None = None) -> Response:
        """A 429 that is no used-up quota has no body: the service is busy."""
        if status == 429:
            return Response(429)
        codes = {401: "InvalidApiKey", 403: "Forbidden", 404: "NotFound", 400: "ValidationException"}
        return _status(status, codes.get(status, "Exception"), "The request could not be served.")

    def answer(self, request: Request, taken: Taken) -> Response:
        if (request.bearer() or request.query.get("api_key")) != self.account.key:
            return _status(401, "InvalidApiKey", "The API key is not valid.")
        if request.path == "/rooftop_sites":
            return json_response({"sites": [site.to_json() for site in self.account.sites]})
        found = _PATH.fullmatch(request.path)
        site = next((each for each in self.account.sites if found is not None and each.resource_id == found[1]), None)
        if found is None or site is None:
            return _status(404, "NotFound", "The specified site cannot be found.")
        if not self._spend() or any(isinstance(effect, e.DailyLimit) for effect, _ in taken):
            return _status(429, "TooManyRequests", "You have exceeded your free daily limit.")
        hours = request.query.get("hours", "24")
        if not hours.isdecimal() or not 1 <= int(hours) <= _MOST_HOURS or request.query.get("period", "PT30M") != "PT30M":
            return self.error(400)
        return json_response({found[2]: self._rows(site, int(hours), found[2] == "forecasts", taken)})

    def _spend(self) -> bool:
        today = self.clock.now().astimezone(UTC).date().isoformat()
        if today != self._day:
            self._day, self.calls_today = today, 0
        self.calls_today += 1
        return self.calls_today <= self.account.daily_calls

    def _rows(self, site: RooftopSite, hours: int, is_ahead: bool, taken: Taken) -> list[dict[str, Any]]:
        now_s = self.clock.now().timestamp()
        made_s = made_at_s(now_s, taken)
        running_s = int(made_s) // _HALF_HOUR_S * _HALF_HOUR_S
        count = hours * 2
        starts = (
            range(running_s, running_s + count * _HALF_HOUR_S, _HALF_HOUR_S)
            if is_ahead
            else range(running_s - _HALF_HOUR_S, running_s - (count + 1) * _HALF_HOUR_S, -_HALF_HOUR_S)
        )
        return [self._row(site, start_s, made_s if is_ahead else float("inf"), taken) for start_s in cut_short(list(starts), now_s, taken)]

    def _row(self, site: RooftopSite, start_s: int, made_s: float, taken: Taken) -> dict[str, Any]:
        end_s = start_s + _HALF_HOUR_S
        sun = self.weather.mean_w_per_m2(site.facing, start_s, end_s, made_s)
        power_kw = min(site.capacity_kw, sun / 1000 * site.capacity_dc_kw * site.loss_factor)
        row = {
            "pv_estimate": spoilt(round(power_kw, 4), "pv_estimate", start_s, self.clock.now().timestamp(), taken),
            "pv_estimate10": round(power_kw * 0.45, 4),
            "pv_estimate90": round(min(site.capacity_kw, power_kw * 1.3), 4),
            "period_end": datetime.fromtimestamp(end_s, UTC).strftime("%Y-%m-%dT%H:%M:%S.0000000Z"),
            "period": "PT30M",
        }
        for effect, _ in taken:
            if isinstance(effect, e.RenamedValues) and effect.field in row:
                row[effect.to] = row.pop(effect.field)
        return row


def _status(status: int, code: str, message: str) -> Response:
    return json_response({"response_status": {"error_code": code, "message": message, "errors": []}}, status)
