"""A day of prices as a chart and a spreadsheet take it."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain.prices import Quality, Range
from app.domain.tariffs.half_hourly import HALF_HOUR
from app.services.price_history import PriceDay, PriceRow, day_bounds

CSV_COLUMNS = (
    *("start", "end", "import_c_per_kwh", "feed_in_c_per_kwh", "kind"),
    *("import_low_c_per_kwh", "import_high_c_per_kwh", "feed_in_low_c_per_kwh", "feed_in_high_c_per_kwh"),
)
_STYLES = {Quality.SETTLED: "actual", Quality.CURRENT: "actual", Quality.FORECAST: "forecast", Quality.ESTIMATE: "estimate"}


def series(day: PriceDay) -> dict[str, Any]:
    """What the chart draws: instants as seconds since 1970, prices rounded as the table shows them."""
    start, end = day_bounds(day.day, day.zone)
    end = max(end, *(row.end for row in day.rows[-1:]), start)
    return {
        "unit": "p" if day.currency == "GBP" else "c",
        "zone": day.zone.key,
        "now": _seconds(day.now) if day.is_today else None,
        "from": _seconds(start),
        "to": _seconds(end),
        "ticks": list(_ticks(day, start, end)),
        "intervals": [_interval(row, day) for row in day.rows],
    }


def as_csv(day: PriceDay) -> str:
    """The rows of the table as comma-separated values; times on the site's clock with their offset, an unknown price stays empty."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(CSV_COLUMNS)
    for row in day.rows:
        ranges = [*_bounds(row.import_range), *_bounds(row.feed_in_range)]
        writer.writerow(
            [
                row.start.astimezone(day.zone).isoformat(),
                row.end.astimezone(day.zone).isoformat(),
                *(_figure(each, 4) for each in (row.import_c, row.feed_in_c)),
                row.kind,
                *(_figure(each, 4) for each in ranges),
            ]
        )
    return out.getvalue()


def span_words(row: PriceRow, day: PriceDay) -> str:
    """ "15:00 – 15:30" on the site's clock; a mark tells the second pass of an hour that occurs twice."""
    start, end = row.start.astimezone(day.zone), row.end.astimezone(day.zone)
    return f"{start:%H:%M} – {end:%H:%M}" + (" (second)" if start.fold else "")


def _interval(row: PriceRow, day: PriceDay) -> dict[str, Any]:
    return {
        "start": _seconds(row.start),
        "end": _seconds(row.end),
        "span": span_words(row, day),
        "kind": row.kind.lower(),
        "style": "actual" if row.is_past and row.quality is Quality.FORECAST else _STYLES[row.quality] if row.quality else None,
        "import": _rounded(row.import_c),
        "feed_in": _rounded(row.feed_in_c),
        "import_range": [_rounded(each) for each in _bounds(row.import_range)] if row.import_range else None,
        "feed_in_range": [_rounded(each) for each in _bounds(row.feed_in_range)] if row.feed_in_range else None,
    }


def _ticks(day: PriceDay, start: datetime, end: datetime) -> Iterator[dict[str, Any]]:
    """Every third hour of the local clock; midnight carries the day's name."""
    at = start.astimezone(UTC) - timedelta(seconds=start.timestamp() % HALF_HOUR.total_seconds())
    while at < end:
        local = at.astimezone(day.zone)
        if at >= start and local.minute == 0 and local.hour % 3 == 0 and not local.fold:
            is_day = local.hour == 0
            yield {"at": _seconds(at), "hour": local.hour, "label": f"{local:%a}" if is_day else f"{local:%H}", "is_day": is_day}
        at += HALF_HOUR


def _seconds(instant: datetime) -> int:
    return round(instant.timestamp())


def _rounded(value: float | None) -> float | None:
    """To the tenth of a cent, as the table shows it."""
    return None if value is None else round(value, 1) + 0.0


def _figure(value: float | None, digits: int) -> str:
    return "" if value is None else f"{round(value, digits) + 0.0:g}"


def _bounds(spread: Range | None) -> tuple[float | None, float | None]:
    return (spread.low, spread.high) if spread else (None, None)
