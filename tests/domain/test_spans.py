"""Days, weeks, months and years: which dates they hold, and what they are compared with."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.spans import SpanKind, span_of

SYDNEY = ZoneInfo("Australia/Sydney")


@given(st.sampled_from(SpanKind), st.dates(date(2020, 1, 1), date(2035, 12, 31)))
def test_every_day_lies_in_its_span_and_spans_follow_without_gap(kind: SpanKind, day: date) -> None:
    span = span_of(kind, day)
    assert span.first <= day < span.end
    assert span.before().end == span.first
    assert span.after().first == span.end
    assert span.before().after() == span


@pytest.mark.parametrize(
    ("kind", "day", "first"),
    [
        (SpanKind.DAY, date(2028, 2, 29), date(2027, 2, 28)),
        (SpanKind.WEEK, date(2026, 11, 18), date(2025, 11, 17)),  # a Monday too
        (SpanKind.MONTH, date(2026, 11, 20), date(2025, 11, 1)),
        (SpanKind.YEAR, date(2026, 11, 20), date(2025, 1, 1)),
    ],
)
def test_the_same_of_last_year(kind: SpanKind, day: date, first: date) -> None:
    assert span_of(kind, day).year_before().first == first


def test_a_day_on_which_the_clock_changes_has_its_own_length() -> None:
    lengths = []
    for day in (date(2026, 4, 5), date(2026, 10, 4), date(2026, 11, 20)):
        start, end = span_of(SpanKind.DAY, day).bounds(SYDNEY)
        lengths.append((end - start) / timedelta(hours=1))
    assert lengths == [25, 23, 24]


def test_a_year_has_its_twelve_months() -> None:
    months = span_of(SpanKind.YEAR, date(2026, 5, 5)).months()
    assert [each.first.month for each in months] == list(range(1, 13))
    assert months[-1].end == date(2027, 1, 1)
