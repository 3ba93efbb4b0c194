"""From planned powers to what a battery is told."""

import pytest

from app.optimizer.actions import Action, action_of, actions_of
from tests.optimizer.problems import a_problem


@pytest.mark.parametrize(
    ("battery_kw", "net_load_kw", "action"),
    [
        (3.0, 1.0, Action.CHARGE),
        (3.0, -2.0, Action.CHARGE),
        (2.0, -2.0, Action.SELF_CONSUMPTION),
        (-1.0, 1.0, Action.SELF_CONSUMPTION),
        (0.0, 0.0, Action.SELF_CONSUMPTION),
        (-3.0, 1.0, Action.EXPORT),
        (-3.0, -1.0, Action.EXPORT),
        (0.0, 1.0, Action.IDLE),
        (0.0, -1.0, Action.IDLE),
        (-0.8, 1.0, Action.SELF_CONSUMPTION),
        (-0.2, 1.0, Action.IDLE),
    ],
)
def test_each_power_has_its_action(battery_kw: float, net_load_kw: float, action: Action) -> None:
    assert action_of(battery_kw, net_load_kw) is action


def test_a_battery_at_its_limit_is_in_self_consumption() -> None:
    problem = a_problem([0.3, 0.3], load_kw=[12.0, 0.0], solar_kw=[0.0, 12.0])
    assert actions_of(problem, [0.0, 5.0], [5.0, 0.0]) == [Action.SELF_CONSUMPTION, Action.SELF_CONSUMPTION]
