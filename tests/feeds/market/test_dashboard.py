"""The dashboard's reports: the reference's extract word for word, and what may be wrong with them."""

import copy
from datetime import timedelta
from typing import Any

import pytest

from app.domain.prices import Quality
from app.feeds.market.aemo.dashboard import read_recent, read_summary
from app.feeds.market.aemo.nem import FIVE_MINUTES, HALF_HOUR, Spot
from app.transports.errors import AnswerNotUnderstood
from tests.feeds.market.samples import NOW, SUMMARY, at


def summary(region: dict[str, Any] | None = None, prices: dict[str, Any] | None = None) -> dict[str, Any]:
    """The sample with other values; `...` removes one."""
    changed = copy.deepcopy(SUMMARY)
    for name, others in (("ELEC_NEM_SUMMARY", region or {}), ("ELEC_NEM_SUMMARY_PRICES", prices or {})):
        item = changed[name][0] | others
        changed[name] = [{key: value for key, value in item.items() if value is not ...}]
    return changed


def test_the_summary_extract() -> None:
    found = read_summary(SUMMARY, NOW)
    assert found.prices == (Spot("QLD1", at("17:55"), at("18:00"), 118.42, Quality.SETTLED),)
    assert found.prices[0].c_per_kwh == pytest.approx(11.842)
    assert found.refused == ()


@pytest.mark.parametrize("status", ["PRELIMINARY", "NOT FIRM", "firm", None, 1.0, ...])
def test_any_status_but_firm_may_still_change(status: Any) -> None:
    assert read_summary(summary({"PRICE_STATUS": status}), NOW).prices[0].quality is Quality.CURRENT


@pytest.mark.parametrize("price", [125.92, None, "n/a", ...])
def test_two_prices_that_differ_are_rrp_and_not_settled_yet(price: Any) -> None:
    [found] = read_summary(summary({"PRICE": price}), NOW).prices
    assert (found.aud_per_mwh, found.quality) == (118.42, Quality.CURRENT)


def test_flows_may_be_null_and_unknown_fields_do_no_harm() -> None:
    changed = summary({"INTERCONNECTORFLOWS": None, "NEW": [1]})
    assert read_summary(changed, NOW) == read_summary(SUMMARY, NOW)


def test_negative_prices_are_normal() -> None:
    assert read_summary(summary({"PRICE": -1000.0}, {"RRP": -1000.0}), NOW).prices[0].c_per_kwh == -100


def test_a_region_without_a_price_is_named_and_the_others_count() -> None:
    two = copy.deepcopy(SUMMARY)
    two["ELEC_NEM_SUMMARY"].append(two["ELEC_NEM_SUMMARY"][0] | {"REGIONID": "SA1"})
    two["ELEC_NEM_SUMMARY"].append(two["ELEC_NEM_SUMMARY"][0] | {"REGIONID": "SNOWY1"})
    two["ELEC_NEM_SUMMARY"].append("not an object")
    found = read_summary(two, NOW)
    assert [price.region for price in found.prices] == ["QLD1"]
    assert [(each.region, each.words) for each in found.refused] == [("SA1", "SA1 in the summary: RRP is missing")]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ([], "not an object"),
        ({}, "ELEC_NEM_SUMMARY_PRICES is not a list"),
        (SUMMARY | {"ELEC_NEM_SUMMARY": {}}, "ELEC_NEM_SUMMARY is not a list"),
        (SUMMARY | {"ELEC_NEM_SUMMARY": []}, "has no price"),
        (summary(prices={"RRP": ..., "PRICE": 118.42}), "RRP is missing"),
        (summary(prices={"RRP": True}), "RRP is not a number"),
        (summary({"SETTLEMENTDATE": ...}), "its time is missing"),
        (summary({"SETTLEMENTDATE": "2026-11-20T18:01:00"}), "not the end of an interval"),
        (summary({"SETTLEMENTDATE": "2026-11-20T18:15:00"}), "lies ahead"),
        (summary({"REGIONID": ["QLD1"]}), "has no price"),
    ],
)
def test_a_summary_in_another_form_is_not_understood(answer: Any, words: str) -> None:
    with pytest.raises(AnswerNotUnderstood, match=words):
        read_summary(answer, NOW)


def rows(*labels: str, kind: str = "ACTUAL", column: str = "REGIONID", rrp: Any = 50.0) -> list[dict[str, Any]]:
    return [
        {"SETTLEMENTDATE": f"2026-11-20T{label}:00", column: "QLD1", "RRP": rrp, "TOTALDEMAND": 7411.9, "PERIODTYPE": kind}
        for label in labels
    ]


PAST, AHEAD = rows("17:50", "17:55", "18:00"), rows("18:05", "18:10", kind="FORECAST", rrp=60.0)


def qualities(answer: Any, length: timedelta = FIVE_MINUTES) -> dict[str, Quality]:
    """Label in market time → quality."""
    return {f"{price.end + timedelta(hours=10):%H:%M}": price.quality for price in read_recent(answer, length, NOW).prices}


def test_what_is_over_is_settled_and_the_running_interval_may_change() -> None:
    assert qualities({"5MIN": PAST + AHEAD}) == {
        "17:50": Quality.SETTLED,
        "17:55": Quality.SETTLED,
        "18:00": Quality.CURRENT,
        "18:05": Quality.FORECAST,
        "18:10": Quality.FORECAST,
    }


def test_the_region_may_be_named_region_and_the_list_30min() -> None:
    half_hours = rows("18:30", "19:00", kind="FORECAST", column="REGION")
    assert list(qualities({"5MIN": half_hours}, HALF_HOUR)) == list(qualities({"30MIN": half_hours}, HALF_HOUR)) == ["18:30", "19:00"]


def test_forecasts_by_half_hours_are_no_five_minutes() -> None:
    assert list(qualities({"5MIN": PAST + rows("18:30", "19:00", kind="FORECAST")})) == ["17:50", "17:55", "18:00"]


def test_one_interval_alone_does_not_say_how_long_it_is() -> None:
    assert list(qualities({"5MIN": PAST + AHEAD[:1]})) == ["17:50", "17:55", "18:00"]


def test_five_minutes_are_no_half_hours() -> None:
    with pytest.raises(AnswerNotUnderstood, match="steps of 30 minutes"):
        qualities({"5MIN": PAST + AHEAD}, HALF_HOUR)


def test_a_gap_in_the_past_stays_one() -> None:
    assert list(qualities({"5MIN": rows("17:30", "17:35", "17:50", "17:55")})) == ["17:30", "17:35", "17:50", "17:55"]


def test_a_bad_row_is_named_and_the_others_count() -> None:
    bad = [*rows("17:45", rrp=None), *rows("17:40", kind="GUESS"), *rows("18:15"), {"REGIONID": "WA1"}, 5]
    found = read_recent({"5MIN": PAST + bad}, FIVE_MINUTES, NOW)
    assert len(found.prices) == 3
    assert [each.words.partition(": ")[2] for each in found.refused] == [
        "RRP is missing",
        "PERIODTYPE is not known",
        "it is not a forecast and lies ahead",
    ]


@pytest.mark.parametrize("answer", [None, [], {}, {"5MIN": None}, {"5MIN": []}, {"5MIN": rows("18:00")}])
def test_a_report_in_another_form_is_not_understood(answer: Any) -> None:
    with pytest.raises(AnswerNotUnderstood):
        read_recent(answer, FIVE_MINUTES, NOW)
