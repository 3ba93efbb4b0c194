"""Money as columns over time, and the three ways as bars beside one another."""

from dataclasses import dataclass

from app.domain.day_costs import Way
from app.domain.spans import SpanKind
from app.services.history.money import MoneyHistory
from app.services.history.money_values import Comparison, MoneyRow
from app.web.filters import money
from app.web.history.columns import Chart, Column, draw, marks_of, places_of
from app.web.history.words import PARTLY_PCT

LONGEST = 80.0  # percent of the card, of the longest bar and its other side together


def draw_costs(history: MoneyHistory) -> Chart:
    """What was received above zero, what was paid below."""
    return _draw(history, [_costs(row) for row in history.rows])


def draw_better(history: MoneyHistory, way: Way) -> Chart | None:
    """How much better it went than in `way`; None where no row knows, and for a day, which has no parts of it."""
    if history.span.kind is SpanKind.DAY or all(row.better_c(way) is None for row in history.rows):
        return None
    return _draw(history, [_better(row, way) for row in history.rows], 140.0)


def _draw(history: MoneyHistory, columns: list[Column], height: float = 200.0) -> Chart:
    def label(amount_c: float) -> str:
        text = money(amount_c, history.currency, signed=False)
        return text.removesuffix(".00")

    return draw(columns, places_of(history.span, history.reach.zone), marks_of(history.reach), label, height)


def _costs(row: MoneyRow) -> Column:
    found = row.metered
    if found is None:
        return Column(is_known=row.elapsed_s <= 0)
    amounts = {
        "f-export": found.feed_in_c,
        "f-battery": found.credit_c,
        "f-import": -found.import_c,
        "f-quiet": -found.charges_c,
    }
    return Column(amounts, is_partly=_is_partly(row))


def _better(row: MoneyRow, way: Way) -> Column:
    better_c = row.better_c(way)
    if better_c is None:
        return Column(is_known=row.elapsed_s <= 0)
    return Column({"f-battery" if better_c >= 0 else "f-quiet": better_c}, is_partly=_is_partly(row))


def _is_partly(row: MoneyRow) -> bool:
    return row.coverage_pct is not None and row.coverage_pct < PARTLY_PCT


@dataclass(frozen=True, slots=True)
class Bar:
    """One way. x, width and zero in percent; y of its words and of its bar in px."""

    way: Way
    x: float
    width: float
    zero: float
    text_y: float
    y: float


def draw_ways(comparison: Comparison | None) -> tuple[Bar, ...]:
    """The results on one scale: to the right of zero earned, to the left cost."""
    if comparison is None:
        return ()
    results = {way: comparison.ways[way].result_c for way in (Way.NO_BATTERY, Way.ON_ITS_OWN, Way.METERED) if way in comparison.ways}
    most, least = max([0.0, *results.values()]), min([0.0, *results.values()])
    scale = LONGEST / (most - least) if most > least else 0.0
    zero = (100.0 - LONGEST) / 2 - least * scale
    return tuple(
        Bar(way, round(zero + min(result_c, 0.0) * scale, 2), round(abs(result_c) * scale, 2), round(zero, 2), 14 + n * 54, 22 + n * 54)
        for n, (way, result_c) in enumerate(results.items())
    )
