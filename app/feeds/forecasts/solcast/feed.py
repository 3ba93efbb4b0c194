"""Solcast as a source of solar forecasts: its few calls are spread over the hours in which a forecast is worth most."""

from datetime import datetime, timedelta

from app.domain.forecasts.series import added
from app.feeds.forecasts.solcast.answer import read_forecasts
from app.feeds.forecasts.solcast.client import VENDOR, SolcastClient
from app.feeds.forecasts.solcast.fields import SolcastFields
from app.feeds.forecasts.solcast.sites import only_site
from app.feeds.forecasts.source import SolarAnswer, SourceState
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood

HOURS = 96
FIRST_HOUR, LAST_HOUR = 5, 20  # on the clock of the site: at night nothing changes that the morning's fetch does not tell
KEPT_CALLS = 1  # a day, for the owner who presses Test
LONGEST_PAUSE = timedelta(hours=24 - (LAST_HOUR - FIRST_HOUR) + 2)


class Solcast:
    """The rooftop sites of one home."""

    retry_after = timedelta(hours=1)  # a call that failed may have been counted

    def __init__(self, fields: SolcastFields, context: Context) -> None:
        self._first, self._second, self._zone = fields.resource_id, fields.second_resource_id, context.zone
        self._client = SolcastClient(fields.api_key.get_secret_value(), context)
        self.calls_per_day = fields.calls_per_day
        self.calls_per_fetch = 2 if self._second else 1

    def is_due(self, state: SourceState, now: datetime) -> bool:
        """Pure: so often between 5 and 20 o'clock that the day's calls last; the first time at once."""
        fetches = (self.calls_per_day - KEPT_CALLS) // self.calls_per_fetch
        if fetches < 1 or state.calls_today + self.calls_per_fetch > self.calls_per_day - KEPT_CALLS:
            return False
        if state.as_of is None or state.as_of > now:
            return True
        pause = timedelta(hours=LAST_HOUR - FIRST_HOUR) / fetches
        return FIRST_HOUR <= now.astimezone(self._zone).hour < LAST_HOUR and now - state.as_of >= pause

    def fetch(self, now: datetime, temperatures_since: datetime | None = None) -> SolarAnswer:
        """The rooftop sites added, with their low and high cases; no temperatures. Raises a VendorError."""
        wanted = [self._first or only_site(self._client), *([self._second] if self._second else [])]
        series, refused = [], 0
        for resource_id in wanted:
            intervals, left_out = read_forecasts(self._client.forecasts(resource_id, HOURS))
            series.append([each for each in intervals if each.end > now])
            refused += left_out
        solar = added(series)
        if not solar:
            raise AnswerNotUnderstood(VENDOR, "the forecast lies in the past")
        return SolarAnswer(solar, now, quarantined=(f"{VENDOR}: {refused} rows are no forecast",) if refused else ())


def open_solcast(fields: SolcastFields, context: Context) -> Solcast:
    """The source of one connection."""
    return Solcast(fields, context)
