"""Open-Meteo's forecast service (`/v1/forecast`): hourly and 15-minute values for any place on earth."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from app.simulators import effects as e
from app.simulators.faults import Faults
from app.simulators.irradiance import Facing, Weather
from app.simulators.pace import Clock
from app.simulators.service import Request, Response, Service, Taken, json_response
from app.simulators.sun_faults import cut_short, made_at_s, spoilt

_STEPS = {"hourly": 3600, "minutely_15": 900}
_UNITS = {"global_tilted_irradiance": "W/m²", "shortwave_radiation": "W/m²", "temperature_2m": "°C"}
_PATH = "/v1/forecast"


class _Refused(Exception):
    """400 with a reason."""


class OpenMeteoService(Service):
    """A test may change `ends_with_null`: whether the last values of a list are not known, as it happens there."""

    name = "open_meteo"

    def __init__(self, clock: Clock, faults: Faults, weather: Weather) -> None:
        super().__init__(clock, faults)
        self.weather = weather
        self.ends_with_null = False

    def error(self, status: int, fault: e.Status | None = None) -> Response:
        reasons = {429: "Minutely API request limit exceeded. Please try again in one minute.", 400: "The request was refused."}
        return json_response({"error": True, "reason": reasons.get(status, "Internal error")}, status)

    def answer(self, request: Request, taken: Taken) -> Response:
        if request.path != _PATH:
            return json_response({"error": True, "reason": "Not Found"}, 404)
        try:
            return json_response(self._forecast(request.query, taken))
        except _Refused as refused:
            return json_response({"error": True, "reason": str(refused)}, 400)

    def _forecast(self, query: dict[str, str], taken: Taken) -> dict[str, Any]:
        latitude, longitude = _number(query, "latitude", -90, 90), _number(query, "longitude", -180, 180)
        tilt, azimuth = _number(query, "tilt", 0, 90, 0.0), _number(query, "azimuth", -180, 180, 0.0)
        days, past = int(_number(query, "forecast_days", 0, 16, 7)), int(_number(query, "past_days", 0, 92, 0))
        if query.get("timezone", "GMT") not in ("GMT", "UTC"):
            raise _Refused("this simulation has GMT alone")
        now = self.clock.now()
        midnight = datetime(now.year, now.month, now.day, tzinfo=UTC)
        first, last = midnight - timedelta(days=past), midnight + timedelta(days=days)
        answer: dict[str, Any] = {
            "latitude": round(latitude * 8) / 8,
            "longitude": round(longitude * 8) / 8,
            "generationtime_ms": 0.21,
            "utc_offset_seconds": 0,
            "timezone": "GMT",
            "timezone_abbreviation": "GMT",
            "elevation": 28.0,
        }
        facing = Facing(latitude, longitude, tilt, azimuth)
        for block, step_s in _STEPS.items():
            names = [name for name in query.get(block, "").split(",") if name]
            if names:
                unix = query.get("timeformat", "iso8601") == "unixtime"
                answer[f"{block}_units"] = {"time": "unixtime" if unix else "iso8601"} | {name: _unit(name) for name in names}
                answer[block] = self._lists(names, facing, (first, last), step_s, unix, taken)
        return answer

    def _lists(
        self, names: list[str], facing: Facing, span: tuple[datetime, datetime], step_s: int, unix: bool, taken: Taken
    ) -> dict[str, list[Any]]:
        now_s = self.clock.now().timestamp()
        made_s = made_at_s(now_s, taken)
        stamps = cut_short(list(range(int(span[0].timestamp()), int(span[1].timestamp()), step_s)), now_s, taken)
        lists: dict[str, list[Any]] = {
            "time": [stamp if unix else datetime.fromtimestamp(stamp, UTC).strftime("%Y-%m-%dT%H:%M") for stamp in stamps]
        }
        for name in names:
            value = self._value(name, facing, step_s, made_s)
            lists[name] = [spoilt(value(stamp), name, stamp - step_s, now_s, taken) for stamp in stamps]
            if self.ends_with_null:
                lists[name][-4:] = [None] * 4
        for effect, _ in taken:
            if isinstance(effect, e.RenamedValues) and effect.field in lists:
                lists[effect.to] = lists.pop(effect.field)
        return lists

    def _value(self, name: str, facing: Facing, step_s: int, made_s: float) -> Callable[[int], Any]:
        """What stands at a stamp: radiation is the mean of the step before it, temperature that of the stamp."""
        if name == "temperature_2m":
            return lambda stamp: round(self.weather.temperature_c(facing.longitude_deg, stamp), 1)
        plane = facing if name == "global_tilted_irradiance" else Facing(facing.latitude_deg, facing.longitude_deg, 0, 0)
        return lambda stamp: round(self.weather.mean_w_per_m2(plane, stamp - step_s, stamp, made_s), 1)


def _unit(name: str) -> str:
    if name not in _UNITS:
        raise _Refused(f"Cannot initialize variable from invalid String value {name}")
    return _UNITS[name]


def _number(query: dict[str, str], name: str, low: float, high: float, usual: float | None = None) -> float:
    try:
        value = float(query[name]) if name in query or usual is None else usual
    except (KeyError, ValueError):
        raise _Refused(f"Parameter '{name}' is missing or no number") from None
    if not low <= value <= high:
        raise _Refused(f"{name.capitalize()} must be in range of {low:g} to {high:g}°. Given: {value:g}.")
    return value
