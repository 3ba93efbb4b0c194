"""GloBird's prices: what the next kWh costs and earns while cap and pool are not used up."""

from datetime import UTC, datetime
from typing import Any

from app.domain.bill_rules import Metered, settle
from app.domain.tariffs.time_of_use import faults_of
from tests.feeds.contract.bench_plans import SUMMER, WEEK, WINTER
from tests.feeds.globird.plans import SYDNEY, a_feed

NOW = datetime(2026, 11, 20, 3, 2, tzinfo=UTC)  # Fri 14:02 in Sydney


def prices(*clocks: str, **entry: Any) -> list[tuple[float | None, float | None]]:
    """Import and feed-in at times of Fri 20 Nov."""
    answer = a_feed(**entry).fetch_ahead(NOW)
    assert answer.plan is not None
    assert faults_of(answer.plan) == ()
    found = []
    for clock in clocks:
        at = datetime.fromisoformat(f"2026-11-20 {clock}").replace(tzinfo=SYDNEY)
        (interval,) = [each for each in answer.intervals if each.start <= at < each.end]
        found.append((interval.import_c_per_kwh, interval.feed_in_c_per_kwh))
    return found


def test_free_hours_are_free_and_the_evening_pays_the_better_rate() -> None:
    clocks = ("11:30", "12:00", "14:30", "15:00", "17:30", "18:00", "20:30", "21:00")
    assert prices(*clocks, preset="zerohero_jul_2026") == [
        (33, 2),
        (0, 2),
        (0, 2),
        (33, 2),
        (33, 2),
        (33, 10),
        (33, 10),
        (33, 2),
    ]


def test_plans_without_free_hours_have_none() -> None:
    assert prices("12:00", "18:00", "20:00", preset="zerohero_2_hour") == [(33, 2), (33, 15), (33, 2)]


def test_rates_by_the_hour_keep_theirs_around_the_windows() -> None:
    by_hour = prices("11:30", "12:00", "17:30", "18:00", "21:00", preset="zerohero_jul_2026", periods=WEEK)
    assert by_hour == [(20, 5), (0, 5), (52, 8), (52, 10), (20, 5)]
    seasons = [{**SUMMER, "periods": WEEK}, {**WINTER, "periods": WEEK}]
    assert prices("11:30", "12:00", "18:00", preset="zerohero_jul_2026", seasons=seasons) == [(20, 5), (0, 5), (52, 10)]


def test_a_base_feed_in_above_the_evenings_stays() -> None:
    assert prices("18:00", "21:00", preset="zerohero_jul_2026", feed_in_c=12) == [(33, 12), (33, 12)]


def test_the_plan_without_rules_prices_what_the_bill_settles() -> None:
    rules = a_feed(preset="zerohero_jul_2026", feed_in_c=2).bill_rules()
    exports_kwh = {"18:00": 4, "18:30": 5, "19:00": 5, "19:30": 3, "20:00": 0, "20:30": 0}
    metered = []
    for clock, kwh in exports_kwh.items():
        start = datetime.fromisoformat(f"2026-11-20 {clock}").replace(tzinfo=SYDNEY)
        base = rules.base.period_at(start.date(), start.hour * 2 + start.minute // 30)
        assert base is not None
        metered.append(Metered(start, 0.0, kwh * 1000.0, base.import_c_per_kwh, base.feed_in_c_per_kwh))
    found = settle(rules, metered, SYDNEY, datetime(2026, 11, 20, 21, tzinfo=SYDNEY))
    assert (round(found.feed_in_c, 9), found.credit_c) == (154.0, 100.0)
