"""The National Electricity Market's terms: regions, $/MWh without GST, and labels that name the END of an interval in UTC+10, all year and
in every region (the market has no daylight saving)."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

from app.domain.prices import Quality

VENDOR: Final = "AEMO"
REGIONS: Final[Mapping[str, str]] = {
    "NSW1": "New South Wales and ACT",
    "QLD1": "Queensland",
    "VIC1": "Victoria",
    "SA1": "South Australia",
    "TAS1": "Tasmania",
}
NEM_TIME: Final = timezone(timedelta(hours=10))
FIVE_MINUTES: Final = timedelta(minutes=5)
HALF_HOUR: Final = timedelta(minutes=30)
FURTHEST_AHEAD: Final = timedelta(days=4)
FURTHEST_BACK: Final = timedelta(days=4)
CLOCKS_DIFFER: Final = timedelta(minutes=10)  # so far ahead of this computer's clock a price of the present may lie
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?", re.ASCII)
_SHORTEST_LABEL = len("2026-11-20 18:00")


class RowRefused(Exception):
    """A row is not in the documented form; the text names the field, never its value."""


class OffTheGrid(RowRefused):
    """A label that ends no interval of the expected length."""


@dataclass(frozen=True, slots=True)
class Spot:
    """The regional reference price of one interval."""

    region: str
    start: datetime  # UTC
    end: datetime  # UTC
    aud_per_mwh: float  # without GST
    quality: Quality

    @property
    def c_per_kwh(self) -> float:
        """Without GST."""
        return c_per_kwh_from_aud_per_mwh(self.aud_per_mwh)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that was left out, in words. `region` None: it concerns all of them."""

    region: str | None
    words: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What one answer or file gave: at most one price for a region and interval, and what was left out."""

    prices: tuple[Spot, ...]
    refused: tuple[Refusal, ...] = ()


def c_per_kwh_from_aud_per_mwh(aud_per_mwh: float) -> float:
    """1 $/MWh is 0.1 c/kWh."""
    return aud_per_mwh / 10 + 0.0  # without a negative zero


def period_start(instant: datetime, period: timedelta) -> datetime:
    """The start of the period of the clock that `instant` lies in, in UTC."""
    return datetime.fromtimestamp(instant.timestamp() // period.total_seconds() * period.total_seconds(), UTC)


def interval_of(label: Any, length: timedelta, now: datetime) -> tuple[datetime, datetime]:
    """The interval [start, end) in UTC that ends at `label`: "2026/11/20 18:00:00" or "2026-11-20T18:00:00", market time.

    Raises OffTheGrid for a label that no interval of that length ends at, RowRefused for what is no label or is days away from `now`."""
    if not isinstance(label, str) or len(label.strip()) < _SHORTEST_LABEL:
        raise RowRefused("its time is missing")
    try:
        end = datetime.fromisoformat(label.strip().replace("/", "-"))
    except ValueError:
        raise RowRefused("its time cannot be read") from None
    if end.tzinfo is not None and end.utcoffset() != NEM_TIME.utcoffset(None):
        raise RowRefused("its time is not market time")
    end = end.replace(tzinfo=NEM_TIME)
    if end.timestamp() % length.total_seconds() != 0:
        raise OffTheGrid("its time is not the end of an interval")
    if not now - FURTHEST_BACK <= end <= now + FURTHEST_AHEAD:
        raise RowRefused("its time is out of reach")
    return end.astimezone(UTC) - length, end.astimezone(UTC)


def price_of(value: Any, name: str = "RRP") -> float:
    """$/MWh from a JSON number or a cell of a file. Raises RowRefused naming the field."""
    if isinstance(value, str):
        text = value.strip()
        if not text:
            raise RowRefused(f"{name} is missing")
        if not _NUMBER.fullmatch(text):
            raise RowRefused(f"{name} is not a number")
        value = float(text)
    if value is None:
        raise RowRefused(f"{name} is missing")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RowRefused(f"{name} is not a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise RowRefused(f"{name} is not a finite number")
    return number


def in_market_time(instant: datetime) -> str:
    """ "2026-11-20 18:00 market time"."""
    return f"{instant.astimezone(NEM_TIME):%Y-%m-%d %H:%M} market time"
