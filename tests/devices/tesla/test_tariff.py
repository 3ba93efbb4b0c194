"""The compiler: 48 half-hours in c/kWh become a plan that prices each minute of the week exactly once."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from statistics import fmean
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.devices.tesla.plan_form import Label
from app.devices.tesla.rates import rate_from_c
from app.devices.tesla.schedule import Side, same_plan, schedule
from app.devices.tesla.tariff import (
    Rates,
    charge_tariff,
    compile_rates,
    compile_tariff,
    discharge_tariff,
    is_ours,
    neutral_tariff,
    window,
)
from app.domain.prices import Quality
from app.domain.tariffs.half_hourly import SLOTS, DemandSide, RollingTariff, Slot
from tests.devices.tesla.samples import BUY_A, DIGEST_A, SELL_A, read_back, two_seasons

SYDNEY = ZoneInfo("Australia/Sydney")
MIDNIGHT = datetime(2026, 3, 13, 13, tzinfo=UTC)


def a_tariff(imports_c: list[float], feed_ins_c: list[float], **about: Any) -> RollingTariff:
    slots = tuple(
        Slot(index, MIDNIGHT.date(), MIDNIGHT + index * timedelta(minutes=30), import_c, feed_in_c, Quality.FORECAST)
        for index, (import_c, feed_in_c) in enumerate(zip(imports_c, feed_ins_c, strict=True))
    )
    return RollingTariff("Australia/Sydney", "AUD", slots, **about)


def times_priced(half: dict[str, Any]) -> list[int]:
    """How often each minute of the week is priced, counted minute by minute from the entries alone."""
    counts = [0] * (7 * 1440)
    for period, held in half["seasons"]["Summer"]["tou_periods"].items():
        assert period in half["energy_charges"]["Summer"]["rates"]
        for entry in held["periods"]:
            for day in range(entry["fromDayOfWeek"], entry["toDayOfWeek"] + 1):
                for minute in range(entry["fromHour"] * 60 + entry["fromMinute"], entry["toHour"] * 60 + entry["toMinute"]):
                    counts[day * 1440 + minute] += 1
    return counts


prices_c = st.lists(st.floats(-200, 3000), min_size=SLOTS, max_size=SLOTS)


@given(imports_c=prices_c, feed_ins_c=prices_c)
@settings(max_examples=25, deadline=None)
def test_every_minute_of_the_week_is_priced_exactly_once_at_its_half_hours_price(imports_c: list[float], feed_ins_c: list[float]) -> None:
    plan = compile_tariff(a_tariff(imports_c, feed_ins_c))
    for half, side, wanted_c in ((plan, Side.BUY, imports_c), (plan["sell_tariff"], Side.SELL, feed_ins_c)):
        assert set(times_priced(half)) == {1}
        assert half["seasons"]["Summer"]["tou_periods"].keys() == half["energy_charges"]["Summer"]["rates"].keys()
        (run,) = schedule(plan, side) or ()
        priced = [rate for start, end, rate in run.week for _ in range(start, end)]
        assert priced == [rate_from_c(wanted_c[minute // 30 % SLOTS]) for minute in range(7 * 1440)]


def test_a_known_tariff_compiles_to_the_known_document() -> None:
    label = Label("APP:DYN", "Dynamic 30 min", "Example Power", "AUD", "Dynamic 30 min export", 1.12)
    plan = compile_rates([Rates(buy, sell) for buy, sell in zip(BUY_A, SELL_A, strict=True)], label)
    compact = json.dumps(plan, sort_keys=True, separators=(",", ":"))
    assert sha256(compact.encode()).hexdigest() == DIGEST_A
    assert len(json.dumps({"tou_settings": {"tariff_content_v2": plan}})) == 16_103


def test_the_rates_of_the_known_tariff_arrive_unchanged_from_cents() -> None:
    plan = compile_tariff(a_tariff([rate * 100 for rate in BUY_A], [rate * 100 for rate in SELL_A]))
    buys = list(plan["energy_charges"]["Summer"]["rates"].values())
    sells = list(plan["sell_tariff"]["energy_charges"]["Summer"]["rates"].values())
    assert (buys, sells) == (list(BUY_A), list(SELL_A))
    assert (round(fmean(buys), 6), round(fmean(sells), 6)) == (0.233904, 0.102783)
    assert plan["energy_charges"]["Summer"]["rates"]["PERIOD_18_00"] == max(buys) == 0.5138


def test_a_plan_carries_the_names_by_which_it_is_known_again() -> None:
    plan = compile_tariff(a_tariff([30.0] * SLOTS, [5.0] * SLOTS, provider="Amber", daily_charge_c=112.34))
    assert (plan["version"], plan["code"], plan["name"], plan["utility"]) == (1, "POWERSYNC:SYNC", "Amber (PowerSync)", "Amber")
    assert plan["currency"] == "AUD"
    assert plan["daily_charges"] == [{"name": "Supply", "amount": 1.1234}]
    assert compile_tariff(a_tariff([30.0] * SLOTS, [5.0] * SLOTS))["daily_charges"] == [{"name": "Charge"}]


def test_a_demand_rate_stands_beside_the_half_hour_that_it_is_for() -> None:
    tariff = a_tariff([30.0] * SLOTS, [5.0] * SLOTS, monthly_charge_c=1500.0)
    peak = replace(tariff, slots=tuple(replace(slot, demand_c_per_kw=1250.0 if slot.index == 35 else 0.0) for slot in tariff.slots))
    plan = compile_tariff(peak)
    assert plan["monthly_charges"] == 15.0
    rates = plan["demand_charges"]["Summer"]["rates"]
    assert (rates["PERIOD_17_30"], sum(rates.values()), rates.keys()) == (12.5, 12.5, plan["energy_charges"]["Summer"]["rates"].keys())
    assert plan["sell_tariff"]["demand_charges"]["Summer"] == {}
    both = compile_tariff(replace(peak, demand_applies_to=DemandSide.BOTH))
    assert both["sell_tariff"]["demand_charges"] == both["demand_charges"] == plan["demand_charges"]
    sold = compile_tariff(replace(peak, demand_applies_to=DemandSide.SELL))
    assert (sold["demand_charges"]["Summer"], sold["sell_tariff"]["demand_charges"]) == ({}, plan["demand_charges"])
    assert not same_plan(peak_less := compile_tariff(tariff), plan)
    assert same_plan(peak_less, read_back(peak_less))


def test_the_day_ends_at_hour_24_and_the_second_season_is_empty() -> None:
    plan = neutral_tariff()
    for half in (plan, plan["sell_tariff"]):
        (last,) = half["seasons"]["Summer"]["tou_periods"]["PERIOD_23_30"]["periods"]
        assert (last["fromHour"], last["fromMinute"], last["toHour"], last["toMinute"]) == (23, 30, 24, 0)
        assert half["seasons"]["Winter"] == {"fromMonth": 0, "fromDay": 0, "toMonth": 0, "toDay": 0, "tou_periods": {}}
        assert half["demand_charges"] == {"ALL": {"rates": {"ALL": 0}}, "Summer": {}, "Winter": {}}


@pytest.mark.parametrize(("cents", "dollars"), [(24.117, 0.2412), (-3.2, 0.0), (120.0, 1.2), (0.004, 0.0), (-0.0, 0.0), (0.0, 0.0)])
def test_a_price_becomes_dollars_with_four_decimals_and_never_negative(cents: float, dollars: float) -> None:
    assert str(rate_from_c(cents)) == str(dollars)  # as text: "-0.0" would be sent otherwise


@pytest.mark.parametrize("price", [float("nan"), float("inf"), float("-inf")])
def test_a_price_that_is_no_number_is_refused(price: float) -> None:
    with pytest.raises(ValueError, match="finite number"):
        compile_tariff(a_tariff([price] + [30.0] * 47, [5.0] * SLOTS))


def test_a_feed_in_above_the_import_price_is_sent_as_it_is() -> None:
    plan = compile_tariff(a_tariff([10.0] * SLOTS, [14.0] * SLOTS))
    assert plan["energy_charges"]["Summer"]["rates"]["PERIOD_12_00"] == 0.1
    assert plan["sell_tariff"]["energy_charges"]["Summer"]["rates"]["PERIOD_12_00"] == 0.14


@pytest.mark.parametrize(
    ("clock", "minutes", "slots"),
    [
        ((17, 18), 30, {34, 35}),
        ((17, 0), 60, {34, 35}),
        ((17, 29), 15, {34, 35}),
        ((23, 40), 60, {47, 0, 1}),
        ((9, 30), 120, {19, 20, 21, 22}),
        ((9, 30), 0, {19}),
    ],
)
def test_a_window_takes_each_half_hour_that_the_command_touches(clock: tuple[int, int], minutes: int, slots: set[int]) -> None:
    now = datetime(2026, 3, 14, *clock, tzinfo=SYDNEY)
    assert window(now, now + timedelta(minutes=minutes), SYDNEY) == slots


def test_a_window_follows_the_wall_clock_over_both_changes_of_the_clock() -> None:
    forward = datetime(2026, 10, 4, 1, 40, tzinfo=SYDNEY).astimezone(UTC)  # 02:00 becomes 03:00
    assert window(forward, forward + timedelta(minutes=60), SYDNEY) == {3, 6, 7}
    back = datetime(2026, 4, 5, 2, 40, tzinfo=SYDNEY).astimezone(UTC)  # 03:00 becomes 02:00
    assert window(back, back + timedelta(minutes=60), SYDNEY) == {5, 4}


def test_a_window_is_never_longer_than_four_hours() -> None:
    now = datetime(2026, 3, 14, 10, 0, tzinfo=SYDNEY)
    assert window(now, None, SYDNEY) == window(now, now + timedelta(days=2), SYDNEY) == set(range(20, 28))


def test_a_charge_plan_makes_only_the_window_worth_buying() -> None:
    now = datetime(2026, 3, 14, 17, 18, tzinfo=SYDNEY)
    plan = charge_tariff(now, now + timedelta(minutes=30), SYDNEY, "AUD")
    buys, sells = (list(half["energy_charges"]["Summer"]["rates"].values()) for half in (plan, plan["sell_tariff"]))
    assert [index for index, rate in enumerate(buys) if rate == 0] == [34, 35]
    assert set(buys) == {0.0, 10.0}
    assert set(sells) == {0.0}
    assert plan["currency"] == "AUD"


def test_a_discharge_plan_pays_best_in_the_window_and_never_for_importing_to_export() -> None:
    now = datetime(2026, 3, 14, 17, 18, tzinfo=SYDNEY)
    plan = discharge_tariff(now, now + timedelta(minutes=30), SYDNEY)
    buys, sells = (list(half["energy_charges"]["Summer"]["rates"].values()) for half in (plan, plan["sell_tariff"]))
    assert [index for index, rate in enumerate(sells) if rate == max(sells)] == [34, 35]
    assert all(buy >= sell for buy, sell in zip(buys, sells, strict=True))
    assert "currency" not in plan


def test_powersync_knows_its_own_plans_and_no_others() -> None:
    now = datetime(2026, 3, 14, 17, 18, tzinfo=SYDNEY)
    ours = [
        neutral_tariff(),
        charge_tariff(now, None, SYDNEY),
        discharge_tariff(now, None, SYDNEY),
        compile_tariff(a_tariff([1.0] * 48, [1.0] * 48)),
    ]
    assert all(is_ours(plan) for plan in ours)
    assert all(is_ours({key: value for key, value in plan.items() if key != "code"}) for plan in ours)
    assert not is_ours(two_seasons())
    assert not is_ours({})
