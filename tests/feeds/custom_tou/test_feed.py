"""The custom plan's prices: each weekday has its own, midnight and changing clocks are crossed by the clock of the site."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.domain.codec import from_json, to_json
from app.domain.prices import PriceInterval, Quality
from app.domain.tariffs.seasonal import half_hours_of, seasonal
from app.domain.tariffs.time_of_use import TimeOfUse
from app.feeds.capabilities import FeedState, FetchesAhead
from app.feeds.registry import retailer_brands
from app.simulators.pace import SimulatedPace
from app.transports.context import Context

SYDNEY = ZoneInfo("Australia/Sydney")
NOW = datetime(2026, 11, 20, 3, 15, 20, tzinfo=UTC)  # Fri 14:15 in Sydney
ZONES = ["Australia/Sydney", "Australia/Adelaide", "Australia/Brisbane", "Australia/Hobart", "Australia/Perth", "Europe/London"]
CHANGES = ["2026-04-05", "2026-10-04", "2026-03-29", "2026-10-25"]
WORKDAYS, WEEKEND = {"Mon", "Tue", "Wed", "Thu", "Fri"}, {"Sat", "Sun"}

# season → (days as written, days as strftime has them, from, until, import, feed-in)
YEAR: dict[str, list[tuple[str, set[str], str, str, float, float]]] = {
    "11-01 03-31": [
        ("mon-fri", WORKDAYS, "15:00", "21:00", 35.0, 8.0),
        ("weekends", WEEKEND, "15:00", "21:00", 20.0, 6.0),
        ("sun-thu", {"Sun", "Mon", "Tue", "Wed", "Thu"}, "21:00", "15:00", 12.0, 2.0),
        ("fri,sat", {"Fri", "Sat"}, "21:00", "15:00", 14.0, 3.0),
    ],
    "04-01 10-31": [
        ("all", WORKDAYS | WEEKEND, "02:00", "03:00", 9.0, 1.0),
        ("all", WORKDAYS | WEEKEND, "03:00", "02:00", 25.0, 4.0),
    ],
}


def a_feed(zone: ZoneInfo = SYDNEY, year: dict[str, Any] = YEAR) -> FetchesAhead:
    seasons = [
        {
            "name": f"From {span[:5]}",
            "from": span[:5],
            "to": span[6:],
            "periods": [
                {"name": f"{days} {start}", "days": days, "start": start, "end": end, "import_c": import_c, "feed_in_c": feed_in_c}
                for days, _, start, end, import_c, feed_in_c in periods
            ],
        }
        for span, periods in year.items()
    ]
    brand = retailer_brands()["custom_tou"]
    feed: FetchesAhead = brand.open(brand.fields(seasons=seasons, daily_charge_c=110), Context(SimulatedPace(NOW), zone=zone))
    return feed


def expected(instant: datetime, zone: ZoneInfo) -> tuple[float, float]:
    """The price read from the table by hand, without the app's own seasons, weeks and slots."""
    local = instant.astimezone(zone)
    day, name, clock = local.strftime("%m-%d"), local.strftime("%a"), local.strftime("%H:%M")
    for span, periods in YEAR.items():
        first, last = span.split()
        if first <= day <= last if first < last else (day >= first or day <= last):
            (found,) = [
                (import_c, feed_in_c)
                for _, days, start, end, import_c, feed_in_c in periods
                if name in days and (start <= clock < end if start < end else (clock >= start or clock < end))
            ]
            return found
    raise AssertionError(f"no season on {day}")


def price_at(intervals: tuple[PriceInterval, ...], local: str) -> float | None:
    at = datetime.fromisoformat(local).replace(tzinfo=SYDNEY)
    return next(interval.import_c_per_kwh for interval in intervals if interval.start <= at < interval.end)


