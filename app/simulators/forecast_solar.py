"""forecast.solar's public service (`/estimate/{lat}/{lon}/{dec}/{az}/{kwp}`): today and tomorrow, 12 calls an hour per address."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.simulators import effects as e
from app.simulators.faults import Faults
from app.simulators.irradiance import DAY_S, Facing, Weather, sun_at
from app.simulators.pace import Clock
from app.simulators.service import Request, Response, Service, Taken, json_response
from app.simulators.sun_faults import cut_short, made_at_s, spoilt

_HOUR_S = 3600
_NUMBER = r"(-?\d+(?:\.\d+)?)"
_PATH = re.compile(rf"/estimate/{_NUMBER}/{_NUMBER}/{_NUMBER}/{_NUMBER}/{_NUMBER}")
_DAYS = 2
_PERFORMANCE = 0.88


class ForecastSolarService(Service):
    """`limit`: calls an hour, None for no limit. `zone`: the clock by which it counts days; the place's own."""

    name = "forecast_solar"

    def __init__(self, clock: Clock, faults: Faults, weather: Weather, zone: str, limit: int | None = 12) -> None:
        super().__init__(clock, faults)
        self.weather, self.limit, self._zone = weather, limit, ZoneInfo(zone)
        self.tells_limits = True  # in headers, which some answers lack
        self._calls: list[float] = []

    def error(self, status: int, fault: e.Status | None = None) -> Response:
        texts = {
            400: "Bad request",
            404: "Not found",
            422: "Unprocessable",
            429: "Rate limit for API calls reached.",
            401: "Not authorized",
        }
        message = {"code": status, "type": "error", "text": texts.get(status, "Internal error")}
        if status != 429:
            return json_response({"result": None, "message": message}, status)
        again = self.clock.now() + timedelta(seconds=self._seconds_left())
        limits = {"zone": "IP 203.0.113.7", "period": _HOUR_S, "limit": self.limit or 12, "retry-at": again.isoformat(timespec="seconds")}
        return json_response({"result": None, "message": message | {"ratelimit": limits}}, 429)

    def _seconds_left(self) -> float:
        return self._calls[0] + _HOUR_S - self.clock.now().timestamp() if self._calls else 1200.0

    def answer(self, request: Request, taken: Taken) -> Response:
        found = _PATH.fullmatch(request.path)
        if found is None:
            return self.error(404)
        latitude, longitude, tilt, azimuth, peak_kw = (float(each) for each in found.groups())
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180 and 0 <= tilt <= 90 and -180 <= azimuth <= 180 and peak_kw > 0):
            return self.error(422)
        now_s = self.clock.now().timestamp()
        self._calls = [each for each in self._calls if each > now_s - _HOUR_S]
        if self.limit is not None and len(self._calls) >= self.limit:
            return self.error(429)
        self._calls.append(now_s)
        zone = UTC if request.query.get("time") == "utc" else self._zone
        result = self._result(Facing(latitude, longitude, tilt, azimuth), peak_kw, zone, taken)
        remaining = {} if self.limit is None else {"limit": self.limit, "remaining": self.limit - len(self._calls)}
        info = {"latitude": latitude, "longitude": longitude, "distance": 0, "place": "Somewhere", "timezone": self._zone.key}
        message = {
            "code": 0,
            "type": "success",
            "text": "",
            "info": info,
            "ratelimit": {"zone": "IP 203.0.113.7", "period": _HOUR_S} | remaining,
        }
        headers = {f"X-Ratelimit-{name.capitalize()}": str(value) for name, value in remaining.items()} if self.tells_limits else {}
        return json_response({"result": result, "message": message}, headers=headers)

    def _result(self, facing: Facing, peak_kw: float, zone: Any, taken: Taken) -> dict[str, Any]:
        now_s = self.clock.now().timestamp()
        made_s = made_at_s(now_s, taken)
        watts: dict[str, Any] = {}
        periods: dict[str, Any] = {}
        sums: dict[str, Any] = {}
        per_day: dict[str, Any] = {}
        for day in range(_DAYS):
            stamps = cut_short(self._stamps(facing, day), now_s, taken)
            before_s, total = None, 0
            for stamp in stamps:
                text = datetime.fromtimestamp(stamp, zone).isoformat()
                energy = 0 if before_s is None else round(self._energy_wh(facing, peak_kw, before_s, stamp, made_s))
                total += energy
                watts[text] = round(self.weather.forecast_w_per_m2(facing, stamp, made_s) * peak_kw * _PERFORMANCE)
                periods[text] = spoilt(energy, "watt_hours_period", before_s or stamp, now_s, taken)
                sums[text] = total
                before_s = stamp
            if stamps:
                per_day[datetime.fromtimestamp(stamps[0], self._zone).date().isoformat()] = total
        result = {"watts": watts, "watt_hours_period": periods, "watt_hours": sums, "watt_hours_day": per_day}
        for effect, _ in taken:
            if isinstance(effect, e.RenamedValues) and effect.field in result:
                result[effect.to] = result.pop(effect.field)
        return result

    def _energy_wh(self, facing: Facing, peak_kw: float, start_s: float, end_s: float, made_s: float) -> float:
        return self.weather.mean_w_per_m2(facing, start_s, end_s, made_s) * peak_kw * _PERFORMANCE * (end_s - start_s) / _HOUR_S

    def _stamps(self, facing: Facing, day: int) -> list[int]:
        """Sunrise, the whole hours of daylight, and sunset of a local day, in seconds since 1970."""
        today = self.clock.now().astimezone(self._zone).date() + timedelta(days=day)
        midnight_s = int(datetime(today.year, today.month, today.day, tzinfo=self._zone).timestamp())
        light = [
            second
            for second in range(midnight_s, midnight_s + DAY_S, 10)
            if sun_at(facing.latitude_deg, facing.longitude_deg, second).up > -0.01454
        ]
        if not light:
            return []
        hours = [second for second in range(midnight_s, midnight_s + DAY_S, _HOUR_S) if light[0] < second < light[-1]]
        return [light[0], *hours, light[-1]]
