"""The plan: what flows in each interval, what it costs, and how far it can be from the best.

At no time charge and discharge, or import and export, are positive together: each is one signed flow, split by its sign."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from app.optimizer.actions import actions_of
from app.optimizer.meter import meter_at
from app.optimizer.problem import Problem
from app.optimizer.value import ConvexValue

SNAP_KW = 1e-9  # a flow below this is none
BEYOND_KW = 1e-6  # a limit is broken when it is exceeded by more


@dataclass(frozen=True, slots=True)
class Beyond:
    """In interval `index` the meter must exceed its limit, whatever the battery does: import (+) or export (−) by `by_kw`."""

    index: int
    by_kw: float


@dataclass(frozen=True)
class Plan:
    """The flows (AC kW, one value per interval) and the stored energy after each interval (kWh).

    `lower_bound`: no plan costs less. `values`: V_0 to V_T, what the rest costs by stored energy; () where the engine has none."""

    problem: Problem
    engine: str
    objective: float
    lower_bound: float
    charge_kw: Sequence[float]
    discharge_kw: Sequence[float]
    grid_import_kw: Sequence[float]
    grid_export_kw: Sequence[float]
    curtailed_kw: Sequence[float]
    energy_kwh: Sequence[float]
    values: Sequence[ConvexValue] = ()
    beyond: Sequence[Beyond] = ()

    @property
    def gap(self) -> float:
        """How much the plan may cost more than the best, major units."""
        return max(0.0, self.objective - self.lower_bound)

    def stored_value_per_kwh(self, index: int = 0) -> float | None:
        """What a kWh more in the battery is worth after interval `index`; None where the engine does not know."""
        if not self.values:
            return None
        return -self.values[index + 1].slope_after(self.energy_kwh[index])

    def with_bound(self, lower_bound: float) -> "Plan":
        """The same plan with another bound, never above its objective."""
        return replace(self, lower_bound=min(lower_bound, self.objective))

    def as_json(self) -> dict[str, Any]:
        """The answer of `flask optimize`, without the time that it took."""
        capacity = self.problem.battery.capacity_kwh
        return {
            "objective": self.objective,
            "lower_bound": self.lower_bound,
            "engine": self.engine,
            "charge_kw": list(self.charge_kw),
            "discharge_kw": list(self.discharge_kw),
            "grid_import_kw": list(self.grid_import_kw),
            "grid_export_kw": list(self.grid_export_kw),
            "curtailed_kw": list(self.curtailed_kw),
            "soc": [each / capacity for each in self.energy_kwh],
            "action": [action.value for action in actions_of(self.problem, self.charge_kw, self.discharge_kw)],
        }


def plan_through(
    problem: Problem,
    energies_kwh: Sequence[float],
    lower_bound: float,
    engine: str,
    values: Sequence[ConvexValue] = (),
    cap_kw: float | None = None,
) -> Plan:
    """The plan whose stored energies are `energies_kwh` (T + 1 values), with the best curtailing at each interval.

    `cap_kw`: what import the demand window is kept to."""
    powers = _powers(problem, energies_kwh)
    grids = [_grid(problem, index, power, cap_kw) for index, power in enumerate(powers)]
    nets = [load - solar for load, solar in zip(problem.load_kw, problem.solar_kw, strict=True)]
    curtailed = [_snapped(grid - net - power) for grid, net, power in zip(grids, nets, powers, strict=True)]
    charge, discharge = [max(0.0, power) for power in powers], [max(0.0, -power) for power in powers]
    stored = [min(max(each, problem.energy_min_kwh), problem.energy_max_kwh) for each in energies_kwh[1:]]
    objective = cost_of(problem, grids, discharge, stored[-1])
    return Plan(
        problem,
        engine,
        objective,
        lower_bound,
        charge,
        discharge,
        [max(0.0, grid) for grid in grids],
        [max(0.0, -grid) for grid in grids],
        [max(0.0, each) for each in curtailed],
        stored,
        values,
        _beyond(problem, grids),
    )


def cost_of(problem: Problem, grid_kw: Sequence[float], discharge_kw: Sequence[float], energy_left_kwh: float) -> float:
    """The objective: meter, wear and demand charge, less the value of what is left. `grid_kw`: + import − export."""
    prices = zip(grid_kw, problem.import_price_per_kwh, problem.export_price_per_kwh, strict=True)
    meter = sum(grid * (buy if grid > 0 else sell) for grid, buy, sell in prices)
    wear = problem.cycle_cost_per_kwh * sum(discharge_kw)
    cost = (meter + wear) * problem.interval_h - problem.terminal_value_per_kwh * energy_left_kwh
    if problem.has_demand_charge:
        cost += problem.demand_charge_per_kw * peak_kw(problem, grid_kw)
    return cost


def peak_kw(problem: Problem, grid_kw: Sequence[float]) -> float:
    """The highest import inside the demand window, and not below the peak that is charged anyway."""
    inside = (grid for grid, is_charged in zip(grid_kw, problem.demand_window, strict=True) if is_charged)
    return max(problem.demand_peak_so_far_kw, 0.0, *inside)


def _powers(problem: Problem, energies_kwh: Sequence[float]) -> list[float]:
    """The AC powers (+ charging) between stored energies, within the limits of the battery: rounding never exceeds them."""
    battery = problem.battery
    charging = 1 / (problem.interval_h * battery.efficiency_charge)
    discharging = battery.efficiency_discharge / problem.interval_h
    least, most = -battery.max_discharge_kw, battery.max_charge_kw
    powers = []
    for before, after in pairwise(energies_kwh):
        stored = after - before
        powers.append(_snapped(min(stored * charging, most) if stored > 0 else max(stored * discharging, least)))
    return powers


def _grid(problem: Problem, index: int, power: float, cap_kw: float | None) -> float:
    if problem.import_price_per_kwh[index] >= 0 and problem.export_price_per_kwh[index] >= 0 and cap_kw is None:
        net_kw = problem.load_kw[index] - problem.solar_kw[index] + power
        if -problem.grid.max_export_kw < net_kw < problem.grid.max_import_kw:
            return _snapped(net_kw)  # nothing is curtailed
    is_capped = cap_kw is not None and problem.demand_window[index]
    grid = _snapped(meter_at(problem, index, cap_kw if is_capped else None).grid_kw(power))
    limits = problem.grid
    if grid > limits.max_import_kw:
        return limits.max_import_kw if grid - limits.max_import_kw < SNAP_KW else grid
    if grid < -limits.max_export_kw:
        return -limits.max_export_kw if -limits.max_export_kw - grid < SNAP_KW else grid
    return grid


def _snapped(power_kw: float) -> float:
    """Without the dust of rounding: 0.6, not 0.5999999999999969."""
    return 0.0 if abs(power_kw) < SNAP_KW else round(power_kw, 12)


def _beyond(problem: Problem, grid_kw: Sequence[float]) -> list[Beyond]:
    limits = problem.grid
    if max(grid_kw) <= limits.max_import_kw and min(grid_kw) >= -limits.max_export_kw:
        return []
    excesses = (max(grid - limits.max_import_kw, 0.0) + min(grid + limits.max_export_kw, 0.0) for grid in grid_kw)
    return [Beyond(index, excess) for index, excess in enumerate(excesses) if abs(excess) > BEYOND_KW]
