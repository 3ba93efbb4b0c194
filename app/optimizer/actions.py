"""From planned flows to what a battery is told. Modes lose less than powers: in a mode the inverter follows the real load between two
ticks."""

from collections.abc import Sequence
from enum import StrEnum

from app.optimizer.problem import Problem

NEARLY_KW = 0.02


class Action(StrEnum):
    """What a battery can be told."""

    CHARGE = "CHARGE"  # from the grid
    EXPORT = "EXPORT"  # discharge beyond what the home uses
    SELF_CONSUMPTION = "SELF_CONSUMPTION"
    IDLE = "IDLE"  # hold the charge; a surplus of the sun is exported where the battery can hold


def action_of(battery_kw: float, net_load_kw: float, nearly_kw: float = NEARLY_KW) -> Action:
    """What leads to `battery_kw` (+ charging) at a net load (load − solar) of `net_load_kw`.

    A part of what self-consumption would do is called after what it is nearer to."""
    if battery_kw > max(0.0, -net_load_kw) + nearly_kw:
        return Action.CHARGE
    if battery_kw < -max(0.0, net_load_kw) - nearly_kw:
        return Action.EXPORT
    if abs(battery_kw + net_load_kw) <= nearly_kw:
        return Action.SELF_CONSUMPTION
    if abs(battery_kw) <= nearly_kw:
        return Action.IDLE
    return Action.SELF_CONSUMPTION if abs(battery_kw) > abs(net_load_kw) / 2 else Action.IDLE


def actions_of(problem: Problem, charge_kw: Sequence[float], discharge_kw: Sequence[float]) -> list[Action]:
    """The action of each interval. A battery at its power limit that would take or give more is in self-consumption."""
    battery = problem.battery
    actions = []
    for charge, discharge, load, solar in zip(charge_kw, discharge_kw, problem.load_kw, problem.solar_kw, strict=True):
        power, net = charge - discharge, load - solar
        follows = min(max(-net, -battery.max_discharge_kw), battery.max_charge_kw)
        if abs(power - follows) <= NEARLY_KW:
            actions.append(Action.SELF_CONSUMPTION)
        else:
            actions.append(action_of(power, net))
    return actions
