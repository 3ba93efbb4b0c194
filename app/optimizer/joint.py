"""Joint problems as a mixed-integer linear program for HiGHS through scipy, which is imported when it is needed.

Ties that come back as both directions at once are netted out afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.optimizer.joint_problem import JointProblem, TaperedBattery
from app.optimizer.joint_program import JointProgram
from app.optimizer.meter import meter_at
from app.optimizer.problem import Problem

ENGINE = "highs"
MOST_SECONDS = 20.0
_NOTHING = 1e-7


class ScipyMissing(Exception):
    """scipy is not installed."""


class JointFailed(Exception):
    """The solver gave no plan in its time."""


@dataclass(frozen=True)
class BatteryCourse:
    """One battery's flows (AC kW per interval) and stored energy after each interval (kWh)."""

    charge_kw: Sequence[float]
    discharge_kw: Sequence[float]
    energy_kwh: Sequence[float]


@dataclass(frozen=True)
class JointPlan:
    """The flows of a joint problem. `objective` is without any penalty; no plan with as little missing costs less than `lower_bound`."""

    objective: float
    lower_bound: float
    batteries: Sequence[BatteryCourse]
    car_kw: Sequence[float]
    car_missing_kwh: float
    grid_kw: Sequence[float]  # + import − export
    curtailed_kw: Sequence[float]
    engine: str = ENGINE


def solve_joint(problem: JointProblem, gap: float = 0.001, most_seconds: float = MOST_SECONDS) -> JointPlan:
    """The best plan to a gap of `gap` major units. Raises ScipyMissing, JointFailed."""
    try:
        import numpy as np
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import csr_array
    except ImportError:
        raise ScipyMissing(
            "several batteries, or a battery and a car, are planned with scipy, which is not installed: pip install scipy"
        ) from None
    program = JointProgram(problem)
    rows = program.rows
    cells = [(number, column, value) for number, (terms, _, _) in enumerate(rows) for column, value in terms]
    matrix = csr_array(
        (np.array([value for *_, value in cells]), (np.array([row for row, *_ in cells]), np.array([column for _, column, _ in cells]))),
        shape=(len(rows), program.size),
    )
    found: Any = milp(
        np.array(program.cost),
        constraints=LinearConstraint(matrix, np.array([least for _, least, _ in rows]), np.array([most for *_, most in rows])),
        integrality=np.array(program.whole),
        bounds=Bounds(np.array(program.least), np.array(program.most)),
        options={"mip_rel_gap": gap / max(1.0, program.scale), "time_limit": most_seconds},
    )
    if found.x is None:
        raise JointFailed(f"no plan in {most_seconds:g} s: {found.message}")
    bound = found.mip_dual_bound if found.mip_dual_bound is not None else found.fun
    return _read(program, [float(each) for each in found.x], float(found.fun), float(bound))


def _read(program: JointProgram, x: Sequence[float], cost: float, bound: float) -> JointPlan:
    """The plan of a solution, with its flows netted out and the best curtailing; `bound` on the scale of the objective."""
    problem, house = program.problem, program.house
    batteries = [_netted(house, battery, ranges, x) for battery, ranges in zip(problem.batteries, program.batteries, strict=True)]
    car = [_without_dust(x[each]) for each in program.car[0]] if program.car else [0.0] * len(house)
    draws = [sum(each.charge_kw[index] - each.discharge_kw[index] for each in batteries) + car[index] for index in range(len(house))]
    peak = max((x[each] for each, is_in in zip(program.bought, house.demand_window, strict=False) if is_in), default=None)
    caps = [peak if house.has_demand_charge and house.demand_window[index] else None for index in range(len(house))]
    grids = [_without_dust(meter_at(house, index, cap).grid_kw(draw)) for index, (draw, cap) in enumerate(zip(draws, caps, strict=True))]
    nets = [load - solar for load, solar in zip(house.load_kw, house.solar_kw, strict=True)]
    curtailed = [max(0.0, _without_dust(grid - net - draw)) for grid, net, draw in zip(grids, nets, draws, strict=True)]
    objective = _objective(problem, batteries, grids)
    missing = _without_dust(x[program.car[1]]) if program.car else 0.0
    return JointPlan(objective, min(objective, bound + min(0.0, objective - cost)), batteries, car, missing, grids, curtailed)


def _netted(house: Problem, battery: TaperedBattery, ranges: tuple[range, range, range], x: Sequence[float]) -> BatteryCourse:
    """Charge and discharge at once become the one flow that stores the same."""
    spec, hours = battery.spec, house.interval_h
    charges, discharges = [], []
    for charge, discharge in zip(*ranges[:2], strict=True):
        stored = x[charge] * spec.efficiency_charge - x[discharge] / spec.efficiency_discharge
        charges.append(_without_dust(max(0.0, stored) / spec.efficiency_charge))
        discharges.append(_without_dust(max(0.0, -stored) * spec.efficiency_discharge))
    energy, energies = battery.soc_initial * spec.capacity_kwh, []
    for charged, discharged in zip(charges, discharges, strict=True):
        energy += hours * (charged * spec.efficiency_charge - discharged / spec.efficiency_discharge)
        energies.append(energy)
    return BatteryCourse(charges, discharges, energies)


def _objective(problem: JointProblem, batteries: Sequence[BatteryCourse], grids: Sequence[float]) -> float:
    house: Problem = problem.house
    prices = zip(grids, house.import_price_per_kwh, house.export_price_per_kwh, strict=True)
    cost = sum(grid * (buy if grid > 0 else sell) for grid, buy, sell in prices) * house.interval_h
    for battery, course in zip(problem.batteries, batteries, strict=True):
        cost += battery.cycle_cost_per_kwh * sum(course.discharge_kw) * house.interval_h
        cost -= battery.terminal_value_per_kwh * course.energy_kwh[-1]
    if house.has_demand_charge:
        inside = (grid for grid, is_in in zip(grids, house.demand_window, strict=True) if is_in)
        cost += house.demand_charge_per_kw * max(0.0, house.demand_peak_so_far_kw, *inside)
    return cost


def _without_dust(power_kw: float) -> float:
    return 0.0 if abs(power_kw) < _NOTHING else power_kw
