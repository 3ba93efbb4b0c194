"""What a plan means, however it is written."""

from copy import deepcopy
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.devices.tesla.plan_form import Label
from app.devices.tesla.schedule import Side, price_at, same_plan, schedule
from app.devices.tesla.tariff import NEUTRAL_CODE, Rates, compile_rates, neutral_tariff
from app.devices.tesla.weeks import expand, week_of
from tests.devices.tesla.samples import BUY_A, SELL_A, entry, read_back, season, two_seasons


def a_plan(code: str = "POWERSYNC:SYNC", **rates: float) -> dict[str, Any]:
    plan = compile_rates(
        [Rates(buy, sell) for buy, sell in zip(BUY_A, SELL_A, strict=True)], Label(code, "Amber (PowerSync)", "Amber", "AUD")
    )
    plan["energy_charges"]["Summer"]["rates"] |= rates
    return plan


def clock(text: str) -> datetime:
    """The site's wall clock."""
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("fields", "spans"),
    [
        ((0, 4, 15, 0, 21, 0), ((900, 1260), (2340, 2700), (3780, 4140), (5220, 5580), (6660, 7020))),
        ((0, 6, 23, 30, 24, 0), tuple((1410 + day * 1440, 1440 + day * 1440) for day in range(7))),
        ((5, 5, 22, 0, 6, 0), ((8520, 9000),)),
        ((6, 6, 22, 0, 6, 0), ((0, 360), (9960, 10080))),
        ((4, 0, 0, 0, 0, 0), ((0, 1440), (5760, 7200), (7200, 8640), (8640, 10080))),
    ],
)
def test_an_entry_covers_its_minutes_of_the_week(fields: tuple[int, ...], spans: tuple[tuple[int, int], ...]) -> None:
    assert expand(entry(fields[0], fields[1], fields[2:4], fields[4:6])) == spans  # type: ignore[arg-type]


def test_an_entry_whose_zeros_were_dropped_means_the_same() -> None:
    assert expand({"toDayOfWeek": 6, "fromMinute": 30, "toHour": 1}) == tuple((day * 1440 + 30, day * 1440 + 60) for day in range(7))
    assert expand({}) == tuple((day * 1440, (day + 1) * 1440) for day in range(7))
    last_hour = {"toDayOfWeek": 6, "fromHour": 23, "toMinute": 60, "toHour": 23}
    assert expand(last_hour) == tuple((day * 1440 + 1380, (day + 1) * 1440) for day in range(7))


@pytest.mark.parametrize(
    ("local", "buy", "sell", "buy_until"),
    [
        ("2026-01-13T16:00", ("Summer", "ON_PEAK", 0.52), ("ON_PEAK", 0.14), "2026-01-13T21:00"),
        ("2026-03-31T21:59", ("Summer", "PARTIAL_PEAK", 0.31), ("OFF_PEAK", 0.04), "2026-03-31T22:00"),
        ("2026-03-31T23:30", ("Summer", "OFF_PEAK", 0.19), ("OFF_PEAK", 0.04), "2026-04-01T00:00"),
        ("2026-04-01T06:29", ("Winter", "OFF_PEAK", 0.21), ("OFF_PEAK", 0.05), "2026-04-01T06:30"),
        ("2026-04-01T06:30", ("Winter", "PARTIAL_PEAK", 0.34), ("OFF_PEAK", 0.05), "2026-04-01T10:00"),
        ("2026-07-18T18:00", ("Winter", "OFF_PEAK", 0.21), ("OFF_PEAK", 0.05), "2026-07-19T00:00"),
        ("2026-01-18T06:59", ("Summer", "OFF_PEAK", 0.19), ("OFF_PEAK", 0.04), "2026-01-18T07:00"),
    ],
)
@pytest.mark.parametrize("shown", [lambda plan: plan, read_back, lambda plan: read_back(plan, midnight_as_zero=True)])
def test_a_seasonal_plan_gives_the_price_of_a_moment(
    local: str, buy: tuple[str, str, float], sell: tuple[str, float], buy_until: str, shown: Any
) -> None:
    plan, at = shown(two_seasons()), clock(local)
    bought, sold = price_at(plan, Side.BUY, at), price_at(plan, Side.SELL, at)
    assert bought is not None
    assert sold is not None
    assert (bought.season, bought.period, bought.rate) == buy
    assert (sold.period, sold.rate) == sell
    assert bought.until == clock(buy_until)


def test_a_period_over_midnight_ends_with_its_season() -> None:
    plan = {
        "energy_charges": {"Summer": {"rates": {"NIGHT": 0.1, "DAY": 0.3}}, "Winter": {"rates": {"ALL": 0.2}}},
        "seasons": {
            "Summer": season((10, 1), (3, 31), NIGHT=[entry(0, 6, (22, 0), (6, 0))], DAY=[entry(0, 6, (6, 0), (22, 0))]),
            "Winter": season((4, 1), (9, 30), FLAT=[entry(0, 6, (0, 0), (24, 0))]),
        },
    }
    late = price_at(plan, Side.BUY, clock("2026-03-31T23:00"))
    assert late is not None
    assert (late.rate, late.until) == (0.1, clock("2026-04-01T00:00"))
    usual = price_at(plan, Side.BUY, clock("2026-03-30T23:00"))
    assert usual is not None
    assert usual.until == clock("2026-03-31T06:00")
    assert price_at(plan, Side.BUY, clock("2026-04-01T00:00")).rate == 0.2  # type: ignore[union-attr]


