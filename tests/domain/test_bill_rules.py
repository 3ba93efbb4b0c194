"""What a bill counts by the day and the month: the better feed-in up to its cap, the credit, the pool of free energy."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.bill_rules import (
    BillRules,
    CappedFeedIn,
    CreditStatus,
    DailyCredit,
    FreeImport,
    Metered,
    Settlement,
    SpikeBonus,
    pool_wh,
    settle,
)
from app.domain.tariffs.time_of_use import TimeOfUse
from app.domain.windows import Window

SYDNEY = ZoneInfo("Australia/Sydney")
EVENING, NOON = Window(time(18), time(21)), Window(time(12), time(15))
SUPER, CREDIT, FREE = CappedFeedIn(EVENING, 15_000, 10.0), DailyCredit(EVENING, 90, 100.0), FreeImport(NOON, 50_000)
DAY = date(2026, 11, 20)


def rules(**more: object) -> BillRules:
    return BillRules(TimeOfUse(()), **more)  # type: ignore[arg-type]


def at(clock: str, day: date = DAY) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), SYDNEY)


def midnight_after(day: date = DAY) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), SYDNEY)


def a_row(start: datetime, import_wh: float = 0.0, export_wh: float = 0.0, **more: bool) -> Metered:
    return Metered(start, import_wh, export_wh, import_c_per_kwh=30.0, feed_in_c_per_kwh=2.0, **more)


def a_day(day: date = DAY, **energy: tuple[float, float]) -> list[Metered]:
    """Every half-hour of a day, with (import, export) where "18:30" is written as h1830."""
    starts = [at(f"{slot // 2:02d}:{slot % 2 * 30:02d}", day) for slot in range(48)]
    return [a_row(start, *energy.get(f"h{start:%H%M}", (0.0, 0.0))) for start in starts]


def settled(found: BillRules, metered: list[Metered], until: datetime | None = None, used_wh: float = 0.0) -> Settlement:
    return settle(found, metered, SYDNEY, until or midnight_after(), used_wh)


EXPORTS = {"h1800": (0.0, 4000.0), "h1830": (0.0, 5000.0), "h1900": (0.0, 5000.0), "h1930": (0.0, 3000.0)}


def test_the_worked_example_earns_one_dollar_54_and_one_dollar() -> None:
    found = settled(rules(capped_feed_in=SUPER, daily_credit=CREDIT), a_day(**EXPORTS))
    assert round(found.feed_in_c, 9) == 154.0
    assert found.credit_c == 100.0
    assert found.days[0].capped_wh == 15_000
    assert round(found.cost_c, 9) == -254.0


def test_what_is_exported_outside_the_window_earns_the_base_price() -> None:
    found = settled(rules(capped_feed_in=SUPER), a_day(h1730=(0.0, 1000.0), h2100=(0.0, 1000.0), h2030=(0.0, 1000.0)))
    assert round(found.feed_in_c, 9) == 2.0 + 2.0 + 10.0


def test_the_cap_begins_anew_each_day() -> None:
    days = [*a_day(**EXPORTS), *a_day(DAY + timedelta(days=1), **EXPORTS)]
    found = settled(rules(capped_feed_in=SUPER), days, midnight_after(DAY + timedelta(days=1)))
    assert [day.capped_wh for day in found.days] == [15_000, 15_000]


def test_a_base_price_above_the_better_one_loses_nothing() -> None:
    row = Metered(at("18:00"), 0.0, 1000.0, 30.0, 12.0)
    assert settled(rules(capped_feed_in=SUPER), [row]).feed_in_c == 12.0


@pytest.mark.parametrize(
    ("imported_wh", "until", "status"),
    [
        (0.0, "17:00", CreditStatus.ELIGIBLE),
        (71.0, "18:30", CreditStatus.ELIGIBLE),
        (72.0, "18:30", CreditStatus.AT_RISK),
        (90.0, "18:30", CreditStatus.AT_RISK),
        (91.0, "18:30", CreditStatus.LOST),
        (90.0, "20:59", CreditStatus.AT_RISK),
        (90.0, "21:00", CreditStatus.EARNED),
        (90.001, "21:00", CreditStatus.LOST),
    ],
)
def test_the_credit_is_at_risk_from_80_percent_and_lost_on_the_first_wh_above(imported_wh: float, until: str, status: CreditStatus) -> None:
    metered = [row for row in a_day(h1800=(imported_wh, 0.0)) if row.start < at(until)]
    credit = settled(rules(daily_credit=CREDIT), metered, at(until)).days[0].credit
    assert credit is not None
    assert credit.status is status
    assert credit.earned_c == (100.0 if status is CreditStatus.EARNED else 0.0)


def test_imports_outside_the_window_do_not_touch_the_credit() -> None:
    found = settled(rules(daily_credit=CREDIT), a_day(h1730=(5000.0, 0.0), h2100=(5000.0, 0.0)))
    assert found.credit_c == 100.0


def test_a_half_hour_that_was_not_measured_is_no_zero() -> None:
    metered = [row for row in a_day() if row.start != at("19:00")]
    found = settled(rules(daily_credit=CREDIT), metered)
    assert found.days[0].credit is not None
    assert found.days[0].credit.status is CreditStatus.UNKNOWN
    assert found.credit_c == 0.0
    assert (found.days[0].measured, found.days[0].passed) == (47, 48)
    lost = [row for row in a_day(h1800=(91.0, 0.0)) if row.start != at("19:00")]
    assert settled(rules(daily_credit=CREDIT), lost).days[0].credit.status is CreditStatus.LOST  # type: ignore[union-attr]


def test_a_day_of_which_nothing_was_measured_earns_nothing() -> None:
    days = [*a_day(), *a_day(DAY + timedelta(days=2))]
    found = settled(rules(daily_credit=CREDIT), days, midnight_after(DAY + timedelta(days=2)))
    assert [day.credit.status.value if day.credit else None for day in found.days] == ["earned", "unknown", "earned"]


@pytest.mark.parametrize(("day", "kwh"), [("2027-02-10", 1400), ("2028-02-10", 1450), ("2026-11-20", 1500), ("2026-12-31", 1550)])
def test_the_pool_is_as_large_as_the_month_is_long(day: str, kwh: int) -> None:
    assert pool_wh(FREE, date.fromisoformat(day)) == kwh * 1000


def test_imports_in_the_free_hours_cost_nothing_until_the_pool_is_used_up() -> None:
    day = a_day(h1130=(1000.0, 0.0), h1200=(1000.0, 0.0), h1430=(3000.0, 0.0), h1500=(1000.0, 0.0))
    found = settled(rules(free_import=FREE), day)
    assert round(found.import_c, 9) == 60.0
    nearly_used = settled(rules(free_import=FREE), day, used_wh=1_498_000)
    assert round(nearly_used.import_c, 9) == 60.0 + 60.0
    assert [(pool.year, pool.month, pool.pool_wh, pool.used_wh) for pool in nearly_used.pools] == [(2026, 11, 1_500_000, 1_500_000)]


def test_the_pool_is_full_again_in_the_new_month() -> None:
    last, first = date(2026, 11, 30), date(2026, 12, 1)
    days = [*a_day(last, h1200=(1000.0, 0.0)), *a_day(first, h1200=(1000.0, 0.0))]
    found = settle(rules(free_import=FREE), days, SYDNEY, midnight_after(first), free_used_wh=1_500_000)
    assert [round(day.import_c, 9) for day in found.days] == [30.0, 0.0]
    assert [(pool.month, pool.used_wh) for pool in found.pools] == [(11, 1_500_000), (12, 1000)]


def test_a_pool_without_an_end_is_never_used_up() -> None:
    found = settled(rules(free_import=FreeImport(NOON, None)), a_day(h1200=(9_000_000.0, 0.0)))
    assert found.import_c == 0.0
    assert found.pools[0].pool_wh is None


def test_a_bonus_in_spikes_is_counted_only_where_it_is_known() -> None:
    rows = [a_row(at("15:00"), 0.0, 1000.0, is_spike=True), a_row(at("15:30"), 0.0, 1000.0)]
    assert settled(rules(spike_bonus=SpikeBonus(3000.0, 100.0)), rows).feed_in_c == 104.0
    assert settled(rules(spike_bonus=SpikeBonus(3000.0)), rows).feed_in_c == 4.0


@pytest.mark.parametrize(("day", "count"), [("2026-10-04", 46), ("2026-04-05", 50), ("2026-11-20", 48)])
def test_a_day_has_the_half_hours_of_its_clock(day: str, count: int) -> None:
    on = date.fromisoformat(day)
    night = DailyCredit(Window(time(1), time(4)), 90, 100.0)
    found = settle(rules(daily_credit=night), [a_row(at("00:00", on))], SYDNEY, midnight_after(on))
    assert found.days[0].passed == count


def test_what_comes_after_the_end_is_left_out_and_nothing_gives_nothing() -> None:
    assert settled(rules(), a_day(h2000=(1000.0, 0.0)), at("20:00")).import_c == 0.0
    assert settled(rules(), []) == Settlement((), ())


def test_a_half_hour_that_comes_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        settled(rules(), [a_row(at("18:00")), a_row(at("18:00").astimezone(ZoneInfo("UTC")))])


ENERGY = st.lists(st.floats(0, 6000), min_size=48, max_size=48)


@given(ENERGY, ENERGY)
def test_rules_never_make_a_bill_dearer_and_never_pay_more_than_they_say(imports: list[float], exports: list[float]) -> None:
    rows = [a_row(row.start, imported, exported) for row, imported, exported in zip(a_day(), imports, exports, strict=True)]
    plain, with_rules = settled(rules(), rows), settled(rules(capped_feed_in=SUPER, daily_credit=CREDIT, free_import=FREE), rows)
    day = with_rules.days[0]
    assert with_rules.cost_c <= plain.cost_c + 1e-6
    assert day.top_up_c <= 15 * 8.0 + 1e-6
    assert day.free_wh <= 1_500_000
    assert 0 <= plain.import_c - with_rules.import_c <= day.free_wh / 1000 * 30 + 1e-6
