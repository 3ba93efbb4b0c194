"""The plan of a whole year: each minute of each season's week at its own price, in as few periods as there are prices."""

import json
from copy import deepcopy
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.devices.tesla.rates import rate_from_c
from app.devices.tesla.schedule import Side, demand_schedule, price_at, same_plan, schedule
from app.devices.tesla.tariff import compile_tariff, is_ours
from app.devices.tesla.written_plan import written_out
from app.domain.tariffs.half_hourly import DemandSide
from app.domain.tariffs.seasonal import Block, SeasonalTariff, seasonal
from app.domain.tariffs.time_of_use import Season, TimeOfUse
from app.simulators import gateway_tariff
from app.simulators.gateway_tariff import GatewayTariff
from tests.devices.tesla import samples
from tests.devices.tesla.samples import entry, read_back
from tests.domain.plans import ALL, WEEKDAYS, WEEKEND, a_period, a_year, any_plan, two_seasons

DAYS = [date(2027, 1, 1) + timedelta(days=number) for number in range(0, 365, 3)] + [date(2028, 2, 29)]


def a_tariff(plan: TimeOfUse, **about: Any) -> SeasonalTariff:
    return seasonal(plan, "Australia/Sydney", "AUD", **about)


def the_plan(*periods: Any, **about: Any) -> dict[str, Any]:
    return compile_tariff(a_tariff(a_year(*periods), **about))


def moments(day: date) -> list[tuple[int, datetime]]:
    return [(slot, datetime.combine(day, datetime.min.time()) + slot * timedelta(minutes=30)) for slot in range(48)]


def test_the_known_plan_of_two_seasons_compiles_to_the_known_document() -> None:
    plan = compile_tariff(a_tariff(two_seasons(), provider="Example Power", name="Two season TOU", daily_charge_c=112.0))
    known = samples.two_seasons()
    # Winter has two prices, which are called by their order.
    for held in (known["seasons"]["Winter"]["tou_periods"], known["energy_charges"]["Winter"]["rates"]):
        held["ON_PEAK"] = held.pop("PARTIAL_PEAK")
    known["monthly_charges"] = known["sell_tariff"]["monthly_charges"] = 0
    known |= {"code": "POWERSYNC:TOU", "name": "Two season TOU (PowerSync)"}
    known["sell_tariff"]["name"] = "Two season TOU (PowerSync) export"
    assert plan == known
    assert is_ours(plan)


LOOKED_UP = [
    ("2026-01-13T16:00", "Summer", ("ON_PEAK", 0.52), ("ON_PEAK", 0.14), "2026-01-13T21:00"),
    ("2026-03-31T21:59", "Summer", ("PARTIAL_PEAK", 0.31), ("OFF_PEAK", 0.04), "2026-03-31T22:00"),
    ("2026-03-31T23:30", "Summer", ("OFF_PEAK", 0.19), ("OFF_PEAK", 0.04), "2026-04-01T00:00"),
    ("2026-04-01T06:29", "Winter", ("OFF_PEAK", 0.21), ("OFF_PEAK", 0.05), "2026-04-01T06:30"),
    ("2026-04-01T06:30", "Winter", ("ON_PEAK", 0.34), ("OFF_PEAK", 0.05), "2026-04-01T10:00"),
    ("2026-07-18T18:00", "Winter", ("OFF_PEAK", 0.21), ("OFF_PEAK", 0.05), "2026-07-19T00:00"),
    ("2026-01-18T06:59", "Summer", ("OFF_PEAK", 0.19), ("OFF_PEAK", 0.04), "2026-01-18T07:00"),
]


@pytest.mark.parametrize(("local", "season", "buy", "sell", "buy_until"), LOOKED_UP)
@pytest.mark.parametrize("shown", [lambda plan: plan, gateway_tariff.read_back], ids=["sent", "read back"])
def test_the_known_plan_gives_the_price_of_a_moment(
    local: str, season: str, buy: tuple[str, float], sell: tuple[str, float], buy_until: str, shown: Any
) -> None:
    plan, at = shown(compile_tariff(a_tariff(two_seasons()))), datetime.fromisoformat(local)
    bought, sold = price_at(plan, Side.BUY, at), price_at(plan, Side.SELL, at)
    assert bought is not None
    assert sold is not None
    assert (bought.season, bought.period, bought.rate) == (season, *buy)
    assert (sold.season, sold.period, sold.rate) == (season, *sell)
    assert bought.until == datetime.fromisoformat(buy_until)
    gateway = GatewayTariff(plan)
    assert gateway.prices(at) == (buy[1], sell[1])
    assert gateway.problems == []


