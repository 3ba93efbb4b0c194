"""Plans of fixed prices for tests: a known one with two seasons, and any plan at all."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from hypothesis import strategies as st

from app.domain.prices import PriceBook
from app.domain.snapshot import BatteryView, Snapshot
from app.domain.tariffs.half_hourly import half_hour_start
from app.domain.tariffs.time_of_use import Period, Season, TimeOfUse, half_hours
from tests.domain.builders import EVERY_COMMAND, NOW, SYDNEY, a_snapshot

WEEKDAYS, WEEKEND, ALL = frozenset(range(5)), frozenset({5, 6}), frozenset(range(7))


def a_period(name: str, days: Iterable[int], start: str, end: str, import_c: float = 30.0, feed_in_c: float = 5.0, **more: float) -> Period:
    return Period(name, frozenset(days), time.fromisoformat(start), time.fromisoformat(end), import_c, feed_in_c, **more)


def a_year(*periods: Period, **about: str) -> TimeOfUse:
    return TimeOfUse((Season("All year", (1, 1), (12, 31), periods),), **about)


def two_seasons() -> TimeOfUse:
    """Summer over the new year, weekdays and weekends, and a feed-in price from 16:00 to 20:00 that crosses the import periods."""
    summer = (
        a_period("Shoulder", WEEKDAYS, "07:00", "15:00", 31, 4),
        a_period("Peak", WEEKDAYS, "15:00", "16:00", 52, 4),
        a_period("Peak", WEEKDAYS, "16:00", "20:00", 52, 14),
        a_period("Peak", WEEKDAYS, "20:00", "21:00", 52, 4),
        a_period("Shoulder", WEEKDAYS, "21:00", "22:00", 31, 4),
        a_period("Weekend", WEEKEND, "07:00", "16:00", 31, 4),
        a_period("Weekend", WEEKEND, "16:00", "20:00", 31, 14),
        a_period("Weekend", WEEKEND, "20:00", "22:00", 31, 4),
        a_period("Night", ALL, "22:00", "07:00", 19, 4),
    )
    winter = (
        a_period("Morning", WEEKDAYS, "06:30", "10:00", 34, 5),
        a_period("Evening", WEEKDAYS, "17:00", "21:00", 34, 5),
        a_period("Off-peak", WEEKDAYS, "10:00", "17:00", 21, 5),
        a_period("Off-peak", WEEKDAYS, "21:00", "06:30", 21, 5),
        a_period("Weekend", WEEKEND, "00:00", "00:00", 21, 5),
    )
    seasons = (Season("Summer", (10, 1), (3, 31), summer), Season("Winter", (4, 1), (9, 30), winter))
    return TimeOfUse(seasons, name="Two season TOU", utility="Example Power", code="TOU2")


def book_of(plan: TimeOfUse, now: datetime = NOW, ahead: timedelta = timedelta(hours=48)) -> PriceBook:
    """What a retailer with that plan has published at `now`."""
    start = half_hour_start(now)
    intervals = half_hours(plan, SYDNEY, start - timedelta(hours=24), start + ahead, "plan")
    return PriceBook(intervals, now, start + ahead, is_published_ahead=True)


def at_a_price(book: PriceBook, start: datetime, end: datetime, import_c: float) -> PriceBook:
    """The book with another import price in the half-hours of `[start, end)`."""
    intervals = (replace(each, import_c_per_kwh=import_c) if start <= each.start < end else each for each in book.intervals)
    return replace(book, intervals=tuple(intervals))


def a_home_on(on: TimeOfUse, now: datetime = NOW, *, takes_weekly_plan: bool = True, **more: object) -> Snapshot:
    """A site with that plan, and a battery that keeps such plans."""
    battery = BatteryView(EVERY_COMMAND, {"mode": "autonomous"}, now, takes_weekly_plan=takes_weekly_plan)
    return a_snapshot(now, **{"prices": book_of(on, now), "plan": on, "battery": battery, **more})


@st.composite
def any_plan(draw: st.DrawFn, most_seasons: int = 4, demand: bool = False) -> TimeOfUse:
    """Any whole plan: one to several seasons, weeks cut into day groups, days into blocks; names and prices come again."""
    return TimeOfUse(tuple(_any_seasons(draw, most_seasons, demand)), name=draw(st.sampled_from(["", "My plan"])))


def _any_seasons(draw: st.DrawFn, most: int, demand: bool) -> Iterable[Season]:
    starts = sorted(draw(st.sets(st.tuples(st.integers(1, 12), st.sampled_from([1, 15])), min_size=1, max_size=most)))
    names = draw(
        st.lists(st.sampled_from(["Summer", "winter", "Wet", "Dry", "All", "Été", ""]), min_size=len(starts), max_size=len(starts))
    )
    for number, (first, name) in enumerate(zip(starts, names, strict=True)):
        following = starts[(number + 1) % len(starts)]
        yield Season(name, first, _day_before(following), tuple(_any_week(draw, demand)))


def _day_before(first: tuple[int, int]) -> tuple[int, int]:
    day = date(2028, *first) - timedelta(days=1)
    return day.month, day.day


def _any_week(draw: st.DrawFn, demand: bool) -> Iterable[Period]:
    groups = draw(st.lists(st.integers(0, 2), min_size=7, max_size=7))
    for group in sorted(set(groups)):
        days = [day for day, each in enumerate(groups) if each == group]
        cuts = sorted(draw(st.sets(st.integers(0, 47), min_size=1, max_size=6)))
        for number, first in enumerate(cuts):
            end = cuts[(number + 1) % len(cuts)]
            yield Period(
                draw(st.sampled_from(["Peak", "Off-peak", "Shoulder", "all", "ALL", "", "Ночь", "Solar soak 10–14"])),
                frozenset(days),
                time(first // 2, first % 2 * 30),
                time(end // 2, end % 2 * 30),
                draw(st.sampled_from([-2.0, 0.0, 12.0, 19.5, 24.117, 31.0, 52.0])),
                draw(st.sampled_from([-1.0, 0.0, 4.0, 14.0, 60.0])),
                draw(st.sampled_from([0.0, 0.0, 39.485])) if demand else 0.0,
            )
