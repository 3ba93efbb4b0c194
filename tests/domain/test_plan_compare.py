"""What the battery did by its meter, and what a plan expected of a stretch of time."""

import pytest

from app.domain.battery_plan import PlannedAction
from app.domain.plan_compare import action_measured, expected
from tests.domain.battery_plans import MINUTE, a_plan_of, a_step
from tests.domain.builders import NOW

CHARGE, EXPORT, RUN, HOLD = PlannedAction.CHARGE, PlannedAction.EXPORT, PlannedAction.SELF_CONSUME, PlannedAction.HOLD


@pytest.mark.parametrize(
    ("solar_wh", "load_wh", "charge_wh", "discharge_wh", "did"),
    [
        (0, 500, 0, 500, RUN),  # gives what the home lacks
        (0, 500, 0, 480, RUN),
        (0, 500, 0, 1500, EXPORT),
        (2000, 500, 0, 1000, EXPORT),  # gives although the sun suffices
        (2000, 500, 1500, 0, RUN),  # stores what the sun leaves over
        (0, 500, 2000, 0, CHARGE),
        (1000, 500, 2000, 0, CHARGE),  # more than the sun leaves over
        (0, 500, 0, 0, HOLD),  # the grid runs the home
        (2000, 500, 0, 0, HOLD),  # the sun is sold
        (500, 500, 0, 0, RUN),  # nothing to give or to take
        (0, 500, 30, 0, HOLD),  # what it takes for itself
    ],
)
def test_what_a_battery_did_follows_from_its_energy(
    solar_wh: float, load_wh: float, charge_wh: float, discharge_wh: float, did: PlannedAction
) -> None:
    assert action_measured(solar_wh, load_wh, charge_wh, discharge_wh, 1800) is did


def test_nothing_measured_is_nothing_known() -> None:
    assert action_measured(0, 0, 0, 0, 0) is None


def test_a_step_that_reaches_beyond_counts_by_its_share() -> None:
    plan = a_plan_of([a_step(RUN, 30, battery_w=1000.0, soc_end_pct=56.0), a_step(HOLD, 60, import_c_per_kwh=20.0, soc_end_pct=56.0)])
    found = expected(plan, NOW + 15 * MINUTE, NOW + 60 * MINUTE)
    assert found.covered_s == 45 * 60
    assert found.cost_c == pytest.approx(10.0)  # half an hour of 1 kW at 20 c
    assert found.grid_wh == pytest.approx(500.0)
    assert (found.action, found.soc_end_pct) == (HOLD, 56.0)


def test_selling_earns_by_the_feed_in_price() -> None:
    found = expected(a_plan_of([a_step(EXPORT, 60, battery_w=3000.0)]), NOW, NOW + 60 * MINUTE)
    assert found.cost_c == pytest.approx(-16.0)


def test_where_the_plan_does_not_reach_nothing_is_expected() -> None:
    found = expected(a_plan_of([a_step(HOLD)]), NOW + 60 * MINUTE, NOW + 90 * MINUTE)
    assert (found.covered_s, found.soc_end_pct, found.action) == (0.0, None, None)