def assert_covered(half: dict[str, Any]) -> None:
    """Each minute of each season's week lies in one entry, and the names match."""
    for name, season in half["seasons"].items():
        if not season["fromMonth"]:
            continue
        assert season["tou_periods"].keys() == half["energy_charges"][name]["rates"].keys()
        minutes = bytearray(7 * 1440)
        for held in season["tou_periods"].values():
            for each in held["periods"]:
                for step in range((each["toDayOfWeek"] - each["fromDayOfWeek"]) % 7 + 1):
                    midnight = (each["fromDayOfWeek"] + step) % 7 * 1440
                    start, end = (midnight + each[f"{edge}Hour"] * 60 + each[f"{edge}Minute"] for edge in ("from", "to"))
                    assert start < end
                    assert not any(minutes[start:end]), "an overlap"
                    minutes[start:end] = b"\x01" * (end - start)
        assert all(minutes), "a hole"


@given(plan=any_plan(demand=True), applies_to=st.sampled_from(DemandSide), drops_zero_rates=st.booleans(), day=st.sampled_from(DAYS))
@settings(max_examples=20, deadline=None)
def test_any_plan_covers_each_week_once_at_its_own_prices_and_is_known_again(
    plan: TimeOfUse, applies_to: DemandSide, drops_zero_rates: bool, day: date
) -> None:
    tariff = replace(a_tariff(plan, provider="Example"), demand_applies_to=applies_to)
    sent = compile_tariff(tariff)
    assert_covered(sent)
    assert_covered(sent["sell_tariff"])
    gateway = GatewayTariff(sent)
    assert gateway.problems == []
    for slot, local in moments(day):
        block = tariff.block_at(day, slot)
        assert block is not None
        buy, sell = rate_from_c(block.import_c_per_kwh), rate_from_c(block.feed_in_c_per_kwh)
        assert gateway.prices(local) == (max(buy, sell), sell)
    found = json.loads(json.dumps(gateway_tariff.read_back(sent, drops_zero_rates=drops_zero_rates)))
    for shown in (found, read_back(sent), read_back(sent, midnight_as_zero=True)):
        assert same_plan(sent, shown)
        assert same_plan(sent, dict(shown, currency="in other words"))  # by its prices, not by its text
        again = written_out(shown)
        for mine, theirs in ((sent, again), (sent["sell_tariff"], again["sell_tariff"])):
            assert (mine["seasons"], mine["energy_charges"]) == (theirs["seasons"], theirs["energy_charges"])


PLACES = st.tuples(st.integers(0, 6), st.integers(0, 47))


@given(plan=any_plan(demand=True), place=PLACES, field=st.sampled_from(["import_c_per_kwh", "feed_in_c_per_kwh", "demand_c_per_kw"]))
@settings(max_examples=20, deadline=None)
def test_one_other_half_hour_of_a_week_is_another_plan_and_other_names_are_not(plan: TimeOfUse, place: tuple[int, int], field: str) -> None:
    tariff = a_tariff(plan)

    def dearer(block: Block, day: date) -> Block:
        return replace(block, **{field: abs(getattr(block, field)) + 0.01}) if (day.weekday(), block.first) == place else block

    shown = gateway_tariff.read_back(compile_tariff(tariff))
    assert not same_plan(compile_tariff(tariff.told(dearer)), shown)
    assert same_plan(compile_tariff(tariff.told(lambda block, _: replace(block, name=f"Hour {block.first // 2}"))), shown)


def test_a_weekday_price_and_a_weekend_price_at_the_same_hour_both_arrive() -> None:
    plan = the_plan(
        a_period("Weekday peak", WEEKDAYS, "15:00", "21:00", 35, 7),
        a_period("Weekend", WEEKEND, "15:00", "21:00", 20, 7),
        a_period("Rest", ALL, "21:00", "15:00", 12, 7),
    )
    periods = plan["seasons"]["Summer"]["tou_periods"]
    assert periods["ON_PEAK"]["periods"] == [entry(0, 4, (15, 0), (21, 0))]
    assert periods["PARTIAL_PEAK"]["periods"] == [entry(5, 6, (15, 0), (21, 0))]
    assert periods["OFF_PEAK"]["periods"] == [entry(0, 6, (0, 0), (15, 0)), entry(0, 6, (21, 0), (24, 0))]
    assert plan["sell_tariff"]["seasons"]["Summer"]["tou_periods"] == {"OFF_PEAK": {"periods": [entry(0, 6, (0, 0), (24, 0))]}}


