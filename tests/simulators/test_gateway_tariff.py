"""The gateway's reading of a plan, against the vectors of the vendor's form."""

import copy
from datetime import datetime

import pytest

from app.simulators.gateway_tariff import GatewayTariff, TariffRefused, _spans, read_back, time_of_use_plan

FIELDS = ("fromDayOfWeek", "toDayOfWeek", "fromHour", "fromMinute", "toHour", "toMinute")


def entry(*values: int) -> dict[str, int]:
    return dict(zip(FIELDS, values, strict=True))


def side(rates: dict, seasons: dict) -> dict:
    return {
        "name": "Two season TOU",
        "utility": "Example Power",
        "daily_charges": [{"name": "Supply"}],
        "demand_charges": {"ALL": {"rates": {"ALL": 0}}, "Summer": {}, "Winter": {}},
        "energy_charges": {"ALL": {"rates": {"ALL": 0}}} | {season: {"rates": each} for season, each in rates.items()},
        "seasons": {
            season: dict(zip(("fromMonth", "fromDay", "toMonth", "toDay"), dates, strict=True))
            | {"tou_periods": {name: {"periods": [entry(*e) for e in entries]} for name, entries in periods.items()}}
            for season, (dates, periods) in seasons.items()
        },
    }


SUMMER, WINTER = (10, 1, 3, 31), (4, 1, 9, 30)


def two_seasons() -> dict:
    buy = side(
        {"Summer": {"ON_PEAK": 0.52, "PARTIAL_PEAK": 0.31, "OFF_PEAK": 0.19}, "Winter": {"PARTIAL_PEAK": 0.34, "OFF_PEAK": 0.21}},
        {
            "Summer": (
                SUMMER,
                {
                    "ON_PEAK": [(0, 4, 15, 0, 21, 0)],
                    "PARTIAL_PEAK": [(0, 4, 7, 0, 15, 0), (0, 4, 21, 0, 22, 0), (5, 6, 7, 0, 22, 0)],
                    "OFF_PEAK": [(0, 6, 0, 0, 7, 0), (0, 6, 22, 0, 24, 0)],
                },
            ),
            "Winter": (
                WINTER,
                {
                    "PARTIAL_PEAK": [(0, 4, 6, 30, 10, 0), (0, 4, 17, 0, 21, 0)],
                    "OFF_PEAK": [(0, 4, 0, 0, 6, 30), (0, 4, 10, 0, 17, 0), (0, 4, 21, 0, 24, 0), (5, 6, 0, 0, 24, 0)],
                },
            ),
        },
    )
    sell = side(
        {"Summer": {"ON_PEAK": 0.14, "OFF_PEAK": 0.04}, "Winter": {"OFF_PEAK": 0.05}},
        {
            "Summer": (SUMMER, {"ON_PEAK": [(0, 6, 16, 0, 20, 0)], "OFF_PEAK": [(0, 6, 0, 0, 16, 0), (0, 6, 20, 0, 24, 0)]}),
            "Winter": (WINTER, {"OFF_PEAK": [(0, 6, 0, 0, 24, 0)]}),
        },
    )
    return buy | {"version": 1, "code": "APP:TOU2", "currency": "AUD", "sell_tariff": sell}


@pytest.mark.parametrize(
    ("local", "buy", "sell"),
    [
        ("2026-01-13T16:00", 0.52, 0.14),
        ("2026-03-31T21:59", 0.31, 0.04),
        ("2026-03-31T23:30", 0.19, 0.04),
        ("2026-04-01T06:29", 0.21, 0.05),
        ("2026-04-01T06:30", 0.34, 0.05),
        ("2026-07-18T18:00", 0.21, 0.05),
        ("2026-01-18T06:59", 0.19, 0.04),
    ],
)
def test_two_seasons_are_read_as_the_vendor_reads_them(local, buy, sell):
    plan = GatewayTariff(two_seasons())
    assert plan.prices(datetime.fromisoformat(local)) == (buy, sell)
    assert plan.problems == []


