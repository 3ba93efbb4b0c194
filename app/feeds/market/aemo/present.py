"""The price of the running interval, and what settled before it."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from app.domain.prices import Quality
from app.feeds.market.aemo.actuals import KEPT, Actuals
from app.feeds.market.aemo.dashboard import Dashboard
from app.feeds.market.aemo.file_server import DISPATCH_IS, FileServer, label_of
from app.feeds.market.aemo.nem import FIVE_MINUTES, VENDOR, Reading, Refusal, in_market_time, period_start
from app.feeds.market.aemo.quarantine import Quarantine
from app.transports.errors import AnswerNotUnderstood, RateLimited, Unreachable, VendorError

SUMMARY_BEHIND: Final = timedelta(seconds=60)
"""So long into an interval the summary may still show the one before: it appears after 20 to 40 s, and is cached for up to 30 s more."""
STALE_AFTER: Final = timedelta(minutes=15)
MOST_FILES: Final = 6  # of the past in one fetch, where the report of recent prices cannot be read
_ASK_AGAIN: Final = timedelta(hours=1)  # for prices that were not there when they were asked for
_SETTLES_WITHIN: Final = timedelta(minutes=15)


class Present:
    """Reads the summary first, and the dispatch files where that is silent, behind or incomplete.

    The summary is one small answer for all regions and says whether its price is final, at the moment at which the file server, busiest
    then, would have to give a long listing and a file. The files are the operator's own record: they count where the summary fails. For
    what has been missed, one report of the dashboard gives a whole day, for which there would be 288 files."""

    def __init__(self, dashboard: Dashboard, files: FileServer, quarantine: Quarantine) -> None:
        self._dashboard, self._files, self._quarantine = dashboard, files, quarantine
        self.actuals = Actuals()
        self._read: set[str] = set()  # dispatch files
        self._past_asked_at: datetime | None = None

    def refresh(self, now: datetime) -> tuple[Refusal, ...]:
        """Bring the actuals up to now; returns what was left out. One to three calls, when the day before is wanted one more.

        Raises a VendorError where neither place can be read, or nothing new has come for 15 minutes."""
        refused = [*self._read_present(now), *self._read_past(now)]
        self.actuals.forget_before(now - KEPT)
        return tuple(refused)

    def _read_present(self, now: datetime) -> list[Refusal]:
        running = period_start(now, FIVE_MINUTES)
        refused: list[Refusal] = []
        trouble: VendorError | None = None
        try:
            refused += self._take(self._dashboard.present(now), f"summary {now.isoformat()}")
        except RateLimited:
            raise  # the pause holds for both of the operator's hosts
        except VendorError as error:
            trouble = error
        lacking = self.actuals.lacking(running)
        is_behind = len(lacking) == len(self.actuals.regions) and trouble is None
        if lacking and (not is_behind or now - running >= SUMMARY_BEHIND):
            try:
                refused += self._read_newest_file(now)
            except VendorError as error:
                if trouble is not None:
                    raise trouble from None
                refused.append(Refusal(None, f"the dispatch file could not be read: {error.message}"))
        if isinstance(trouble, AnswerNotUnderstood):
            refused.append(Refusal(None, trouble.message))
        self._check_age(now)
        still_lacking = self.actuals.lacking(running)
        return [each for each in refused if each.region is None or each.region in still_lacking]

    def _check_age(self, now: datetime) -> None:
        """Raises Unreachable where the newest price is too old to be of use."""
        newest = self.actuals.newest_end()
        if newest is None or now - newest > STALE_AFTER:
            since = f" since {in_market_time(newest)}" if newest is not None else ""
            raise Unreachable(VENDOR, f"no new price has come{since}")

    def _read_newest_file(self, now: datetime) -> list[Refusal]:
        newest = self._listed()[-1]
        return [] if newest in self._read else self._read_files([newest], now)

    def _listed(self) -> list[str]:
        names = self._files.names(DISPATCH_IS)
        self._read &= set(names)
        return names

    def _read_past(self, now: datetime) -> list[Refusal]:
        """Fill what is over and not settled: the first time a day, later what was missed."""
        unsettled = self.actuals.unsettled(now)
        if not self._is_past_due(unsettled, now):
            return []
        try:
            found = self._dashboard.recent(FIVE_MINUTES, now)
        except VendorError as error:
            return self._read_past_files(unsettled, now, error)
        self._past_asked_at = now
        past = tuple(price for price in found.prices if price.quality is not Quality.FORECAST)
        return self._take(Reading(past, found.refused), f"recent {now.isoformat()}")

    def _is_past_due(self, unsettled: Collection[datetime], now: datetime) -> bool:
        """What was not there when it was asked for is asked for once an hour; what has been missed since then at once."""
        asked_at = self._past_asked_at
        if not unsettled or asked_at is None or not timedelta(0) <= now - asked_at < _ASK_AGAIN:
            return bool(unsettled)
        return max(unsettled) + FIVE_MINUTES > asked_at - _SETTLES_WITHIN

    def _read_past_files(self, unsettled: Collection[datetime], now: datetime, trouble: VendorError) -> list[Refusal]:
        """The newest of the dispatch files that are missed, a few at a time."""
        try:
            labels = {start + FIVE_MINUTES for start in unsettled}
            missed = [name for name in reversed(self._listed()) if name not in self._read and label_of(DISPATCH_IS, name) in labels]
            return self._read_files(missed[:MOST_FILES], now)
        except VendorError:
            return [Refusal(None, f"past prices could not be read: {trouble.message}")]

    def _read_files(self, names: Collection[str], now: datetime) -> list[Refusal]:
        refused: list[Refusal] = []
        for name in names:
            refused += self._take(self._files.read(DISPATCH_IS, name, now), name)
            self._read.add(name)
        return refused

    def _take(self, reading: Reading, origin: str) -> list[Refusal]:
        passed = self._quarantine.passed(reading, origin)
        self.actuals.add(passed.prices)
        return list(passed.refused)
