"""Blended issues, scenarios and what the live loop keeps between two forecasts."""

from dataclasses import replace

import pytest

from app.optimizer.issues import Issue, blended, kept
from app.optimizer.look_ahead import capped_terminal_value, look_ahead
from app.optimizer.scenarios import ForecastErrors, scenarios
from app.optimizer.solve import solve
from tests.optimizer.problems import a_day, a_problem

ERRORS = ForecastErrors(0.01, 0.1, 0.1, 0.2)


def issue(begin: int, prices: list[float], known: int = 1) -> Issue:
    return Issue(begin, a_problem(prices, prices, interval_h=0.5), [index < known for index in range(len(prices))])


def test_a_nearer_issue_counts_more() -> None:
    problem = blended(issue(2, [0.3, 0.4]), [issue(0, [0.3, 0.3, 0.3, 0.8])])
    assert 0.4 < problem.import_price_per_kwh[1] < 0.6
    assert problem.export_price_per_kwh[1] == problem.import_price_per_kwh[1]


def test_what_is_known_is_not_averaged() -> None:
    problem = blended(issue(2, [0.3, 5.0, 0.4], known=2), [issue(0, [0.1] * 5)])
    assert problem.import_price_per_kwh[:2] == [0.3, 5.0]


def test_a_spike_that_was_in_sight_once_is_not_averaged_into_what_is_foretold_now() -> None:
    problem = blended(issue(1, [0.3, 0.4]), [issue(0, [0.3, 0.3, 9.0], known=3)])
    assert problem.import_price_per_kwh[1] == pytest.approx(0.4)


def test_old_issues_are_forgotten() -> None:
    assert [each.begin for each in kept([issue(0, [0.3]), issue(6, [0.3]), issue(20, [0.3])], now=13)] == [6]


def test_scenarios_come_in_pairs_around_the_forecast_and_keep_the_present() -> None:
    problem = a_day(48, interval_h=0.5)
    drawn = scenarios(problem, ERRORS, 4, seed=1)
    assert drawn == scenarios(problem, ERRORS, 4, seed=1)
    assert all(each.import_price_per_kwh[0] == problem.import_price_per_kwh[0] and each.load_kw[0] == problem.load_kw[0] for each in drawn)
    for index in (1, 20, 47):
        assert sum(each.import_price_per_kwh[index] for each in drawn) / 4 == pytest.approx(problem.import_price_per_kwh[index])
        assert sum(each.load_kw[index] for each in drawn) / 4 == pytest.approx(problem.load_kw[index])


def test_a_perfect_forecast_has_one_outlook() -> None:
    problem = a_day(48, interval_h=0.5)
    assert scenarios(problem, ForecastErrors(), 8, seed=1) == [problem]


def test_outlooks_are_valid_until_the_horizon_ends() -> None:
    problem = a_day(96, interval_h=0.5)
    ahead = look_ahead(Issue(7, problem, [True] * 96), [], ForecastErrors(), 0.2)
    (outlook,) = ahead.outlooks(replace(problem, soc_initial=0.5), now=10)
    assert outlook.after is ahead.plans[0].values[4]
    assert ahead.lasts_until() == 7 + 95


def test_what_is_left_is_worth_what_it_is_worth_a_day_ahead() -> None:
    problem = a_day(96, interval_h=0.5)
    ahead = look_ahead(Issue(0, problem, [True] * 96), [], ForecastErrors(), 0.2)
    plan = solve(replace(problem, terminal_value_per_kwh=0.2))
    assert ahead.terminal_value_per_kwh == pytest.approx(max(0.0, -plan.values[48].slope_after(plan.energy_kwh[47])))


def test_the_value_of_what_is_left_has_a_floor_and_a_cap() -> None:
    problem = a_problem([0.2, 0.4])
    assert capped_terminal_value(problem, -1.0) == 0
    assert capped_terminal_value(problem, 9.0) == pytest.approx(0.4 * 0.9)
    assert capped_terminal_value(a_problem([-0.2, -0.4]), 9.0) == 0
