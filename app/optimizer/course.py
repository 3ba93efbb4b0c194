"""One course of the stored energy through given stages: best on the hulls, and where that is not the truth, by the true parts."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.optimizer.nonconvex import corridor, greedy_path, true_values
from app.optimizer.recursion import Band, path, values_of
from app.optimizer.stage import Stage
from app.optimizer.value import ConvexValue

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Course:
    """The stored energies (T + 1), what the course costs with all penalties, and the least that any course costs.

    `values`: V_0 to V_T on the hulls, a lower bound that also prices what is not on the course."""

    energies_kwh: Sequence[float]
    cost: float
    lower_bound: float
    values: Sequence[ConvexValue]
    is_convex: bool


def best_course(stages: Sequence[Stage], band: Band, energy_kwh: float, tolerance: float, values: Sequence[ConvexValue] = ()) -> Course:
    """The course from `energy_kwh` that costs at most `tolerance` more than the best. Raises OutOfBand."""
    values = values or values_of(stages, band)
    bound = values[0].at(energy_kwh)
    hull_energies = path(stages, values, energy_kwh)
    if all(stage.is_convex for stage in stages):
        return Course(hull_energies, bound, bound, values, True)
    energies, spent = greedy_path(stages, [[value] for value in values], energy_kwh)
    cost = spent + _ahead(band, energies)
    best = Course(energies, cost, min(bound, cost), values, False)
    for share in (0.5, 0.05):
        if best.cost - best.lower_bound <= tolerance:
            break
        best = _closer(stages, band, best, hull_energies, tolerance * share)
    return best


def _closer(stages: Sequence[Stage], band: Band, known: Course, hull_energies: Sequence[float], tolerance: float) -> Course:
    """A better course than `known`, or the proof that there is none."""
    slack = known.cost - known.values[0].at(known.energies_kwh[0]) + _ROUNDING
    values = true_values(stages, corridor(stages, known.values, hull_energies, slack, band), tolerance, band)
    start = known.energies_kwh[0]
    bound = min(value.at(start) for value in values[0])
    energies, spent = greedy_path(stages, values, start)
    cost = spent + _ahead(band, energies)
    if cost > known.cost:
        energies, cost = list(known.energies_kwh), known.cost
    return Course(energies, cost, min(cost, max(bound, known.lower_bound)), known.values, False)


def _ahead(band: Band, energies: Sequence[float]) -> float:
    """What the ends cost and what lying outside the soft band costs."""
    cost = -band.terminal_value_per_kwh * energies[-1]
    soft = band.soft
    if soft is not None:
        for low, high, energy in zip(soft.low_kwh, soft.high_kwh, energies[1:], strict=True):
            cost += soft.price_per_kwh * (max(0.0, low - energy) + max(0.0, energy - high))
    return cost
