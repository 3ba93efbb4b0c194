"""Open-Meteo's forecast interface, read only and without a key. Source: Open-Meteo's Weather Forecast API documentation, `/v1/forecast`."""

from collections.abc import Mapping
from typing import Any, Final

from app.domain.brands import BaseUrl
from app.domain.forecasts.sun import Place
from app.feeds.forecasts.readings import reason_in
from app.feeds.forecasts.roof import Plane
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood, RequestRefused, VendorError
from app.transports.http import JsonApi

VENDOR: Final = "Open-Meteo"
API_URL: Final = BaseUrl("OPEN_METEO_API_URL", "https://api.open-meteo.com", "scheme and host")
IRRADIANCE: Final = "global_tilted_irradiance"  # W/m², mean of the 15 minutes before the stamp
TEMPERATURE: Final = "temperature_2m"  # °C at the stamp
MOST_PAST_DAYS: Final = 92


class OpenMeteoClient:
    """The public service. Calls are counted per installation: it knows callers by their address alone."""

    def __init__(self, context: Context) -> None:
        self._api = JsonApi(VENDOR, context.base_url(API_URL), context, account="public", headers=dict[str, str], explain=_explain)

    def forecast(self, place: Place, plane: Plane, *, days: int, past_days: int) -> Mapping[str, Any]:
        """`GET /v1/forecast` for one face of a roof, in 15-minute steps with stamps in seconds since 1970. Raises a VendorError."""
        answer = self._api.get(
            "/v1/forecast",
            latitude=place.latitude_deg,
            longitude=place.longitude_deg,
            minutely_15=f"{IRRADIANCE},{TEMPERATURE}",
            tilt=plane.tilt_deg,
            azimuth=plane.from_south_deg,
            forecast_days=days,
            past_days=min(past_days, MOST_PAST_DAYS),
            timezone="GMT",
            timeformat="unixtime",
        ).json
        if not isinstance(answer, Mapping):
            raise AnswerNotUnderstood(VENDOR, "the forecast is not an object")
        return answer


def _explain(status: int, headers: Mapping[str, str], body: bytes) -> VendorError | None:
    if status == 400:
        return RequestRefused(VENDOR, f"the forecast is refused: {reason_in(body, 'reason') or 'no reason is given'}")
    return None
