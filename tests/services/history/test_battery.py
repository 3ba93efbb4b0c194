"""The battery over time: its charge, its cycles, what came back, and nothing where too little is known."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from app.domain.spans import SpanKind, span_of
from app.services.history.battery import BatteryHistory, Use, battery_history
from tests.conftest import NOW
from tests.services.summaries.homes import FACTS, RecordedHome

MONDAY, TODAY, YESTERDAY = date(2026, 11, 16), date(2026, 11, 20), date(2026, 11, 19)
WEEK_S = 7 * 86_400.0


def history(home: RecordedHome, kind: SpanKind = SpanKind.MONTH, day: date = TODAY) -> BatteryHistory:
    return battery_history(home.session, home.site, NOW, span_of(kind, day))


def test_cycles_are_what_was_discharged_by_the_usable_capacity(session: Session) -> None:
    found = history(RecordedHome(session).metered(MONDAY, YESTERDAY).rolled_up())
    assert found.total is not None
    assert (found.total.charge_wh, found.total.discharge_wh) == (4 * 7_200, 4 * 4_800)
    assert found.total.cycles(found.battery.usable_wh) == pytest.approx(1.92)
    assert found.total.cycles(None) is None


def test_the_owners_figures_win_over_the_devices(session: Session) -> None:
    home = RecordedHome(session, facts={**FACTS, "soh_pct": 97.0}).settings("own_battery", usable_wh=12_000, wear_c_per_kwh=2.0)
    found = history(home.metered(MONDAY).rolled_up())
    assert (found.battery.usable_wh, found.battery.is_capacity_entered, found.battery.soh_pct) == (12_000, True, 97.0)
    assert found.total is not None
    assert found.total.wear_c(found.battery) == pytest.approx(9.6)


def test_without_a_price_of_wear_there_is_no_cost_of_wear(session: Session) -> None:
    found = history(RecordedHome(session).metered(MONDAY).rolled_up())
    assert found.total is not None
    assert found.total.wear_c(found.battery) is None


def test_what_came_back_is_told_without_what_is_still_stored() -> None:
    use = Use(30_000, 26_000, WEEK_S, first_pct=40.0, last_pct=50.0, low_pct=10, high_pct=90)
    assert use.round_trip_pct(10_000, WEEK_S) == pytest.approx(100 * 26_000 / 29_000)


@pytest.mark.parametrize(
    "use",
    [
        Use(15_000, 13_000, WEEK_S, 40, 40, 10, 90),  # too little
        Use(30_000, 26_000, WEEK_S, 10, 60, 10, 90),  # moved too far
        Use(30_000, 26_000, 0.9 * WEEK_S, 40, 40, 10, 90),  # a gap hides energy
        Use(30_000, 31_000, WEEK_S, 40, 40, 10, 90),  # more than was put in
        Use(30_000, 26_000, WEEK_S, None, 40, 10, 90),  # no charge read
    ],
)
def test_from_too_little_no_efficiency_is_told(use: Use) -> None:
    assert use.round_trip_pct(10_000, WEEK_S) is None
    assert Use(30_000, 26_000, WEEK_S, 40, 40, 10, 90).round_trip_pct(None, WEEK_S) is None


def test_a_day_is_a_line_of_five_minutes_and_a_month_a_band_of_days(session: Session) -> None:
    home = RecordedHome(session).metered(MONDAY, TODAY, soc=lambda hour: 20 + hour).rolled_up()
    day, month = history(home, SpanKind.DAY), history(home)
    assert len(day.points) == 200  # up to 16:40
    assert day.points[0].at == day.rows[0].start + timedelta(minutes=5)
    assert month.points == ()
    of_monday = month.rows[15].use
    assert of_monday is not None
    assert (of_monday.low_pct, of_monday.high_pct) == (pytest.approx(20), pytest.approx(43.9, abs=0.1))
    assert month.rows[0].use is None
