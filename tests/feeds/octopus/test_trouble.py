"""Trouble at the service: what is refused, what goes on, and that nothing is guessed."""

import threading
from datetime import timedelta

import pytest

from app.domain.tariffs.half_hourly import Missing, build
from app.feeds.capabilities import PriceAnswer
from app.simulators import effects
from app.transports.errors import AnswerNotUnderstood, RequestRefused, Unreachable
from tests.feeds.octopus.home import AGILE, BOTH, LONDON, OUTGOING, Home, ahead, book_of, p
from tests.feeds.octopus.payloads import NOW, at


def test_what_cannot_be_repeated_with_success_is_not_sent_again_for_a_while() -> None:
    home = Home(postcode="SY1 1AA")
    said = []
    for _ in range(3):
        with pytest.raises(RequestRefused) as caught:
            home.fetch()
        said.append(str(caught.value))
    assert len(set(said)) == 1
    assert len(home.asked()) == 1
    home.clock.advance(600)
    with pytest.raises(RequestRefused):
        home.fetch()
    assert len(home.asked()) == 1


def test_prices_do_not_wait_for_the_list_of_products() -> None:
    home = Home(**BOTH)
    home.fetch()
    later = NOW + timedelta(days=2)
    home.clock.advance_to(later)
    home.trouble(effects.GarbageJson(), path="/v1/products/", count=1)
    answer = home.fetch()
    assert ahead(answer, later)[0].import_c_per_kwh == p(home, AGILE, later)
    home.asked()
    home.fetch()
    assert home.asked()[0] == "/products/"


def test_without_any_list_the_first_fetch_fails() -> None:
    home = Home(**BOTH)
    home.trouble(effects.Status(503))
    with pytest.raises(Unreachable):
        home.fetch()


def test_prices_do_not_wait_for_the_standing_charge() -> None:
    home = Home(**BOTH)
    home.trouble(effects.Status(500), path="standing-charges")
    answer = home.fetch()
    assert answer.charges is None
    assert len(answer.intervals) == 116
    assert answer.quarantined[0].startswith("the standing charge is missing: Octopus: ")
    home.faults.clear()
    again = home.fetch()
    assert again.charges is not None
    assert again.quarantined == ()


@pytest.mark.parametrize("path", [AGILE, OUTGOING])
def test_an_answer_with_one_side_alone_is_no_answer(path: str) -> None:
    home = Home(**BOTH)
    home.fetch()
    home.trouble(effects.Status(502), path=f"E-1R-{path}")
    with pytest.raises(Unreachable):
        home.fetch()


@pytest.mark.parametrize("value", ["null", "text", "absurd", "absent"])
def test_a_bad_price_is_left_out_and_the_others_count(value: str) -> None:
    home = Home()
    home.trouble(effects.BadPrice(value, half_hours=2, ahead_half_hours=4))
    answer = home.fetch()
    assert len(answer.intervals) == 114
    assert not [interval for interval in answer.intervals if at("14:00") <= interval.start < at("15:00")]
    assert len(answer.quarantined) == 2
    assert answer.known_until == at("22:00")


def test_a_bad_export_price_is_a_missing_feed_in_price() -> None:
    home = Home(**BOTH)
    home.trouble(effects.BadPrice("null", ahead_half_hours=4), path=f"E-1R-{OUTGOING}")
    [interval] = [interval for interval in home.fetch().intervals if interval.start == at("14:00")]
    assert (interval.import_c_per_kwh, interval.feed_in_c_per_kwh) == (p(home, AGILE, at("14:00")), None)
    assert isinstance(build(book_of(home.fetch()), LONDON, NOW, "GBP"), Missing)


@pytest.mark.parametrize("field", ["value_inc_vat", "valid_from", "valid_to"])
def test_a_field_with_another_name_is_not_understood(field: str) -> None:
    home = Home()
    home.trouble(effects.RenamedField(field, "something"))
    with pytest.raises(AnswerNotUnderstood, match=f"{field} is missing"):
        home.fetch()


def test_a_field_that_is_not_read_may_have_any_name() -> None:
    home = Home()
    home.trouble(effects.RenamedField("value_exc_vat", "something"))
    assert len(home.fetch().intervals) == 116


def test_a_gap_is_a_gap() -> None:
    home = Home()
    home.trouble(effects.PriceGap(half_hours=3, ahead_half_hours=4))
    answer = home.fetch()
    assert [interval.start for interval in answer.intervals if at("13:30") <= interval.start < at("16:00")] == [at("13:30"), at("15:30")]
    assert answer.known_until == at("22:00")


def test_a_day_that_is_left_out_ends_the_prices_there() -> None:
    home = Home(at("2026-07-15 23:30"), **BOTH)
    home.trouble(effects.LatePublication(minutes=2 * 1440))
    answer = home.fetch()
    assert answer.known_until == at("2026-07-14 22:00")
    assert ahead(answer, home.clock.now()) == []


def test_prices_that_stand_still_for_days_are_not_taken_for_the_end_of_the_product() -> None:
    home = Home()
    home.trouble(effects.Frozen())
    home.fetch()
    with pytest.raises(
        AnswerNotUnderstood, match="the prices of AGILE-24-10-01 ended on 14 July 2026, and nothing has been published since"
    ):
        home.fetch_at(NOW + timedelta(days=3))
    home.faults.clear()
    assert ahead(home.fetch(), home.clock.now())


def test_two_threads_may_ask_at_once() -> None:
    home = Home(**BOTH)
    answers: list[PriceAnswer] = []
    threads = [threading.Thread(target=lambda: answers.append(home.fetch())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 4
    assert len({answer.intervals for answer in answers}) == 1
