"""What the Plan page knows, in each state of a home."""

import csv
import io
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from app.models.control import Signal
from app.models.policy_settings import PolicySettings
from app.services.overview import overview, stored
from app.services.overview.freshness import Freshness
from app.services.plan_page import PlanPage, PlanState, plan_page
from app.services.plan_page_buttons import plan_now, switch_mode
from app.services.plan_page_export import COLUMNS, plan_csv
from tests.conftest import NOW
from tests.domain.battery_plans import a_plan_of, a_step
from tests.services.overview.homes import Home, running_home
from tests.services.plan_page.homes import (
    CHARGE,
    HOLD,
    HOUR,
    MINUTE,
    RUN,
    keep,
    measured_until,
    no_prices,
    optimizer,
    planned_home,
    problem,
    two_days,
)

ZONE = ZoneInfo("Australia/Sydney")
MIDNIGHT = datetime(2026, 11, 20, tzinfo=ZONE)


def page_of(home: Home, at: datetime = NOW) -> PlanPage:
    home.session.commit()
    return plan_page(home.session, stored(home.session, home.site, at))


def test_a_home_without_the_optimizer_has_no_plan_even_where_one_is_left_from_before(session: Session):
    home = running_home(session)
    keep(home, two_days())
    page = page_of(home)
    assert (page.state, page.plan, page.rows) == (PlanState.OFF, None, ())


def test_a_home_whose_plan_could_not_be_made_says_what_is_missing(session: Session):
    home = optimizer(running_home(session))
    assert (page_of(home).state, page_of(home).problem) == (PlanState.MISSING, None)
    problem(home, no_prices())
    shown = page_of(home)
    assert shown.problem is not None
    assert (shown.state, shown.problem.code) == (PlanState.MISSING, "plan_needs_prices")


@pytest.mark.parametrize(
    ("age", "state"),
    [(10 * MINUTE, PlanState.FRESH), (11 * MINUTE, PlanState.LATE), (15 * MINUTE, PlanState.LATE), (16 * MINUTE, PlanState.LOST)],
)
def test_a_plan_is_followed_then_late_then_given_up(session: Session, age: timedelta, state: PlanState):
    home = optimizer(running_home(session))
    keep(home, two_days(NOW - age))
    assert page_of(home).state is state


def test_a_plan_that_is_over_is_none(session: Session):
    home = optimizer(running_home(session))
    keep(home, a_plan_of([a_step(HOLD)], start=NOW - 31 * MINUTE))
    assert (page_of(home).state, page_of(home).plan) == (PlanState.MISSING, None)


def test_rows_begin_now_and_each_has_its_reasons(session: Session):
    page = page_of(planned_home(session))
    assert [row.stretch.action for row in page.rows] == [HOLD, RUN, CHARGE, HOLD]
    assert all(row.why for row in page.rows)
    assert page.effect_c == pytest.approx(4 * 55.0 - 8 * 18.0)
    assert page.would_change is not None


@pytest.mark.parametrize(
    ("mode", "control", "is_carried_out"), [("control", "on", True), ("watch", "on", False), ("control", "watch", False)]
)
def test_a_plan_is_carried_out_only_with_both_switches_on(session: Session, mode: str, control: str, is_carried_out: bool):
    home = optimizer(running_home(session, control=control), mode=mode)
    keep(home, two_days())
    assert page_of(home).is_carried_out is is_carried_out


# Today so far


def test_today_is_compared_with_the_first_plan_of_the_day(session: Session):
    home = planned_home(session)
    first = two_days(NOW - 3 * HOUR)
    keep(home, first)
    keep(home, two_days(NOW - 2 * HOUR))
    keep(home, two_days(MIDNIGHT - MINUTE))  # yesterday's last
    assert page_of(home).today.first_plan == first


