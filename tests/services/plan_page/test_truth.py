"""What the first plan of a day expected, beside what the meter said."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from app.services.plan_page_truth import Truth, truth
from tests.conftest import NOW
from tests.services.overview.homes import Home
from tests.services.plan_page.homes import MINUTE, keep, metered, whole_day

DAY = timedelta(days=1)
YESTERDAY = date(2026, 11, 19)
MIDNIGHT = datetime(2026, 11, 19, tzinfo=ZoneInfo("Australia/Sydney"))


def of(home: Home, now: datetime = NOW) -> Truth:
    home.session.commit()
    return truth(home.session, home.site, now)


def test_without_plans_there_is_nothing_to_compare_and_seven_days_to_say_so(session: Session):
    found = of(Home(session))
    assert (found.has_any, found.off_c, found.compared) == (False, None, ())
    assert [each.day for each in found.days] == [YESTERDAY - n * DAY for n in range(7)]


def test_a_day_is_compared_by_the_first_plan_that_was_made_on_it(session: Session):
    home = Home(session)
    keep(home, whole_day(MIDNIGHT, MIDNIGHT - 2 * MINUTE, battery_w=900.0))  # the day before's last
    keep(home, whole_day(MIDNIGHT, MIDNIGHT + 2 * MINUTE))
    keep(home, whole_day(MIDNIGHT, MIDNIGHT + 32 * MINUTE, battery_w=500.0))
    metered(home, YESTERDAY, import_c=800.0, feed_in_c=30.0)
    day = of(home).days[0]
    assert day.made_at == MIDNIGHT + 2 * MINUTE
    assert day.expected_c == pytest.approx(30.0 * (24 - 2 / 60))
    assert day.metered_c == 770.0
    assert day.off_c == pytest.approx(770.0 - 30.0 * (24 - 2 / 60))
    assert (day.soc_expected_pct, day.soc_measured_pct) == (55.0, 48.0)


def test_a_day_that_was_planned_late_or_hardly_measured_is_shown_and_not_counted(session: Session):
    home = Home(session)
    keep(home, whole_day(MIDNIGHT, MIDNIGHT + 2 * MINUTE))
    metered(home, YESTERDAY, import_c=500.0, priced_s=80_000)
    before = MIDNIGHT - DAY
    late = whole_day(before + 5 * timedelta(hours=1), before + 5 * timedelta(hours=1))
    keep(home, late)
    metered(home, YESTERDAY - DAY, import_c=700.0)
    unmeasured, planned_late = of(home).days[:2]
    assert (round(unmeasured.measured_pct), unmeasured.metered_c, unmeasured.off_c) == (93, 500.0, None)
    assert (round(planned_late.planned_pct), planned_late.off_c) == (79, None)
    assert of(home).off_c is None
    assert of(home).has_any


def test_the_days_together_are_those_that_can_be_compared(session: Session):
    home = Home(session)
    for number, import_c in ((0, 750.0), (1, 690.0)):
        midnight = MIDNIGHT - number * DAY
        keep(home, whole_day(midnight, midnight))
        metered(home, YESTERDAY - number * DAY, import_c=import_c)
    keep(home, whole_day(MIDNIGHT - 2 * DAY, MIDNIGHT - 2 * DAY))  # never measured
    found = of(home)
    assert len(found.compared) == 2
    assert found.expected_c == pytest.approx(1440.0)
    assert found.metered_c == pytest.approx(1440.0)
    assert found.off_c == pytest.approx(0.0)


def test_a_day_of_23_hours_is_whole(session: Session):
    home = Home(session)
    zone = ZoneInfo("Australia/Sydney")
    midnight = datetime(2026, 10, 4, tzinfo=zone)  # clocks go forward
    keep(home, whole_day(midnight, midnight))
    metered(home, date(2026, 10, 4), import_c=690.0, priced_s=23 * 3600)
    day = of(home, datetime(2026, 10, 5, 12, tzinfo=zone)).days[0]
    assert (day.planned_pct, day.measured_pct) == (100.0, 100.0)
    assert day.off_c == pytest.approx(0.0)


def test_another_home_s_plans_are_not_seen(session: Session):
    keep(Home(session, name="Other"), whole_day(MIDNIGHT, MIDNIGHT))
    assert not of(Home(session)).has_any
