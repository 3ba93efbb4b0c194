"""One of AEMO's two forecasts: the next hour by 5 minutes (P5MIN), and by half-hours to the end of the last trading day with bids
(predispatch)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from app.domain.prices import Quality
from app.feeds.market.aemo.dashboard import Dashboard
from app.feeds.market.aemo.file_server import P5, PREDISPATCH_IS, PREDISPATCH_LEGACY, Directory, FileServer, label_of
from app.feeds.market.aemo.nem import FIVE_MINUTES, HALF_HOUR, VENDOR, Reading, Refusal, Spot, in_market_time, period_start
from app.feeds.market.aemo.quarantine import Quarantine
from app.transports.errors import AnswerNotUnderstood, Unreachable, VendorError

P5_PUBLISHED_AFTER: Final = timedelta(seconds=60)
"""From the start of each 5 minutes; the file appears some 15 to 60 s after it."""
PREDISPATCH_PUBLISHED_AFTER: Final = timedelta(seconds=150)
"""From the start of each half-hour; the operator finishes it 112 s after that."""
_PERIODS_LATE: Final = 3  # a newest file whose first interval ended so many periods ago is not the newest that there should be


class Source(Protocol):
    """Where a forecast can be read."""

    def newest(self, now: datetime) -> Reading | None:
        """The newest forecast; None where there is none that has not been read. Raises a VendorError."""
        ...


class ReportFiles:
    """A directory of the file server. A file is downloaded once."""

    def __init__(self, files: FileServer, directory: Directory, period: timedelta, quarantine: Quarantine) -> None:
        self._files, self._directory, self._period, self._quarantine = files, directory, period, quarantine
        self._read = ""  # the newest name that has been read

    def newest(self, now: datetime) -> Reading | None:
        """The newest file. Raises Unreachable, too, where the directory stands still."""
        name = self._files.names(self._directory)[-1]
        label = label_of(self._directory, name)
        if label is None or label < now - _PERIODS_LATE * self._period:
            since = f" since {in_market_time(label)}" if label is not None else ""
            raise Unreachable(VENDOR, f"{self._directory.name} shows nothing new{since}")
        if name.upper() <= self._read.upper():
            return None
        reading = self._quarantine.passed(self._files.read(self._directory, name, now), name)
        self._read = name
        return reading


class RecentReport:
    """The forecasts in the dashboard's report."""

    def __init__(self, dashboard: Dashboard, length: timedelta, quarantine: Quarantine) -> None:
        self._dashboard, self._length, self._quarantine = dashboard, length, quarantine

    def newest(self, now: datetime) -> Reading:
        """What the report forecasts."""
        found = self._dashboard.recent(self._length, now)
        ahead = tuple(price for price in found.prices if price.quality is Quality.FORECAST)
        if not ahead:
            raise AnswerNotUnderstood(VENDOR, "the report of recent prices has no forecast")
        return self._quarantine.passed(Reading(ahead, found.refused), f"recent {now.isoformat()}")


@dataclass(frozen=True, slots=True)
class _Run:
    reading: Reading
    found_at: datetime


class Forecast:
    """The newest run of one forecast, from the first of its sources that has it. When none can be read, the last run holds as far as it
    reaches."""

    def __init__(self, title: str, period: timedelta, published_after: timedelta, sources: Sequence[Source]) -> None:
        self._title, self._period, self._published_after, self._sources = title, period, published_after, sources
        self._run: _Run | None = None
        self._trouble: Refusal | None = None

    def refresh(self, now: datetime) -> None:
        """Look for a new run, if one is published since the last was found."""
        if self._run is not None and published(now, self._period, self._published_after) <= self._run.found_at <= now:
            return
        first_trouble: VendorError | None = None
        for source in self._sources:
            try:
                reading = source.newest(now)
            except VendorError as error:
                first_trouble = first_trouble or error
                continue
            if reading is not None:
                self._run = _Run(reading, now)
            self._trouble = None
            return
        if first_trouble is not None:
            self._trouble = Refusal(None, f"the {self._title} could not be read: {first_trouble.message}")

    def prices(self, region: str, now: datetime) -> list[Spot]:
        """What it says of a region for the intervals that are not over."""
        return [price for price in self._run.reading.prices if price.region == region and price.end > now] if self._run else []

    @property
    def refused(self) -> tuple[Refusal, ...]:
        """What was left out of the run, and why there is no newer one."""
        return (*(self._run.reading.refused if self._run else ()), *([self._trouble] if self._trouble else []))


def published(now: datetime, period: timedelta, after: timedelta) -> datetime:
    """The last instant, up to `now`, at which a run comes out: `after` the start of each period."""
    return period_start(now - after, period) + after


def five_minute_forecast(dashboard: Dashboard, files: FileServer, quarantine: Quarantine) -> Forecast:
    """The next hour: from the files, or the dashboard's report."""
    sources = (ReportFiles(files, P5, FIVE_MINUTES, quarantine), RecentReport(dashboard, FIVE_MINUTES, quarantine))
    return Forecast("5-minute forecast", FIVE_MINUTES, P5_PUBLISHED_AFTER, sources)


def half_hourly_forecast(dashboard: Dashboard, files: FileServer, quarantine: Quarantine) -> Forecast:
    """The day ahead: from the files, those of the old layout, or the dashboard's report."""
    sources = (
        ReportFiles(files, PREDISPATCH_IS, HALF_HOUR, quarantine),
        ReportFiles(files, PREDISPATCH_LEGACY, HALF_HOUR, quarantine),
        RecentReport(dashboard, HALF_HOUR, quarantine),
    )
    return Forecast("half-hourly forecast", HALF_HOUR, PREDISPATCH_PUBLISHED_AFTER, sources)
