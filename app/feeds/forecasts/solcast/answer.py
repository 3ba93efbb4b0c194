"""From Solcast's rows to intervals. Values are mean kW of AC power; `period_end` is the END of the period, in UTC."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from app.domain.forecasts.series import PowerInterval
from app.feeds.forecasts.readings import bounded
from app.feeds.forecasts.solcast.client import VENDOR
from app.transports.errors import AnswerNotUnderstood

LARGEST_KW: Final = 1000.0
_FRACTION: Final = re.compile(r"\.\d+")  # seven digits of seconds, all 0
_PERIOD: Final = re.compile(r"PT(?:(\d{1,2})H)?(?:(\d{1,2})M)?")


def read_forecasts(rows: Iterable[Any]) -> tuple[tuple[PowerInterval, ...], int]:
    """The intervals in order and the number of rows that were refused. Raises AnswerNotUnderstood where none can be read."""
    read = [_interval(row) for row in rows]
    intervals = sorted((each for each in read if each is not None), key=lambda each: each.start)
    if not intervals:
        raise AnswerNotUnderstood(VENDOR, "no row is a forecast" if read else "the forecast is empty")
    if any(after.start < before.end for before, after in pairwise(intervals)):
        raise AnswerNotUnderstood(VENDOR, "its periods overlap")
    return tuple(intervals), read.count(None)


def _interval(row: Any) -> PowerInterval | None:
    if not isinstance(row, Mapping):
        return None
    end, length, power_kw = _end(row.get("period_end")), _length(row.get("period")), bounded(row.get("pv_estimate"), 0, LARGEST_KW)
    if end is None or length is None or power_kw is None:
        return None
    low_kw, high_kw = (bounded(row.get(f"pv_estimate{case}"), 0, LARGEST_KW) for case in (10, 90))
    return PowerInterval(
        end - length,
        end,
        power_kw * 1000,
        None if low_kw is None else min(low_kw, power_kw) * 1000,
        None if high_kw is None else max(high_kw, power_kw) * 1000,
    )


def _end(text: Any) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        at = datetime.fromisoformat(_FRACTION.sub("", text))
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo is not None else None


def _length(text: Any) -> timedelta | None:
    found = _PERIOD.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    length = timedelta(hours=int(found[1] or 0), minutes=int(found[2] or 0))
    return length if timedelta(0) < length <= timedelta(hours=1) else None
