"""The battery's charge as SVG geometry: a line for days and weeks, a band of each day's low and high for months and years.

x in paths run from 0 to 1000, elsewhere in percent; y are px."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from app.services.history.battery import BatteryHistory, BatteryRow, Point
from app.web.filters import THIN
from app.web.history.columns import Mark, marks_of

HEIGHT, TOP = 180.0, 12.0
FLOOR = HEIGHT - 1
X_UNITS = 1000.0
_LINES_PCT = (0, 25, 50, 75, 100)


@dataclass(frozen=True, slots=True)
class ChargeChart:
    """What the template draws; empty paths where nothing is known."""

    line: str
    area: str
    unknown: tuple[tuple[float, float], ...]  # x and width in percent
    lines: tuple[Mark, ...]
    marks: tuple[Mark, ...]
    is_band: bool

    @property
    def height(self) -> float:
        return HEIGHT

    @property
    def zero(self) -> float:
        return FLOOR


def draw_charge(history: BatteryHistory) -> ChargeChart:
    """The charge over the whole span; where nothing was read there is no line."""
    start, end = history.reach.span.bounds(history.reach.zone)

    def x_of(instant: datetime) -> float:
        return X_UNITS * ((instant - start) / (end - start))

    if history.point_every is None:
        boxes = [_band(row, x_of(row.start), x_of(row.end)) for row in history.rows]
        line, area = "", "".join(boxes)
    else:
        runs = _runs(history)
        line = "".join(_line(run, x_of) for run in runs)
        area = "".join(_area(run, x_of) for run in runs)
    gaps = [(x_of(row.start), x_of(row.end)) for row in history.rows if row.use is None and row.elapsed_s > 0]
    return ChargeChart(
        line=line,
        area=area,
        unknown=tuple((round(left / 10, 3), round((right - left) / 10, 3)) for left, right in gaps),
        lines=tuple(Mark(round(_y(pct), 1), f"{pct}{THIN}%") for pct in _LINES_PCT),
        marks=tuple(marks_of(history.reach)),
        is_band=history.point_every is None,
    )


def _y(soc_pct: float) -> float:
    return FLOOR - min(max(soc_pct, 0.0), 100.0) / 100.0 * (FLOOR - TOP)


def _band(row: BatteryRow, left: float, right: float) -> str:
    use = row.use
    if use is None or use.low_pct is None or use.high_pct is None:
        return ""
    inset = (right - left) * 0.14
    width, top, bottom = right - left - 2 * inset, _y(use.high_pct), max(_y(use.low_pct), _y(use.high_pct) + 2)
    return f"M{left + inset:.1f} {top:.1f}h{width:.1f}V{bottom:.1f}h{-width:.1f}z"


def _runs(history: BatteryHistory) -> list[list[Point]]:
    """Points that follow one another without a gap."""
    runs: list[list[Point]] = []
    for point in history.points:
        if runs and history.point_every is not None and point.at - runs[-1][-1].at <= history.point_every:
            runs[-1].append(point)
        else:
            runs.append([point])
    return runs


def _line(run: list[Point], x_of: Callable[[datetime], float]) -> str:
    return "M" + "L".join(f"{x_of(point.at):.1f} {_y(point.soc_pct):.1f}" for point in run)


def _area(run: list[Point], x_of: Callable[[datetime], float]) -> str:
    return f"M{x_of(run[0].at):.1f} {FLOOR}L{_line(run, x_of)[1:]}L{x_of(run[-1].at):.1f} {FLOOR}z"