def test_the_29th_of_february_is_priced_like_the_28th() -> None:
    whole_day = [entry(0, 6, (0, 0), (24, 0))]
    plan = {
        "energy_charges": {"A": {"rates": {"ALL": 0.1}}, "B": {"rates": {"ALL": 0.2}}},
        "seasons": {"A": season((1, 1), (2, 28), X=whole_day), "B": season((3, 1), (12, 31), X=whole_day)},
    }
    assert price_at(plan, Side.BUY, clock("2028-02-29T12:00")).rate == 0.1  # type: ignore[union-attr]


@pytest.mark.parametrize("make", [two_seasons, a_plan, neutral_tariff])
@pytest.mark.parametrize("midnight_as_zero", [False, True])
@pytest.mark.parametrize("without_all", [False, True])
def test_a_plan_read_back_with_its_zeros_dropped_is_the_same_plan(make: Any, midnight_as_zero: bool, without_all: bool) -> None:
    sent = make()
    found = read_back(sent, midnight_as_zero=midnight_as_zero, without_all=without_all)
    assert found != sent
    assert same_plan(sent, found)
    assert same_plan(found, sent)
    assert schedule(found, Side.BUY) == schedule(sent, Side.BUY)


def test_a_rate_of_zero_that_was_dropped_is_still_zero() -> None:
    sent = a_plan()
    found = read_back(sent)
    for half in (found, found["sell_tariff"]):
        rates = half["energy_charges"]["Summer"]["rates"]
        half["energy_charges"]["Summer"]["rates"] = {period: rate for period, rate in rates.items() if rate}
    assert same_plan(sent, found)


def test_a_monday_only_entry_whose_days_were_dropped_is_told_from_a_whole_week() -> None:
    plan = {
        "energy_charges": {"Summer": {"rates": {"MONDAY": 0.5, "REST": 0.2}}},
        "seasons": {"Summer": season((1, 1), (12, 31), MONDAY=[entry(0, 0, (0, 0), (24, 0))], REST=[entry(1, 6, (0, 0), (24, 0))])},
    }
    found = read_back(plan)
    assert found["seasons"]["Summer"]["tou_periods"]["MONDAY"]["periods"] == [{"toHour": 24}]
    assert schedule(found, Side.BUY) == schedule(plan, Side.BUY)
    whole_week = {
        "energy_charges": {"Summer": {"rates": {"FLAT": 0.5}}},
        "seasons": {"Summer": season((1, 1), (12, 31), FLAT=[{"toHour": 24}])},
    }
    assert schedule(whole_week, Side.BUY) == ((1, 1, ((0, 10080, 0.5),)),)


@pytest.mark.parametrize(
    ("entries", "days"),
    [
        ({"WEEKEND": entry(5, 6, (0, 0), (24, 0)), "REST": entry(0, 4, (0, 0), (24, 0))}, [5, 6]),
        ({"WEEKEND": entry(5, 0, (0, 0), (24, 0)), "REST": entry(1, 4, (0, 0), (24, 0))}, [0, 5, 6]),
        ({"WEEKEND": entry(6, 0, (0, 0), (24, 0)), "MONDAY": entry(1, 1, (0, 0), (24, 0)), "REST": entry(2, 5, (0, 0), (24, 0))}, [0, 6]),
        ({"WEEKEND": entry(5, 6, (0, 0), (24, 0)), "MONDAY": entry(0, 0, (0, 0), (24, 0)), "REST": entry(1, 4, (0, 0), (24, 0))}, [5, 6]),
        (
            {"WEEKEND": entry(4, 0, (22, 0), (6, 0)), "DAY": entry(0, 6, (6, 0), (22, 0)), "REST": entry(1, 3, (22, 0), (6, 0))},
            [0, 4, 5, 6],
        ),
    ],
    ids=["until Sunday", "around to Monday", "Sunday and Monday", "beside a Monday", "nights"],
)
@pytest.mark.parametrize("is_dropped", [False, True])
def test_a_last_day_that_was_dropped_is_found_by_what_is_free(
    entries: dict[str, dict[str, int]], days: list[int], is_dropped: bool
) -> None:
    shown = season((1, 1), (12, 31), **{name: [fields] for name, fields in entries.items()})
    if is_dropped:  # a device that leaves out what the form takes for granted
        shown["tou_periods"] = {
            name: {"periods": [{key: value for key, value in fields.items() if value and (key, value) != ("toDayOfWeek", 6)}]}
            for name, fields in entries.items()
        }
    half = {"seasons": {"Summer": shown}, "energy_charges": {"Summer": {"rates": dict.fromkeys(entries, 0.1) | {"WEEKEND": 0.5}}}}
    began = {
        span.start // 1440
        for span in week_of(half, "Summer")
        if span.rate == 0.5 and span.start % 1440 == entries["WEEKEND"]["fromHour"] * 60
    }
    assert sorted(began) == days


