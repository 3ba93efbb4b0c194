"""Energy of a span: rows, totals, what it is compared with, and gaps that stay gaps."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from app.domain.spans import SpanKind, span_of
from app.services.history.energy import EnergyHistory, Flows, energy_history
from tests.conftest import NOW
from tests.services.summaries.homes import RecordedHome

TODAY, YESTERDAY = date(2026, 11, 20), date(2026, 11, 19)
SYDNEY = ZoneInfo("Australia/Sydney")


def history(home: RecordedHome, kind: SpanKind, day: date = TODAY, step_min: int = 30, now: datetime = NOW) -> EnergyHistory:
    return energy_history(home.session, home.site, now, span_of(kind, day), step_min)


@pytest.mark.parametrize("step_min", [30, 5])
def test_a_day_has_its_steps_up_to_now(session: Session, step_min: int) -> None:
    found = history(RecordedHome(session).metered(YESTERDAY, TODAY).rolled_up(), SpanKind.DAY, step_min=step_min)
    assert found.rows[0].start.astimezone(SYDNEY).hour == 0
    assert found.reach.until - timedelta(minutes=step_min) <= found.rows[-1].start < found.reach.until
    assert found.flows.solar_wh == 48 * 300
    assert found.coverage_pct == pytest.approx(100)


def test_the_running_half_hour_is_covered_as_far_as_it_has_come(session: Session) -> None:
    found = history(RecordedHome(session).metered(TODAY).rolled_up(), SpanKind.DAY)
    assert found.rows[-1].elapsed_s == 600  # 16:30 to 16:40
    assert found.rows[-1].coverage_pct == pytest.approx(100)


def test_what_was_not_measured_is_a_row_without_figures(session: Session) -> None:
    home = RecordedHome(session).metered(TODAY, hours=(0, 6)).metered(TODAY, hours=(8, 24)).rolled_up()
    found = history(home, SpanKind.DAY)
    gap = [row for row in found.rows if row.flows is None]
    assert [f"{row.start.astimezone(SYDNEY):%H:%M}" for row in gap] == ["06:00", "06:30", "07:00", "07:30"]
    assert {row.coverage_pct for row in gap} == {0.0}
    assert found.coverage_pct == pytest.approx(100 * (1 - 2 / (16 + 40 / 60)))


def test_a_month_has_its_days_and_a_year_its_months(session: Session) -> None:
    home = RecordedHome(session).metered(date(2026, 10, 30), YESTERDAY, hours=(12, 13)).rolled_up()
    month, year = history(home, SpanKind.MONTH), history(home, SpanKind.YEAR)
    assert [row.part.first.day for row in month.rows if row.part] == list(range(1, 21))
    assert month.rows[-1].flows is None
    assert [row.part.first.month for row in year.rows if row.part and row.flows] == [10, 11]
    assert year.flows.solar_wh == pytest.approx(21 * 12 * 300)
    assert year.rows[0].flows is None


def test_a_day_on_which_the_clock_goes_back_has_fifty_half_hours(session: Session) -> None:
    day = date(2026, 4, 5)
    home = RecordedHome(session).metered(day).rolled_up()
    found = history(home, SpanKind.DAY, day)
    assert len(found.rows) == 50
    assert found.coverage_pct == pytest.approx(100)


def test_a_running_month_is_compared_with_as_many_days_of_the_month_before(session: Session) -> None:
    found = history(RecordedHome(session).metered(date(2026, 10, 1), YESTERDAY, hours=(12, 13)).rolled_up(), SpanKind.MONTH)
    assert (found.before.span.first, found.before.span.last) == (date(2026, 10, 1), date(2026, 10, 20))
    assert found.before.flows is not None
    assert found.before.flows.solar_wh == pytest.approx(20 * 12 * 300)
    assert found.year_before.flows is None


def test_a_running_day_is_compared_with_the_same_hours_of_the_day_before(session: Session) -> None:
    found = history(RecordedHome(session).metered(YESTERDAY, TODAY).rolled_up(), SpanKind.DAY)
    assert found.before.flows == found.flows
    assert found.before.coverage_pct == pytest.approx(100)


def test_a_day_that_is_over_is_compared_with_a_whole_day(session: Session) -> None:
    home = RecordedHome(session).metered(date(2026, 11, 18), TODAY).rolled_up()
    assert history(home, SpanKind.DAY, YESTERDAY).before.flows == history(home, SpanKind.DAY, YESTERDAY).flows


def test_one_reaches_as_far_back_as_there_are_records_and_not_into_the_future(session: Session) -> None:
    home = RecordedHome(session).metered(YESTERDAY, TODAY).rolled_up()
    today, yesterday = history(home, SpanKind.DAY).reach, history(home, SpanKind.DAY, YESTERDAY).reach
    assert (today.earlier, today.later) == (yesterday.span, None)
    assert (yesterday.earlier, yesterday.later) == (None, today.span)


def test_the_shares_never_go_below_zero_and_are_unknown_of_nothing() -> None:
    assert (Flows(load_wh=1000, import_wh=250).self_sufficiency_pct, Flows(solar_wh=1000, export_wh=400).own_use_pct) == (75.0, 60.0)
    assert Flows(load_wh=1000, import_wh=5000).self_sufficiency_pct == 0.0
    assert Flows(solar_wh=100, export_wh=500).own_use_pct == 0.0
    assert (Flows().self_sufficiency_pct, Flows().own_use_pct) == (None, None)


def test_another_home_is_not_looked_at(session: Session) -> None:
    RecordedHome(session, name="Other").metered(YESTERDAY, TODAY).rolled_up()
    found = history(RecordedHome(session).rolled_up(), SpanKind.MONTH)
    assert (found.is_empty, found.reach.records_begin) == (True, None)
