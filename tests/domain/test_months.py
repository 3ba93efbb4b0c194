"""Months of the year as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.months import EVERY_MONTH, months_from, months_label

SUMMER = frozenset({11, 12, 1, 2, 3})


@pytest.mark.parametrize(
    ("given", "months"),
    [
        ("all", EVERY_MONTH),
        ("All", EVERY_MONTH),
        ("11-3", SUMMER),
        ("Nov–Mar", SUMMER),
        ("november to march", SUMMER),
        ("6-8, 11-3", SUMMER | {6, 7, 8}),
        ("7", frozenset({7})),
        (7, frozenset({7})),
        (["11-3", 6, "Sep"], SUMMER | {6, 9}),
        ("4-3", EVERY_MONTH),
    ],
)
def test_months_are_understood(given: object, months: frozenset[int]) -> None:
    assert months_from(given) == months


@pytest.mark.parametrize("given", ["", "0", "13", "11-", "ma", "x-y", "1;2", None, [], {}, 2.5, [None], True, "11-3-5"])
def test_what_is_no_month_is_refused_with_what_is(given: object) -> None:
    with pytest.raises(ValueError, match="write all, or months such as 11-3"):
        months_from(given)


@pytest.mark.parametrize(
    ("months", "label"),
    [(EVERY_MONTH, "all"), (SUMMER, "Nov–Mar"), (SUMMER | {6, 7, 8}, "Jun–Aug, Nov–Mar"), ({7}, "Jul"), ({12, 1}, "Dec–Jan")],
)
def test_months_are_told_as_ranges(months: frozenset[int], label: str) -> None:
    assert months_label(months) == label


@given(st.frozensets(st.integers(1, 12), min_size=1))
def test_what_is_told_is_understood_again(months: frozenset[int]) -> None:
    assert months_from(months_label(months)) == months
    assert months_from(sorted(months)) == months
