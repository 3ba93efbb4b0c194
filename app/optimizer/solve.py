"""The one entrance: the best plan of a problem, with a bound that proves how good it is. A plan is always found."""

from app.optimizer.course import best_course
from app.optimizer.demand import CappedProblem, best_capped_course
from app.optimizer.plan import Plan, plan_through
from app.optimizer.problem import Problem
from app.optimizer.recursion import Band, OutOfBand, band_of
from app.optimizer.stage import Stage, Unservable, stages_of

TOLERANCE = 0.001  # major units: how far a plan may be from the best where intervals are not convex
ENGINE = "recursion"


def solve(problem: Problem, tolerance: float = TOLERANCE) -> Plan:
    """The best plan, exact where every interval is convex and else within `tolerance` (major units), which `gap` proves or denies.

    Limits of the grid that cannot be kept are exceeded as little as possible; the plan names where in `beyond`."""
    try:
        return _solved(problem, tolerance, None)
    except (Unservable, OutOfBand):
        return _solved(problem, tolerance, penalty_per_kwh(problem))


def penalty_per_kwh(problem: Problem) -> float:
    """A price that no plan pays willingly: far above what any kWh can earn."""
    prices = (
        *problem.import_price_per_kwh,
        *problem.export_price_per_kwh,
        problem.terminal_value_per_kwh,
        problem.cycle_cost_per_kwh,
        problem.demand_charge_per_kw / problem.interval_h,
    )
    battery = problem.battery
    return 100 * (1 + max(abs(price) for price in prices)) / (battery.efficiency_charge * battery.efficiency_discharge)


def _solved(problem: Problem, tolerance: float, penalty: float | None) -> Plan:
    stages, band = stages_of(problem, penalty), band_of(problem)
    if problem.has_demand_charge:
        return _with_demand_charge(problem, tolerance, penalty, stages, band)
    course = best_course(stages, band, problem.energy_initial_kwh, tolerance)
    return _proven(plan_through(problem, course.energies_kwh, course.lower_bound, ENGINE, course.values), course.cost)


def _with_demand_charge(problem: Problem, tolerance: float, penalty: float | None, stages: list[Stage], band: Band) -> Plan:
    capped = CappedProblem(problem, stages, band, penalty)
    limit_kw = problem.grid.max_import_kw
    free = capped.course(limit_kw, tolerance)
    found = best_capped_course(capped, capped.peak_kw(free, limit_kw), tolerance)
    course = found.course
    plan = plan_through(problem, course.energies_kwh, found.lower_bound, ENGINE, course.values, found.cap_kw)
    return _proven(plan, course.cost + capped.rate * capped.peak_kw(course, found.cap_kw))


def _proven(plan: Plan, cost: float) -> Plan:
    """The plan with its bound on the scale of the objective: penalties are in `cost` and in the bound, but not in the objective."""
    return plan.with_bound(plan.lower_bound + min(0.0, plan.objective - cost))
