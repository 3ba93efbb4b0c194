"""A plan of fixed prices as a retailer: it asks nobody, and its prices are final as far ahead as it is asked."""

from datetime import datetime, timedelta

from app.domain.charges import StandingCharges
from app.domain.tariffs.half_hourly import half_hour_start
from app.domain.tariffs.time_of_use import TimeOfUse, half_hours
from app.feeds.capabilities import FeedState, PriceAnswer
from app.transports.context import Context

BACK, AHEAD = timedelta(hours=24), timedelta(hours=48)
_LEAST_AHEAD = timedelta(hours=47)
_LONGEST_PAUSE = timedelta(minutes=30)  # a plan that was changed is in the tables after this at the latest
_CHANNELS = frozenset({"import", "feed_in"})


class PlanFeed:
    """Prices of a plan on the clock of the site: FetchesAhead without a call to anyone."""

    is_published_ahead = True

    def __init__(self, plan: TimeOfUse, charges: StandingCharges, source: str, context: Context) -> None:
        self._plan, self._charges, self._source, self._zone = plan, charges, source, context.zone

    def is_due(self, state: FeedState, now: datetime) -> bool:
        """Pure: whether less than 47 hours ahead are stored, or the last look at the plan is half an hour ago."""
        if state.as_of is None or state.known_until is None:
            return True
        return state.known_until < now + _LEAST_AHEAD or now - state.as_of >= _LONGEST_PAUSE

    def fetch_ahead(self, now: datetime) -> PriceAnswer:
        """The half-hours from a day ago to two days ahead, the standing charges and the whole plan."""
        until = half_hour_start(now + AHEAD)
        prices = half_hours(self._plan, self._zone, half_hour_start(now - BACK), until, self._source)
        return PriceAnswer(prices, now, until, _CHANNELS, charges=self._charges, plan=self._plan)
