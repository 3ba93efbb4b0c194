"""The plan against a program with a binary variable for every exclusion, and against a judge that knows nothing of the engine."""

import math
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.optimizer.plan import Plan
from app.optimizer.problem import GridLimits, Problem, SoftBand
from app.optimizer.solve import TOLERANCE, solve
from app.optimizer.stage import stages_of
from tests.optimizer.binary import best_cost
from tests.optimizer.judge import broken_rules, cost
from tests.optimizer.problems import CONVEX_KINDS, KINDS, a_battery, a_day, a_problem, random_problem

CENT = 0.01


def proven(problem: Problem) -> Plan:
    """The plan, judged: every rule kept, the objective that of the flows, the bound below it."""
    plan = solve(problem)
    answer = plan.as_json()
    assert broken_rules(problem, answer) == []
    assert cost(problem, answer) == pytest.approx(plan.objective, abs=1e-9)
    assert plan.lower_bound <= plan.objective
    return plan


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(5))
def test_no_program_with_binary_variables_finds_a_better_plan(kind: str, seed: int) -> None:
    problem = random_problem(seed, kind, count=[8, 16, 24, 36, 48][seed])
    plan, best = proven(problem), best_cost(problem)
    is_convex = all(stage.is_convex for stage in stages_of(problem))
    assert plan.objective == pytest.approx(best, abs=2e-6 if is_convex else TOLERANCE)
    assert plan.lower_bound <= best + 2e-6
    assert plan.gap <= (1e-7 if is_convex else TOLERANCE)
    if kind in CONVEX_KINDS:
        assert is_convex


@given(st.integers(0, 10**6), st.sampled_from(KINDS))
@example(161, "all at once with a demand charge")
def test_every_plan_keeps_every_rule_and_proves_its_cost(seed: int, kind: str) -> None:
    plan = proven(random_problem(seed, kind))
    # With a demand charge over intervals that are not convex the search ends after a number of courses and says how far it got.
    assert plan.gap <= (CENT if kind == "all at once with a demand charge" else TOLERANCE)
    assert plan.beyond == []


@given(st.integers(0, 10**6), st.sampled_from(KINDS))
def test_a_larger_battery_never_costs_more(seed: int, kind: str) -> None:
    problem = random_problem(seed, kind, count=16)
    stored = problem.energy_initial_kwh
    grown = problem.battery.capacity_kwh * 1.5
    larger = replace(problem.battery, capacity_kwh=grown, soc_min=problem.battery.soc_min / 1.5)
    assert solve(replace(problem, battery=larger, soc_initial=stored / grown)).lower_bound <= solve(problem).objective + 1e-9


@given(st.integers(0, 10**6), st.sampled_from(KINDS))
def test_one_more_chance_to_do_nothing_changes_no_cost(seed: int, kind: str) -> None:
    problem = random_problem(seed, kind, count=12)
    doubled = replace(
        problem,
        interval_h=problem.interval_h / 2,
        **{
            name: [value for value in getattr(problem, name) for _ in range(2)]
            for name in ("import_price_per_kwh", "export_price_per_kwh", "solar_kw", "load_kw", "demand_window")
        },
    )
    assert solve(doubled).lower_bound <= solve(problem).objective + 1e-9  # whoever may change twice as often does not pay more


def test_it_buys_cheaply_for_the_expensive_hour() -> None:
    plan = proven(a_problem([0.1, 0.5], soc_initial=0.1))
    assert plan.charge_kw == pytest.approx([1 / 0.81, 0.0])
    assert plan.objective == pytest.approx(0.1 * (1 + 1 / 0.81))


def test_it_does_not_cycle_for_less_than_the_losses() -> None:
    plan = proven(a_problem([0.5, 0.55], soc_initial=0.1))
    assert plan.charge_kw == [0.0, 0.0]


def test_a_tie_leaves_the_battery_alone() -> None:
    plan = proven(
        a_problem(
            [0.3, 0.3, 0.3], [0.3, 0.3, 0.3], battery=a_battery(efficiency_charge=1.0, efficiency_discharge=1.0), terminal_value_per_kwh=0.3
        )
    )
    assert plan.charge_kw == [0.0, 0.0, 0.0]


def test_a_day_with_a_money_loop_is_not_fooled() -> None:
    problem = a_problem([0.1] * 6, [0.4] * 6)
    assert proven(problem).objective == pytest.approx(best_cost(problem), abs=TOLERANCE)


def test_no_energy_is_burnt_at_negative_prices() -> None:
    plan = proven(a_problem([-0.2] * 4, [-0.3] * 4, soc_initial=1.0, solar_kw=[3.0] * 4))
    assert all(not (charge and discharge) for charge, discharge in zip(plan.charge_kw, plan.discharge_kw, strict=True))


def test_a_start_below_the_floor_lowers_it_to_the_start() -> None:
    plan = proven(a_problem([0.3, 0.3], battery=a_battery(soc_min=0.3), soc_initial=0.05))
    assert plan.energy_kwh == [0.5, 0.5]


def test_a_start_above_the_ceiling_raises_it_to_the_start() -> None:
    plan = proven(a_problem([0.3, 0.3], battery=a_battery(soc_max=0.8), soc_initial=0.95))
    assert plan.discharge_kw == pytest.approx([1.0, 1.0])