def test_what_the_battery_did_stands_beside_what_was_planned(session: Session):
    home = planned_home(session)
    keep(home, two_days(NOW - 3 * HOUR))  # holds until 15:42, then runs the home
    half_past_four = NOW - 12 * MINUTE
    measured_until(home, half_past_four, 30, load_wh=80.0, discharge_wh=80.0)
    measured_until(home, half_past_four - 30 * MINUTE, 30, load_wh=80.0, charge_wh=300.0, import_wh=380.0)
    *_, charged, used, running = page_of(home).today.half_hours
    assert (charged.did, charged.grid_wh) == (CHARGE, 380.0 * 6)
    assert (used.did, used.grid_wh, used.soc_end_pct) == (RUN, 0.0, 62.0)
    assert charged.planned is not None
    assert used.planned is not None
    assert (charged.planned.action, used.planned.action) == (RUN, RUN)
    assert used.planned.grid_wh == pytest.approx(0.0)
    assert (running.start, running.end) == (half_past_four, NOW)


def test_before_the_first_plan_nothing_was_planned_and_nothing_measured_is_not_zero(session: Session):
    home = optimizer(Home(session).link().prices().reading().device().decision())
    keep(home, two_days())
    today = page_of(home).today
    assert today.begin == NOW - 12 * HOUR - 12 * MINUTE
    first = today.half_hours[0]
    assert (first.did, first.grid_wh, first.soc_end_pct, first.planned) == (None, None, None, None)


def test_soon_after_midnight_the_day_begins_at_midnight(session: Session):
    home = planned_home(session)
    assert page_of(home, MIDNIGHT + 24 * HOUR + 40 * MINUTE).today.begin == MIDNIGHT + 24 * HOUR


def test_the_measured_charge_ends_with_the_last_reading(session: Session):
    charges = page_of(planned_home(session)).today.charges
    assert (charges[-1].at, charges[-1].soc_pct) == (NOW - timedelta(seconds=24), 62.0)
    assert all(one.at < other.at for one, other in pairwise(charges))


# Buttons


def test_switching_the_mode_keeps_the_other_settings_and_wakes_the_scheduler(session: Session):
    home = optimizer(running_home(session), mode="watch", wear_c_per_kwh=4.5)
    switch_mode(session, stored(session, home.site, NOW), "control")
    row = session.get(PolicySettings, (home.site.id, "optimizer"))
    assert row is not None
    assert (row.values["mode"], row.values["enabled"], row.values["wear_c_per_kwh"]) == ("control", True, 4.5)
    assert session.get_one(Signal, home.site.id).count == 1


def test_a_new_plan_is_asked_of_the_scheduler(session: Session):
    home = planned_home(session)
    plan_now(session, home.site.id)
    signal = session.get_one(Signal, home.site.id)
    assert (signal.count, signal.fetch_asked_at) == (1, None)


# CSV


def test_the_csv_has_every_step_from_now_on(session: Session):
    page = page_of(planned_home(session))
    assert page.plan is not None
    rows = list(csv.DictReader(io.StringIO(plan_csv(page.plan, NOW, ZONE))))
    assert len(rows) == len(page.plan.steps)
    assert tuple(rows[0]) == COLUMNS
    assert (rows[1]["battery_does"], rows[1]["battery_out_kwh"], rows[1]["grid_import_kwh"], rows[1]["effect"]) == (
        "run home",
        "4",
        "0",
        "2.2",
    )
    assert rows[0]["start"] == "2026-11-20T16:40:00+11:00"
    later = plan_csv(page.plan, NOW + 3 * HOUR, ZONE)
    assert later.splitlines()[1].startswith("2026-11-20T18:40:00+11:00")


# The Now page


def test_the_now_page_knows_a_plan_while_it_is_young_and_is_another_page_with_a_new_one(session: Session):
    home = planned_home(session)
    shown = overview(session, home.site, NOW)
    assert shown.plan == two_days()
    assert [(each.title, each.state) for each in shown.sources][-1] == ("Plan", Freshness.FRESH)
    keep(home, two_days(NOW - MINUTE))
    newer = overview(session, home.site, NOW)
    assert newer.version != shown.version
    assert overview(session, home.site, NOW).version == newer.version
    assert overview(session, home.site, NOW + 16 * MINUTE).plan is None
