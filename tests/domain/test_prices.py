"""Intervals in UTC; each instant once; nothing missing becomes a number."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.prices import PriceBook, PriceInterval, Quality, without_overlap
from tests.domain.builders import NOW, SYDNEY, a_book, an_interval

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_an_interval_is_kept_in_utc() -> None:
    with pytest.raises(ValueError, match="UTC"):
        an_interval(NOON.astimezone(SYDNEY))


def test_an_interval_ends_after_it_starts() -> None:
    with pytest.raises(ValueError, match="ends after"):
        an_interval(NOON, minutes=0)


def test_five_minute_prices_replace_their_part_of_the_half_hour() -> None:
    half_hour = an_interval(NOON, 30, 30.0)
    fine = an_interval(NOON + timedelta(minutes=5), 5, 99.0, quality=Quality.SETTLED)
    pieces = without_overlap([half_hour, fine])
    assert [(p.start.minute, p.end.minute, p.import_c_per_kwh) for p in pieces] == [(0, 5, 30.0), (5, 10, 99.0), (10, 30, 30.0)]


def test_of_two_equal_intervals_the_surer_wins_then_the_later() -> None:
    forecast, settled = an_interval(NOON, 5, 1.0), an_interval(NOON, 5, 2.0, quality=Quality.SETTLED)
    assert without_overlap([settled, forecast])[0].import_c_per_kwh == 2.0
    assert without_overlap([an_interval(NOON, 5, 1.0), an_interval(NOON, 5, 3.0)])[0].import_c_per_kwh == 3.0


starts = st.integers(0, 40).map(lambda number: NOON + timedelta(minutes=5 * number))
many = st.lists(st.tuples(starts, st.sampled_from([5, 10, 15, 30, 60]), st.sampled_from(list(Quality))), max_size=25)


@given(many)
def test_each_instant_is_priced_once_by_an_interval_that_was_given(given_intervals: list[tuple[datetime, int, Quality]]) -> None:
    intervals = [an_interval(start, minutes, float(n), quality=quality) for n, (start, minutes, quality) in enumerate(given_intervals)]
    pieces = without_overlap(intervals)
    assert all(a.end <= b.start for a, b in pairwise(pieces))
    for minute in range(0, 300, 5):
        instant = NOON + timedelta(minutes=minute)
        covering = [each for each in intervals if each.start <= instant < each.end]
        found = [each for each in pieces if each.start <= instant < each.end]
        assert len(found) == (1 if covering else 0)
        if covering:
            finest = min(each.end - each.start for each in covering)
            original = intervals[int(found[0].import_c_per_kwh or 0)]
            assert original.end - original.start == finest


def test_a_book_finds_the_interval_of_an_instant() -> None:
    book = a_book()
    found = book.at(NOW)
    assert found is not None
    assert found.start <= NOW < found.end
    assert book.at(NOW + timedelta(hours=40)) is None
    assert book.at(NOW - timedelta(days=3)) is None


def test_between_gives_what_touches_the_span() -> None:
    book = PriceBook((an_interval(NOON), an_interval(NOON + timedelta(hours=1))), NOON, None)
    touching = book.between(NOON + timedelta(minutes=10), NOON + timedelta(minutes=61))
    assert [each.start for each in touching] == [NOON, NOON + timedelta(hours=1)]
    assert book.between(NOON + timedelta(minutes=30), NOON + timedelta(minutes=60)) == ()


def test_a_missing_side_stays_missing() -> None:
    interval: PriceInterval = an_interval(NOON, 5, None, 3.0)
    assert interval.import_c_per_kwh is None
    assert not interval.is_whole
