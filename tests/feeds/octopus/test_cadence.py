"""What is asked, and when."""

from datetime import timedelta

import pytest

from app.feeds.capabilities import FeedState
from tests.feeds.octopus.home import AGILE, BOTH, OUTGOING, Home
from tests.feeds.octopus.payloads import NOW, at, rates_path


def test_tariffs_are_found_once_a_day_and_rates_read_each_time() -> None:
    home = Home(**BOTH)
    home.fetch()
    assert home.asked() == [
        "/products/",
        "/products/",
        f"/products/{AGILE}/",
        f"/products/{OUTGOING}/",
        rates_path(AGILE, "standing-charges"),
        rates_path(AGILE),
        rates_path(OUTGOING),
    ]
    home.fetch_at(NOW + timedelta(hours=23, minutes=59))
    assert home.asked() == [rates_path(AGILE), rates_path(OUTGOING)]
    home.fetch_at(NOW + timedelta(hours=24))
    assert len(home.asked()) == 7


def test_two_days_back_and_two_ahead_are_asked_for_in_one_page() -> None:
    home = Home()
    home.fetch()
    rates = next(request for request in home.service.requests if request.path.endswith("standard-unit-rates/"))
    assert rates.query == {"period_from": "2026-07-12T12:00:00Z", "period_to": "2026-07-16T12:00:00Z", "page_size": "1500"}


def test_a_new_version_is_taken_the_next_day() -> None:
    home = Home(at("2024-09-30 12:10"))
    home.fetch()
    home.asked()
    home.fetch_at(at("2024-10-01 12:10"))
    assert rates_path(AGILE) in home.asked()


def state(as_of: str, known_until: str | None) -> FeedState:
    return FeedState(at(as_of), at(as_of), None if known_until is None else at(known_until))


@pytest.mark.parametrize(
    ("as_of", "known_until", "now", "is_due"),
    [
        # quiet hours of summer: tonight is known, the next batch is not out yet
        ("2026-07-14 09:00:00.4", "2026-07-14 22:00", "2026-07-14 09:29", False),
        ("2026-07-14 09:00:00.4", "2026-07-14 22:00", "2026-07-14 09:30", True),
        # from 16:00 in London, in summer 15:00 UTC
        ("2026-07-14 14:45", "2026-07-14 22:00", "2026-07-14 14:59", False),
        ("2026-07-14 14:45", "2026-07-14 22:00", "2026-07-14 15:00", True),
        ("2026-07-14 15:00", "2026-07-14 22:00", "2026-07-14 15:05", False),
        ("2026-07-14 15:00", "2026-07-14 22:00", "2026-07-14 15:10", True),
        ("2026-07-14 15:10", "2026-07-15 22:00", "2026-07-14 15:20", False),
        ("2026-07-14 15:10", "2026-07-15 22:00", "2026-07-14 15:40", True),
        # and in winter 16:00 UTC
        ("2026-01-14 15:45", "2026-01-14 23:00", "2026-01-14 15:59", False),
        ("2026-01-14 15:45", "2026-01-14 23:00", "2026-01-14 16:00", True),
        # late into the night, and after midnight, it is still awaited
        ("2026-07-14 21:30", "2026-07-14 22:00", "2026-07-14 21:40", True),
        ("2026-07-14 23:30", "2026-07-14 22:00", "2026-07-14 23:40", True),
        ("2026-07-14 23:30", "2026-07-15 22:00", "2026-07-14 23:40", False),
        # the days of changing clocks
        ("2026-03-28 16:10", "2026-03-29 22:00", "2026-03-28 16:20", False),
        ("2026-10-24 15:10", "2026-10-25 23:00", "2026-10-24 15:20", False),
        ("2026-10-24 15:10", "2026-10-25 22:00", "2026-10-24 15:20", True),
        ("2026-07-14 09:00", None, "2026-07-14 09:10", True),
    ],
)
def test_it_is_asked_half_hourly_and_every_ten_minutes_while_tomorrow_is_awaited(
    as_of: str, known_until: str | None, now: str, is_due: bool
) -> None:
    assert Home().feed.is_due(state(as_of, known_until), at(now)) is is_due


def test_before_the_first_answer_it_is_due() -> None:
    assert Home().feed.is_due(FeedState(), NOW)


@pytest.mark.parametrize("product", ["go", "flux", "custom"])
def test_products_without_a_batch_are_never_awaited(product: str) -> None:
    home = Home(at("2026-07-14 15:10"), product=product, product_code="VAR-22-11-01" if product == "custom" else "")
    answer = home.fetch()
    assert not home.feed.is_due(FeedState(answer.as_of, answer.as_of, answer.known_until), at("2026-07-14 15:39"))


def test_a_day_of_polling_takes_about_sixty_fetches() -> None:
    home = Home(at("2026-07-14 00:00"), **BOTH)
    answer, fetches = home.fetch(), 1
    for minute in range(1, 24 * 60):
        now = at("2026-07-14 00:00") + timedelta(minutes=minute)
        if home.feed.is_due(FeedState(answer.as_of, answer.as_of, answer.known_until), now):
            answer, fetches = home.fetch_at(now), fetches + 1
    assert 48 <= fetches <= 60
    assert answer.known_until == at("2026-07-15 22:00")
