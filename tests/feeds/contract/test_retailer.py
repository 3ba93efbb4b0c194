"""What every retailer's feed keeps, whoever it asks: run against each retailer's simulated service on a real socket."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from app.domain.prices import PriceBook, Quality, without_overlap
from app.domain.tariffs.half_hourly import Missing, RollingTariff, build, half_hour_start
from app.feeds.capabilities import FetchesAhead, FetchesPresent, PriceAnswer
from app.feeds.registry import retailer_brands
from app.transports.errors import AnswerNotUnderstood, CredentialsRefused, RateLimited, Unreachable, VendorError
from tests.feeds.contract.benches import BENCHES, Bench, traits_of

NOON = datetime(2026, 11, 20, 3, 2, 10, tzinfo=UTC)
GAP_STARTS = half_hour_start(NOON) + timedelta(hours=2)
NOT_JSON = ("nan", "infinity")


@pytest.fixture(params=sorted(BENCHES))
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    with BENCHES[request.param](NOON, traits_of(request.param).zones[0]) as running:
        yield running


@pytest.fixture(params=[brand for brand in sorted(BENCHES) if traits_of(brand).has_service])
def served(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """Those that ask somebody: where nobody is asked, no answer can be missing, late or wrong."""
    with BENCHES[request.param](NOON, traits_of(request.param).zones[0]) as running:
        yield running


def book_of(feed: FetchesAhead, answer: PriceAnswer) -> PriceBook:
    return PriceBook(without_overlap(answer.intervals), answer.as_of, answer.known_until, feed.is_published_ahead, answer.channels)


def at_home(bench: Bench, book: PriceBook) -> RollingTariff | Missing:
    return build(book, ZoneInfo(bench.traits.zones[0]), NOON, bench.traits.currency)


def test_every_retailer_keeps_the_contract() -> None:
    assert set(BENCHES) == set(retailer_brands())


@pytest.mark.parametrize(
    ("brand", "zone", "local"),
    [(brand, zone, local) for brand in sorted(BENCHES) for zone in traits_of(brand).zones for local in traits_of(brand).moments],
)
def test_a_whole_day_of_half_hours_can_be_built_in_every_zone_and_on_days_of_changing_clocks(brand: str, zone: str, local: str) -> None:
    now = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    with BENCHES[brand](now, zone) as bench:
        feed = bench.feed()
        tariff = build(book_of(feed, feed.fetch_ahead(now)), ZoneInfo(zone), now, bench.traits.currency)
    assert isinstance(tariff, RollingTariff)


@pytest.mark.parametrize("brand", [brand for brand in sorted(BENCHES) if not traits_of(brand).has_service])
def test_a_retailer_that_asks_nobody_has_neither_address_nor_secret(brand: str) -> None:
    declared = retailer_brands()[brand]
    assert declared.base_urls == ()
    assert not any(info.annotation is SecretStr for info in declared.fields.model_fields.values())
    assert not declared.choices


def test_prices_are_known_without_a_gap_from_now_to_the_horizon(bench: Bench) -> None:
    feed = bench.feed()
    answer = feed.fetch_ahead(NOON)
    book = book_of(feed, answer)
    assert answer.as_of == NOON
    assert answer.known_until is not None
    assert answer.known_until >= NOON + timedelta(hours=6)
    ahead = book.between(NOON, answer.known_until)
    assert ahead[0].start <= NOON < ahead[0].end
    assert ahead[-1].end == answer.known_until
    assert all(a.end == b.start for a, b in pairwise(ahead))
    assert all(interval.is_whole for interval in ahead)
    assert answer.channels >= {"import", "feed_in"}
    assert answer.quarantined == ()


def test_the_last_day_is_known_from_the_first_fetch(bench: Bench) -> None:
    feed = bench.feed()
    past = book_of(feed, feed.fetch_ahead(NOON)).between(NOON - timedelta(hours=23), NOON - timedelta(minutes=30))
    assert past[0].start <= NOON - timedelta(hours=23)
    assert {interval.quality for interval in past} == {Quality.SETTLED}


def test_the_present_can_be_asked_for_alone(bench: Bench) -> None:
    feed = bench.feed()
    if not isinstance(feed, FetchesPresent):
        pytest.skip("this retailer gives everything at once")
    feed.fetch_ahead(NOON)
    before = bench.requests()
    answer = feed.fetch_present(NOON)
    running = book_of(feed, answer).at(NOON)
    assert running is not None
    assert running.is_whole
    assert answer.known_until is None
    assert bench.requests() == before + 1


def test_a_fetch_takes_few_calls_and_each_is_counted(bench: Bench) -> None:
    feed = bench.feed()
    feed.fetch_ahead(NOON)
    assert bench.budget.calls == bench.requests() <= bench.most_calls


@pytest.mark.parametrize("trouble", ["gap", "null", "text", "absurd", *NOT_JSON])
def test_a_price_that_is_missing_stays_missing(served: Bench, trouble: str) -> None:
    if trouble in NOT_JSON and served.traits.answers_in_json:
        pytest.skip("this spoils the whole answer: the test of failures")
    feed = served.feed()
    served.trouble(trouble)
    answer = feed.fetch_ahead(NOON)
    book = book_of(feed, answer)
    for minute in range(0, 30, 5):
        interval = book.at(GAP_STARTS + timedelta(minutes=minute))
        assert interval is None or interval.import_c_per_kwh is None
    assert bool(answer.quarantined) is (trouble != "gap")
    assert isinstance(at_home(served, book), Missing)


def test_a_gap_that_is_filled_later_is_filled(served: Bench) -> None:
    feed = served.feed()
    served.trouble("null")
    feed.fetch_ahead(NOON)
    served.calm()
    assert isinstance(at_home(served, book_of(feed, feed.fetch_ahead(NOON))), RollingTariff)


def test_a_short_horizon_is_said_to_be_short(served: Bench) -> None:
    served.trouble("short")
    known_until = served.feed().fetch_ahead(NOON).known_until
    assert known_until is not None
    assert known_until <= NOON + timedelta(hours=3, minutes=30)


def test_published_prices_that_stand_still_reach_no_further(served: Bench) -> None:
    feed = served.feed()
    if not feed.is_published_ahead:
        pytest.skip("this retailer forecasts: the next test")
    served.trouble("frozen")
    before = feed.fetch_ahead(NOON)
    served.clock.advance(18 * 3600)
    assert feed.fetch_ahead(NOON + timedelta(hours=18)).known_until == before.known_until
    served.calm()
    assert feed.fetch_ahead(NOON + timedelta(hours=18)).known_until != before.known_until


def test_prices_that_stand_still_grow_old(served: Bench) -> None:
    feed = served.feed()
    if feed.is_published_ahead:
        pytest.skip("what this retailer has published is final: the test before")
    served.trouble("frozen")
    feed.fetch_ahead(NOON)
    served.clock.advance(3 * 3600)
    later = NOON + timedelta(hours=3)
    try:
        answer = feed.fetch_ahead(later)
    except Unreachable:
        return  # told as silence: what came before grows old where it is stored
    sure = [interval.end for interval in answer.intervals if interval.quality in (Quality.SETTLED, Quality.CURRENT)]
    assert max(sure) <= half_hour_start(NOON) + timedelta(minutes=30)
    running = book_of(feed, answer).at(later)
    assert running is None or running.quality is Quality.FORECAST


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        ("down", Unreachable),
        ("silent", Unreachable),
        ("reset", Unreachable),
        ("half", Unreachable),
        ("garbage", AnswerNotUnderstood),
        ("web page", AnswerNotUnderstood),
        ("empty", AnswerNotUnderstood),
        ("huge", AnswerNotUnderstood),
        ("nan", AnswerNotUnderstood),
        ("infinity", AnswerNotUnderstood),
        ("rate limited", RateLimited),
    ],
)
def test_a_failure_has_a_name_and_its_end_is_noticed(served: Bench, trouble: str, error: type[VendorError]) -> None:
    if trouble in NOT_JSON and not served.traits.answers_in_json:
        pytest.skip("this spoils one price: the test of missing prices")
    feed = served.feed()
    feed.fetch_ahead(NOON)
    served.trouble(trouble)
    began_s = served.clock.monotonic()
    with pytest.raises(error):
        feed.fetch_ahead(NOON)
    assert (
        served.clock.monotonic() - began_s < 200
    )  # a silent line is held for a minute a try here; the transport's tests measure the total
    served.calm()
    assert feed.fetch_ahead(NOON).known_until is not None


def test_a_field_with_another_name_is_reported_and_never_guessed(served: Bench) -> None:
    served.trouble("renamed")
    try:
        answer = served.feed().fetch_ahead(NOON)
    except AnswerNotUnderstood:
        return  # nothing was left that could be read
    assert answer.quarantined
    assert all(interval.quality is not Quality.SETTLED for interval in answer.intervals)


def test_a_rate_limit_is_passed_on_with_its_pause(served: Bench) -> None:
    feed = served.feed()
    served.trouble("rate limited")
    with pytest.raises(RateLimited) as caught:
        feed.fetch_ahead(NOON)
    assert served.budget.away_s == [caught.value.retry_after_s]
    assert 1 <= caught.value.retry_after_s <= 300
    assert served.requests() == 1


def test_a_refused_token_is_asked_about_once_and_not_shown(bench: Bench) -> None:
    if not bench.traits.has_credentials:
        pytest.skip("this retailer's prices are public: there is no token")
    with pytest.raises(CredentialsRefused) as caught:
        bench.feed("psk_wrongwrongwrongwrong").fetch_ahead(NOON)
    assert bench.requests() == 1
    assert "wrongwrong" not in str(caught.value)
    assert "Devices" in str(caught.value)
