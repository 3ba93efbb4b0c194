"""Agile: half-hours of the region, batches of days with 46, 48 and 50, and the rolling day of a battery."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from app.domain.prices import PriceInterval, Quality
from app.domain.tariffs.half_hourly import Missing, RollingTariff, build
from app.feeds.capabilities import FetchesAhead, FetchesPresent, PriceAnswer
from app.simulators import effects
from tests.feeds.octopus.home import AGILE, BOTH, HALF_HOUR, LONDON, OUTGOING, Home, ahead, book_of, p
from tests.feeds.octopus.payloads import NOW, at


def span(intervals: list[PriceInterval]) -> tuple[datetime, datetime]:
    return intervals[0].start, intervals[-1].end


def test_it_gives_everything_ahead_at_once_and_its_prices_are_final() -> None:
    home = Home(**BOTH)
    assert isinstance(home.feed, FetchesAhead)
    assert not isinstance(home.feed, FetchesPresent)
    answer = home.fetch()
    assert home.feed.is_published_ahead
    assert {interval.quality for interval in answer.intervals} == {Quality.SETTLED}
    assert {interval.source for interval in answer.intervals} == {"octopus"}
    assert answer.channels == {"import", "feed_in"}
    assert answer.as_of == NOW


def test_each_half_hour_has_the_prices_of_its_region() -> None:
    home = Home(region="P", **BOTH)
    answer = home.fetch()
    assert len(answer.intervals) == 96 + 20  # two days back, and from 13:00 to 23:00 in London
    for interval in answer.intervals:
        assert interval.end - interval.start == HALF_HOUR
        assert interval.import_c_per_kwh == p(home, AGILE, interval.start, "P")
        assert interval.feed_in_c_per_kwh == p(home, OUTGOING, interval.start, "P")
    assert all(a.end == b.start for a, b in pairwise(answer.intervals))


@pytest.mark.parametrize(
    ("published", "first", "last", "slots"),
    [
        ("2026-01-14 16:05", "2026-01-14 23:00", "2026-01-15 23:00", 48),
        ("2026-07-14 15:05", "2026-07-14 22:00", "2026-07-15 22:00", 48),
        ("2026-03-28 16:05", "2026-03-28 23:00", "2026-03-29 22:00", 46),
        ("2026-10-24 15:05", "2026-10-24 22:00", "2026-10-25 23:00", 50),
    ],
)
def test_nothing_is_known_beyond_tonight_before_the_batch_and_all_of_it_afterwards(
    published: str, first: str, last: str, slots: int
) -> None:
    home = Home(at(published) - timedelta(seconds=1), **BOTH)
    before = home.fetch()
    assert before.known_until == before.intervals[-1].end == at(first)
    after = home.fetch_at(at(published))
    batch = [interval for interval in after.intervals if interval.start >= at(first)]
    assert after.known_until == at(last)
    assert len(batch) == slots
    assert span(batch) == (at(first), at(last))


def test_prices_below_zero_stay_below_zero() -> None:
    home = Home(at("2026-03-01 18:00"))
    days = [home.fetch_at(at("2026-03-01 18:00") + timedelta(days=day)) for day in range(0, 60, 2)]
    prices = {interval.start: interval.import_c_per_kwh for answer in days for interval in answer.intervals}
    negative = {start: price for start, price in prices.items() if price is not None and price < 0}
    assert negative
    assert all(price == p(home, AGILE, start) for start, price in negative.items())


@pytest.mark.parametrize(("with_vat", "shown"), [(True, "value_inc_vat"), (False, "value_exc_vat")])
def test_vat_is_counted_or_left_out_of_what_is_bought_and_what_is_sold_is_as_paid(with_vat: bool, shown: str) -> None:
    home = Home(include_vat=with_vat, **BOTH)
    [running, *_] = ahead(home.fetch(), NOW)
    factor = 1.05 if with_vat else 1.0
    assert running.import_c_per_kwh == pytest.approx(home.service.agile_p_exc_vat(NOW) * factor, abs=1e-4)
    assert running.feed_in_c_per_kwh == p(home, OUTGOING, NOW)


def test_export_without_vat_is_read_as_it_stands() -> None:
    home = Home(**BOTH)
    home.service.export_vat_pct = 0.0
    assert ahead(home.fetch(), NOW)[0].feed_in_c_per_kwh == home.service.agile_outgoing_p_exc_vat(NOW)


def test_where_only_one_side_is_published_the_prices_end_with_the_other() -> None:
    home = Home(at("2026-07-14 15:10"), **BOTH)
    home.trouble(effects.LatePublication(), path="OUTGOING")
    answer = home.fetch()
    assert answer.known_until == at("2026-07-14 22:00")
    tomorrow = [interval for interval in answer.intervals if interval.start >= at("2026-07-14 22:00")]
    assert len(tomorrow) == 48
    assert {interval.feed_in_c_per_kwh for interval in tomorrow} == {None}


def rolling(answer: PriceAnswer, now: datetime) -> RollingTariff:
    tariff = build(book_of(answer), LONDON, now, "GBP")
    assert isinstance(tariff, RollingTariff)
    return tariff


@pytest.mark.parametrize(
    "clock", ["2026-03-28T14:15", "2026-03-28T17:20", "2026-03-29T00:40", "2026-03-29T02:10", "2026-03-29T12:00", "2026-03-29T16:10"]
)
def test_the_hour_that_spring_lacks_repeats_the_next_one(clock: str) -> None:
    now = datetime.fromisoformat(clock).replace(tzinfo=LONDON).astimezone(UTC)
    home = Home(now, **BOTH)
    tariff = rolling(home.fetch(), now)
    for slot in tariff.slots:
        if slot.quality is Quality.SETTLED:
            assert slot.import_c_per_kwh == p(home, AGILE, slot.start)
        else:
            assert slot.start >= home.service.known_until(AGILE, now)
    lacking = [slot for slot in tariff.slots if slot.label in ("01:00", "01:30") and f"{slot.date}" == "2026-03-29"]
    assert all(slot.start == at("2026-03-29 01:00") for slot in lacking)
    assert bool(lacking) is (clock < "2026-03-29T02:30")


@pytest.mark.parametrize(
    ("now", "one", "half_past_one"),
    [
        ("2026-10-25 00:10", "2026-10-25 00:00", "2026-10-25 00:30"),
        ("2026-10-25 00:40", "2026-10-25 01:00", "2026-10-25 00:30"),
        ("2026-10-25 01:10", "2026-10-25 01:00", "2026-10-25 01:30"),
        ("2026-10-25 01:40", "2026-10-26 01:00", "2026-10-25 01:30"),
    ],
)
def test_of_the_hour_that_autumn_doubles_the_occurrence_that_is_not_over_counts(now: str, one: str, half_past_one: str) -> None:
    home = Home(at(now), **BOTH)
    slots = {slot.label: slot for slot in rolling(home.fetch(), at(now)).slots}
    assert (slots["01:00"].start, slots["01:30"].start) == (at(one), at(half_past_one))
    assert all(slot.import_c_per_kwh == p(home, AGILE, slot.start) for slot in slots.values() if slot.quality is Quality.SETTLED)


def test_before_the_batch_the_rest_of_the_ring_is_an_estimate_from_the_day_before() -> None:
    home = Home(**BOTH)
    tariff = rolling(home.fetch(), NOW)
    sure = [slot for slot in tariff.slots if slot.quality is Quality.SETTLED]
    assert len(sure) == 20
    assert {slot.quality for slot in tariff.slots} == {Quality.SETTLED, Quality.ESTIMATE}


def test_after_the_batch_the_whole_ring_is_sure() -> None:
    home = Home(at("2026-07-14 15:10"), **BOTH)
    assert {slot.quality for slot in rolling(home.fetch(), home.clock.now()).slots} == {Quality.SETTLED}


def test_late_in_the_evening_without_a_batch_too_little_is_known_for_a_tariff() -> None:
    home = Home(at("2026-07-14 17:00"), **BOTH)
    home.trouble(effects.LatePublication())
    tariff = build(book_of(home.fetch()), LONDON, home.clock.now(), "GBP")
    assert isinstance(tariff, Missing)
    assert tariff.is_too_short
