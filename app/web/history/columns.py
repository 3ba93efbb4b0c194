"""Columns above and below zero as SVG geometry: x are shares of the plot (0 to 1000 in paths, percent elsewhere), y are px.

All columns of one colour are one path, so that a day of 288 steps stays light."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.domain.spans import Span, SpanKind
from app.services.history.reach import Reach

TOP = 12.0  # px kept free above the highest line
X_UNITS = 1000.0
FILL = 0.72  # of its place, a column's width; steps of minutes touch
_MOST_LINES = 5
_STEPS = tuple(digit * 10.0**power for power in range(-2, 7) for digit in (1.0, 2.0, 5.0))
LABELLED_EVERY = 5


@dataclass(frozen=True, slots=True)
class Column:
    """What is stacked at one place, by colour, what is above zero upwards. `is_known` False: it is past, and nothing is known of it."""

    amounts: Mapping[str, float] = field(default_factory=dict)  # CSS class → amount
    is_known: bool = True
    is_partly: bool = False  # something of it was not measured


@dataclass(frozen=True, slots=True)
class Mark:
    """A line or a place with its label."""

    at: float
    label: str
    css: str = ""
    short: str = ""  # where there is little room


@dataclass(frozen=True, slots=True)
class Chart:
    """What the template draws."""

    height: float
    zero: float
    paths: tuple[tuple[str, str], ...]  # CSS class, path
    unknown: tuple[tuple[float, float], ...]  # x and width in percent
    partly: tuple[tuple[float, float, float, float], ...]  # x and width in percent, y and height
    lines: tuple[Mark, ...]
    marks: tuple[Mark, ...]

    @property
    def has_unknown(self) -> bool:
        return bool(self.unknown or self.partly)


def draw(
    columns: Sequence[Column],
    places: int,
    marks: Sequence[Mark],
    label: Callable[[float], str],
    height: float = 200.0,
    *,
    touch: bool = False,
) -> Chart:
    """`columns` from the left on an axis of `places` places. `label` writes an amount beside its line."""
    top = max((sum(each for each in column.amounts.values() if each > 0) for column in columns), default=0.0)
    bottom = min((sum(each for each in column.amounts.values() if each < 0) for column in columns), default=0.0)
    step, above, below = _scale(top, -bottom)
    px = (height - TOP - 1) / ((above + below) * step)
    zero = round(TOP + above * step * px, 1)
    place = X_UNITS / places
    inset = 0.0 if touch else place * (1 - FILL) / 2
    paths: dict[str, list[str]] = {}
    unknown, partly = [], []
    for number, column in enumerate(columns):
        left, width = number * place + inset, place - 2 * inset
        up = down = 0.0
        for css, amount in column.amounts.items():
            if amount == 0:
                continue
            from_amount = up if amount > 0 else down
            paths.setdefault(css, []).append(_box(left, width, zero - (from_amount + amount) * px, zero - from_amount * px))
            up, down = (up + amount, down) if amount > 0 else (up, down + amount)
        if not column.is_known:
            unknown.append((number * place / 10, place / 10))
        elif column.is_partly:
            partly.append((left / 10, width / 10, zero - up * px, (up - down) * px))
    return Chart(
        height=height,
        zero=zero,
        paths=tuple((css, "".join(boxes)) for css, boxes in paths.items()),
        unknown=_joined(unknown),
        partly=tuple((round(x, 3), round(width, 3), round(y, 1), round(tall, 1)) for x, width, y, tall in partly),
        lines=tuple(Mark(round(zero - number * step * px, 1), label(number * step)) for number in range(-below, above + 1)),
        marks=tuple(marks),
    )


def _scale(top: float, bottom: float) -> tuple[float, int, int]:
    """The step between two lines, and how many lie above and below zero."""
    whole = max(top + bottom, _STEPS[0])
    step = next((each for each in _STEPS if whole / each <= _MOST_LINES), whole / _MOST_LINES)
    above, below = math.ceil(round(top / step, 6)), math.ceil(round(bottom / step, 6))
    return step, max(above, 0 if below else 1), below


def _box(left: float, width: float, one: float, other: float) -> str:
    top, bottom = min(one, other), max(one, other)
    return f"M{left:.1f} {top:.1f}h{width:.1f}V{bottom:.1f}h{-width:.1f}z"


def _joined(parts: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Places side by side as one."""
    joined: list[tuple[float, float]] = []
    for x, width in parts:
        if joined and abs(joined[-1][0] + joined[-1][1] - x) < 0.01:
            joined[-1] = (joined[-1][0], joined[-1][1] + width)
        else:
            joined.append((x, width))
    return tuple((round(x, 3), round(width, 3)) for x, width in joined)


def places_of(span: Span, zone: ZoneInfo, step_min: int = 30) -> int:
    """How many columns the axis of a whole span has."""
    if span.kind is SpanKind.DAY:
        start, end = span.bounds(zone)
        return round((end - start) / timedelta(minutes=step_min))
    return 12 if span.kind is SpanKind.YEAR else span.days


def marks_of(reach: Reach) -> list[Mark]:
    """The labels below the axis, x in percent: hours, weekdays, dates or months. Of a column its middle, of an hour its beginning."""
    span = reach.span
    match span.kind:
        case SpanKind.DAY:
            return _hours(*span.bounds(reach.zone), reach.zone)
        case SpanKind.WEEK:
            return [Mark((n + 0.5) * 100 / 7, f"{day:%a} {day.day}", short=f"{day:%a}") for n, day in enumerate(span.dates())]
        case SpanKind.MONTH:
            days = [day for day in span.dates() if day.day == 1 or day.day % LABELLED_EVERY == 0]
            return [
                Mark((day.day - 0.5) * 100 / span.days, str(day.day), "need-m" if day.day % 10 == LABELLED_EVERY else "") for day in days
            ]
        case SpanKind.YEAR:
            return [Mark((n + 0.5) * 100 / 12, f"{each.first:%b}", short=f"{each.first:%b}"[0]) for n, each in enumerate(span.months())]


def _hours(start: datetime, end: datetime, zone: ZoneInfo) -> list[Mark]:
    marks, at = [], start
    while at < end:
        local = at.astimezone(zone)
        if local.minute == 0 and local.hour % 3 == 0 and local.hour and not local.fold:
            marks.append(Mark(100 * ((at - start) / (end - start)), f"{local:%H:%M}", "" if local.hour % 6 == 0 else "need-m"))
        at += timedelta(minutes=30)
    return marks
