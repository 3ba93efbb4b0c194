"""Meter data as comma-separated values: a line of names, then a line per interval.

`start` is the beginning of the interval, ISO 8601: with an offset, or on the clock of the home. Either `load_kwh` and `solar_kwh` (what the
home used and what the sun gave), or `import_kwh` and `export_kwh` of the grid meter of a home without a battery. The intervals have 5, 15
or 30 minutes. A line whose figures are empty is a gap. Names may be written with spaces: `load kWh`."""

import csv
import io
import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from app.services.backtesting.meter import LENGTHS, Energy, FileRefused, Measured, net_energy

PAIRS = (("load_kwh", "solar_kwh"), ("import_kwh", "export_kwh"))
ALLOWED = "the first line names the columns: start, and either load_kwh and solar_kwh or import_kwh and export_kwh"
NET = "The file has the grid meter alone: use and sun are known as their difference, as of a home without a battery."
MOST_KWH = 1000.0  # in half an hour: above it, watt-hours were meant


def measured_from_csv(text: str, zone: ZoneInfo) -> Measured:
    """Read a file. Raises FileRefused with the lines that are not understood."""
    rows = csv.DictReader(io.StringIO(text), skipinitialspace=True)
    names = tuple("_".join(name.lower().replace("-", " ").replace("_", " ").split()) for name in rows.fieldnames or ())
    rows.fieldnames = list(names)
    pair = next((pair for pair in PAIRS if set(pair) <= set(names)), None)
    if "start" not in names or pair is None:
        raise FileRefused([ALLOWED])
    found: dict[datetime, tuple[float, float]] = {}
    starts: dict[datetime, int] = {}
    problems: list[str] = []
    for line, row in _lines(rows, problems):
        try:
            start = _start(row["start"], zone, starts)
            figures = tuple(_kwh(row[name], name) for name in pair)
        except ValueError as error:
            problems.append(f"line {line}: {error}")
            continue
        starts[start] = line
        if figures[0] is not None and figures[1] is not None:
            found[start] = (figures[0], figures[1])
        elif figures != (None, None):
            problems.append(f"line {line}: {' and '.join(pair)} belong together, and one of them is empty")
    if problems:
        raise FileRefused(problems)
    minutes = _minutes(starts)
    is_net = pair == PAIRS[1]
    energy = {
        start: net_energy(one * 1000, other * 1000) if is_net else Energy(one * 1000, other * 1000)
        for start, (one, other) in sorted(found.items())
    }
    return Measured(minutes, energy, (NET,) if is_net else ())


def _lines(rows: "csv.DictReader[str]", problems: list[str]) -> Iterator[tuple[int, Mapping[str, str]]]:
    try:
        for row in rows:
            if None in row or None in row.values():
                problems.append(f"line {rows.line_num}: not as many values as the first line has names")
            else:
                yield rows.line_num, row
    except csv.Error as error:
        problems.append(f"line {rows.line_num}: not readable as comma-separated values: {error}")


def _start(text: str, zone: ZoneInfo, seen: Mapping[datetime, int]) -> datetime:
    try:
        start = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError("start is not a time such as 2026-11-20T17:30+11:00 or 2026-11-20 17:30") from None
    if start.tzinfo is None:
        start = _on_the_clock(start, zone, seen)
    start = start.astimezone(UTC)
    if start in seen:
        raise ValueError(f"the same start as in line {seen[start]}")
    if start.second or start.microsecond or start.minute % LENGTHS[0]:
        raise ValueError(f"start is not on a whole {LENGTHS[0]} minutes")
    return start


def _on_the_clock(naive: datetime, zone: ZoneInfo, seen: Mapping[datetime, int]) -> datetime:
    """Of an hour that occurs twice the first line is the first pass."""
    for fold in (0, 1):
        local = naive.replace(tzinfo=zone, fold=fold)
        if local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != naive:
            raise ValueError(f"the clock of {zone.key} skips this time")
        if local.astimezone(UTC) not in seen:
            return local
    return local


def _kwh(text: str, name: str) -> float | None:
    if not text.strip():
        return None
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{name} is not a number") from None
    if not math.isfinite(value) or value < 0:
        raise ValueError(f"{name} is not a figure of 0 or more")
    if value > MOST_KWH:
        raise ValueError(f"{name} is larger than {MOST_KWH:g} kWh; it is meant in kWh, not in Wh")
    return value


def _minutes(starts: Mapping[datetime, int]) -> int:
    ordered = sorted(starts)
    if len(ordered) < 2:
        raise FileRefused(["the file has fewer than two intervals"])
    minutes = min(int((later - earlier).total_seconds()) for earlier, later in pairwise(ordered)) // 60
    if minutes not in LENGTHS:
        raise FileRefused([f"the shortest time between two starts is {minutes} minutes; intervals have 5, 15 or 30"])
    astray = [f"line {starts[start]}: start does not stand on a whole {minutes} minutes" for start in ordered if start.minute % minutes]
    if astray:
        raise FileRefused(astray)
    return minutes
