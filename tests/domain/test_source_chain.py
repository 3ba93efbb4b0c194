"""From live prices to the last forecast to the market's estimates: each step only where the one above has nothing to say."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from app.domain.prices import PriceBook, PriceInterval, Quality
from app.domain.source_chain import Step, sourced
from tests.domain.builders import a_book

NOW = datetime(2026, 11, 20, 3, 2, tzinfo=UTC)
MAX_AGE = timedelta(hours=6)
HALF_HOUR = timedelta(minutes=30)


def estimates(hours_ahead: float = 20, as_of: datetime = NOW, start: datetime | None = None) -> PriceBook:
    first = start or NOW.replace(minute=0)
    intervals = []
    while first < NOW + timedelta(hours=hours_ahead):
        intervals.append(PriceInterval(first, first + HALF_HOUR, 77.0, 7.0, Quality.ESTIMATE, "aemo"))
        first += HALF_HOUR
    return PriceBook(tuple(intervals), as_of, intervals[-1].end)


def test_a_retailer_that_answers_and_sees_far_counts_alone() -> None:
    own = a_book(NOW, hours_ahead=24)
    found = sourced(own, estimates(), NOW, MAX_AGE)
    assert (found.step, found.prices, found.market_from) == (Step.LIVE, own, None)


def test_a_short_horizon_is_continued_by_the_market() -> None:
    own = a_book(NOW, hours_ahead=3)
    found = sourced(own, estimates(20), NOW, MAX_AGE)
    assert found.step is Step.LIVE
    assert found.prices is not None
    assert found.market_from == own.known_until
    assert found.prices.known_until == estimates(20).known_until
    assert own.known_until is not None
    assert {each.source for each in found.prices.between(own.known_until, NOW + timedelta(hours=20))} == {"aemo"}
    assert {each.source for each in found.prices.between(NOW, own.known_until)} == {own.intervals[0].source}


def test_a_gap_inside_the_retailers_horizon_stays_a_gap() -> None:
    own = a_book(NOW, hours_ahead=5)
    hole = NOW.replace(minute=0) + timedelta(hours=2)
    own = replace(own, intervals=tuple(each for each in own.intervals if not hole <= each.start < hole + HALF_HOUR))
    found = sourced(own, estimates(20), NOW, MAX_AGE)
    assert found.prices is not None
    assert found.prices.at(hole) is None


def test_a_gap_in_the_estimates_ends_the_horizon() -> None:
    own, far = a_book(NOW, hours_ahead=3), estimates(20)
    hole = NOW.replace(minute=0) + timedelta(hours=8)
    far = replace(far, intervals=tuple(each for each in far.intervals if each.start != hole))
    found = sourced(own, far, NOW, MAX_AGE)
    assert found.prices is not None
    assert found.prices.known_until == hole


def test_a_silent_retailers_last_forecast_comes_before_the_market() -> None:
    own = a_book(NOW - timedelta(hours=2), hours_ahead=24)
    found = sourced(own, estimates(), NOW, MAX_AGE)
    assert (found.step, found.prices) == (Step.LAST_FORECAST, own)


def test_when_the_last_forecast_is_too_old_the_market_counts() -> None:
    own = a_book(NOW - timedelta(hours=7), hours_ahead=24)
    found = sourced(own, estimates(), NOW, MAX_AGE)
    assert found.step is Step.MARKET
    assert found.present is not None
    assert found.present.quality is Quality.ESTIMATE


def test_when_the_last_forecast_ends_soon_the_market_counts() -> None:
    own = a_book(NOW - timedelta(hours=2), hours_ahead=7)
    assert sourced(own, estimates(), NOW, MAX_AGE).step is Step.MARKET
    assert sourced(own, None, NOW, MAX_AGE).step is Step.NONE


def test_a_market_that_is_silent_too_or_sees_little_is_no_source() -> None:
    old = a_book(NOW - timedelta(hours=7), hours_ahead=24)
    assert sourced(old, estimates(as_of=NOW - timedelta(minutes=15)), NOW, MAX_AGE).step is Step.NONE
    assert sourced(old, estimates(5), NOW, MAX_AGE).step is Step.NONE
    assert sourced(old, estimates(start=NOW.replace(minute=30)), NOW, MAX_AGE).step is Step.NONE, "no price for the present"
    assert sourced(None, None, NOW, MAX_AGE).prices is None
