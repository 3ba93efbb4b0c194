"""Problems that one value function cannot hold: several batteries, a car with a deadline, a battery whose power falls as it fills."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.optimizer.problem import BatterySpec, Problem

TaperPoint = tuple[float, float]  # share of the capacity at the start of an interval, AC kW that are possible then


@dataclass(frozen=True)
class TaperedBattery:
    """A battery with its start (share of capacity) and, where the power depends on the charge, its tapers.

    A taper falls ever more steeply (a concave line); between its points it is straight, beyond them level. () is none."""

    spec: BatterySpec
    soc_initial: float
    charge_taper: Sequence[TaperPoint] = ()
    discharge_taper: Sequence[TaperPoint] = ()
    terminal_value_per_kwh: float = 0.0
    cycle_cost_per_kwh: float = 0.0

    def __post_init__(self) -> None:
        for taper in (self.charge_taper, self.discharge_taper):
            _check_concave(taper)


@dataclass(frozen=True)
class Car:
    """A car that needs `energy_needed_kwh` in its battery before interval `deadline` begins (T: by the end).

    `is_there`: one value per interval. What it cannot get is `JointPlan.car_missing_kwh`, not a refusal."""

    max_charge_kw: float
    energy_needed_kwh: float
    deadline: int
    is_there: Sequence[bool]
    efficiency: float = 1.0


@dataclass(frozen=True)
class JointProblem:
    """House, grid and prices are those of `house`; its battery, start, terminal value and wear are not used."""

    house: Problem
    batteries: Sequence[TaperedBattery]
    car: Car | None = None


def _check_concave(taper: Sequence[TaperPoint]) -> None:
    slopes = []
    for (soc, power), (next_soc, next_power) in pairwise(taper):
        if next_soc <= soc:
            raise ValueError(f"the points of a taper rise: {next_soc:g} comes after {soc:g}")
        slopes.append((next_power - power) / (next_soc - soc))
    if any(after > before + 1e-9 for before, after in pairwise(slopes)):
        raise ValueError("a taper that flattens out again is not planned: its line must be concave")
