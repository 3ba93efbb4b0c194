"""The corridor in which every better plan stays, and the envelope of functions that are not convex together."""

import pytest

from app.optimizer.envelope import convex_pieces, lower
from app.optimizer.nonconvex import corridor
from app.optimizer.recursion import after, band_of, path, values_of
from app.optimizer.stage import stages_of
from app.optimizer.value import ConvexValue
from tests.optimizer.problems import random_problem

SLACK = 0.02


@pytest.mark.parametrize("seed", range(5))
def test_the_corridor_ends_where_a_plan_costs_the_slack_more(seed: int) -> None:
    problem = random_problem(seed, "all at once", count=24)
    stages, band = stages_of(problem), band_of(problem)
    values = values_of(stages, band)
    start = problem.energy_initial_kwh
    bounds = corridor(stages, values, path(stages, values, start), SLACK, band)
    arrived, best = ConvexValue(start, 0.0, [], []), values[0].at(start)
    for index, stage in enumerate(stages):
        arrived, ahead = after(stage, arrived, band.low_kwh, band.high_kwh), values[index + 1]
        least, most = max(arrived.start_kwh, ahead.start_kwh), min(arrived.end_kwh, ahead.end_kwh)
        low, high = bounds[index + 1]
        for end, last in ((low, least), (high, most)):
            total = arrived.at(end) + ahead.at(end)
            assert total <= best + SLACK + 1e-9
            assert end == pytest.approx(last, abs=1e-9) or total == pytest.approx(best + SLACK, abs=1e-9)


def test_the_lower_of_two_lines_crosses_where_they_cross() -> None:
    corners = lower([(0.0, 0.0), (2.0, 2.0)], [(0.0, 1.0), (2.0, 0.0)])
    assert [each for corner in corners for each in corner] == pytest.approx([0.0, 0.0, 2 / 3, 2 / 3, 2.0, 0.0])


def test_shallow_dents_are_filled_from_below_and_deep_ones_stay() -> None:
    line = [(0.0, 1.0), (1.0, 0.0), (2.0, 0.1), (3.0, 0.0), (4.0, 3.0), (5.0, 0.0)]
    pieces = convex_pieces(line, tolerance=0.2, most=10)
    assert len(pieces) == 2
    assert pieces[0].at(2.0) == pytest.approx(0.0)
    assert pieces[0].at(4.0) == pytest.approx(3.0)
