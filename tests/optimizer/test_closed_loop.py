"""The closed loop in small: days lived through, against knowing everything."""

import pytest

from tests.closed_loop.engine import PowerSync
from tests.closed_loop.households import KINDS, household
from tests.closed_loop.run import judge, perfect_cost, self_consumption


def test_with_perfect_inputs_hardly_anything_is_lost() -> None:
    home = household("time of use", 0, days=1)
    judged = judge(home, PowerSync(home, 0.0), 0.0, 0)
    assert judged.possible > 0.3
    assert -1e-6 <= judged.regret <= 0.03
    assert judged.changes_a_day <= 12


def test_with_wrong_forecasts_most_of_what_is_possible_is_earned() -> None:
    home = household("time of use", 1, days=1)
    judged = judge(home, PowerSync(home, 1.0), 1.0, 1)
    assert judged.regret <= 0.25
    assert judged.changes_a_day <= 12


def test_doing_nothing_earns_nothing() -> None:
    home = household("time of use", 0, days=1)
    assert judge(home, self_consumption, 0.0, 0).regret == pytest.approx(1.0)


@pytest.mark.parametrize("name", KINDS)
def test_a_seed_gives_the_same_household_and_nobody_beats_perfect_foresight(name: str) -> None:
    home = household(name, 2, days=1)
    assert home == household(name, 2, days=1)
    assert judge(home, self_consumption, 0.0, 2).possible >= -1e-6
    assert perfect_cost(home) == perfect_cost(household(name, 2, days=1))
