"""Prices and powers for every step of a plan."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.forecasts.series import PowerInterval
from app.domain.planning.power_course import power_course, repeated_days
from app.domain.planning.price_course import price_course
from app.domain.prices import PriceBook
from tests.domain.builders import NOW, SYDNEY, a_book

STEP = timedelta(minutes=5)
HALF_HOUR = timedelta(minutes=30)
STARTS = [NOW + number * STEP for number in range(576)]


def test_published_prices_are_taken_and_what_lies_beyond_is_marked() -> None:
    book = a_book(hours_ahead=24, import_c=lambda start: 20.0 + start.hour)
    found = price_course(book, SYDNEY, STARTS, NOW)
    assert found is not None
    known = [point for point, start in zip(found, STARTS, strict=True) if start < book.known_until]  # type: ignore[operator]
    assert not any(point.is_estimate for point in known)
    assert all(point.is_estimate for point in found[len(known) :])
    assert len(found) == len(STARTS)


def test_an_estimate_is_that_of_the_same_half_hour_and_tempts_nobody_to_wait() -> None:
    book = a_book(
        hours_ahead=24, import_c=lambda start: 50.0 if start.hour == 7 else 10.0, feed_in_c=lambda start: 30.0 if start.hour == 7 else 5.0
    )
    found = price_course(book, SYDNEY, STARTS, NOW)
    assert found is not None
    by_start = dict(zip(STARTS, found, strict=True))
    evening = next(start for start in STARTS if start >= book.known_until and start.hour == 7)  # type: ignore[operator]
    assert by_start[evening].import_c_per_kwh == 50.0
    assert by_start[evening].feed_in_c_per_kwh == 5.0, "never above the median of what is known"


def test_without_the_present_price_there_is_no_course() -> None:
    book = a_book()
    assert price_course(PriceBook((), NOW, None), SYDNEY, STARTS, NOW) is None
    assert price_course(book, SYDNEY, [NOW + timedelta(days=9)], NOW) is None


@given(st.lists(st.floats(0, 20_000), min_size=1, max_size=48), st.integers(1, 400))
def test_a_step_has_the_power_of_the_span_that_covers_its_middle(powers: list[float], count: int) -> None:
    spans = [PowerInterval(NOW + number * HALF_HOUR, NOW + (number + 1) * HALF_HOUR, power) for number, power in enumerate(powers)]
    found = power_course(spans, STARTS[:count], STEP)
    for number, power in enumerate(found):
        expected = powers[number // 6] if number // 6 < len(powers) else None
        assert power == expected


def test_a_day_that_is_not_known_is_the_last_one_that_is() -> None:
    spans = [
        PowerInterval(NOW - timedelta(days=3) + number * HALF_HOUR, NOW - timedelta(days=3) + (number + 1) * HALF_HOUR, float(number))
        for number in range(48)
    ]
    found = repeated_days(spans, STARTS[:288], STEP)
    assert found == [float(number // 6) for number in range(288)]
    assert repeated_days([], STARTS[:3], STEP) == [None, None, None]
