"""Columns as geometry: the figures of the rows, gaps as gaps, and everything inside the plot."""

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.spans import SpanKind, span_of
from app.services.history.reach import Reach
from app.web.history.columns import TOP, Column, draw, marks_of, places_of

SYDNEY = ZoneInfo("Australia/Sydney")
_BOX = re.compile(r"M([\d.]+) ([\d.]+)h([\d.]+)V([\d.]+)h-([\d.]+)z")


def boxes(path: str) -> list[tuple[float, float, float, float]]:
    """x, width, y, height."""
    return [(float(x), float(width), float(top), float(bottom) - float(top)) for x, top, width, bottom, _ in _BOX.findall(path)]


def test_heights_are_in_proportion_and_stacked_from_zero() -> None:
    chart = draw([Column({"a": 2.0, "b": 1.0, "c": -3.0})], 1, [], str)
    paths = dict(chart.paths)
    (a,), (b,), (c,) = (boxes(paths[css]) for css in ("a", "b", "c"))
    assert a[3] == pytest.approx(2 * b[3], abs=0.3)
    assert c[3] == pytest.approx(a[3] + b[3], abs=0.3)
    assert a[2] + a[3] == pytest.approx(chart.zero, abs=0.1)
    assert b[2] + b[3] == pytest.approx(a[2], abs=0.1)
    assert c[2] == pytest.approx(chart.zero, abs=0.1)


def test_what_is_not_known_is_a_gap_and_gaps_side_by_side_are_one() -> None:
    known, unknown = Column({"a": 1.0}), Column(is_known=False)
    chart = draw([known, unknown, unknown, known], 8, [], str)
    assert chart.unknown == ((12.5, 25.0),)
    assert len(boxes(dict(chart.paths)["a"])) == 2


def test_what_is_to_come_is_neither_known_nor_a_gap() -> None:
    assert draw([Column({"a": 1.0}), Column()], 4, [], str).unknown == ()


def test_the_lines_hold_every_column() -> None:
    chart = draw([Column({"a": 7.3}), Column({"a": -0.4})], 2, [], lambda amount: f"{amount:g}")
    labels = [float(line.label) for line in chart.lines]
    assert max(labels) >= 7.3
    assert min(labels) <= -0.4
    assert 0.0 in labels
    assert len(labels) <= 8


@given(st.lists(st.floats(-1e5, 1e5).filter(lambda x: abs(x) > 1e-3 or x == 0), min_size=1, max_size=40))
def test_no_column_leaves_the_plot(amounts: list[float]) -> None:
    chart = draw([Column({"up" if each > 0 else "down": each}) for each in amounts], len(amounts), [], str)
    for _, path in chart.paths:
        for x, width, y, height in boxes(path):
            assert 0 <= x <= x + width <= 1000.2
            assert TOP - 0.2 <= y <= y + height <= chart.height + 0.2
    assert 2 <= len(chart.lines) <= 8


@pytest.mark.parametrize(
    ("kind", "day", "places", "labels"),
    [
        (SpanKind.DAY, date(2026, 11, 20), 48, 7),
        (SpanKind.DAY, date(2026, 4, 5), 50, 7),
        (SpanKind.DAY, date(2026, 10, 4), 46, 7),
        (SpanKind.WEEK, date(2026, 11, 20), 7, 7),
        (SpanKind.MONTH, date(2026, 11, 20), 30, 7),
        (SpanKind.YEAR, date(2026, 11, 20), 12, 12),
    ],
)
def test_the_axis_is_that_of_the_whole_span(kind: SpanKind, day: date, places: int, labels: int) -> None:
    now = datetime(2026, 11, 20, 5, 42, tzinfo=UTC)
    reach = Reach(span_of(kind, day), SYDNEY, now, now, None)
    assert places_of(reach.span, SYDNEY) == places
    marks = marks_of(reach)
    assert len(marks) == labels
    assert all(0 < mark.at < 100 for mark in marks)
