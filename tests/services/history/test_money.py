"""Money of a span: what it cost and earned, and what it is compared with, with what it rests on."""

from datetime import date, datetime

import pytest
from sqlalchemy.orm import Session

from app.domain.day_costs import Way
from app.domain.demand import charge_c
from app.domain.spans import SpanKind, span_of
from app.services.demand_costs import demand_month
from app.services.history.money import MoneyHistory, money_history
from tests.conftest import NOW
from tests.services.summaries.homes import RecordedHome, a_day_of_sun

MONDAY, TODAY, YESTERDAY = date(2026, 11, 16), date(2026, 11, 20), date(2026, 11, 19)
EVENING = {"start": "18:00", "end": "22:00", "days": "all", "rate_c_per_kw": 40.0}


def history(home: RecordedHome, kind: SpanKind = SpanKind.MONTH, day: date = TODAY, now: datetime = NOW) -> MoneyHistory:
    return money_history(home.session, home.site, now, span_of(kind, day))


def four_days(session: Session) -> RecordedHome:
    return RecordedHome(session).metered(MONDAY, YESTERDAY).priced(MONDAY, TODAY).rolled_up()


def test_a_month_is_its_days_together(session: Session) -> None:
    found = history(four_days(session))
    assert found.total is not None
    assert (found.total.import_c, found.total.feed_in_c) == (pytest.approx(4 * 144), pytest.approx(4 * 24))
    assert found.total.result_c == pytest.approx(4 * (24 - 144))
    assert [row.metered is not None for row in found.rows] == [False] * 15 + [True] * 4 + [False]


def test_the_three_ways_stand_side_by_side_on_the_same_days(session: Session) -> None:
    comparison = history(four_days(session)).comparison
    assert comparison is not None
    assert comparison.ways[Way.NO_BATTERY].result_c == pytest.approx(4 * (60 - 288))
    assert comparison.better_c(Way.NO_BATTERY) == pytest.approx(4 * (288 - 60 - 144 + 24))
    alone = comparison.better_c(Way.ON_ITS_OWN)
    assert alone is not None
    assert alone < 0  # this battery wastes its charge
    assert comparison.coverage_pct == pytest.approx(100 * 4 * 24 / (19 * 24 + 16 + 40 / 60))


def test_days_that_do_not_know_every_way_are_left_out_of_the_comparison_alone(session: Session) -> None:
    home = RecordedHome(session, facts={}).metered(MONDAY, YESTERDAY, soc=lambda _: None).priced(MONDAY, TODAY).rolled_up()
    home.settings("own_battery", usable_wh=10_000, max_charge_w=5_000, max_discharge_w=5_000).rolled_up()
    assert set(history(home).comparison.ways) == {Way.METERED, Way.NO_BATTERY}  # type: ignore[union-attr]
    home.metered(TODAY).rolled_up()
    found = history(home)
    assert found.total is not None
    assert found.comparison is not None
    assert set(found.comparison.ways) == set(Way)
    assert found.comparison.ways[Way.METERED].import_c < found.total.import_c
    assert found.comparison.coverage_pct is not None
    assert found.coverage_pct is not None
    assert found.comparison.coverage_pct < found.coverage_pct


def test_supply_charges_fall_on_measured_days_and_alike_in_every_way(session: Session) -> None:
    home = four_days(session).settings("supply_charges", daily_c=110, monthly_c=300)
    found = history(home)
    assert found.comparison is not None
    assert {way: money.supply_c for way, money in found.comparison.ways.items()} == {way: pytest.approx(4 * (110 + 10)) for way in Way}


def test_unknown_supply_charges_stay_unknown(session: Session) -> None:
    total = history(four_days(session)).total
    assert total is not None
    assert (total.supply_c, total.charges_c) == (None, 0.0)


def test_a_demand_charge_is_borne_by_its_days_in_equal_shares(session: Session) -> None:
    home = RecordedHome(session).settings("demand", enabled=True, windows=[EVENING])
    home.metered(MONDAY, YESTERDAY).priced(MONDAY, TODAY).rolled_up()
    found = history(home)
    assert found.comparison is not None
    # Without the battery the evening runs at 1.2 kW, at 40 c a kW and day; with it nothing is imported.
    assert found.comparison.ways[Way.NO_BATTERY].demand_c == pytest.approx(4 * 1.2 * 40)
    assert found.comparison.ways[Way.METERED].demand_c == 0.0