@pytest.mark.parametrize(
    ("written", "spans"),
    [
        (entry(0, 4, 15, 0, 21, 0), [(900, 1260), (2340, 2700), (3780, 4140), (5220, 5580), (6660, 7020)]),
        (entry(5, 5, 22, 0, 6, 0), [(8520, 9000)]),
        (entry(6, 6, 22, 0, 6, 0), [(9960, 10080), (0, 360)]),
        (entry(4, 0, 0, 0, 0, 0), [(5760, 7200), (7200, 8640), (8640, 10080), (0, 1440)]),
        ({"toDayOfWeek": 6, "fromMinute": 30, "toHour": 1}, [(day * 1440 + 30, day * 1440 + 60) for day in range(7)]),
        (entry(0, 6, 23, 30, 24, 0), [(day * 1440 + 1410, (day + 1) * 1440) for day in range(7)]),
    ],
)
def test_an_entry_covers_its_minutes_of_the_week(written, spans):
    assert _spans(written, "here") == spans


def test_where_selling_pays_more_the_buy_price_is_raised():
    plan = GatewayTariff(time_of_use_plan("Plan", "AUD", [(0, 0.10, 0.14)]))
    assert plan.prices(datetime.fromisoformat("2026-01-01T00:00")) == (0.14, 0.14)


def broken(**changes: object) -> dict:
    return two_seasons() | changes


def test_what_the_cloud_refuses():
    wrong_hour = two_seasons()
    wrong_hour["seasons"]["Summer"]["tou_periods"]["ON_PEAK"]["periods"][0]["toHour"] = 25
    no_length = two_seasons()
    no_length["seasons"]["Summer"]["tou_periods"]["ON_PEAK"]["periods"][0]["toHour"] = 15
    no_rate = two_seasons()
    del no_rate["energy_charges"]["Summer"]["rates"]["ON_PEAK"]
    no_rate["energy_charges"].pop("ALL")
    not_a_number = two_seasons()
    not_a_number["energy_charges"]["Summer"]["rates"]["ON_PEAK"] = float("nan")
    for content in (broken(name=""), broken(seasons={}), broken(energy_charges={}), wrong_hour, no_length, no_rate, not_a_number):
        with pytest.raises(TariffRefused):
            GatewayTariff(content)


def test_what_the_cloud_swallows_is_noted():
    gap, overlap, negative = two_seasons(), two_seasons(), two_seasons()
    gap["seasons"]["Winter"]["tou_periods"]["OFF_PEAK"]["periods"].pop()
    overlap["seasons"]["Summer"]["tou_periods"]["ON_PEAK"]["periods"][0]["toDayOfWeek"] = 5
    negative["energy_charges"]["Summer"]["rates"]["OFF_PEAK"] = -0.02
    no_demand = two_seasons()
    del no_demand["demand_charges"]
    assert "2880 minutes" in GatewayTariff(gap).problems[0]
    assert "overlaps" in GatewayTariff(overlap).problems[0]
    assert "negative" in GatewayTariff(negative).problems[0]
    assert "demand_charges" in GatewayTariff(no_demand).problems[0]


def test_the_plan_comes_back_without_zeros_and_unused_parts():
    sent = time_of_use_plan("Plan", "AUD", [(0, 0.2, 0.0), (17, 0.5, 0.1)]) | {"unknown": 1}
    shown = read_back(copy.deepcopy(sent))
    assert shown["seasons"]["Winter"] == {}
    assert "ALL" not in shown["energy_charges"]
    assert "monthly_charges" not in shown
    assert "unknown" not in shown
    periods = shown["seasons"]["Summer"]["tou_periods"]
    assert periods["PARTIAL_PEAK"]["periods"] == [{"toDayOfWeek": 6, "toHour": 17}]
    assert periods["ON_PEAK"]["periods"] == [{"toDayOfWeek": 6, "fromHour": 17, "toHour": 24}]
    assert shown["sell_tariff"]["energy_charges"]["Summer"]["rates"] == {"PARTIAL_PEAK": 0, "ON_PEAK": 0.1}
    assert "PARTIAL_PEAK" not in read_back(sent, drops_zero_rates=True)["sell_tariff"]["energy_charges"]["Summer"]["rates"]


def test_a_plan_that_was_read_back_means_the_same():
    before, after = GatewayTariff(two_seasons()), GatewayTariff(read_back(two_seasons()))
    for month in (1, 7):
        for day in range(4, 11):
            for hour in range(24):
                at = datetime.fromisoformat(f"2026-{month:02}-{day:02}T{hour:02}:15")
                assert before.prices(at) == after.prices(at)
