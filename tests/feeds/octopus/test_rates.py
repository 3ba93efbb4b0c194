"""Rows of rates, one by one: what is taken, what is refused, and that nothing is guessed."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.feeds.retailers.octopus.rates import ReadRates, ends_at, read_rates
from tests.feeds.octopus.payloads import at, row


def read(*items: Any, method: str = "DIRECT_DEBIT", with_vat: bool = True) -> ReadRates:
    return read_rates(items, method, with_vat=with_vat)


def test_a_price_is_taken_with_or_without_vat_as_it_stands_there() -> None:
    agile = {
        "value_exc_vat": 17.34,
        "value_inc_vat": 18.207,
        "valid_from": "2026-07-15T21:30:00Z",
        "valid_to": "2026-07-15T22:00:00Z",
        "payment_method": None,
    }
    negative = {**agile, "value_exc_vat": -1.8, "value_inc_vat": -1.89, "valid_from": "2026-07-15T21:00:00Z"}
    assert [rate.price_p for rate in read(agile, negative).rates] == [18.207, -1.89]
    assert [rate.price_p for rate in read(agile, negative, with_vat=False).rates] == [17.34, -1.8]
    [taken] = read(agile).rates
    assert (taken.start, taken.end) == (at("2026-07-15 21:30"), at("2026-07-15 22:00"))


def test_a_row_without_an_end_holds_until_further_notice_and_one_that_does_not_name_its_end_is_refused() -> None:
    assert read(row("12:00", None)).rates[0].end is None
    assert read(row("12:00", None, valid_to=...)).refused == ("price 1: valid_to is missing",)


def test_only_rows_for_the_owners_way_of_paying_count() -> None:
    rows = (row("12:00", None, 25.0, "NON_DIRECT_DEBIT"), row("12:00", None, 20.0, "DIRECT_DEBIT"))
    assert [rate.price_p for rate in read(*rows).rates] == [20.0]
    assert [rate.price_p for rate in read(*rows, method="NON_DIRECT_DEBIT").rates] == [25.0]
    assert read(*rows).of_others == 1
    assert read(*rows).refused == ()


def test_times_with_an_offset_are_turned_into_utc_and_those_without_a_zone_refused() -> None:
    assert read(row("12:00", None, valid_from="2026-07-14T13:00:00+01:00")).rates[0].start == at("12:00")
    assert read(row("12:00", None, valid_from="2026-07-14T13:00:00")).refused == ("price 1: valid_from has no time zone",)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"value_inc_vat": None}, "value_inc_vat is missing"),
        ({"value_inc_vat": ...}, "value_inc_vat is missing"),
        ({"value_inc_vat": "20.1"}, "value_inc_vat is not a number"),
        ({"value_inc_vat": True}, "value_inc_vat is not a number"),
        ({"value_inc_vat": math.nan}, "value_inc_vat at 2026-07-14 12:00Z is no believable price"),
        ({"value_inc_vat": math.inf}, "value_inc_vat at 2026-07-14 12:00Z is no believable price"),
        ({"value_inc_vat": 987_654.0}, "value_inc_vat at 2026-07-14 12:00Z is no believable price"),
        ({"value_inc_vat": 10**400}, "value_inc_vat at 2026-07-14 12:00Z is no believable price"),
        ({"valid_from": ...}, "valid_from is missing"),
        ({"valid_from": 17}, "valid_from is not an instant"),
        ({"valid_from": "yesterday"}, "valid_from is not an instant"),
        ({"valid_from": "0001-01-01T00:00:00+05:00"}, "valid_from is not an instant"),
        ({"valid_to": "2026-07-14T12:00:00Z"}, "it ends before it starts"),
    ],
)
def test_a_bad_row_is_refused_alone_and_said_without_its_value(bad: dict[str, Any], said: str) -> None:
    answer = read(row("12:00", "12:30", **bad), row("12:30", "13:00", 21.0))
    assert answer.refused == (f"price 1: {said}",)
    assert [rate.price_p for rate in answer.rates] == [21.0]


def test_what_is_no_object_is_refused() -> None:
    assert read("rate", None).refused == ("price 1: not an object", "price 2: not an object")


def test_a_row_that_two_pages_repeat_counts_once_and_one_that_they_contradict_not_at_all() -> None:
    same = row("12:00", "12:30", 20.0)
    assert len(read(same, same).rates) == 1
    answer = read(same, row("12:00", "12:30", 21.0), row("12:00", "12:30", 22.0), row("12:30", "13:00"))
    assert [rate.start for rate in answer.rates] == [at("12:30")]
    assert answer.refused == ("two prices from 2026-07-14 12:00Z on contradict each other",)


def test_many_refusals_are_summed_up() -> None:
    refused = read(*["rate"] * 50).refused
    assert len(refused) == 21
    assert refused[-1] == "and 30 more"


def test_the_end_of_a_row_that_cannot_be_read_is_not_known() -> None:
    assert ends_at(row("12:00", "12:30")) == at("12:30")
    assert [ends_at(item) for item in (None, "rate", row("12:00", None), row("12:00", None, valid_to="then"))] == [None] * 4


json_values = st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=30), st.lists, max_leaves=3)


@given(st.lists(st.dictionaries(st.sampled_from(sorted(row("12:00", None))), json_values) | json_values, max_size=4))
def test_whatever_comes_is_read_or_refused(items: list[Any]) -> None:
    answer = read(*items)
    assert len(answer.rates) + answer.of_others <= len(items)
    assert all(math.isfinite(rate.price_p) for rate in answer.rates)