def test_a_whole_week_may_say_its_first_day_alone() -> None:
    half = {"seasons": {"Summer": season((1, 1), (12, 31), FLAT=[{"fromDayOfWeek": 0, "toHour": 24}])}}
    assert [(span.start, span.end) for span in week_of(half, "Summer")] == [(day * 1440, (day + 1) * 1440) for day in range(7)]


def test_how_a_day_is_cut_and_named_means_nothing() -> None:
    coarse = {
        "code": "A",
        "energy_charges": {"Summer": {"rates": {"FLAT": 0.25}}},
        "seasons": {"Summer": season((1, 1), (12, 31), FLAT=[entry(0, 6, (0, 0), (24, 0))])},
    }
    flat = [Rates(0.25, 0.0)] * 48
    assert same_plan(coarse, compile_rates(flat, Label("B", "B", "B")) | {"sell_tariff": {}})


@given(slot=st.integers(0, 47), step=st.sampled_from([0.0001, -0.0001, 1.0]))
def test_one_rate_that_differs_in_the_fourth_decimal_is_another_plan(slot: int, step: float) -> None:
    sent, period = a_plan(), f"PERIOD_{slot // 2:02d}_{slot % 2 * 30:02d}"
    found = read_back(sent)
    for half in (found, found["sell_tariff"]):
        changed = deepcopy(found)
        rates = (changed if half is found else changed["sell_tariff"])["energy_charges"]["Summer"]["rates"]
        rates[period] = abs(rates[period] + step) if rates[period] + step != 0 else 0.5
        assert not same_plan(sent, changed)


def test_a_difference_beyond_the_fourth_decimal_is_none() -> None:
    found = read_back(a_plan())
    rates = found["energy_charges"]["Summer"]["rates"]
    rates["PERIOD_18_00"] += 0.00001
    assert same_plan(a_plan(), found)


def test_other_days_or_seasons_are_another_plan() -> None:
    shifted = two_seasons()
    shifted["seasons"]["Summer"]["tou_periods"]["ON_PEAK"]["periods"][0]["toDayOfWeek"] = 3
    assert not same_plan(two_seasons(), shifted)
    longer = two_seasons()
    longer["seasons"]["Summer"]["toDay"] = 30
    assert not same_plan(two_seasons(), longer)


def test_without_rates_in_the_answer_code_and_name_decide() -> None:
    sent = a_plan()
    assert same_plan(sent, {"code": "POWERSYNC:SYNC", "name": "Amber (PowerSync)"})
    assert not same_plan(sent, {"code": "POWERSYNC:CHARGE", "name": "Amber (PowerSync)"})
    assert not same_plan(sent, {"version": 1})
    assert not same_plan(sent, {})


def test_an_owners_plan_is_not_ours_even_at_the_same_prices() -> None:
    assert not same_plan(a_plan(code="EXAMPLE") | {"name": "My plan"}, a_plan())


def test_no_plan_is_shown_by_anything_but_our_own_plans() -> None:
    assert same_plan({}, {})
    assert same_plan({}, two_seasons())
    assert same_plan({}, read_back(neutral_tariff()))
    assert not same_plan({}, a_plan())
    assert neutral_tariff()["code"] == NEUTRAL_CODE


KEYS = ["seasons", "Summer", "tou_periods", "A", "periods", "rates", "energy_charges", "fromMonth", "toMonth", "toDay", "fromHour"]
garbage = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 99) | st.floats(allow_nan=False) | st.sampled_from(["", "x", "true"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=15,
)


@given(plan=st.dictionaries(st.sampled_from(["seasons", "energy_charges", "sell_tariff", "code", "name"]), garbage))
def test_a_plan_of_any_form_can_be_compared(plan: dict[str, Any]) -> None:
    same_plan(plan, two_seasons())
    same_plan(two_seasons(), plan)
    price_at(plan, Side.SELL, clock("2026-02-28T12:00"))


numbers = st.integers(-5, 99) | st.floats(allow_nan=False)
entries = st.dictionaries(st.sampled_from(["fromDayOfWeek", "toDayOfWeek", "fromHour", "fromMinute", "toHour", "toMinute"]), numbers)


@given(first=numbers, last=numbers, entries=st.lists(entries, max_size=4))
def test_entries_out_of_all_bounds_can_be_compared(first: float, last: float, entries: list[dict[str, float]]) -> None:
    dates = {"fromMonth": 1, "fromDay": first, "toMonth": 11, "toDay": last}
    plan = {
        "energy_charges": {"Summer": {"rates": {"A": 0.3}}},
        "seasons": {"Summer": dates | {"tou_periods": {"A": {"periods": entries}}}},
    }
    assert same_plan(plan, plan | {"version": 2})
    price_at(plan, Side.BUY, clock("2026-02-28T12:00"))
