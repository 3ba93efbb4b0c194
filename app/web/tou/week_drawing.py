"""A season's week as SVG: seven rows of half-hours, each stretch with its class and, where it fits, its import price.

All x are shares of the day in percent, so that the drawing has every width; all y are px."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.tariffs.half_hourly import SLOTS
from app.services.tou_plans.week import PRICE, UNPRICED, Stretch, WeekDay
from app.web.filters import THIN, number

ROW, GAP = 36, 4
HEIGHT = 7 * ROW + 6 * GAP
HALF_HOUR_LINES = "".join(f"M{slot} 0V{HEIGHT}" for slot in range(1, SLOTS))
# How wide the plot is at least (px) where a label of that class is shown: on a phone, and in cards of 560, 820 and 1120 px.
_ROOM = ((260, ""), (500, "need-m"), (760, "need-l"), (1060, "need-xl"))
_PX_PER_LETTER, _PX_BESIDE = 7, 6
_TITLES = {"hole": "no price", "unpriced": "price not entered yet"}


@dataclass(frozen=True, slots=True)
class Block:
    """One stretch. `label_class` is None where no words fit at any width."""

    x: float
    width: float
    kind: str
    level: int | None
    label: str
    label_class: str | None
    title: str


@dataclass(frozen=True, slots=True)
class Row:
    """One day."""

    name: str
    y: int
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class WeekDrawing:
    """What the template draws."""

    rows: tuple[Row, ...]
    in_words: str
    kinds: frozenset[str]  # that occur
    height: int = HEIGHT
    lines: str = HALF_HOUR_LINES  # a path in a view box of 48 × `height`


def draw(week: Sequence[WeekDay], unit: str, problems: Sequence[str] = ()) -> WeekDrawing:
    """`unit` is the minor unit of the currency, `problems` what a screen reader is told of this week."""
    rows = tuple(Row(day.name, at * (ROW + GAP), tuple(_block(day, each, unit) for each in day.stretches)) for at, day in enumerate(week))
    told = f" {'. '.join(problems)}." if problems else ""
    kinds = frozenset(each.kind for day in week for each in day.stretches)
    return WeekDrawing(rows, f"The week in half-hours.{told} The periods stand in the list below.", kinds)


def _block(day: WeekDay, stretch: Stretch, unit: str) -> Block:
    label = _label(stretch)
    px = len(label) * _PX_PER_LETTER + _PX_BESIDE
    fitting = [css for plot_px, css in _ROOM if plot_px * stretch.width_pct / 100 >= px] if label else []
    return Block(
        x=round(stretch.start_pct, 3),
        width=round(stretch.width_pct, 3),
        kind=stretch.kind,
        level=stretch.level,
        label=label,
        label_class=fitting[0] if fitting else None,
        title=f"{day.name} {stretch.hours}: {_in_words(stretch, unit)}",
    )


def _label(stretch: Stretch) -> str:
    if stretch.kind == UNPRICED:
        return stretch.names[0]
    return price(stretch.import_c) if stretch.kind == PRICE else ""


def price(amount_c: float | None) -> str:
    """52.0 → "52", 52.35 → "52.35": as many figures as the bill has."""
    if amount_c is None:
        return number(None)
    digits = next((digits for digits in (0, 1, 2, 3) if round(amount_c, digits) == round(amount_c, 4)), 4)
    return number(amount_c, digits)


def _in_words(stretch: Stretch, unit: str) -> str:
    names = " and ".join(stretch.names)
    if stretch.kind == PRICE:
        return f"{names}, import {price(stretch.import_c)}{THIN}{unit}, feed-in {price(stretch.feed_in_c)}{THIN}{unit}"
    return f"{names}, {_TITLES[stretch.kind]}" if names and stretch.kind in _TITLES else _TITLES.get(stretch.kind, f"prices of {names}")
