"""Several batteries, a car and a taper: against the recursion where it knows the answer, and against what can be reckoned by hand."""

import sys
from dataclasses import replace

import pytest

from app.optimizer.joint import ScipyMissing, solve_joint
from app.optimizer.joint_problem import Car, JointProblem, TaperedBattery
from app.optimizer.problem import Problem
from app.optimizer.solve import solve
from tests.optimizer.problems import KINDS, a_battery, a_day, a_problem, random_problem

MILLI = 0.0015


def alone(problem: Problem) -> TaperedBattery:
    return TaperedBattery(
        problem.battery,
        problem.soc_initial,
        terminal_value_per_kwh=problem.terminal_value_per_kwh,
        cycle_cost_per_kwh=problem.cycle_cost_per_kwh,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_one_battery_is_planned_as_the_recursion_does(kind: str) -> None:
    problem = random_problem(11, kind, count=24)
    plan, known = solve_joint(JointProblem(problem, [alone(problem)])), solve(problem)
    assert plan.objective == pytest.approx(known.objective, abs=MILLI)
    assert plan.lower_bound <= known.objective + 1e-6
    assert plan.engine == "highs"


def test_two_halves_of_a_battery_are_one_battery() -> None:
    problem = a_day(48, interval_h=0.5)
    spec = problem.battery
    half = replace(
        spec, capacity_kwh=spec.capacity_kwh / 2, max_charge_kw=spec.max_charge_kw / 2, max_discharge_kw=spec.max_discharge_kw / 2
    )
    battery = TaperedBattery(half, problem.soc_initial, terminal_value_per_kwh=0.1)
    assert solve_joint(JointProblem(problem, [battery, battery])).objective == pytest.approx(solve(problem).objective, abs=1e-5)


def test_of_two_unequal_batteries_the_one_with_less_loss_cycles_first() -> None:
    house = a_problem([0.1, 0.5], load_kw=[1.0, 2.0])
    good = TaperedBattery(a_battery(efficiency_charge=0.95, efficiency_discharge=0.95), 0.1)
    bad = TaperedBattery(a_battery(efficiency_charge=0.6, efficiency_discharge=0.6), 0.1)
    first, second = solve_joint(JointProblem(house, [good, bad])).batteries
    assert first.discharge_kw[1] == pytest.approx(2.0)
    assert second.discharge_kw[1] == pytest.approx(0.0)


def test_the_flows_of_two_batteries_add_up() -> None:
    house = random_problem(5, "all at once", count=24)
    batteries = [TaperedBattery(a_battery(), 0.5), TaperedBattery(a_battery(capacity_kwh=4.0, max_charge_kw=2.0), 0.2)]
    plan = solve_joint(JointProblem(house, batteries))
    for index in range(len(house)):
        flows = sum(each.charge_kw[index] - each.discharge_kw[index] for each in plan.batteries)
        net = house.load_kw[index] - house.solar_kw[index] + plan.curtailed_kw[index]
        assert plan.grid_kw[index] == pytest.approx(net + flows, abs=1e-6)
        assert all(not (each.charge_kw[index] and each.discharge_kw[index]) for each in plan.batteries)
    for battery, course in zip(batteries, plan.batteries, strict=True):
        least = battery.spec.soc_min * battery.spec.capacity_kwh
        assert all(least - 1e-6 <= each <= battery.spec.capacity_kwh + 1e-6 for each in course.energy_kwh)


def test_a_car_charges_in_the_cheapest_hours_before_it_leaves() -> None:
    house = a_problem([0.5, 0.2, 0.4, 0.3, 0.1])
    car = Car(max_charge_kw=7.0, energy_needed_kwh=10.0, deadline=4, is_there=[True] * 5)
    plan = solve_joint(JointProblem(house, [], car))
    assert plan.car_kw == pytest.approx([0.0, 7.0, 0.0, 3.0, 0.0])
    assert plan.car_missing_kwh == 0


def test_a_car_that_is_away_does_not_charge_and_what_it_lacks_is_told() -> None:
    house = a_problem([0.5, 0.2, 0.4])
    car = Car(max_charge_kw=7.0, energy_needed_kwh=30.0, deadline=3, is_there=[True, False, True], efficiency=0.9)
    plan = solve_joint(JointProblem(house, [], car))
    assert plan.car_kw == pytest.approx([7.0, 0.0, 7.0])
    assert plan.car_missing_kwh == pytest.approx(30 - 14 * 0.9)


def test_battery_and_car_share_the_fuse() -> None:
    house = a_problem([0.1, 0.6], load_kw=[1.0, 4.0], grid=replace(a_problem([0.1]).grid, max_import_kw=8.0))
    car = Car(max_charge_kw=7.0, energy_needed_kwh=6.0, deadline=1, is_there=[True, True])
    plan = solve_joint(JointProblem(house, [TaperedBattery(a_battery(), 0.1)], car))
    assert plan.car_kw[0] == pytest.approx(6.0)
    assert plan.batteries[0].charge_kw[0] == pytest.approx(1.0)


def test_a_battery_that_fills_takes_less_power() -> None:
    house = a_problem([0.1, 0.1, 0.1, 0.9], load_kw=[0.0, 0.0, 0.0, 9.0])
    spec = a_battery(efficiency_charge=1.0, efficiency_discharge=1.0, soc_min=0.0, max_discharge_kw=10.0)
    taper = ((0.0, 5.0), (0.6, 5.0), (1.0, 0.5))
    (course,) = solve_joint(JointProblem(house, [TaperedBattery(spec, 0.5, charge_taper=taper)])).batteries
    stored = 5.0
    for charge in course.charge_kw[:3]:
        assert charge <= min(5.0, 5.0 + (stored / 10 - 0.6) * -11.25) + 1e-6
        stored += charge
    # Filling slowly at first keeps the later hours fast; without the taper the battery would be full.
    assert stored == pytest.approx(course.energy_kwh[2])
    assert course.energy_kwh[2] < 10.0 - 0.01


@pytest.mark.parametrize("taper", [((0.5, 5.0), (0.2, 1.0)), ((0.0, 5.0), (0.5, 1.0), (1.0, 1.0))])
def test_a_taper_that_cannot_be_planned_is_refused(taper: tuple[tuple[float, float], ...]) -> None:
    with pytest.raises(ValueError, match="taper"):
        TaperedBattery(a_battery(), 0.5, charge_taper=taper)


def test_what_the_fuse_does_not_allow_is_still_planned() -> None:
    house = a_problem([0.3], load_kw=[30.0])
    assert solve_joint(JointProblem(house, [TaperedBattery(a_battery(), 0.1)])).grid_kw == pytest.approx([30.0])


def test_a_demand_charge_holds_for_all_together() -> None:
    house = a_problem([0.3] * 3, load_kw=[1.0, 6.0, 1.0], demand_charge_per_kw=5.0, demand_window=[True] * 3)
    plan = solve_joint(JointProblem(house, [TaperedBattery(a_battery(), 0.5)]))
    assert plan.objective == pytest.approx(solve(house).objective, abs=1e-5)


def test_without_scipy_the_error_names_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.optimize", None)
    with pytest.raises(ScipyMissing, match="scipy, which is not installed"):
        solve_joint(JointProblem(a_problem([0.3]), []))
