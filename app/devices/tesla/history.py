"""`calendar_history` of kind energy as energy of 5 minutes: Wh per row, stamped at the start of its time, in the order of the day.

The length of a row is found out from the rows, as Tesla does not state it: 5 minutes in most homes, 15 in older ones."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from app.devices.tesla.numbers import finite
from app.domain.energy import Energy
from app.transports.errors import AnswerNotUnderstood

_ROW_LENGTHS: Final = (timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=30))
FINEST: Final = _ROW_LENGTHS[0]
_SOLAR: Final = ("solar_energy_exported",)
_IMPORT: Final = ("grid_energy_imported",)
_EXPORT: Final = ("grid_energy_exported_from_solar", "grid_energy_exported_from_battery", "grid_energy_exported_from_generator")
_CHARGE: Final = ("battery_energy_imported_from_grid", "battery_energy_imported_from_solar", "battery_energy_imported_from_generator")
_DISCHARGE: Final = ("battery_energy_exported",)
_HOME: Final = (
    "consumer_energy_imported_from_grid",
    "consumer_energy_imported_from_solar",
    "consumer_energy_imported_from_battery",
    "consumer_energy_imported_from_generator",
)


def energy_of_day(vendor: str, response: Mapping[str, Any], start: datetime, end: datetime) -> list[Energy]:
    """Energy of 5 minutes each within `[start, end)`, in order; a row that is longer is shared out evenly. Tesla can send more than was
    asked for, and rows twice: the last one counts. None for a day without records.

    Raises AnswerNotUnderstood for rows without a length that divides half an hour."""
    rows = _rows(response)
    if not rows:
        return []
    length = _length(vendor, rows)
    parts = int(length / FINEST)
    found = [
        _energy(row, at + number * FINEST, parts)
        for at, row in sorted(rows.items())
        for number in range(parts)
        if start <= at + number * FINEST < end
    ]
    return [each for each in found if each is not None]


def _rows(response: Mapping[str, Any]) -> dict[datetime, Mapping[str, Any]]:
    rows: dict[datetime, Mapping[str, Any]] = {}
    for row in response.get("time_series") or ():
        at = _instant(row.get("timestamp")) if isinstance(row, Mapping) else None
        if at is not None:
            rows[at] = row
    return rows


def _length(vendor: str, rows: Mapping[datetime, Any]) -> timedelta:
    starts = sorted(rows)
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    shortest = min(gaps, default=timedelta(0))
    is_aligned = all(start.timestamp() % FINEST.total_seconds() == 0 for start in starts)
    if shortest not in _ROW_LENGTHS or not is_aligned:
        raise AnswerNotUnderstood(vendor, "the day's history is not in steps of 5, 15 or 30 minutes")
    return shortest


def _energy(row: Mapping[str, Any], start: datetime, parts: int) -> Energy | None:
    """None for a row that lacks the meter of the grid: nothing is known of such a time."""
    imported = _sum(row, _IMPORT)
    if imported is None:
        return None
    told = {name: (_sum(row, keys) or 0.0) / parts for name, keys in _FLOWS.items()}
    return Energy(start=start, covered_s=FINEST.total_seconds(), import_wh=imported / parts, **told)


_FLOWS: Final = {"solar_wh": _SOLAR, "export_wh": _EXPORT, "charge_wh": _CHARGE, "discharge_wh": _DISCHARGE, "load_wh": _HOME}


def _sum(row: Mapping[str, Any], keys: tuple[str, ...]) -> float | None:
    """What the keys that are there come to; None where none is."""
    values = [value for key in keys if (value := finite(row.get(key))) is not None]
    return max(sum(values), 0.0) if values else None


def end_of(day: date, zone: Any) -> str:
    """The last second of a local day, as the question wants it: an end at 00:00:00 gives an empty day."""
    return datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=zone).isoformat()


def _instant(value: Any) -> datetime | None:
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return instant.astimezone(UTC) if instant is not None and instant.tzinfo is not None else None
