"""Energy from power: readings integrated over intervals, with how much of each interval was measured."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.domain.units import wh_from_w

HOLDS_FOR = timedelta(seconds=150)  # how long one reading stands for the time after it


@dataclass(frozen=True, slots=True)
class PowerSample:
    """One reading: W with the app's signs; None where the device gave no value."""

    at: datetime
    solar_w: float | None
    grid_w: float | None
    battery_w: float | None
    load_w: float | None
    soc_pct: float | None


@dataclass(slots=True)
class Energy:
    """What flowed in `[start, start + length)`, Wh; `covered_s` of it was measured."""

    start: datetime
    covered_s: float = 0.0
    solar_wh: float = 0.0
    import_wh: float = 0.0
    export_wh: float = 0.0
    charge_wh: float = 0.0
    discharge_wh: float = 0.0
    load_wh: float = 0.0
    soc_pct: float | None = field(default=None)


def integrate(samples: Sequence[PowerSample], start: datetime, end: datetime, length: timedelta) -> list[Energy]:
    """Energy per interval of `length` from `start` to `end`; `samples` in order of time, from before `start` where there are any.

    Each reading stands until the next one, at most 150 s: a gap stays a gap."""
    intervals = [Energy(start + number * length) for number in range(int((end - start) / length))]
    for index, sample in enumerate(samples):
        until = sample.at + HOLDS_FOR
        if index + 1 < len(samples):
            until = min(until, samples[index + 1].at)
        _spread(sample, sample.at, min(until, end), start, length, intervals)
    return intervals


def _spread(sample: PowerSample, since: datetime, until: datetime, start: datetime, length: timedelta, intervals: list[Energy]) -> None:
    at = max(since, start)
    while at < until:
        number = int((at - start) / length)
        if number >= len(intervals):
            return
        interval = intervals[number]
        piece_end = min(until, interval.start + length)
        _add(interval, sample, (piece_end - at).total_seconds())
        at = piece_end


def _add(into: Energy, sample: PowerSample, seconds: float) -> None:
    if sample.grid_w is None:
        return
    into.covered_s += seconds
    into.solar_wh += wh_from_w(max(sample.solar_w or 0.0, 0.0), seconds)
    into.import_wh += wh_from_w(max(sample.grid_w, 0.0), seconds)
    into.export_wh += wh_from_w(max(-sample.grid_w, 0.0), seconds)
    into.charge_wh += wh_from_w(max(-(sample.battery_w or 0.0), 0.0), seconds)
    into.discharge_wh += wh_from_w(max(sample.battery_w or 0.0, 0.0), seconds)
    into.load_wh += wh_from_w(max(sample.load_w or 0.0, 0.0), seconds)
    into.soc_pct = sample.soc_pct if sample.soc_pct is not None else into.soc_pct
