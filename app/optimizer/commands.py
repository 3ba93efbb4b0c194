"""A command for the next interval, what the battery does under it, and what that costs with all that follows."""

from dataclasses import dataclass

from app.optimizer.actions import Action
from app.optimizer.meter import meter_at
from app.optimizer.problem import Problem
from app.optimizer.value import ConvexValue


@dataclass(frozen=True, slots=True)
class BatteryCommand:
    """A mode; `power_kw` (AC, positive) only with CHARGE and EXPORT."""

    action: Action
    power_kw: float = 0.0


def power_under(command: BatteryCommand, net_load_kw: float, problem: Problem, energy_kwh: float) -> float:
    """The AC power (+ charging) that `command` leads to at a net load (load − solar) and a stored energy, within all limits of the battery
    and the import limit of the grid."""
    battery, grid = problem.battery, problem.grid
    match command.action:
        case Action.CHARGE:
            wanted = command.power_kw
        case Action.EXPORT:
            wanted = -command.power_kw
        case Action.SELF_CONSUMPTION:
            wanted = -net_load_kw
        case Action.IDLE:
            wanted = 0.0
    room_kw = max(0.0, problem.energy_max_kwh - energy_kwh) / (battery.efficiency_charge * problem.interval_h)
    left_kw = max(0.0, energy_kwh - problem.energy_min_kwh) * battery.efficiency_discharge / problem.interval_h
    most = min(battery.max_charge_kw, room_kw, max(0.0, grid.max_import_kw - net_load_kw))
    least = -min(battery.max_discharge_kw, left_kw)
    if command.action is Action.EXPORT:
        least = max(least, min(0.0, -grid.max_export_kw - net_load_kw))
    return min(max(wanted, least), most)


def stored_after(problem: Problem, energy_kwh: float, power_kw: float) -> float:
    """The stored energy after one interval at `power_kw` (+ charging)."""
    battery = problem.battery
    if power_kw > 0:
        return energy_kwh + power_kw * problem.interval_h * battery.efficiency_charge
    return energy_kwh + power_kw * problem.interval_h / battery.efficiency_discharge


def cost_of_power(
    problem: Problem, index: int, power_kw: float, energy_kwh: float, after: ConvexValue, cap_kw: float | None = None
) -> float:
    """What interval `index` at `power_kw` costs, plus what the rest costs from where it leads: `cost + V`.

    `cap_kw`: the import that a demand charge is paid for already; above it in the window every kW costs the charge."""
    meter = meter_at(problem, index)
    cost = (meter.cost_per_h(power_kw) + problem.cycle_cost_per_kwh * max(0.0, -power_kw)) * problem.interval_h
    if cap_kw is not None and problem.has_demand_charge and problem.demand_window[index]:
        cost += problem.demand_charge_per_kw * max(0.0, meter.grid_kw(power_kw) - cap_kw)
    return cost + after.at(stored_after(problem, energy_kwh, power_kw))
