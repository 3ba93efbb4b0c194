"""Which command is chosen, and when a better one is left alone."""

import pytest

from app.optimizer.actions import Action
from app.optimizer.choosing import Outlook, choose, mean_cost
from app.optimizer.commands import BatteryCommand, power_under
from app.optimizer.problem import GridLimits, Problem
from app.optimizer.solve import solve
from tests.optimizer.problems import a_battery, a_day, a_problem

HOLD = BatteryCommand(Action.IDLE)
RUN_HOME = BatteryCommand(Action.SELF_CONSUMPTION)
CHARGE = BatteryCommand(Action.CHARGE, 5.0)
SELL = BatteryCommand(Action.EXPORT, 5.0)


def outlook(problem: Problem) -> Outlook:
    return Outlook(problem, solve(problem).values[1])


@pytest.mark.parametrize(
    ("buy", "sell", "expected"),
    [
        ([0.1, 0.6, 0.6], [0.0, 0.0, 0.0], CHARGE),
        ([0.6, 0.1, 0.1], [0.5, 0.0, 0.0], SELL),
        ([0.6, 0.5, 0.1], [0.0, 0.0, 0.0], RUN_HOME),
        ([0.4, 0.41, 0.7], [0.0, 0.0, 0.0], HOLD),
    ],
)
def test_the_cheapest_command_is_chosen(buy: list[float], sell: list[float], expected: BatteryCommand) -> None:
    problem = a_problem(buy, sell, load_kw=[1.0, 1.0, 9.0], grid=GridLimits(15.0, 5.0), soc_initial=0.55)
    assert choose([outlook(problem)], problem.energy_initial_kwh, None, 0.0).command == expected


def test_the_present_command_stays_until_it_has_lost_a_cent_or_two() -> None:
    problem = a_problem([0.31, 0.30, 0.30], interval_h=1 / 12, soc_initial=0.9)
    present, lost, stayed = HOLD, 0.0, 0
    for _ in range(50):
        choice = choose([outlook(problem)], problem.energy_initial_kwh, present, lost, patience=0.05)
        if choice.command != HOLD:
            break
        assert choice.lost > lost
        lost, stayed = choice.lost, stayed + 1
    assert choice.command == RUN_HOME
    assert choice.lost == 0
    assert 0.05 / choice.gain - 2 <= stayed <= 0.05 / choice.gain + 1


def test_no_command_is_held_through_a_spike() -> None:
    problem = a_problem([3.0, 0.3, 0.3], [2.0, 0.1, 0.1], interval_h=1 / 12)
    assert choose([outlook(problem)], problem.energy_initial_kwh, HOLD, 0.0, patience=100.0).command == SELL


def test_no_command_is_held_while_exporting_costs_money() -> None:
    problem = a_problem([0.1, 0.3], [-0.2, 0.1], solar_kw=[4.0, 0.0], is_solar_curtailable=False)
    assert choose([outlook(problem)], problem.energy_initial_kwh, HOLD, 0.0, patience=100.0).command != HOLD


def test_an_empty_battery_runs_the_home() -> None:
    problem = a_problem([0.5, 0.3], [0.1, 0.1], soc_initial=0.1)
    assert choose([outlook(problem)], problem.energy_initial_kwh, None, 0.0).command == RUN_HOME


def test_the_mean_over_outlooks_decides() -> None:
    calm, dear = a_problem([0.3, 0.2], load_kw=[1.0, 5.0]), a_problem([0.3, 1.0], load_kw=[1.0, 5.0])
    both = [outlook(calm), outlook(dear)]
    costs = [mean_cost([each], 5.0, HOLD) for each in both]
    assert mean_cost(both, 5.0, HOLD) == pytest.approx(sum(costs) / 2)
    assert choose([both[0]], 3.0, None, 0.0).command == RUN_HOME
    assert choose(both, 3.0, None, 0.0).command != RUN_HOME


def test_under_a_demand_charge_a_load_that_may_come_keeps_the_battery_ready() -> None:
    problem = a_problem([0.4, 0.41, 0.7], load_kw=[1.0, 1.0, 9.0], interval_h=1 / 12, demand_charge_per_kw=0.6, demand_window=[True] * 3)
    after = solve(problem).values[1]
    calm, wary = Outlook(problem, after, cap_kw=1.0), Outlook(problem, after, cap_kw=1.0, surprise_kw=2.0)
    risk = mean_cost([wary], 5.0, HOLD) - mean_cost([calm], 5.0, HOLD)
    assert risk == pytest.approx((2 * 0.6 + 2 * 0.4 / 12) / 2)
    assert choose([wary], 5.0, HOLD, 0.0).command == RUN_HOME


@pytest.mark.parametrize(
    ("command", "net_kw", "energy_kwh", "power"),
    [
        (RUN_HOME, 2.0, 5.0, -2.0),
        (RUN_HOME, -2.0, 5.0, 2.0),
        (RUN_HOME, 9.0, 9.0, -5.0),
        (RUN_HOME, 2.0, 1.0, 0.0),  # empty
        (RUN_HOME, -2.0, 10.0, 0.0),  # full
        (HOLD, 2.0, 5.0, 0.0),
        (CHARGE, 1.0, 0.0, 5.0),
        (CHARGE, 12.0, 5.0, 3.0),  # the import limit
        (SELL, 1.0, 5.0, -3.6),  # 4 kWh above the floor, with losses
        (SELL, -3.0, 9.0, -2.0),  # the export limit
    ],
)
def test_a_command_leads_to_a_power_within_all_limits(command: BatteryCommand, net_kw: float, energy_kwh: float, power: float) -> None:
    problem = a_problem([0.3], battery=a_battery())
    assert power_under(command, net_kw, problem, energy_kwh) == pytest.approx(power)


def test_the_best_command_costs_hardly_more_than_the_free_power_of_the_plan() -> None:
    problem = a_day(288)
    plan = solve(problem)
    chosen = choose([Outlook(problem, plan.values[1])], problem.energy_initial_kwh, None, 0.0).command
    assert mean_cost([Outlook(problem, plan.values[1])], problem.energy_initial_kwh, chosen) <= plan.objective + 0.01
