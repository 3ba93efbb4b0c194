"""Which command the battery gets now: the one with the least mean of `cost + V` over the outlooks, and the present one while it is as good.

Each change costs calls to a vendor and the owner's trust; so the present command stays until what it has lost, added up since it began,
comes to a cent or two. It does not stay through a spike or at a negative feed-in price where another is better; a battery that is full or
empty ends a command by itself, and one that the limits forbid is priced as what the battery would really do."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.optimizer.actions import Action, action_of
from app.optimizer.commands import BatteryCommand, cost_of_power, power_under
from app.optimizer.meter import meter_at
from app.optimizer.problem import Problem
from app.optimizer.value import ConvexValue

PATIENCE = 0.015  # major units
LEAST_GAIN = 0.001  # major units: what is not worth a change even in a spike
SPIKE_TIMES_USUAL = 3.0
LEAST_USUAL_PER_KWH = 0.1


@dataclass(frozen=True)
class Outlook:
    """One way in which it may go on: its problem, whose first interval is the present one, and what the rest costs after it.

    `cap_kw`: the highest import that the outlook's plan pays a demand charge for. `surprise_kw`: a load that may come on top before the
    next choice; where it is given, it counts as often as none."""

    problem: Problem
    after: ConvexValue
    cap_kw: float | None = None
    surprise_kw: float = 0.0


@dataclass(frozen=True, slots=True)
class Choice:
    """The command and what the present one has lost so far, to be given back next time."""

    command: BatteryCommand
    lost: float
    gain: float  # what the best command saves against the present one over the horizon


def choose(
    outlooks: Sequence[Outlook], energy_kwh: float, present: BatteryCommand | None, lost: float, patience: float = PATIENCE
) -> Choice:
    """The command for the present interval. `lost`: what the last choice gave back; 0 for a new command."""
    costs = {command: mean_cost(outlooks, energy_kwh, command) for command in candidates(outlooks, energy_kwh, present)}
    # Of equals the first: an empty battery runs the home rather than "exports".
    best = min(costs, key=lambda command: round(costs[command], 9))
    if present is None:
        return Choice(best, 0.0, 0.0)
    gain = costs[present] - costs[best]
    if _is_alike(best, present) or (lost + gain < patience and not _must_change(outlooks[0].problem, energy_kwh, present, gain)):
        return Choice(present, max(0.0, lost + gain), gain)
    return Choice(best, 0.0, gain)


def candidates(outlooks: Sequence[Outlook], energy_kwh: float, present: BatteryCommand | None) -> list[BatteryCommand]:
    """The two modes, charging and exporting at the powers where the cost bends, and the present command."""
    problem = outlooks[0].problem
    net_kw = problem.load_kw[0] - problem.solar_kw[0]
    battery = problem.battery
    powers = {battery.max_charge_kw, -battery.max_discharge_kw}
    powers.update(outlook.cap_kw - net_kw for outlook in outlooks if outlook.cap_kw is not None)
    commands = [BatteryCommand(Action.SELF_CONSUMPTION), BatteryCommand(Action.IDLE)]
    for power in sorted(powers):
        action = action_of(power, net_kw)
        if action in (Action.CHARGE, Action.EXPORT):
            commands.append(BatteryCommand(action, abs(power)))
    if present is not None and present not in commands:
        commands.append(present)
    return commands


def mean_cost(outlooks: Sequence[Outlook], energy_kwh: float, command: BatteryCommand) -> float:
    """The mean of `cost + V` of a command."""
    total = 0.0
    for each in outlooks:
        net_kw = each.problem.load_kw[0] - each.problem.solar_kw[0]
        power = power_under(command, net_kw, each.problem, energy_kwh)
        cost = cost_of_power(each.problem, 0, power, energy_kwh, each.after, each.cap_kw)
        if each.surprise_kw:
            heavier = replace(each.problem, load_kw=[each.problem.load_kw[0] + each.surprise_kw, *each.problem.load_kw[1:]])
            power = power_under(command, net_kw + each.surprise_kw, heavier, energy_kwh)
            cost = (cost + cost_of_power(heavier, 0, power, energy_kwh, each.after, each.cap_kw)) / 2
        total += cost
    return total / len(outlooks)


def _is_alike(one: BatteryCommand, other: BatteryCommand) -> bool:
    return one.action is other.action and abs(one.power_kw - other.power_kw) <= 0.1 * max(one.power_kw, other.power_kw)


def _must_change(problem: Problem, energy_kwh: float, present: BatteryCommand, gain: float) -> bool:
    """Whether no patience is due: a better command is there, and this is a spike, or the present command pays for export."""
    if gain < LEAST_GAIN:
        return False
    usual = sorted(problem.import_price_per_kwh)[len(problem) // 2]
    if problem.import_price_per_kwh[0] > SPIKE_TIMES_USUAL * max(usual, LEAST_USUAL_PER_KWH):
        return True
    power = power_under(present, problem.load_kw[0] - problem.solar_kw[0], problem, energy_kwh)
    return problem.export_price_per_kwh[0] < 0 and meter_at(problem, 0).grid_kw(power) < 0
