"""A plan as prices for people."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.devices.capabilities import ShownRates, ShowsTariff
from app.devices.tesla.driver import Powerwall
from app.devices.tesla.plan_form import Label
from app.devices.tesla.schedule import Side, price_at
from app.devices.tesla.shown_rates import shown_rates
from app.devices.tesla.tariff import Rates, compile_rates
from tests.devices.tesla.samples import BUY_A, SELL_A, read_back, two_seasons

SYDNEY = ZoneInfo("Australia/Sydney")
MONDAY = datetime(2026, 11, 16, tzinfo=SYDNEY)
HALF_HOURS = [MONDAY + timedelta(minutes=30 * each) for each in range(48)]


def test_the_rates_of_a_daily_plan_are_those_that_were_compiled_even_after_reading_back() -> None:
    plan = compile_rates([Rates(buy, sell) for buy, sell in zip(BUY_A, SELL_A, strict=True)], Label("POWERSYNC:SYNC", "A", "A"))
    expected = tuple(ShownRates(round(buy * 100, 2), round(sell * 100, 2)) for buy, sell in zip(BUY_A, SELL_A, strict=True))
    assert shown_rates(plan, HALF_HOURS) == expected
    assert shown_rates(read_back(plan), HALF_HOURS) == expected


def test_a_seasonal_plan_says_at_each_moment_what_holds_then() -> None:
    plan = two_seasons()
    moments = [datetime(2026, month, 15, hour, 30, tzinfo=SYDNEY) for month in range(1, 13) for hour in range(0, 24, 3)]
    shown = shown_rates(plan, moments)
    for moment, rates in zip(moments, shown, strict=True):
        buy, sell = price_at(plan, Side.BUY, moment), price_at(plan, Side.SELL, moment)
        assert rates.import_c_per_kwh == (round(buy.rate * 100, 2) if buy else None)
        assert rates.feed_in_c_per_kwh == (round(sell.rate * 100, 2) if sell else None)
    assert len(set(shown)) > 2


def test_no_plan_says_nothing() -> None:
    assert shown_rates({}, HALF_HOURS[:1]) == (ShownRates(None, None),)


def test_the_powerwall_can_show_its_tariff() -> None:
    assert issubclass(Powerwall, ShowsTariff)
