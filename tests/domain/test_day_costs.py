"""What a local day costs at the meter: prices, plans with rules, and the peaks that a network bills."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.domain.baselines import AtTheMeter
from app.domain.bill_rules import BillRules, CappedFeedIn, DailyCredit, FreeImport
from app.domain.day_costs import PriceOf, cost_of_day, plan_prices
from app.domain.settings.demand import Demand, DemandWindow
from app.domain.spans import midnight
from app.domain.tariffs.time_of_use import Period, Season, TimeOfUse
from app.domain.windows import Window

SYDNEY = ZoneInfo("Australia/Sydney")
DAY = date(2026, 11, 20)
MIDNIGHT = midnight(DAY, SYDNEY)
END = MIDNIGHT + timedelta(days=1)
FLAT = TimeOfUse((Season("All year", (1, 1), (12, 31), (Period("Flat", frozenset(range(7)), time(0), time(0), 30.0, 5.0),)),))


def five_minutes(hour: int, count: int, import_wh: float = 0.0, export_wh: float = 0.0) -> list[AtTheMeter]:
    start = MIDNIGHT + timedelta(hours=hour)
    return [AtTheMeter(start + number * timedelta(minutes=5), 300.0, import_wh, export_wh) for number in range(count)]


def test_each_stretch_has_its_own_price() -> None:
    flows = five_minutes(17, 3, import_wh=100)
    prices = {flow.start: PriceOf(c, 5.0) for flow, c in zip(flows, (20.0, 40.0, -10.0), strict=True)}
    cost = cost_of_day(flows, prices, SYDNEY, Demand(), until=END)
    assert (cost.import_wh, cost.import_c, cost.feed_in_c) == (300, pytest.approx(5.0), 0.0)


def test_what_has_no_price_is_left_out_of_energy_and_money() -> None:
    flows = five_minutes(17, 2, import_wh=100, export_wh=0)
    cost = cost_of_day(flows, {flows[0].start: PriceOf(20.0, 5.0)}, SYDNEY, Demand(), until=END)
    assert (cost.import_wh, cost.import_c) == (100, 2.0)


def test_feeding_in_at_a_negative_price_costs() -> None:
    flows = five_minutes(12, 1, export_wh=1000)
    assert cost_of_day(flows, {flows[0].start: PriceOf(10.0, -4.0)}, SYDNEY, Demand(), until=END).feed_in_c == -4.0


def test_a_plan_with_rules_counts_by_its_rules() -> None:
    evening = Window(time(18), time(20))
    rules = BillRules(
        FLAT, CappedFeedIn(evening, 2_000, 15.0), DailyCredit(evening, 60.0, 100.0), FreeImport(Window(time(11), time(14)), 50.0)
    )
    flows = [*five_minutes(11, 6, import_wh=500), *five_minutes(18, 24, export_wh=125)]
    prices = plan_prices(rules, [each.start for each in flows], SYDNEY)
    cost = cost_of_day(flows, prices, SYDNEY, Demand(), rules, until=END, free_used_wh=500.0)
    assert cost.free_wh == 1000.0  # 50 Wh for each of the 30 days of November, 500 of it used before
    assert cost.import_c == pytest.approx(2.0 * 30)
    assert cost.feed_in_c == pytest.approx(3 * 5 + 2 * 10)  # 3 kWh at 5 c, the first two of them at 15 c
    assert cost.credit_c == 100.0


def test_a_credit_is_not_earned_before_its_window_is_over() -> None:
    rules = BillRules(FLAT, daily_credit=DailyCredit(Window(time(18), time(20)), 60.0, 100.0))
    flows = five_minutes(18, 12)
    prices = plan_prices(rules, [each.start for each in flows], SYDNEY)
    now = MIDNIGHT + timedelta(hours=19)
    assert cost_of_day(flows, prices, SYDNEY, Demand(), rules, until=now).credit_c == 0.0


def test_the_peak_is_the_highest_half_hour_inside_the_window_even_without_a_price() -> None:
    demand = Demand(enabled=True, windows=(DemandWindow(time(15), time(21), rate_c_per_kw=39.0),))
    flows = [*five_minutes(9, 6, import_wh=900), *five_minutes(17, 6, import_wh=250), *five_minutes(20, 6, import_wh=100)]
    (peak,) = cost_of_day(flows, {}, SYDNEY, demand, until=END).peaks
    assert (peak.kw, peak.start, peak.rate_c_per_kw) == (pytest.approx(3.0), MIDNIGHT + timedelta(hours=17), 39.0)


def test_the_last_half_hour_of_the_records_counts() -> None:
    demand = Demand(enabled=True, windows=(DemandWindow(time(15), time(21), rate_c_per_kw=39.0),))
    (peak,) = cost_of_day(five_minutes(17, 6, import_wh=250), {}, SYDNEY, demand, until=END).peaks
    assert peak.kw == pytest.approx(3.0)


def test_a_plan_that_says_nothing_about_an_hour_has_no_price_for_it() -> None:
    period = Period("Day", frozenset(range(7)), time(7), time(22), 30.0, 5.0)
    rules = BillRules(TimeOfUse((Season("All year", (1, 1), (12, 31), (period,)),)))
    night, noon = datetime(2026, 11, 19, 15, tzinfo=UTC), datetime(2026, 11, 20, 1, tzinfo=UTC)
    assert plan_prices(rules, [night, noon], SYDNEY) == {noon: PriceOf(30.0, 5.0)}
