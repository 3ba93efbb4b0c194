"""Wholesale prices from Flow Power's own data: what is asked when."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Final

from app.domain.prices import PriceInterval, Quality
from app.feeds.capabilities import FeedState, PriceAnswer
from app.feeds.retailers.flow_power.fields import FlowPowerFields
from app.feeds.retailers.flow_power.kwatch_client import VENDOR, KwatchClient
from app.feeds.retailers.flow_power.kwatch_rows import ReadPrices, read_prices, reading_of
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood, CredentialsRefused, RequestRefused, Unreachable, VendorError

FIVE, THIRTY = timedelta(minutes=5), timedelta(minutes=30)
AN_HOUR: Final = 60  # minutes
A_DAY: Final = 24 * AN_HOUR
FAR_DAYS: Final = 2
STAGES_S: Final = (0, 40, 70)  # of each 5-minute period: what is ahead, then the running price once the market has published it
PERIOD_S: Final = 300
METER_KEPT_S: Final = 6 * 3600.0
_NEWEST_AGE: Final = timedelta(minutes=30)  # an older newest price stands still, or its time means something else
_FORECAST_BEGINS: Final = timedelta(minutes=90)  # before or after now, at most
_CLOCK_SLACK: Final = timedelta(seconds=20)
_MEANING: Final = "its data stand still, or the setting for times in Flow Power's data (kwatch_times) is not right"


class KwatchFeed:
    """The wholesale prices of one region: FetchesAhead and FetchesPresent. Safe between threads.

    `fetch_ahead` takes three calls (and one for the meter in 6 hours), `fetch_present` one."""

    is_published_ahead = False

    def __init__(self, fields: FlowPowerFields, context: Context) -> None:
        if fields.kwatch_key is None:
            raise ValueError("Flow Power's data need a key")
        self._client = KwatchClient(fields.kwatch_key.get_secret_value(), fields.region, context)
        self._nmi = fields.kwatch_nmi
        self._reading = reading_of(fields.kwatch_times, context.zone)
        self._pace = context.pace
        self._lock = threading.Lock()
        self._known_until: datetime | None = None  # up to here the past has been fetched
        self._meter_seen_s: float | None = None

    def is_due(self, state: FeedState, now: datetime) -> bool:
        """Whether a 5-minute period has begun since everything ahead was asked for, or its own price may be out by now and is not known."""
        into_s = now.timestamp() % PERIOD_S
        period = now - timedelta(seconds=into_s)
        if state.as_of is None or state.ahead_at is None or state.ahead_at < period:
            return True
        if state.actual_until is not None and state.actual_until > now:
            return False
        stage_s = max(stage for stage in STAGES_S if stage <= into_s)
        return (now - state.as_of).total_seconds() > into_s - stage_s

    def fetch_ahead(self, now: datetime) -> PriceAnswer:
        """The half-hours ahead, the 5-minute prices of the next hour, and those since the last call (a day at first).

        Raises a VendorError when the half-hours cannot be read; when only finer prices cannot, the answer says so in `quarantined`."""
        self._make_sure_of_meter()
        far = read_prices(self._client.far_forecast(FAR_DAYS), THIRTY, Quality.FORECAST, self._reading, now)
        _refuse_other_times(far.intervals, now)
        past = self._attempted("5-minute prices", lambda: self._past(now))
        near = self._attempted("5-minute forecasts", lambda: self._read(self._client.near_forecast(AN_HOUR), Quality.FORECAST, now))
        lists = (far, past, near)
        intervals = tuple(interval for each in lists for interval in each.intervals)
        return PriceAnswer(
            intervals,
            now,
            max((interval.end for interval in intervals), default=None),
            frozenset({"import", "feed_in"}),
            tuple(words for each in lists for words in each.refused),
        )

    def fetch_present(self, now: datetime) -> PriceAnswer:
        """The 5-minute prices of the last hour, the running one included once it is published. Raises a VendorError."""
        found = self._dispatched(AN_HOUR, now)
        return PriceAnswer(found.intervals, now, None, frozenset({"import", "feed_in"}), found.refused)

    def _past(self, now: datetime) -> ReadPrices:
        """What settled since the last call. A stretch that the service declines is asked for no longer than an hour."""
        minutes = self._minutes_back(now)
        try:
            found = self._dispatched(minutes, now)
        except RequestRefused:
            if minutes <= AN_HOUR:
                raise
            found = self._dispatched(AN_HOUR, now)
        with self._lock:
            self._known_until = now
        return found

    def _dispatched(self, minutes: int, now: datetime) -> ReadPrices:
        found = self._read(self._client.dispatch(minutes), Quality.SETTLED, now)
        newest = found.intervals[-1].start if found.intervals else None
        if newest is not None and not now - _NEWEST_AGE <= newest <= now + _CLOCK_SLACK:
            raise _OtherTimes(VENDOR, f"its newest price is {_apart(newest, now)}: {_MEANING}")
        return found

    def _read(self, answer: Any, quality: Quality, now: datetime) -> ReadPrices:
        return read_prices(answer, FIVE, quality, self._reading, now)

    @staticmethod
    def _attempted(what: str, read: Callable[[], ReadPrices]) -> ReadPrices:
        try:
            return read()
        except (CredentialsRefused, _OtherTimes):
            raise
        except VendorError as error:
            return ReadPrices((), (f"{what} are missing: {error}",))

    def _minutes_back(self, now: datetime) -> int:
        with self._lock:
            since = self._known_until
        missed = A_DAY if since is None else ceil(max(now - since, timedelta(0)) / timedelta(minutes=1)) + 5
        return min(max(missed, AN_HOUR), A_DAY)

    def _make_sure_of_meter(self) -> None:
        """Where the owner named the meter, the key must be for it. Raises RequestRefused when it is not. Prices do not wait for an answer
        that does not come: it is asked for again at the next call."""
        now_s = self._pace.monotonic()
        with self._lock:
            if not self._nmi or (self._meter_seen_s is not None and now_s - self._meter_seen_s < METER_KEPT_S):
                return
        try:
            self._client.site(self._nmi)
        except RequestRefused:
            raise RequestRefused(VENDOR, "the key is not for the meter number (NMI) entered under Devices; correct one of them") from None
        except (Unreachable, AnswerNotUnderstood):
            return
        with self._lock:
            self._meter_seen_s = now_s


class _OtherTimes(AnswerNotUnderstood):
    """The times cannot mean what they are taken for: nothing of the answer can be used."""


def _refuse_other_times(forecast: Sequence[PriceInterval], now: datetime) -> None:
    first = forecast[0].start if forecast else None
    if first is not None and abs(first - now) > _FORECAST_BEGINS:
        raise _OtherTimes(VENDOR, f"its forecast begins {_apart(first, now)}: {_MEANING}")


def _apart(instant: datetime, now: datetime) -> str:
    """ "3.5 h ago", "10.0 h ahead"."""
    hours = (instant - now).total_seconds() / 3600
    return f"{abs(hours):.1f} h {'ahead' if hours > 0 else 'ago'}"