def test_a_plan_for_the_whole_year_has_an_empty_second_season_whenever_it_begins() -> None:
    flat = (a_period("Flat", ALL, "00:00", "00:00"),)
    for first, last in (((1, 1), (12, 31)), ((7, 1), (6, 30))):
        plan = compile_tariff(a_tariff(TimeOfUse((Season("Financial year", first, last, flat),))))
        for half in (plan, plan["sell_tariff"]):
            summer, winter = half["seasons"]["Summer"], half["seasons"]["Winter"]
            assert [summer[key] for key in ("fromMonth", "fromDay", "toMonth", "toDay")] == [1, 1, 12, 31]
            assert winter == {"fromMonth": 0, "fromDay": 0, "toMonth": 0, "toDay": 0, "tou_periods": {}}
            assert half["demand_charges"] == {"ALL": {"rates": {"ALL": 0}}, "Summer": {}, "Winter": {}}
            assert half["energy_charges"]["Winter"] == {}


@pytest.mark.parametrize(
    ("names", "sent"),
    [
        (("Summer", "Winter"), ["Summer", "Winter"]),
        (("winter", "summer"), ["Winter", "Summer"]),
        (("High season", "Low season"), ["Summer", "Winter"]),
        (("Wet", "Dry", "Wet"), ["Wet", "Dry", "Wet_2"]),
        (("All", "", "Été – hot"), ["Season", "Season_2", "t_hot"]),
        (("Season", "", "Season_2"), ["Season", "Season_2", "Season_2_2"]),
    ],
)
def test_seasons_have_names_that_the_app_knows_or_their_own(names: tuple[str, ...], sent: list[str]) -> None:
    months = [*[1, 5, 9][: len(names)], 13]
    flat = (a_period("Flat", ALL, "00:00", "00:00"),)
    seasons = [
        Season(name, (first, 1), (following - 1, 31 if following - 1 != 4 else 30), flat)
        for name, first, following in zip(names, months, months[1:], strict=False)
    ]
    plan = compile_tariff(a_tariff(TimeOfUse(tuple(seasons))))
    for half in (plan, plan["sell_tariff"]):
        for key in ("seasons", "energy_charges", "demand_charges"):
            assert [name for name in half[key] if name != "ALL"] == sent


def test_up_to_four_prices_have_the_apps_names_by_their_order_and_more_have_the_owners() -> None:
    hours = ["00:00", "04:00", "08:00", "12:00", "16:00", "00:00"]
    prices = [10, 60, 30, 45, 20]

    def names(count: int) -> list[str]:
        ends = [*hours[1:count], "00:00"]
        periods = [a_period(f"{price} cents", ALL, hours[at], ends[at], price) for at, price in enumerate(prices[:count])]
        return list(the_plan(*periods)["energy_charges"]["Summer"]["rates"].items())  # type: ignore[arg-type]

    assert names(1) == [("OFF_PEAK", 0.1)]
    assert names(2) == [("ON_PEAK", 0.6), ("OFF_PEAK", 0.1)]
    assert names(3) == [("ON_PEAK", 0.6), ("PARTIAL_PEAK", 0.3), ("OFF_PEAK", 0.1)]
    assert names(4) == [("ON_PEAK", 0.6), ("PARTIAL_PEAK", 0.45), ("OFF_PEAK", 0.3), ("SUPER_OFF_PEAK", 0.1)]
    assert names(5) == [("60_cents", 0.6), ("45_cents", 0.45), ("30_cents", 0.3), ("20_cents", 0.2), ("10_cents", 0.1)]


def test_alike_names_of_unlike_prices_are_counted() -> None:
    periods = [a_period(name, ALL, f"{hour:02d}:00", f"{(hour + 4) % 24:02d}:00", price) for name, hour, price in
               (("Peak", 0, 60), ("Peak", 4, 50), ("all", 8, 40), ("!", 12, 30), ("x" * 60, 16, 20), ("Peak", 20, 60))]  # fmt: skip
    rates = the_plan(*periods)["energy_charges"]["Summer"]["rates"]
    assert rates == {"Peak": 0.6, "Peak_2": 0.5, "PERIOD": 0.4, "PERIOD_2": 0.3, "x" * 40: 0.2}


