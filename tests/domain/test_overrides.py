"""One-off prices: they hold for their time and no longer, and nothing else of an interval moves."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.overrides import PriceOverride, overridden
from app.domain.prices import PriceInterval, Quality, Range, Spike
from tests.domain.builders import NOW, an_interval

START = NOW.replace(minute=0)


def an_override(start_min: int, end_min: int, import_c: float | None = 0.0, feed_in_c: float | None = None) -> PriceOverride:
    return PriceOverride(START + timedelta(minutes=start_min), START + timedelta(minutes=end_min), import_c, feed_in_c)


def an_hour(**more: object) -> tuple[PriceInterval, ...]:
    return tuple(an_interval(START + timedelta(minutes=30 * number), 30, 30.0 + number, 8.0, **more) for number in range(2))


def told(intervals: tuple[PriceInterval, ...]) -> list[tuple[int, int, float | None, float | None]]:
    minutes = [((each.start - START).total_seconds() // 60, (each.end - START).total_seconds() // 60) for each in intervals]
    return [
        (int(first), int(end), each.import_c_per_kwh, each.feed_in_c_per_kwh) for (first, end), each in zip(minutes, intervals, strict=True)
    ]


def test_without_overrides_nothing_changes() -> None:
    assert overridden(an_hour(), []) == an_hour()


def test_intervals_are_cut_at_the_borders_and_the_end_is_excluded() -> None:
    assert told(overridden(an_hour(), [an_override(10, 40)])) == [
        (0, 10, 30.0, 8.0),
        (10, 30, 0.0, 8.0),
        (30, 40, 0.0, 8.0),
        (40, 60, 31.0, 8.0),
    ]
    assert told(overridden(an_hour(), [an_override(0, 30)])) == [(0, 30, 0.0, 8.0), (30, 60, 31.0, 8.0)]


@pytest.mark.parametrize(("start", "end"), [(-30, 0), (60, 90)])
def test_what_lies_beside_leaves_all_as_it_is(start: int, end: int) -> None:
    assert overridden(an_hour(), [an_override(start, end)]) == an_hour()


def test_a_side_that_is_not_named_stays() -> None:
    assert told(overridden(an_hour(), [an_override(0, 30, None, 45.0)]))[0] == (0, 30, 30.0, 45.0)


def test_of_several_the_later_created_counts_side_by_side() -> None:
    found = overridden(an_hour(), [an_override(0, 60, 5.0, 20.0), an_override(20, 40, 1.0), an_override(30, 60, None, 3.0)])
    assert told(found) == [(0, 20, 5.0, 20.0), (20, 30, 1.0, 20.0), (30, 40, 1.0, 3.0), (40, 60, 5.0, 3.0)]


@pytest.mark.parametrize("quality", Quality)
def test_source_quality_and_wholesale_price_stay(quality: Quality) -> None:
    before = an_interval(START, quality=quality, spot_c_per_kwh=12.0, renewables_pct=40.0)
    (after,) = overridden([before], [an_override(0, 30)])
    assert (after.source, after.quality, after.spot_c_per_kwh, after.renewables_pct) == ("amber", quality, 12.0, 40.0)


def test_what_the_retailer_said_about_its_own_price_goes_with_it() -> None:
    before = an_interval(START, spike=Spike.SPIKE, descriptor="spike", import_range=Range(1, 900), feed_in_range=Range(0, 800))
    (bought,) = overridden([before], [an_override(0, 30, 0.0)])
    assert (bought.spike, bought.descriptor, bought.import_range, bought.feed_in_range) == (Spike.NONE, None, None, Range(0, 800))
    (sold,) = overridden([before], [an_override(0, 30, None, 50.0)])
    assert (sold.spike, sold.import_range, sold.feed_in_range) == (Spike.SPIKE, Range(1, 900), None)


def test_a_price_is_given_where_the_source_had_none_but_no_interval_is_made_up() -> None:
    assert told(overridden([an_interval(START, 30, None, None)], [an_override(0, 60, 1.0)])) == [(0, 30, 1.0, None)]
    assert overridden([], [an_override(0, 60, 1.0)]) == ()


MINUTES = st.tuples(st.integers(-20, 70), st.integers(1, 60))


@given(st.lists(MINUTES, max_size=5))
def test_each_minute_has_the_price_of_the_last_override_that_covers_it(spans: list[tuple[int, int]]) -> None:
    overrides = [an_override(start, start + length, float(number)) for number, (start, length) in enumerate(spans)]
    found = told(overridden(an_hour(), overrides))
    assert [first for first, *_ in found[1:]] == [end for _, end, *_ in found[:-1]]
    for minute in range(60):
        holding = [number for number, (start, length) in enumerate(spans) if start <= minute < start + length]
        expected = float(holding[-1]) if holding else 30.0 + minute // 30
        assert next(price for first, end, price, _ in found if first <= minute < end) == expected
