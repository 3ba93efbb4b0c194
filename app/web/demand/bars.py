"""The highest billed half-hour of each day of the billing month as SVG geometry: all x are shares of the plot in percent, all y are px."""

import math
from dataclasses import dataclass
from datetime import date

from app.services.demand_costs import DayPeak, DemandMonth
from app.web.filters import THIN, local_date, number

HEIGHT, FLOOR, CEILING = 140.0, 120.0, 24.0  # of the plot; where zero lies; where the highest grid line lies
UNKNOWN_HEIGHT = 12.0
WIDTH_SHARE = 0.7  # of a day's place
_STEPS_KW = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
_MOST_LINES = 4
LABELLED_EVERY = 5


@dataclass(frozen=True, slots=True)
class Bar:
    """One day. `kind`: "peak" (it sets the charge), "day", or "unknown" (nothing was measured)."""

    x: float
    width: float
    y: float
    height: float
    kind: str
    is_partly_unknown: bool
    title: str
    label: str

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


@dataclass(frozen=True, slots=True)
class Mark:
    """A line with its figure, or a day with its number."""

    at: float
    label: str
    is_minor: bool = False  # left out where there is little room


@dataclass(frozen=True, slots=True)
class Chart:
    """What the template draws; no bars where there is nothing to draw."""

    bars: tuple[Bar, ...]
    lines: tuple[Mark, ...]
    days: tuple[Mark, ...]

    @property
    def has_unknown(self) -> bool:
        return any(bar.kind == "unknown" or bar.is_partly_unknown for bar in self.bars)


def draw(month: DemandMonth) -> Chart:
    """Bars of the days so far, on an axis of the whole billing month."""
    place = 100.0 / month.cycle.days
    highest = max((day.peak.kw for day in month.days if day.peak), default=0.0)
    step = next((step for step in _STEPS_KW if step * _MOST_LINES >= highest), math.ceil(highest / _MOST_LINES))
    lines = max(1, math.ceil(highest / step))
    px_per_kw = (FLOOR - CEILING) / (lines * step)
    drawn = (_bar(day, number_of_day * place, place, px_per_kw, month) for number_of_day, day in enumerate(month.days))
    return Chart(
        bars=tuple(bar for bar in drawn if bar is not None),
        lines=tuple(Mark(FLOOR - n * step * px_per_kw, f"{n * step:g}{THIN}kW") for n in range(lines + 1)),
        days=tuple(_day_marks(month.cycle.first, month.cycle.days, place)),
    )


def _bar(day: DayPeak, x: float, place: float, px_per_kw: float, month: DemandMonth) -> Bar | None:
    left, width = x + place * (1 - WIDTH_SHARE) / 2, place * WIDTH_SHARE
    if not day.is_billed or day.coverage_pct is None:
        return None
    if day.peak is None:
        return Bar(left, width, FLOOR - UNKNOWN_HEIGHT, UNKNOWN_HEIGHT, "unknown", False, f"{local_date(day.day)}: not measured", "")
    is_peak = month.dearest == day.peak
    height = day.peak.kw * px_per_kw
    figure = f"{number(day.peak.kw, 1)}{THIN}kW"
    title = f"{local_date(day.day)}, {day.peak.start.astimezone(month.zone):%H:%M}: {figure}"
    is_partly_unknown = day.peak.is_at_least or day.coverage_pct < 50.0
    return Bar(left, width, FLOOR - height, height, "peak" if is_peak else "day", is_partly_unknown, title, figure if is_peak else "")


def _day_marks(first: date, days: int, place: float) -> list[Mark]:
    marks = []
    for number_of_day in range(days):
        day = date.fromordinal(first.toordinal() + number_of_day)
        if day.day == 1 or (day.day % LABELLED_EVERY == 0):
            marks.append(Mark((number_of_day + 0.5) * place, str(day.day), is_minor=day.day % (2 * LABELLED_EVERY) == LABELLED_EVERY))
    return marks