def test_days_over_the_end_of_the_week_share_an_entry() -> None:
    plan = the_plan(a_period("Long weekend", {4, 5, 6, 0}, "00:00", "00:00", 20), a_period("Week", {1, 2, 3}, "00:00", "00:00", 40))
    periods = plan["seasons"]["Summer"]["tou_periods"]
    assert periods["OFF_PEAK"]["periods"] == [entry(4, 0, (0, 0), (24, 0))]
    assert periods["ON_PEAK"]["periods"] == [entry(1, 3, (0, 0), (24, 0))]
    found = read_back(plan)
    assert found["seasons"]["Summer"]["tou_periods"]["OFF_PEAK"]["periods"] == [{"fromDayOfWeek": 4, "toHour": 24}]
    assert schedule(found, Side.BUY) == schedule(plan, Side.BUY)
    assert written_out(found)["seasons"] == plan["seasons"]


def test_days_apart_have_an_entry_each() -> None:
    plan = the_plan(a_period("Odd", {0, 2, 4, 6}, "00:00", "00:00", 20), a_period("Even", {1, 3, 5}, "00:00", "00:00", 40))
    periods = plan["seasons"]["Summer"]["tou_periods"]
    assert [(each["fromDayOfWeek"], each["toDayOfWeek"]) for each in periods["OFF_PEAK"]["periods"]] == [(2, 2), (4, 4), (6, 0)]


def test_charges_and_currency_stand_in_the_plan() -> None:
    plan = the_plan(a_period("Flat", ALL, "00:00", "00:00"), daily_charge_c=112.34, monthly_charge_c=1500.0, provider="Example Power")
    assert (plan["daily_charges"], plan["monthly_charges"], plan["currency"]) == ([{"name": "Supply", "amount": 1.1234}], 15.0, "AUD")
    assert (plan["name"], plan["utility"], plan["code"]) == ("Example Power (PowerSync)", "Example Power", "POWERSYNC:TOU")
    assert (plan["sell_tariff"]["daily_charges"], plan["sell_tariff"]["monthly_charges"]) == ([{"name": "Charge"}], 0)


# Demand rates


DEMANDING = (
    a_period("Peak", WEEKDAYS, "15:00", "21:00", 30, 5, demand_c_per_kw=39.485),
    a_period("Weekend peak", WEEKEND, "15:00", "21:00", 30, 5),
    a_period("Rest", ALL, "21:00", "15:00", 20, 5),
)


def test_a_demand_rate_divides_hours_of_one_price() -> None:
    plan = the_plan(*DEMANDING)
    assert plan["energy_charges"]["Summer"]["rates"] == {"ON_PEAK": 0.3, "PARTIAL_PEAK": 0.3, "OFF_PEAK": 0.2}
    assert plan["demand_charges"] == {
        "ALL": {"rates": {"ALL": 0}},
        "Summer": {"rates": {"ON_PEAK": 0.3948, "PARTIAL_PEAK": 0.0, "OFF_PEAK": 0.0}},
        "Winter": {},
    }
    assert plan["seasons"]["Summer"]["tou_periods"]["ON_PEAK"]["periods"] == [entry(0, 4, (15, 0), (21, 0))]
    assert plan["sell_tariff"]["demand_charges"] == {"ALL": {"rates": {"ALL": 0}}, "Summer": {}, "Winter": {}}
    assert list(plan["sell_tariff"]["energy_charges"]["Summer"]["rates"]) == ["OFF_PEAK"]


@pytest.mark.parametrize(
    ("applies_to", "on_buy", "on_sell"), [(DemandSide.BUY, True, False), (DemandSide.SELL, False, True), (DemandSide.BOTH, True, True)]
)
def test_demand_rates_stand_on_the_side_that_the_owner_chose(applies_to: DemandSide, on_buy: bool, on_sell: bool) -> None:
    plan = compile_tariff(replace(a_tariff(a_year(*DEMANDING)), demand_applies_to=applies_to))
    for side, is_told in ((Side.BUY, on_buy), (Side.SELL, on_sell)):
        (run,) = demand_schedule(plan, side) or ()
        assert {rate for _, _, rate in run.week} == ({0.0, 0.3948} if is_told else {0.0})


def test_another_demand_rate_is_another_plan_where_the_device_tells_any() -> None:
    sent, without = the_plan(*DEMANDING), the_plan(*(replace(each, demand_c_per_kw=0.0) for each in DEMANDING))
    found = read_back(sent)
    assert same_plan(sent, found)
    assert not same_plan(sent, read_back(without))
    assert not same_plan(without, found)
    silent = deepcopy(found)
    del silent["demand_charges"], silent["sell_tariff"]["demand_charges"]
    assert same_plan(sent, silent)
    assert same_plan(without, silent)