def test_a_demand_charge_is_weighed_against_the_energy_price() -> None:
    flat = a_problem([0.3] * 4, load_kw=[1.0, 6.0, 1.0, 1.0], soc_initial=0.2, demand_window=[True] * 4)
    assert max(proven(replace(flat, demand_charge_per_kw=5.0)).grid_import_kw) < 5.0
    assert proven(replace(flat, demand_charge_per_kw=0.0)).objective <= proven(replace(flat, demand_charge_per_kw=5.0)).objective


def test_a_peak_that_is_charged_anyway_is_used() -> None:
    flat = a_problem([0.1, 0.5], load_kw=[1.0, 1.0], soc_initial=0.1, demand_window=[True, True], demand_charge_per_kw=5.0)
    assert max(solve(flat).grid_import_kw) == pytest.approx(1.0)
    assert solve(replace(flat, demand_peak_so_far_kw=3.0)).grid_import_kw[0] == pytest.approx(1 + 1 / 0.81)


def test_what_no_battery_can_serve_is_exceeded_by_no_more_than_needed() -> None:
    problem = a_problem([0.3, 0.3], load_kw=[1.0, 12.0], grid=GridLimits(5.0, 5.0), soc_initial=0.1)
    plan = solve(problem)
    (beyond,) = plan.beyond
    assert beyond.index == 1
    assert beyond.by_kw == pytest.approx(12 - 5 - 4 * 0.81)  # 4 kW are left to charge in the first hour


def test_solar_that_may_be_neither_sold_nor_curtailed_is_told() -> None:
    plan = solve(a_problem([0.3], solar_kw=[20.0], grid=GridLimits(5.0, 5.0), is_solar_curtailable=False))
    assert [(each.index, each.by_kw) for each in plan.beyond] == [(0, pytest.approx(-9.0))]


def test_a_floor_for_an_hour_is_reached_in_time() -> None:
    band = SoftBand([0.0, 0.0, 8.0, 0.0], [10.0] * 4, price_per_kwh=10.0)
    problem = a_problem([0.5, 0.2, 0.5, 0.5], soc_initial=0.2, soft_band=band)
    plan = solve(problem)
    assert plan.energy_kwh[2] == pytest.approx(8.0)
    assert plan.gap <= 1e-9


def test_a_target_that_cannot_be_reached_is_approached() -> None:
    band = SoftBand([9.0, 9.0], [10.0] * 2, price_per_kwh=10.0)
    plan = solve(a_problem([0.5, 0.5], soc_initial=0.1, soft_band=band))
    assert plan.energy_kwh == pytest.approx([5.5, 9.0])


def test_a_ceiling_is_kept_where_that_is_possible() -> None:
    band = SoftBand([0.0] * 3, [10.0, 4.0, 10.0], price_per_kwh=10.0)
    problem = a_problem([0.1, 0.1, 0.9], soc_initial=0.5, soft_band=band, load_kw=[1.0, 1.0, 5.0], terminal_value_per_kwh=0.2)
    assert solve(problem).energy_kwh[1] == pytest.approx(4.0)


def test_a_soft_band_holds_where_prices_are_not_convex() -> None:
    count = 24
    band = SoftBand([0.0] * 12 + [6.0] + [0.0] * 11, [10.0] * count, price_per_kwh=20.0)
    problem = replace(random_problem(3, "all at once", count=count, interval_h=1.0), battery=a_battery(), soc_initial=0.3, soft_band=band)
    plan = solve(problem)
    assert plan.energy_kwh[12] >= 6.0 - 1e-6
    assert plan.gap <= TOLERANCE


def test_the_value_of_stored_energy_is_what_one_kwh_more_saves() -> None:
    problem = a_day(96)
    less, more = solve(replace(problem, soc_initial=0.400)), solve(replace(problem, soc_initial=0.401))
    difference = (less.objective - more.objective) / (0.001 * 13.5)
    assert difference == pytest.approx(-less.values[0].slope_after(0.4 * 13.5), abs=1e-6)


def test_a_command_is_priced_by_its_cost_and_the_value_of_what_is_left() -> None:
    problem = a_day(288)
    plan = solve(problem)
    # The stage on the way plus the value behind it is the whole objective; every other way costs at least as much.
    stage = stages_of(problem)[0]
    start = problem.energy_initial_kwh
    ways = [stage.cost(x) + plan.values[1].at(start + x) for x in (*stage.xs, plan.energy_kwh[0] - start)]
    assert min(ways) == pytest.approx(plan.objective, abs=1e-9)


@pytest.mark.parametrize("kind", ["all at once", "negative prices", "export above import", "all at once with a demand charge"])
def test_a_long_problem_that_is_not_convex_is_proven_too(kind: str) -> None:
    plan = proven(random_problem(7, kind, count=288, interval_h=1 / 12))
    assert plan.gap <= (TOLERANCE if "demand" not in kind else 5 * CENT)


def test_the_lower_bound_is_a_number_even_when_limits_are_exceeded() -> None:
    plan = solve(a_problem([0.3, -0.3], [0.4, 0.1], load_kw=[1.0, 12.0], grid=GridLimits(5.0, 5.0), soc_initial=0.1))
    assert math.isfinite(plan.lower_bound)
    assert plan.lower_bound <= plan.objective
