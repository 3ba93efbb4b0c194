"""The optimizer: the battery follows the plan while that is young enough to be trusted."""

from datetime import timedelta

from app.domain.battery_plan import BatteryPlan, PlannedAction
from app.domain.opinions import BATTERY, BatteryCommand, Charge, Discharge, Hold, Nothing, Opinion, Priority, SelfConsume, Unknown, Wish
from app.domain.policies import Policy
from app.domain.reasons import because
from app.domain.settings.optimizer import CONTROL, Optimizer
from app.domain.snapshot import Snapshot
from app.domain.told import told_until

NAME = "optimizer"
FRESH_FOR = timedelta(minutes=10)  # a plan is made anew at least every five
ENDS_AFTER = timedelta(minutes=15)  # what an old plan wished ends then, whatever happens


def follow_plan(snapshot: Snapshot) -> Opinion:
    """Wish what the newest plan says for now. Without a young plan nothing new is wished."""
    settings = snapshot.settings.of(Optimizer)
    if not settings.enabled:
        return Nothing()
    plan = snapshot.battery_plan
    if settings.mode != CONTROL:
        return Nothing(because("plan_is_watched") if plan is not None else snapshot.plan_problem or because("no_plan_yet"))
    if plan is None:
        return Unknown(snapshot.plan_problem or because("no_plan_yet"))
    if snapshot.now - plan.made_at > FRESH_FOR or plan.at(snapshot.now) is None:
        return Unknown(snapshot.plan_problem or because("plan_old", since=plan.made_at))
    command = _command(plan, snapshot)
    if command is None:
        return Nothing(because("battery_cannot_follow", action=plan.command.value))
    expires_at = plan.made_at + ENDS_AFTER
    return Wish(
        BATTERY, command, Priority.OPTIMIZER, plan.reason, expires_at, told_until=told_until(snapshot.now, _goes_on(snapshot, command))
    )


def _command(plan: BatteryPlan, snapshot: Snapshot) -> BatteryCommand | None:
    """The plan's command as this battery honours it; None where it has none that comes near."""
    able = snapshot.battery.commands if snapshot.battery is not None else frozenset()
    power_w = plan.command_w if snapshot.battery is not None and snapshot.battery.has_power_setpoint else None
    wanted: dict[PlannedAction, tuple[BatteryCommand, ...]] = {
        PlannedAction.CHARGE: (Charge(power_w),),
        PlannedAction.EXPORT: (Discharge(power_w),),
        PlannedAction.HOLD: (Hold(), SelfConsume()),
        PlannedAction.SELF_CONSUME: (SelfConsume(),),
    }
    return next((each for each in wanted[plan.command] if type(each).__name__ in able), None)


def _goes_on(snapshot: Snapshot, command: BatteryCommand) -> Wish | None:
    """The wish of the last plan, where this one wants the same."""
    earlier = snapshot.standing(NAME, BATTERY)
    return earlier if earlier is not None and type(earlier.command) is type(command) else None


POLICY = Policy(NAME, follow_plan)
