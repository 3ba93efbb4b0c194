"""Open-Meteo as a source of solar forecasts and temperatures: hourly, one call per face of the roof."""

import math
from datetime import datetime, timedelta

from app.domain.forecasts.series import PowerInterval, added
from app.feeds.forecasts.open_meteo.answer import PlaneAnswer, read_answer
from app.feeds.forecasts.open_meteo.client import VENDOR, OpenMeteoClient
from app.feeds.forecasts.open_meteo.fields import OpenMeteoFields
from app.feeds.forecasts.open_meteo.panels import power_of
from app.feeds.forecasts.roof import Plane
from app.feeds.forecasts.source import SolarAnswer, SourceState
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood

EVERY = timedelta(minutes=58)  # hourly, however the job falls: the models behind it are renewed hourly at best
DAYS = 4  # today and three more: at least 72 h ahead, whatever the hour


class OpenMeteo:
    """The roof of one home."""

    calls_per_day = None  # 10,000 a day: an hourly fetch of four faces takes 96
    retry_after = timedelta(minutes=5)

    def __init__(self, fields: OpenMeteoFields, context: Context) -> None:
        self._fields, self._client = fields, OpenMeteoClient(context)
        self.place = fields.place
        self.calls_per_fetch = len(fields.planes)

    def is_due(self, state: SourceState, now: datetime) -> bool:
        """Pure: hourly."""
        return state.as_of is None or not timedelta(0) <= now - state.as_of < EVERY

    def fetch(self, now: datetime, temperatures_since: datetime | None = None) -> SolarAnswer:
        """All faces added, behind the inverter. Raises a VendorError."""
        past_days = 1 if temperatures_since is None else max(1, math.ceil((now - temperatures_since) / timedelta(days=1)))
        answers = [
            read_answer(self._client.forecast(self.place, plane, days=DAYS, past_days=past_days if number == 0 else 1))
            for number, plane in enumerate(self._fields.planes)
        ]
        faces = [self._power(plane, answer, now) for plane, answer in zip(self._fields.planes, answers, strict=True)]
        solar = self._fields.at_the_inverter(added(faces))
        if not solar:
            raise AnswerNotUnderstood(VENDOR, "the forecast has no sun ahead, not even none at night")
        refused = sum(answer.refused for answer in answers)
        words = (f"{VENDOR}: {refused} values are no irradiance or no temperature",) if refused else ()
        return SolarAnswer(solar, now, answers[0].temperatures, words)

    def _power(self, plane: Plane, answer: PlaneAnswer, now: datetime) -> tuple[PowerInterval, ...]:
        peak_w, efficiency = plane.peak_kw * 1000, self._fields.system_efficiency_pct / 100
        return tuple(power_of(sun, peak_w, self._fields.mounting, efficiency) for sun in answer.sun if sun.end > now)


def open_open_meteo(fields: OpenMeteoFields, context: Context) -> OpenMeteo:
    """The source of one connection."""
    return OpenMeteo(fields, context)
