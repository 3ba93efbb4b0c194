"""The plan of a home's battery: inputs, problem, solution, the command for now, and what it is worth."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from app.control.planning.battery_spec import battery_of
from app.control.planning.inputs import gather
from app.control.planning.memory import PlanMemory, errors_of
from app.control.planning.peak import peak_so_far_w
from app.control.planning.problem import C_PER_MAJOR, problem_of
from app.control.planning.steps import OF_ACTION, steps_of
from app.domain.battery_plan import BatteryPlan, PlannedAction, PlannedBattery, PlanStep
from app.domain.pace import Pace
from app.domain.reasons import Reason, because
from app.domain.snapshot import Snapshot
from app.models.site import Site
from app.optimizer.actions import Action
from app.optimizer.choosing import Choice, choose
from app.optimizer.commands import BatteryCommand, cost_of_power, power_under, stored_after
from app.optimizer.look_ahead import LookAhead
from app.optimizer.meter import meter_at
from app.optimizer.problem import Problem
from app.optimizer.solve import solve
from app.optimizer.value import ConvexValue

LEAST_POWER_W = 100  # a set-point below this is noise
_OF_PLANNED = {planned: action for action, planned in OF_ACTION.items()}


@dataclass(frozen=True)
class Made:
    """A plan, and what staying with its command has lost so far, major units."""

    plan: BatteryPlan
    lost: float


def make(
    session: Session, site: Site, snapshot: Snapshot, earlier: BatteryPlan | None, lost: float, memory: PlanMemory, pace: Pace
) -> Made | Reason:
    """The plan of `site` at the moment of `snapshot`, or why there can be none. `earlier` and `lost`: the plan before and its `lost`."""
    if snapshot.live is None or snapshot.live.soc_pct is None:
        return because("plan_needs_charge")
    battery = battery_of(session, site.id, snapshot.settings, snapshot.now)
    if isinstance(battery, Reason):
        return battery
    inputs = gather(session, site, snapshot)
    if isinstance(inputs, Reason):
        return inputs
    began = pace.monotonic()
    peak_w = peak_so_far_w(session, site.id, snapshot)
    problem = problem_of(snapshot, inputs, battery, snapshot.live.soc_pct, peak_w)
    ahead = memory.look_ahead(problem, inputs, errors_of(snapshot))
    problem = replace(problem, terminal_value_per_kwh=ahead.plans[0].problem.terminal_value_per_kwh)
    solved = solve(problem)
    choice = _choice(ahead, problem, earlier, lost)
    steps = steps_of(solved, inputs)
    plan = BatteryPlan(
        made_at=snapshot.now,
        steps=steps,
        command=OF_ACTION[choice.command.action],
        command_w=_power_w(choice.command),
        reason=_reason(OF_ACTION[choice.command.action], steps, snapshot.now),
        cost_c=solved.objective * C_PER_MAJOR,
        without_plan_c=cost_under(problem, BatteryCommand(Action.SELF_CONSUMPTION)) * C_PER_MAJOR,
        without_battery_c=(cost_under(problem, BatteryCommand(Action.IDLE)) + _cost_of_start(problem)) * C_PER_MAJOR,
        notes=inputs.notes,
        engine=solved.engine,
        solve_ms=round((pace.monotonic() - began) * 1000, 3),
        gap_c=solved.gap * C_PER_MAJOR,
        battery=_planned_battery(problem),
    )
    return Made(plan, choice.lost)


def _planned_battery(problem: Problem) -> PlannedBattery:
    battery = problem.battery
    return PlannedBattery(
        capacity_wh=battery.capacity_kwh * 1000,
        soc_pct=problem.soc_initial * 100,
        least_soc_pct=battery.soc_min * 100,
        most_soc_pct=battery.soc_max * 100,
        efficiency_charge=battery.efficiency_charge,
        efficiency_discharge=battery.efficiency_discharge,
        wear_c_per_kwh=problem.cycle_cost_per_kwh * C_PER_MAJOR,
    )


def _choice(ahead: LookAhead, problem: Problem, earlier: BatteryPlan | None, lost: float) -> Choice:
    present = BatteryCommand(_OF_PLANNED[earlier.command], (earlier.command_w or 0) / 1000) if earlier is not None else None
    return choose(ahead.outlooks(problem, ahead.begin), problem.energy_initial_kwh, present, lost)


def _power_w(command: BatteryCommand) -> int | None:
    if command.action not in (Action.CHARGE, Action.EXPORT):
        return None
    return max(LEAST_POWER_W, round(command.power_kw * 1000))


def cost_under(problem: Problem, command: BatteryCommand) -> float:
    """What the whole span costs if the battery stays in one mode, what is left in it counted as in a plan, major units."""
    energy, cost, peak_kw = problem.energy_initial_kwh, 0.0, problem.demand_peak_so_far_kw
    nothing = ConvexValue(problem.energy_min_kwh, 0.0, [0.0], [problem.energy_max_kwh - problem.energy_min_kwh])
    for index, (load_kw, solar_kw) in enumerate(zip(problem.load_kw, problem.solar_kw, strict=True)):
        power = power_under(command, load_kw - solar_kw, problem, energy)
        cost += cost_of_power(problem, index, power, energy, nothing)
        if problem.has_demand_charge and problem.demand_window[index]:
            peak_kw = max(peak_kw, meter_at(problem, index).grid_kw(power))
        energy = stored_after(problem, energy, power)
    charged = problem.demand_charge_per_kw * peak_kw if problem.has_demand_charge else 0.0
    return cost + charged - problem.terminal_value_per_kwh * energy


def _cost_of_start(problem: Problem) -> float:
    """A home without a battery has nothing left in one: what stays in a battery that rests is not its gain."""
    return problem.terminal_value_per_kwh * problem.energy_initial_kwh


def _reason(action: PlannedAction, steps: Sequence[PlanStep], now: datetime) -> Reason:
    """Why the battery does this now: the prices of this moment, and what the charge is kept or bought for."""
    present = next((step for step in steps if step.start <= now < step.end), steps[0])
    used = [step for step in steps if step.start > now and step.battery_w > LEAST_POWER_W]
    dearest = max(used, key=lambda step: step.import_c_per_kwh, default=None)
    code = {
        PlannedAction.CHARGE: "plan_charge_sun" if present.solar_w > present.load_w else "plan_charge",
        PlannedAction.EXPORT: "plan_export",
        PlannedAction.HOLD: "plan_hold",
        PlannedAction.SELF_CONSUME: "plan_self_consume",
    }[action]
    return because(
        code,
        import_c=present.import_c_per_kwh,
        feed_in_c=present.feed_in_c_per_kwh,
        value_c=present.stored_value_c_per_kwh,
        dearest_at=dearest.start if dearest is not None else None,
        dearest_c=dearest.import_c_per_kwh if dearest is not None else None,
    )
