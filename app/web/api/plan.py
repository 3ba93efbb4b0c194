"""The plan of the battery in the form of the API."""

from app.control.planning.store import plan_of
from app.domain.battery_plan import BatteryPlan, PlannedAction
from app.domain.reasons import Reason
from app.domain.sentences import THIN, sentence
from app.domain.settings.optimizer import CONTROL, Optimizer
from app.services.overview.stored import Stored
from app.web.api.schemas import Plan, PlanAction, PlanStep

OFF = "The optimizer is switched off."
_ACTIONS: dict[PlannedAction, PlanAction] = {
    PlannedAction.CHARGE: "charge",
    PlannedAction.EXPORT: "sell",
    PlannedAction.SELF_CONSUME: "run-home",
    PlannedAction.HOLD: "hold",
}


def told_plan(found: Stored) -> Plan:
    """The newest plan, while any of it is still to come."""
    plan = plan_of(found.plan) if found.plan is not None else None
    if plan is not None and plan.until <= found.now:
        plan = None
    settings = found.settings.of(Optimizer)
    return Plan(
        freshness="none" if plan is None else found.plan_state.value,
        is_carried_out=settings.enabled and settings.mode == CONTROL and found.is_control_on,
        made_at=plan.made_at if plan else None,
        command=_ACTIONS[plan.command] if plan else None,
        command_w=plan.command_w if plan else None,
        sentence=_plain(plan.reason, found) if plan else None,
        cost_c=plan.cost_c if plan else None,
        without_plan_c=plan.without_plan_c if plan else None,
        without_battery_c=plan.without_battery_c if plan else None,
        notes=[_plain(note, found) for note in plan.notes] if plan else [],
        steps=_steps(plan, found) if plan else [],
        problem=_problem(found, plan),
    )


def _steps(plan: BatteryPlan, found: Stored) -> list[PlanStep]:
    return [
        PlanStep(
            start=each.start,
            end=each.end,
            action=_ACTIONS[each.action],
            battery_w=each.battery_w,
            grid_w=each.grid_w,
            solar_w=each.solar_w,
            load_w=each.load_w,
            soc_end_pct=round(each.soc_end_pct, 2),
            import_c_per_kwh=each.import_c_per_kwh,
            feed_in_c_per_kwh=each.feed_in_c_per_kwh,
            stored_value_c_per_kwh=each.stored_value_c_per_kwh,
            is_estimate=each.is_estimate,
        )
        for each in plan.steps
        if each.end > found.now
    ]


def _problem(found: Stored, plan: BatteryPlan | None) -> str | None:
    if not found.settings.of(Optimizer).enabled:
        return OFF
    if found.plan_problem is not None:
        return _plain(Reason(found.plan_problem.code, found.plan_problem.params), found)
    return None if plan is not None else "No plan has been made yet."


def _plain(reason: Reason, found: Stored) -> str:
    return f"{sentence(reason, found.zone)}.".replace(THIN, " ")
