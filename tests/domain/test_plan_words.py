"""A plan in rows: what is merged, what a row is worth, and what its reason claims."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.battery_plan import BatteryPlan, PlannedAction
from app.domain.codec import from_json, to_json
from app.domain.plan_words import effect_c, reasons, stretches, would_change
from app.domain.sentences import sentence
from tests.domain.battery_plans import MINUTE, a_plan_of, a_step
from tests.domain.builders import NOW, SYDNEY

CHARGE, EXPORT, RUN, HOLD = PlannedAction.CHARGE, PlannedAction.EXPORT, PlannedAction.SELF_CONSUME, PlannedAction.HOLD


def said(plan: BatteryPlan, row: int = 0) -> str:
    """The reasons of a row as text, with plain spaces."""
    found = reasons(stretches(plan, NOW)[row], plan)
    return ". ".join(sentence(each, SYDNEY) for each in found).replace("\u202f", " ")


def alone(action: PlannedAction, **more: Any) -> BatteryPlan:
    return a_plan_of([a_step(action, **more)])


def test_steps_of_the_same_kind_are_one_row() -> None:
    plan = a_plan_of(
        [
            a_step(HOLD, import_c_per_kwh=20.0),
            a_step(HOLD, import_c_per_kwh=24.0, soc_end_pct=60.0),
            a_step(RUN, battery_w=1000.0, soc_end_pct=56.0),
            a_step(RUN, battery_w=1000.0, soc_end_pct=52.0),
        ]
    )
    held, used = stretches(plan, NOW)
    assert (held.start, held.end, held.soc_start_pct, held.soc_end_pct) == (NOW, NOW + 60 * MINUTE, 60.0, 60.0)
    assert held.import_c_per_kwh == (20.0, 24.0)
    assert (used.soc_start_pct, used.soc_end_pct, used.discharged_wh, used.charged_wh) == (60.0, 52.0, 1000.0, 0.0)


def test_a_short_row_joins_the_one_before_but_what_is_bought_or_sold_is_always_told() -> None:
    plan = a_plan_of([a_step(RUN), a_step(HOLD, 10), a_step(RUN), a_step(EXPORT, 5, battery_w=4000.0), a_step(RUN), a_step(CHARGE, 10)])
    assert [(row.action, (row.end - row.start) // MINUTE) for row in stretches(plan, NOW)] == [
        (RUN, 70),
        (EXPORT, 5),
        (RUN, 30),
        (CHARGE, 10),
    ]


def test_rows_begin_with_the_step_that_runs() -> None:
    plan = a_plan_of([a_step(CHARGE), a_step(HOLD), a_step(RUN)])
    assert [row.action for row in stretches(plan, NOW + 31 * MINUTE)] == [HOLD, RUN]
    assert stretches(plan, plan.until) == ()


def test_the_effect_is_the_bill_of_a_resting_battery_less_the_bill_of_the_plan() -> None:
    used = alone(RUN, battery_w=1000.0).steps[0]
    assert effect_c(used) == pytest.approx(15.0)  # half a kWh at 30 c
    bought = alone(CHARGE, battery_w=-4000.0).steps[0]
    assert effect_c(bought) == pytest.approx(-60.0)  # 2 kWh at 30 c
    stored = alone(RUN, battery_w=-2000.0, solar_w=3000.0).steps[0]
    assert effect_c(stored) == pytest.approx(-8.0)  # 1 kWh of sun that would have earned 8 c
    sold = alone(EXPORT, battery_w=3000.0).steps[0]
    assert effect_c(sold) == pytest.approx(15.0 + 8.0)  # half a kWh not bought, 1 kWh sold


@given(
    st.lists(st.tuples(st.sampled_from(PlannedAction), st.sampled_from([5, 10, 15, 30]), st.floats(-5000, 5000)), min_size=1, max_size=40)
)
def test_rows_lose_no_step_no_energy_and_no_money(parts: list[tuple[PlannedAction, int, float]]) -> None:
    plan = a_plan_of([a_step(action, minutes, battery_w=power_w) for action, minutes, power_w in parts])
    rows = stretches(plan, NOW)
    assert [step for row in rows for step in row.steps] == list(plan.steps)
    assert sum(row.effect_c for row in rows) == pytest.approx(sum(effect_c(step) for step in plan.steps))
    assert all(row.action is not other.action for row, other in pairwise(rows))


# Reasons


def test_a_battery_that_holds_says_what_using_buying_and_selling_would_come_to() -> None:
    text = said(alone(HOLD, stored_value_c_per_kwh=31.0))
    assert "Used here, a stored kWh saves 25.2 c; kept, it is worth 31.0 c" in text  # (30 − 2) · 0.9
    assert "Buying more would cost 33.3 c a stored kWh" in text  # 30 / 0.9
    assert "Selling would earn 5.4 c a stored kWh" in text  # (8 − 2) · 0.9


def test_what_it_is_kept_for_is_the_dearest_hour_in_which_it_gives() -> None:
    plan = a_plan_of(
        [
            a_step(HOLD, stored_value_c_per_kwh=31.0),
            a_step(RUN, battery_w=1000.0, import_c_per_kwh=40.0),
            a_step(RUN, battery_w=1000.0, import_c_per_kwh=55.0),
            a_step(HOLD, import_c_per_kwh=90.0),
        ]
    )
    assert "as the grid asks 55.0 c at Fri 15:15" in said(plan)


def test_a_battery_that_runs_the_home_says_what_it_saves_and_that_it_empties() -> None:
    text = said(alone(RUN, battery_w=1000.0, stored_value_c_per_kwh=20.0, soc_end_pct=10.0))
    assert "Used instead of the grid at 30.0 c, a stored kWh saves 25.2 c; kept, it is worth 20.0 c" in text
    assert "It meets the 10 % that stay in it" in text


def test_buying_and_selling_say_what_they_gain() -> None:
    assert "Bought at 18.0 c, a stored kWh costs 20.0 c after losses and is worth 25.0 c" in said(
        alone(CHARGE, battery_w=-4000.0, import_c_per_kwh=18.0)
    )
    assert "Sold at 40.0 c, a stored kWh earns 34.2 c after losses and wear; kept, it is worth 25.0 c" in said(
        alone(EXPORT, battery_w=4000.0, feed_in_c_per_kwh=40.0)
    )


def test_sun_is_stored_sold_or_turned_away_for_its_price() -> None:
    sunny = {"solar_w": 4000.0, "battery_w": -3000.0}
    assert "Feeding in pays 8.0 c: surplus sun is stored, where a kWh is worth 25.0 c" in said(alone(RUN, **sunny))
    assert "Feeding in costs 3.0 c: surplus sun is stored" in said(alone(RUN, **sunny, feed_in_c_per_kwh=-3.0))
    assert "Surplus sun is sold at 30.0 c" in said(alone(HOLD, solar_w=4000.0, feed_in_c_per_kwh=30.0))
    full = a_plan_of([a_step(RUN, soc_end_pct=100.0, battery_w=-3000.0), a_step(HOLD, solar_w=4000.0, soc_end_pct=100.0)])
    assert said(full, 1) == "Full at 100 %: feeding in surplus sun pays 8.0 c"


def test_an_empty_battery_does_not_claim_to_keep_anything() -> None:
    text = said(alone(HOLD, soc_end_pct=10.2))
    assert text.startswith("At the 10 % that stay in it: nothing is left to give")
    assert "kept" not in text


@given(
    st.sampled_from(PlannedAction),
    st.floats(-20, 120),
    st.floats(-20, 120),
    st.floats(0, 120),
    st.floats(-5000, 5000),
    st.floats(0, 6000),
    st.floats(0, 100),
)
def test_no_reason_claims_a_gain_that_the_figures_do_not_show(
    action: PlannedAction, import_c: float, feed_in_c: float, value_c: float, battery_w: float, solar_w: float, soc_pct: float
) -> None:
    plan = alone(
        action,
        battery_w=battery_w,
        solar_w=solar_w,
        soc_end_pct=soc_pct,
        import_c_per_kwh=import_c,
        feed_in_c_per_kwh=feed_in_c,
        stored_value_c_per_kwh=value_c,
    )
    for reason in reasons(stretches(plan, NOW)[0], plan):
        p = reason.params
        match reason.code:
            case "step_charge":
                assert p["buy_c"] <= p["value_c"]
            case "step_sell":
                assert p["sell_c"] >= p["value_c"]
            case "step_run_home":
                assert p["use_c"] >= p["value_c"]
            case "step_keep":
                assert p["use_c"] <= p["value_c"]
            case "step_sun_sold":
                assert p["sun_c"] >= p["value_c"]
            case "step_not_bought":
                assert p["buy_c"] > value_c
            case "step_not_sold":
                assert p["sell_c"] < max(value_c, (import_c - 2) * 0.9)
        assert sentence(reason, SYDNEY)


def test_a_plan_without_its_battery_or_its_value_claims_nothing_about_a_stored_kwh() -> None:
    for plan in (alone(CHARGE, stored_value_c_per_kwh=None), a_plan_of([a_step(CHARGE)], battery=None)):
        assert reasons(stretches(plan, NOW)[0], plan) == ()
        assert would_change(plan, NOW) is None


# What would change it


def test_the_prices_that_would_change_it_now() -> None:
    reason = would_change(alone(HOLD, stored_value_c_per_kwh=27.0), NOW)
    assert reason is not None
    assert sentence(reason).replace("\u202f", " ") == (
        "What would change it now: import below 24.3 c and it charges; import above 32.0 c and it runs your home; "
        "feed-in above 32.0 c and it sells"
    )


def test_a_full_battery_is_not_said_to_charge_and_an_empty_one_not_to_sell() -> None:
    full, empty = would_change(alone(HOLD, soc_end_pct=100.0), NOW), would_change(alone(HOLD, soc_end_pct=10.0), NOW)
    assert full is not None
    assert empty is not None
    assert full.params["charges_below_c"] is None
    assert (empty.params["sells_above_c"], empty.params["runs_home_above_c"]) == (None, None)
    assert would_change(alone(HOLD), NOW + timedelta(hours=1)) is None


def test_a_plan_keeps_what_it_took_the_battery_to_be_and_older_plans_are_still_read() -> None:
    plan = alone(HOLD)
    stored = to_json(plan)
    assert from_json(BatteryPlan, stored) == plan
    del stored["battery"]
    assert from_json(BatteryPlan, stored).battery is None