def test_the_shares_of_all_days_are_the_charge_of_the_demand_page(session: Session) -> None:
    window = {**EVENING, "start": "00:00", "end": "06:00", "rate_c_per_kw": 900.0}
    home = RecordedHome(session).settings("demand", enabled=True, unit="month", windows=[window])
    first, now = date(2026, 10, 1), NOW
    home.metered(first, TODAY).priced(first, TODAY).rolled_up()
    total = history(home, day=first, now=now).total
    assert total is not None
    page = demand_month(session, home.site, datetime(2026, 10, 31, 12, tzinfo=now.tzinfo))
    assert page.cost.expected_c == pytest.approx(charge_c(0.3, 900.0, "month", 31))
    assert total.demand_c == pytest.approx(page.cost.expected_c)


def test_a_peak_counts_for_the_whole_billing_month_also_outside_the_span(session: Session) -> None:
    home = RecordedHome(session).settings("demand", enabled=True, windows=[{**EVENING, "start": "12:00", "end": "13:00"}])
    home.metered(MONDAY, flow=lambda hour: {"load_wh": 500, "import_wh": 500}).metered(date(2026, 11, 17), YESTERDAY)
    home.priced(MONDAY, TODAY).rolled_up()
    total = history(home, SpanKind.DAY, YESTERDAY).total
    assert total is not None
    assert total.demand_c == pytest.approx(6.0 * 40)


def test_a_demand_charge_without_a_rate_is_not_known(session: Session) -> None:
    home = RecordedHome(session).settings("demand", enabled=True, windows=[{**EVENING, "rate_c_per_kw": 0}])
    found = history(home.metered(MONDAY, YESTERDAY).priced(MONDAY, TODAY).rolled_up())
    assert found.total is not None
    assert (found.total.demand_c, found.lacks_demand_rate) == (None, True)


def test_without_a_settled_price_there_is_no_money(session: Session) -> None:
    found = history(RecordedHome(session).metered(MONDAY, YESTERDAY).priced(MONDAY, TODAY, quality="forecast").rolled_up())
    assert (found.total, found.comparison, found.coverage_pct) == (None, None, 0.0)
    assert found.measured_pct is not None
    assert found.measured_pct > 20


def test_what_the_battery_still_holds_is_told_and_in_no_result(session: Session) -> None:
    def soc(hour: float) -> float:
        return 20.0 + hour * 3

    comparison = history(
        RecordedHome(session).metered(YESTERDAY, soc=soc).priced(YESTERDAY).rolled_up(), SpanKind.DAY, YESTERDAY
    ).comparison
    assert comparison is not None
    metered, alone = comparison.ways[Way.METERED], comparison.ways[Way.ON_ITS_OWN]
    assert metered.gained_wh == pytest.approx((soc(23 + 55 / 60) - soc(0)) * 100, abs=1)
    assert alone.gained_wh is not None
    assert comparison.stored_more_wh == pytest.approx(metered.gained_wh - alone.gained_wh)


def test_a_day_has_its_half_hours_and_a_year_its_months(session: Session) -> None:
    home = four_days(session)
    day, year = history(home, SpanKind.DAY, YESTERDAY), history(home, SpanKind.YEAR)
    assert len(day.rows) == 48
    assert sum(row.metered.import_c for row in day.rows if row.metered) == pytest.approx(144)
    assert [row.part.first.month for row in year.rows if row.part and row.metered] == [11]
    assert year.rows[10].better_c(Way.NO_BATTERY) == pytest.approx(4 * 108)


def test_paying_to_feed_in_costs(session: Session) -> None:
    home = RecordedHome(session).metered(MONDAY, flow=a_day_of_sun).priced(MONDAY, feed_in_c=-5.0).rolled_up()
    total = history(home).total
    assert total is not None
    assert total.result_c == pytest.approx(-24 - 144)