def test_weekday_and_weekend_prices_at_the_same_hours_both_survive() -> None:
    answer = a_feed().fetch_ahead(NOW)
    assert price_at(answer.intervals, "2026-11-20 15:00") == 35.0  # Friday
    assert price_at(answer.intervals, "2026-11-20 20:30") == 35.0
    assert price_at(answer.intervals, "2026-11-21 15:00") == 20.0  # Saturday
    assert answer.plan is not None
    week = seasonal(from_json(TimeOfUse, to_json(answer.plan)), "Australia/Sydney", "AUD").seasons[0].week
    at_four = {day: half_hours_of(plan)[32].import_c_per_kwh for plan in week for day in plan.days}
    assert at_four == {0: 35.0, 1: 35.0, 2: 35.0, 3: 35.0, 4: 35.0, 5: 20.0, 6: 20.0}


def test_after_midnight_the_price_of_the_new_day_holds() -> None:
    intervals = a_feed().fetch_ahead(NOW + timedelta(days=1)).intervals
    assert price_at(intervals, "2026-11-21 23:30") == 14.0  # Saturday
    assert price_at(intervals, "2026-11-22 02:00") == 12.0  # Sunday, though the night began on Saturday
    assert price_at(intervals, "2026-11-22 23:30") == 12.0


@pytest.mark.parametrize("zone", ZONES)
def test_every_half_hour_of_a_year_has_the_price_that_the_table_says(zone: str) -> None:
    clock = ZoneInfo(zone)
    feed, began = a_feed(clock), datetime.combine(date(2026, 1, 1), time(), clock).astimezone(UTC)
    seen = set()
    for days in range(1, 366, 3):  # each answer reaches from a day back to two days ahead
        for interval in feed.fetch_ahead(began + timedelta(days=days)).intervals:
            assert (interval.import_c_per_kwh, interval.feed_in_c_per_kwh) == expected(interval.start, clock), interval
            seen.add(interval.start)
    assert seen == {began + timedelta(minutes=30 * number) for number in range(366 * 48)}


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", CHANGES)
def test_days_on_which_the_clock_changes_have_no_gap(zone: str, day: str) -> None:
    clock = ZoneInfo(zone)
    midnight = datetime.combine(date.fromisoformat(day), time(), clock).astimezone(UTC)
    for hours in (0, 1, 2, 3, 12):
        now = midnight + timedelta(hours=hours, minutes=10)
        answer = a_feed(clock).fetch_ahead(now)
        assert all(a.end == b.start for a, b in pairwise(answer.intervals))
        assert all((each.import_c_per_kwh, each.feed_in_c_per_kwh) == expected(each.start, clock) for each in answer.intervals)


def test_a_fetch_reaches_from_a_day_ago_to_two_days_ahead() -> None:
    feed = a_feed()
    answer = feed.fetch_ahead(NOW)
    running = NOW.replace(minute=0, second=0)
    assert feed.is_published_ahead
    assert (answer.intervals[0].start, answer.intervals[-1].end) == (running - timedelta(days=1), running + timedelta(days=2))
    assert answer.known_until == running + timedelta(days=2)
    assert {interval.quality for interval in answer.intervals} == {Quality.SETTLED}
    assert {interval.source for interval in answer.intervals} == {"custom_tou"}
    assert answer.charges is not None
    assert answer.charges.daily_c == 110.0


def test_it_is_due_when_the_far_end_comes_near_or_the_last_look_is_half_an_hour_ago() -> None:
    feed = a_feed()
    until = NOW + timedelta(hours=47)
    just_now, minute = NOW - timedelta(minutes=1), timedelta(minutes=1)
    assert not feed.is_due(FeedState(just_now, just_now, until), NOW)
    assert feed.is_due(FeedState(just_now, just_now, until - minute), NOW)
    assert not feed.is_due(FeedState(NOW - timedelta(minutes=29), None, until), NOW)
    assert feed.is_due(FeedState(NOW - timedelta(minutes=30), None, until), NOW)
    assert feed.is_due(FeedState(), NOW)
