"""Money per day as one line per strategy: x in paths run from 0 to 1000, elsewhere in percent; y are px."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from app.web.filters import money
from app.web.history.columns import Mark

HEIGHT, TOP = 220.0, 12.0
X_UNITS = 1000.0
COLOURS = {"self-consumption": "battery", "optimizer": "solar", "perfect": "export", "no-battery": "import"}
_STEPS = tuple(digit * 10.0**power for power in range(-2, 6) for digit in (1.0, 2.0, 5.0))
_MOST_LINES, _MOST_MARKS = 5, 6


@dataclass(frozen=True, slots=True)
class Line:
    """One strategy: the class of its colour, and its path."""

    strategy: str
    css: str
    path: str


@dataclass(frozen=True, slots=True)
class LineChart:
    """What the template draws."""

    height: float
    zero: float
    drawn: tuple[Line, ...]
    unknown: tuple[tuple[float, float], ...]  # days of which nothing is known: x and width in percent
    lines: tuple[Mark, ...]
    marks: tuple[Mark, ...]


def draw(result: Mapping[str, Any]) -> LineChart:
    """What each day brought (+ earned, − paid), from what `flask backtest --json` prints."""
    first, last = date.fromisoformat(result["from"]), date.fromisoformat(result["to"])
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    places = {day.isoformat(): number for number, day in enumerate(days)}
    earned = {
        each["strategy"]: {places[day["date"]]: -day["cost"] for day in each["days"] if day["date"] in places}
        for each in result["strategies"]
    }
    amounts = [amount for line in earned.values() for amount in line.values()]
    step, above, below = _scale(max([0.0, *amounts]), -min([0.0, *amounts]))
    px = (HEIGHT - TOP - 1) / ((above + below) * step)
    zero = TOP + above * step * px
    width = X_UNITS / len(days)
    known = set().union(*earned.values()) if earned else set()
    return LineChart(
        height=HEIGHT,
        zero=round(zero, 1),
        drawn=tuple(
            Line(strategy, COLOURS[strategy], "".join(_run(run, line, width, zero, px) for run in _runs(sorted(line))))
            for strategy, line in earned.items()
        ),
        unknown=tuple((round(n * width / 10, 3), round(width / 10, 3)) for n in range(len(days)) if n not in known),
        lines=tuple(
            Mark(round(zero - number * step * px, 1), money(number * step * 100, result["currency"], signed=False).removesuffix(".00"))
            for number in range(-below, above + 1)
        ),
        marks=_marks(days),
    )


def _scale(top: float, bottom: float) -> tuple[float, int, int]:
    whole = max(top + bottom, _STEPS[0])
    step = next((each for each in _STEPS if whole / each <= _MOST_LINES), whole / _MOST_LINES)
    above, below = math.ceil(round(top / step, 6)), math.ceil(round(bottom / step, 6))
    return step, max(above, 0 if below else 1), below


def _runs(places: Sequence[int]) -> list[list[int]]:
    """Days that follow one another without a gap."""
    runs: list[list[int]] = []
    for place in places:
        if runs and runs[-1][-1] == place - 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    return runs


def _run(run: Sequence[int], line: Mapping[int, float], width: float, zero: float, px: float) -> str:
    """A level per day: a single day is seen too."""
    parts = []
    for number, place in enumerate(run):
        y = f"{zero - line[place] * px:.1f}"
        parts.append(f"M{place * width:.1f} {y}" if number == 0 else f"V{y}")
        parts.append(f"H{(place + 1) * width:.1f}")
    return "".join(parts)


def _marks(days: Sequence[date]) -> tuple[Mark, ...]:
    every = max(1, math.ceil(len(days) / _MOST_MARKS))
    form = "%b %Y" if len(days) > 400 else "%-d %b"
    chosen = range(every // 2, len(days), every)
    return tuple(
        Mark((n + 0.5) * 100 / len(days), days[n].strftime(form), "need-m" if number % 2 else "") for number, n in enumerate(chosen)
    )
