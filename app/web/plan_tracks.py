"""Tracks of a plan as SVG geometry, shared by the pages that draw one: what the battery does as blocks, prices as steps, charge as a line.

x in paths run from 0 to 1000, elsewhere in percent of the plot; y are px."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from app.domain.battery_plan import BatteryPlan, PlannedAction
from app.domain.plan_words import Stretch
from app.web.filters import local_time

ACTION_WORDS = {
    PlannedAction.CHARGE: "Charge",
    PlannedAction.EXPORT: "Sell",
    PlannedAction.SELF_CONSUME: "Run home",
    PlannedAction.HOLD: "Hold",
}
ACTION_CSS = {
    PlannedAction.CHARGE: "charge",
    PlannedAction.EXPORT: "export",
    PlannedAction.SELF_CONSUME: "self",
    PlannedAction.HOLD: "hold",
}
_ROOMS = ((300.0, ""), (500.0, "need-m"), (760.0, "need-l"), (1060.0, "need-xl"))  # least width of the plot, px → class that shows a word
_LETTER_PX, _MARGIN_PX = 7.0, 16.0


@dataclass(frozen=True, slots=True)
class Axis:
    """The time that a plot spans."""

    begin: datetime
    end: datetime

    def pct(self, instant: datetime) -> float:
        """Of the plot's width, within it."""
        return round(100 * min(max((instant - self.begin) / (self.end - self.begin), 0.0), 1.0), 3)

    def units(self, instant: datetime) -> float:
        """In a path."""
        return round(10 * self.pct(instant), 1)


@dataclass(frozen=True, slots=True)
class ActionBlock:
    """A block of the ribbon. `label_class` is None where its word fits at no width."""

    x: float
    width: float
    css: str
    label: str
    label_class: str | None
    title: str


def planned_blocks(rows: Sequence[Stretch], axis: Axis, zone: str, since: datetime) -> tuple[ActionBlock, ...]:
    """What the battery is to do from `since` on."""
    inside = [row for row in rows if row.end > since and row.start < axis.end]
    return tuple(_block(row.action, max(row.start, since), row.end, axis, zone, "") for row in inside)


def done_blocks(parts: Iterable[tuple[datetime, datetime, PlannedAction | None]], axis: Axis, zone: str) -> tuple[ActionBlock, ...]:
    """What it did; nothing where nobody measured."""
    found = []
    for action, group in groupby(parts, key=lambda part: part[2]):
        inside = list(group)
        if action is not None:
            found.append(_block(action, inside[0][0], inside[-1][1], axis, zone, ", measured"))
    return tuple(found)


def _block(action: PlannedAction, start: datetime, end: datetime, axis: Axis, zone: str, note: str) -> ActionBlock:
    x = axis.pct(start)
    width = round(axis.pct(end) - x, 3)
    word = ACTION_WORDS[action]
    title = f"{local_time(start, zone)} to {local_time(end, zone)}: {word}{note}"
    return ActionBlock(x, width, ACTION_CSS[action], word, _room_for(word, width), title)


def _room_for(word: str, width_pct: float) -> str | None:
    wanted_px = len(word) * _LETTER_PX + _MARGIN_PX
    return next((css for plot_px, css in _ROOMS if width_pct / 100 * plot_px >= wanted_px), None)


def step_path(parts: Iterable[tuple[datetime, datetime, float | None]], axis: Axis, y_of: Callable[[float], float]) -> str:
    """Values that hold from start to end; a gap where there is none."""
    path: list[str] = []
    before: datetime | None = None
    for start, end, value in parts:
        if value is None or end <= axis.begin or start >= axis.end:
            before = None
            continue
        path.append(f"V{y_of(value):g}" if before == start else f"M{axis.units(start):g} {y_of(value):g}")
        path.append(f"H{axis.units(end):g}")
        before = end
    return "".join(path)


def line_path(
    points: Sequence[tuple[datetime, float]], axis: Axis, y_of: Callable[[float], float], most_gap: timedelta | None = None
) -> str:
    """A line through points; it breaks where two are further apart than `most_gap`."""
    path: list[str] = []
    before: datetime | None = None
    for at, value in points:
        is_new = before is None or (most_gap is not None and at - before > most_gap)
        path.append(f"{'M' if is_new else 'L'}{axis.units(at):g} {y_of(value):g}")
        before = at
    return "".join(path)


def area_path(points: Sequence[tuple[datetime, float]], axis: Axis, y_of: Callable[[float], float], floor: float) -> str:
    """The area between a line without gaps and `floor`; empty where there is no line."""
    if len(points) < 2:
        return ""
    line = line_path(points, axis, y_of)
    return f"M{axis.units(points[0][0]):g} {floor:g}L{line[1:]}L{axis.units(points[-1][0]):g} {floor:g}z"


def charge_course(plan: BatteryPlan, since: datetime, until: datetime | None = None) -> list[tuple[datetime, float]]:
    """The planned charge, percent, at `since`, at the end of each step after it, and at `until`; within a step it goes straight."""
    until = until or plan.until
    points: list[tuple[datetime, float]] = []
    at, soc_pct = plan.steps[0].start, plan.battery.soc_pct if plan.battery is not None else None
    for step in plan.steps:
        if step.end > since and at < until:
            if not points and soc_pct is not None:
                points.append((max(since, at), _between(at, soc_pct, step.end, step.soc_end_pct, max(since, at))))
            end = min(step.end, until)
            points.append((end, step.soc_end_pct if soc_pct is None else _between(at, soc_pct, step.end, step.soc_end_pct, end)))
        at, soc_pct = step.end, step.soc_end_pct
    return points


def _between(start: datetime, start_pct: float, end: datetime, end_pct: float, instant: datetime) -> float:
    return start_pct + (instant - start) / (end - start) * (end_pct - start_pct)
