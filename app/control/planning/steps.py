"""From the optimizer's flows to the steps that are shown and stored."""

from collections.abc import Sequence
from itertools import groupby

from app.control.planning.inputs import STEP, Inputs
from app.control.planning.problem import C_PER_MAJOR
from app.domain.battery_plan import PlannedAction, PlanStep
from app.domain.tariffs.half_hourly import half_hour_start
from app.optimizer.actions import Action, actions_of
from app.optimizer.plan import Plan

OF_ACTION = {
    Action.CHARGE: PlannedAction.CHARGE,
    Action.EXPORT: PlannedAction.EXPORT,
    Action.SELF_CONSUMPTION: PlannedAction.SELF_CONSUME,
    Action.IDLE: PlannedAction.HOLD,
}


def steps_of(plan: Plan, inputs: Inputs) -> tuple[PlanStep, ...]:
    """One step for each stretch of a half-hour in which the battery does the same at the same price."""
    actions = [OF_ACTION[action] for action in actions_of(plan.problem, plan.charge_kw, plan.discharge_kw)]

    def alike(index: int) -> tuple[object, ...]:
        return half_hour_start(inputs.starts[index]), actions[index], inputs.prices[index], inputs.is_estimate[index]

    return tuple(
        _step(plan, inputs, actions[group[0]], group)
        for group in (list(members) for _, members in groupby(range(len(inputs.starts)), key=alike))
    )


def _step(plan: Plan, inputs: Inputs, action: PlannedAction, indexes: Sequence[int]) -> PlanStep:
    first, last = indexes[0], indexes[-1]
    value = plan.stored_value_per_kwh(first)
    return PlanStep(
        start=inputs.starts[first],
        end=inputs.starts[last] + STEP,
        action=action,
        battery_w=_mean_w(plan.discharge_kw, indexes) - _mean_w(plan.charge_kw, indexes),
        grid_w=_mean_w(plan.grid_import_kw, indexes) - _mean_w(plan.grid_export_kw, indexes),
        solar_w=_mean_w(plan.problem.solar_kw, indexes) - _mean_w(plan.curtailed_kw, indexes),
        load_w=_mean_w(plan.problem.load_kw, indexes),
        soc_end_pct=100 * plan.energy_kwh[last] / plan.problem.battery.capacity_kwh,
        import_c_per_kwh=inputs.prices[first].import_c_per_kwh,
        feed_in_c_per_kwh=inputs.prices[first].feed_in_c_per_kwh,
        stored_value_c_per_kwh=None if value is None else value * C_PER_MAJOR,
        is_estimate=inputs.is_estimate[first],
    )


def _mean_w(powers_kw: Sequence[float], indexes: Sequence[int]) -> float:
    return round(1000 * sum(powers_kw[index] for index in indexes) / len(indexes), 1)
