"""The battery follows a young plan, and nothing else."""

from datetime import timedelta
from typing import Any

import pytest

from app.domain.battery_plan import BatteryPlan, PlannedAction, PlanStep
from app.domain.codec import from_json, to_json
from app.domain.opinions import Charge, Discharge, Hold, Nothing, Priority, SelfConsume, Unknown, Wish
from app.domain.policies.optimizer import follow_plan
from app.domain.reasons import because
from app.domain.settings.optimizer import Optimizer
from app.domain.snapshot import BatteryView, Snapshot
from tests.domain.builders import EVERY_COMMAND, NOW, a_snapshot, before

MINUTE, HALF_HOUR = timedelta(minutes=1), timedelta(minutes=30)


def a_step(number: int, action: PlannedAction, **more: Any) -> PlanStep:
    figures: dict[str, Any] = {
        "battery_w": 0.0,
        "grid_w": 500.0,
        "solar_w": 0.0,
        "load_w": 500.0,
        "soc_end_pct": 60.0,
        "import_c_per_kwh": 30.0,
        "feed_in_c_per_kwh": 8.0,
        "stored_value_c_per_kwh": 25.0,
    }
    start = NOW - 5 * MINUTE + number * HALF_HOUR
    return PlanStep(start, start + HALF_HOUR, action, **{**figures, **more})


def a_plan(command: PlannedAction = PlannedAction.CHARGE, command_w: int | None = 3000, age: timedelta = MINUTE) -> BatteryPlan:
    steps = (a_step(0, command), a_step(1, command), a_step(2, PlannedAction.EXPORT), a_step(3, PlannedAction.SELF_CONSUME))
    return BatteryPlan(NOW - age, steps, command, command_w, because("plan_charge", import_c=10.0, value_c=25.0), 100.0, 150.0, 300.0)


def a_moment(plan: BatteryPlan | None, mode: str = "control", **more: Any) -> Snapshot:
    return a_snapshot(settings={"optimizer": Optimizer(enabled=True, mode=mode)}, battery_plan=plan, **more)


@pytest.mark.parametrize(
    ("action", "has_setpoint", "command"),
    [
        (PlannedAction.CHARGE, True, Charge(3000)),
        (PlannedAction.CHARGE, False, Charge()),
        (PlannedAction.EXPORT, True, Discharge(3000)),
        (PlannedAction.HOLD, True, Hold()),
        (PlannedAction.SELF_CONSUME, True, SelfConsume()),
    ],
)
def test_the_plans_command_is_wished_above_tariff_sync(action: PlannedAction, has_setpoint: bool, command: object) -> None:
    battery = BatteryView(EVERY_COMMAND, {}, NOW, has_power_setpoint=has_setpoint)
    wish = follow_plan(a_moment(a_plan(action), battery=battery))
    assert isinstance(wish, Wish)
    assert wish.command == command
    assert wish.priority is Priority.OPTIMIZER
    assert wish.expires_at == NOW + 14 * MINUTE


def test_an_old_plan_begins_nothing_and_ends_by_itself() -> None:
    assert isinstance(follow_plan(a_moment(a_plan(age=10 * MINUTE))), Wish)
    assert isinstance(follow_plan(a_moment(a_plan(age=11 * MINUTE))), Unknown)
    assert isinstance(follow_plan(a_moment(None)), Unknown)


def test_a_watched_plan_sends_nothing() -> None:
    assert isinstance(follow_plan(a_moment(a_plan(), mode="watch")), Nothing)
    assert isinstance(follow_plan(a_snapshot(battery_plan=a_plan())), Nothing), "off is the default"
    assert isinstance(follow_plan(a_moment(None, mode="watch")), Nothing), "what is only watched holds nothing up"


def test_a_battery_that_cannot_hold_runs_the_home_and_one_that_cannot_sell_is_left() -> None:
    battery = BatteryView(frozenset({"SelfConsume"}), {}, NOW)
    held = follow_plan(a_moment(a_plan(PlannedAction.HOLD), battery=battery))
    assert isinstance(held, Wish)
    assert held.command == SelfConsume()
    assert isinstance(follow_plan(a_moment(a_plan(PlannedAction.EXPORT), battery=battery)), Nothing)


def test_what_the_battery_is_told_is_renewed_in_good_time_and_begins_anew_with_another_command() -> None:
    first = follow_plan(a_moment(a_plan()))
    assert isinstance(first, Wish)
    assert first.told_until == NOW + timedelta(hours=2)
    standing = before("optimizer", first, NOW)
    same = follow_plan(a_moment(a_plan(), before=standing))
    assert isinstance(same, Wish)
    assert same.told_until == first.told_until
    other = follow_plan(a_moment(a_plan(PlannedAction.EXPORT), before={"optimizer": standing["optimizer"]}))
    assert isinstance(other, Wish)
    assert other.told_until == NOW + timedelta(hours=2)


def test_a_plan_is_read_back_as_it_was_stored_and_knows_its_steps() -> None:
    plan = a_plan()
    assert from_json(BatteryPlan, to_json(plan)) == plan
    assert plan.at(NOW) == plan.steps[0]
    assert plan.at(plan.until) is None
    following = plan.next_change(NOW)
    assert following is not None
    assert following.action is PlannedAction.EXPORT
