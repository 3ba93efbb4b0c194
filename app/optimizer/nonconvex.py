"""The truth where some interval is not convex: the recursion again, on the true parts, with values that are the lowest of several
convex functions.

The hulls gave a lower bound and, followed greedily, a plan. No plan that is better than that one leaves the corridor of stored energies
where the least cost to arrive plus the least cost from there is below it. Within that corridor the recursion is exact up to a tolerance,
and its value at the start is again a lower bound."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from app.optimizer.envelope import convex_pieces, lower_of_all
from app.optimizer.recursion import Band, OutOfBand, after, before, step
from app.optimizer.stage import Stage
from app.optimizer.value import ConvexValue

MOST_PIECES = 40
_MARGIN = 1e-7  # cost by which the corridor is wider than it must be: rounding never excludes the best plan


def greedy_path(stages: Sequence[Stage], values: Sequence[Sequence[ConvexValue]], energy_kwh: float) -> tuple[list[float], float]:
    """Forward by the true cost of each stage and the values behind it: the stored energies and what the stages cost."""
    energies, total = [energy_kwh], 0.0
    for index, stage in enumerate(stages):
        best = None
        for part in stage.parts:
            for value in values[index + 1]:
                if energy_kwh + part.xs[-1] < value.start_kwh - 1e-9 or energy_kwh + part.xs[0] > value.end_kwh + 1e-9:
                    continue
                x = step(part, value, energy_kwh)
                cost = part.cost(x)
                reached = cost + value.at(energy_kwh + x)
                if best is None or reached < best[0] - 1e-12:
                    best = (reached, x, cost)
        if best is None:
            raise OutOfBand
        energy_kwh += best[1]
        total += best[2]
        energies.append(energy_kwh)
    return energies, total


def corridor(
    stages: Sequence[Stage], values: Sequence[ConvexValue], energies: Sequence[float], slack: float, band: Band
) -> list[tuple[float, float]]:
    """For every stage the stored energies through which a plan may lead that costs at most `slack` more than the bound of the hulls.

    `energies`: the path that is best on the hulls."""
    arrived = ConvexValue(energies[0], 0.0, [], [])
    bounds = [(energies[0], energies[0])]
    for index, stage in enumerate(stages):
        arrived = after(stage, band.softened(arrived, index), band.low_kwh, band.high_kwh)
        bounds.append(_within(arrived, values[index + 1], energies[index + 1], slack))
    return bounds


def _within(arrived: ConvexValue, ahead: ConvexValue, energy_kwh: float, slack: float) -> tuple[float, float]:
    return _reach_down(arrived, ahead, energy_kwh, slack), _reach_up(arrived, ahead, energy_kwh, slack)


def _reach_up(one: ConvexValue, other: ConvexValue, energy_kwh: float, slack: float) -> float:
    """The highest stored energy at which both together cost at most `slack` more than at `energy_kwh`, where they are least."""
    first = bisect_right(one.ends, energy_kwh - one.start_kwh)
    second = bisect_right(other.ends, energy_kwh - other.start_kwh)
    while first < len(one.slopes) and second < len(other.slopes):
        one_end, other_end = one.start_kwh + one.ends[first], other.start_kwh + other.ends[second]
        until = min(one_end, other_end)
        slope = max(0.0, one.slopes[first] + other.slopes[second])
        if slope * (until - energy_kwh) > slack:
            return energy_kwh + slack / slope
        slack -= slope * (until - energy_kwh)
        energy_kwh = until
        first += one_end <= until
        second += other_end <= until
    return energy_kwh


def _reach_down(one: ConvexValue, other: ConvexValue, energy_kwh: float, slack: float) -> float:
    """The lowest such stored energy."""
    first = bisect_left(one.ends, energy_kwh - one.start_kwh)
    second = bisect_left(other.ends, energy_kwh - other.start_kwh)
    first, second = min(first, len(one.slopes) - 1), min(second, len(other.slopes) - 1)
    while first >= 0 and second >= 0:
        one_begin = one.start_kwh + (one.ends[first - 1] if first else 0.0)
        other_begin = other.start_kwh + (other.ends[second - 1] if second else 0.0)
        until = max(one_begin, other_begin)
        slope = max(0.0, -one.slopes[first] - other.slopes[second])
        if slope * (energy_kwh - until) > slack:
            return energy_kwh - slack / slope
        slack -= max(0.0, slope * (energy_kwh - until))
        energy_kwh = min(energy_kwh, until)
        first -= one_begin >= until
        second -= other_begin >= until
    return energy_kwh


def true_values(stages: Sequence[Stage], bounds: Sequence[tuple[float, float]], tolerance: float, band: Band) -> list[list[ConvexValue]]:
    """V_0 to V_T within the corridor, each as convex functions beside one another; at most `tolerance` below the truth where few pieces
    are enough."""
    values = [_clipped([band.last(len(stages))], *bounds[-1])]
    share = tolerance / max(1, len(stages))
    for index in range(len(stages) - 1, -1, -1):
        low, high = bounds[index]
        found = []
        for part in stages[index].parts:
            for value in values[-1]:
                if value.start_kwh - part.xs[-1] > high + 1e-9 or value.end_kwh - part.xs[0] < low - 1e-9:
                    continue
                found.append(before(part, value, low, high))
        if not found:
            raise OutOfBand
        found.sort(key=lambda each: each.start_kwh)
        pieces = found if len(found) == 1 else convex_pieces(lower_of_all([each.points() for each in found]), share, MOST_PIECES)
        values.append([band.softened(piece, index) for piece in pieces])
    values.reverse()
    return values


def _clipped(values: Sequence[ConvexValue], low_kwh: float, high_kwh: float) -> list[ConvexValue]:
    nothing = Stage([0.0], [], 0.0)
    return [before(nothing, value, low_kwh, high_kwh) for value in values]
