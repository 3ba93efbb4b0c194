"""The rolling tariff: averages, the live price, the ring of 24 hours, all zones, both days on which clocks change."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain.prices import PriceBook, Quality, without_overlap
from app.domain.tariffs.half_hourly import (
    HALF_HOUR,
    Missing,
    RollingTariff,
    build,
    half_hour_on,
    mean_price,
    rolling_places,
    slot_index,
    slot_label,
)
from tests.domain.builders import NOW, SYDNEY, a_book, an_interval

ZONES = [
    "Australia/Sydney",
    "Australia/Melbourne",
    "Australia/Brisbane",
    "Australia/Adelaide",
    "Australia/Hobart",
    "Australia/Perth",
    "Australia/Darwin",
    "Europe/London",
]


def tariff_of(book: PriceBook, zone: ZoneInfo = SYDNEY, now: datetime = NOW) -> RollingTariff:
    built = build(book, zone, now, "AUD")
    assert isinstance(built, RollingTariff), built
    return built


def test_six_five_minute_prices_make_a_half_hour() -> None:
    start = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    import_c = [28.40, 31.10, 29.95, 35.20, 412.60, 38.75]
    feed_in_c = [9.80, 11.20, 10.40, 14.60, 375.30, 17.10]
    six = [an_interval(start + timedelta(minutes=5 * n), 5, import_c[n], feed_in_c[n]) for n in range(6)]
    mean = mean_price(six, start, start + HALF_HOUR)
    assert mean is not None
    assert (round(mean.import_c, 4), round(mean.feed_in_c, 4)) == (96.0, 73.0667)
    assert mean_price(six[:5], start, start + HALF_HOUR) is None, "an uncovered minute keeps the slot unknown"


@pytest.mark.parametrize(
    ("label_nem", "minutes", "zone", "expected"),
    [
        ("2026-11-20T18:00", 30, "Australia/Brisbane", (date(2026, 11, 20), "17:30")),
        ("2026-11-20T18:00", 30, "Australia/Sydney", (date(2026, 11, 20), "18:30")),
        ("2026-11-20T18:00", 5, "Australia/Adelaide", (date(2026, 11, 20), "18:00")),
        ("2026-11-20T00:00", 30, "Australia/Brisbane", (date(2026, 11, 19), "23:30")),
        ("2026-11-20T00:00", 30, "Australia/Sydney", (date(2026, 11, 20), "00:30")),
        ("2026-11-20T00:00", 30, "Australia/Adelaide", (date(2026, 11, 20), "00:00")),
        ("2026-11-20T00:05", 5, "Australia/Adelaide", (date(2026, 11, 20), "00:30")),
    ],
)
def test_an_end_label_belongs_to_the_slot_of_its_start(label_nem: str, minutes: int, zone: str, expected: tuple[date, str]) -> None:
    start = datetime.fromisoformat(label_nem + "+10:00") - timedelta(minutes=minutes)
    local = start.astimezone(ZoneInfo(zone))
    assert (local.date(), slot_label(slot_index(local))) == expected


@pytest.mark.parametrize("zone", ["Australia/Sydney", "Australia/Brisbane", "Australia/Adelaide"])
def test_a_passed_slot_carries_tomorrows_price(zone: str) -> None:
    place = ZoneInfo(zone)
    now = datetime(2026, 11, 20, 14, 15, tzinfo=place).astimezone(UTC)
    tariff = tariff_of(a_book(now, import_c=lambda start: start.timestamp() % 997), place, now)
    tomorrow = [slot for slot in tariff.slots if slot.date == date(2026, 11, 21)]
    assert [slot.label for slot in tomorrow] == [slot_label(n) for n in range(28)]
    assert {slot.date for slot in tariff.slots[28:]} == {date(2026, 11, 20)}
    for slot in tariff.slots:
        assert slot.start.astimezone(place).strftime("%H:%M") == slot.label
        if slot.label != "14:00":
            assert slot.import_c_per_kwh == slot.start.timestamp() % 997


def test_the_running_slot_carries_the_price_of_this_moment() -> None:
    book = a_book()
    live = an_interval(NOW, 5, 77.0, 11.0, quality=Quality.CURRENT)
    later = an_interval(NOW + timedelta(minutes=5), 5, 1.0, 1.0)
    book = PriceBook(without_overlap([*book.intervals, live, later]), NOW, book.known_until)
    slot = tariff_of(book).slots[28]
    assert (slot.import_c_per_kwh, slot.feed_in_c_per_kwh, slot.quality) == (77.0, 11.0, Quality.CURRENT)


@pytest.mark.parametrize("hours", [0, 1, 28, 46])
def test_a_missing_half_hour_is_named_and_nothing_is_built(hours: int) -> None:
    gap = datetime(2026, 11, 20, 3, 30, tzinfo=UTC) + HALF_HOUR * hours
    built = build(a_book(without=[gap]), SYDNEY, NOW, "AUD")
    assert isinstance(built, Missing)
    assert built.half_hours == (gap,)


def test_a_missing_feed_in_price_is_a_missing_price() -> None:
    gap = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
    book = a_book(without=[gap])
    book = PriceBook(without_overlap([*book.intervals, an_interval(gap, 30, 30.0, None)]), NOW, book.known_until)
    built = build(book, SYDNEY, NOW, "AUD")
    assert isinstance(built, Missing)
    assert built.half_hours == (gap,)


def test_no_price_now_is_a_missing_price() -> None:
    running = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
    built = build(a_book(without=[running]), SYDNEY, NOW, "AUD")
    assert isinstance(built, Missing)
    assert built.half_hours == (running,)


@pytest.mark.parametrize(("hours", "is_built"), [(3, False), (5.9, False), (6.5, True)])
def test_a_horizon_of_less_than_six_hours_is_too_short(hours: float, is_built: bool) -> None:
    book = a_book()
    built = build(PriceBook(book.intervals, NOW, NOW + timedelta(hours=hours)), SYDNEY, NOW, "AUD")
    assert isinstance(built, RollingTariff) == is_built
    assert is_built or (isinstance(built, Missing) and built.is_too_short)


def test_beyond_the_horizon_no_estimate_tempts_the_battery() -> None:
    book = a_book(hours_ahead=8, import_c=lambda start: 5.0 if start < NOW else 30.0, feed_in_c=lambda start: 90.0 if start < NOW else 8.0)
    estimates = [slot for slot in tariff_of(book).slots if slot.quality is Quality.ESTIMATE]
    assert len(estimates) == 32
    assert {(slot.import_c_per_kwh, slot.feed_in_c_per_kwh) for slot in estimates} == {(30.0, 8.0)}


def test_beyond_the_horizon_a_dear_import_and_a_poor_feed_in_are_kept() -> None:
    book = a_book(hours_ahead=8, import_c=lambda start: 55.0 if start < NOW else 30.0, feed_in_c=lambda start: 2.0 if start < NOW else 8.0)
    estimates = [slot for slot in tariff_of(book).slots if slot.quality is Quality.ESTIMATE]
    assert {(slot.import_c_per_kwh, slot.feed_in_c_per_kwh) for slot in estimates} == {(55.0, 2.0)}


def test_without_a_known_price_of_that_half_hour_there_is_no_estimate() -> None:
    built = build(a_book(hours_back=0, hours_ahead=8), SYDNEY, NOW, "AUD")
    assert isinstance(built, Missing)
    assert len(built.half_hours) == 32


def test_the_half_hours_that_spring_lacks_repeat_the_next_one() -> None:
    now = datetime(2026, 10, 3, 12, 0, tzinfo=UTC)  # Sat 22:00 AEST, clocks go forward tonight
    tariff = tariff_of(a_book(now, import_c=lambda start: (start - now).total_seconds()), SYDNEY, now)
    lacking = {slot.label: slot for slot in tariff.slots if slot.label in ("02:00", "02:30", "03:00")}
    assert lacking["02:00"].import_c_per_kwh == lacking["02:30"].import_c_per_kwh == lacking["03:00"].import_c_per_kwh
    assert lacking["03:00"].start == datetime(2026, 10, 3, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (datetime(2026, 4, 4, 14, 50, tzinfo=UTC), datetime(2026, 4, 4, 15, 0, tzinfo=UTC)),  # before both: the first
        (datetime(2026, 4, 4, 15, 10, tzinfo=UTC), datetime(2026, 4, 4, 15, 0, tzinfo=UTC)),  # inside the first
        (datetime(2026, 4, 4, 15, 40, tzinfo=UTC), datetime(2026, 4, 4, 16, 0, tzinfo=UTC)),  # the first is over: the second
        (datetime(2026, 4, 4, 16, 40, tzinfo=UTC), datetime(2026, 4, 5, 16, 0, tzinfo=UTC)),  # both are over: tomorrow
    ],
)
def test_of_the_doubled_autumn_half_hour_the_first_that_is_not_over_counts(now: datetime, expected: datetime) -> None:
    assert rolling_places(SYDNEY, now)[4].start == expected


def test_half_hours_of_a_lacking_hour_in_adelaide() -> None:
    starts, is_lacking = half_hour_on(ZoneInfo("Australia/Adelaide"), date(2026, 10, 4), 4)
    assert (starts, is_lacking) == ([datetime(2026, 10, 3, 16, 30, tzinfo=UTC)], True)


instants = st.integers(0, 2 * 366 * 24 * 12).map(lambda number: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=5 * number))


@given(instants, st.sampled_from(ZONES))
@example(datetime(2026, 10, 3, 15, 55, tzinfo=UTC), "Australia/Sydney")
@example(datetime(2026, 4, 4, 15, 55, tzinfo=UTC), "Australia/Sydney")
@example(datetime(2026, 10, 3, 16, 25, tzinfo=UTC), "Australia/Adelaide")
@example(datetime(2026, 4, 4, 16, 25, tzinfo=UTC), "Australia/Adelaide")
@example(datetime(2027, 3, 28, 0, 55, tzinfo=UTC), "Europe/London")
@example(datetime(2026, 10, 25, 0, 55, tzinfo=UTC), "Europe/London")
def test_every_half_hour_of_the_clock_is_the_next_one_that_is_not_over(now: datetime, zone: str) -> None:
    place = ZoneInfo(zone)
    places = rolling_places(place, now)
    assert len(places) == 48
    for index, found in enumerate(places):
        local = found.start.astimezone(place)
        assert now - HALF_HOUR < found.start < now + timedelta(hours=26)
        if not found.is_repeated:
            assert slot_index(local) == index
            assert local.date() == found.date
    assert sum(found.start <= now < found.start + HALF_HOUR for found in places if not found.is_repeated) == 1


@given(instants, st.sampled_from(ZONES), st.integers(12, 60))
def test_a_tariff_only_holds_prices_that_were_given(now: datetime, zone: str, hours_ahead: int) -> None:
    book = a_book(
        now, hours_ahead=hours_ahead, import_c=lambda start: start.timestamp() % 1009, feed_in_c=lambda start: start.timestamp() % 13
    )
    built = build(book, ZoneInfo(zone), now, "AUD")
    assert isinstance(built, RollingTariff)
    for slot in built.slots:
        if slot.quality is not Quality.ESTIMATE and not slot.start <= now < slot.start + HALF_HOUR:
            assert slot.import_c_per_kwh == pytest.approx(slot.start.timestamp() % 1009)
