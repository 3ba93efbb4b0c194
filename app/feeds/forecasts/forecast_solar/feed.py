"""forecast.solar as a source of solar forecasts: hourly, one call per face of the roof."""

from datetime import datetime, timedelta

from app.domain.forecasts.series import added
from app.feeds.forecasts.forecast_solar.answer import read_estimate
from app.feeds.forecasts.forecast_solar.client import VENDOR, ForecastSolarClient
from app.feeds.forecasts.forecast_solar.fields import ForecastSolarFields
from app.feeds.forecasts.source import SolarAnswer, SourceState
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood

EVERY = timedelta(minutes=58)  # of the 12 calls an hour a roof of four faces takes four


class ForecastSolar:
    """The roof of one home."""

    calls_per_day = None  # the quota is one of the hour, and the service tells it
    retry_after = timedelta(minutes=15)

    def __init__(self, fields: ForecastSolarFields, context: Context) -> None:
        self._fields, self._client = fields, ForecastSolarClient(context)
        self.place = fields.place
        self.calls_per_fetch = len(fields.planes)

    def is_due(self, state: SourceState, now: datetime) -> bool:
        """Pure: hourly."""
        return state.as_of is None or not timedelta(0) <= now - state.as_of < EVERY

    def fetch(self, now: datetime, temperatures_since: datetime | None = None) -> SolarAnswer:
        """All faces added, behind the inverter; no temperatures. Raises a VendorError."""
        faces, refused = [], 0
        for plane in self._fields.planes:
            intervals, left_out = read_estimate(self._client.estimate(self.place, plane), plane.peak_kw * 1000, self.place)
            faces.append([each for each in intervals if each.end > now])
            refused += left_out
        solar = self._fields.at_the_inverter(added(faces))
        if not solar:
            raise AnswerNotUnderstood(VENDOR, "the estimate lies in the past")
        return SolarAnswer(solar, now, quarantined=(f"{VENDOR}: {refused} values are no energy",) if refused else ())


def open_forecast_solar(fields: ForecastSolarFields, context: Context) -> ForecastSolar:
    """The source of one connection."""
    return ForecastSolar(fields, context)
