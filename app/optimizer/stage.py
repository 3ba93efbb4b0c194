"""What one interval costs as a function of x, the change of stored energy (kWh, + charged): piecewise linear with few corners.

Convex wherever the price at the house cannot fall as the battery draws more. Elsewhere the recursion works on the lower hull first, and
the true parts are kept beside it."""

from collections.abc import Sequence
from itertools import pairwise
from operator import sub

from app.optimizer.meter import Meter, meter_at
from app.optimizer.problem import Problem

Point = tuple[float, float]  # x or stored energy in kWh, cost

NEARLY_KW = 1e-9  # powers closer than this are one
_STRAIGHT = 1e-12


class Stage:
    """Corners `xs` of the lower hull, `slopes` and `lengths` of what lies between them, cost at the last corner."""

    __slots__ = ("_parts", "cost_at_end", "lengths", "slopes", "xs")

    def __init__(self, xs: list[float], slopes: list[float], cost_at_end: float, parts: tuple["Stage", ...] = ()) -> None:
        self.xs = xs
        self.slopes = slopes
        self.lengths: list[float] = list(map(sub, xs[1:], xs))
        self.cost_at_end = cost_at_end
        self._parts = parts  # not (self,): a circle would wait for the garbage collector

    @property
    def is_convex(self) -> bool:
        """Whether the hull is the true cost."""
        return not self._parts

    @property
    def parts(self) -> tuple["Stage", ...]:
        """The convex pieces of the true cost where the hull is not the truth, else the stage alone."""
        return self._parts or (self,)

    def cost(self, x: float) -> float:
        """The cost of changing what is stored by `x` kWh, on the hull."""
        cost = self.cost_at_end
        for slope, length, begin in zip(reversed(self.slopes), reversed(self.lengths), reversed(self.xs[:-1]), strict=True):
            if x >= begin:
                return cost - slope * (begin + length - x)
            cost -= slope * length
        return cost


class Unservable(Exception):
    """No battery power keeps this interval within the limits of the grid."""


def stages_of(problem: Problem, penalty_per_kwh: float | None = None) -> list[Stage]:
    """One stage per interval. With a penalty the limits of the grid are soft. Raises Unservable without one."""
    return [stage_at(problem, index, penalty_per_kwh=penalty_per_kwh) for index in range(len(problem))]


def stage_at(problem: Problem, index: int, max_import_kw: float | None = None, penalty_per_kwh: float | None = None) -> Stage:
    """The stage of interval `index`; `max_import_kw` narrows the limit of the grid. Raises Unservable."""
    battery, grid = problem.battery, problem.grid
    buy, sell = problem.import_price_per_kwh[index], problem.export_price_per_kwh[index]
    load_kw, solar_kw = problem.load_kw[index], problem.solar_kw[index]
    net_kw = load_kw - solar_kw
    most_import_kw = grid.max_import_kw if max_import_kw is None else min(max_import_kw, grid.max_import_kw)
    if penalty_per_kwh is not None:
        meter = meter_at(problem, index, max_import_kw, penalty_per_kwh)
        return _any_stage(problem, meter, -battery.max_discharge_kw, battery.max_charge_kw)
    sheds = problem.is_solar_curtailable
    low_kw = max(-battery.max_discharge_kw, -grid.max_export_kw - (load_kw if sheds else net_kw))
    high_kw = min(battery.max_charge_kw, most_import_kw - net_kw)
    if low_kw > high_kw:
        if low_kw > high_kw + NEARLY_KW:
            raise Unservable
        low_kw = high_kw
    if buy < 0 or buy < sell or (sell < 0 and not sheds and net_kw < 0):
        return _any_stage(problem, meter_at(problem, index, max_import_kw), low_kw, high_kw)
    # The price of a kWh more at the meter: `first` up to one corner, `middle` up to the next, then the import price.
    if not sheds:
        first, middle, corner_kw = sell, sell, -net_kw
    elif sell >= 0:
        first, middle, corner_kw = 0.0, sell, -grid.max_export_kw - net_kw
    else:
        first, middle, corner_kw = sell, 0.0, -load_kw
    # Written out rather than called: this runs once for every interval of every plan.
    powers = [low_kw]
    for corner in sorted((corner_kw, -net_kw, 0.0)):
        if powers[-1] + NEARLY_KW < corner < high_kw - NEARLY_KW:
            powers.append(corner)
    if high_kw > low_kw:
        powers.append(high_kw)
    wear, hours = problem.cycle_cost_per_kwh, problem.interval_h
    charged, discharged = hours * battery.efficiency_charge, hours / battery.efficiency_discharge
    xs = [power * charged if power > 0 else power * discharged for power in powers]
    slopes = []
    for before, after in pairwise(powers):
        middle_kw = (before + after) / 2
        price = first if middle_kw < corner_kw else middle if middle_kw < -net_kw else buy
        slopes.append(price / battery.efficiency_charge if middle_kw > 0 else (price - wear) * battery.efficiency_discharge)
    # What the meter costs at the upper end, where nothing is curtailed unless selling is not wanted or not allowed.
    at_meter_kw = max(net_kw + high_kw, -grid.max_export_kw)
    if at_meter_kw > 0:
        at_end = at_meter_kw * buy
    elif sell >= 0 or not sheds:
        at_end = at_meter_kw * sell
    else:
        at_end = min(0.0, load_kw + high_kw) * sell
    return Stage(xs, slopes, (at_end + wear * max(0.0, -high_kw)) * problem.interval_h)


def _corners(low_kw: float, high_kw: float, corners: Sequence[float]) -> list[float]:
    powers = [low_kw]
    for corner in corners:
        if powers[-1] + NEARLY_KW < corner < high_kw - NEARLY_KW:
            powers.append(corner)
    if high_kw > low_kw:
        powers.append(high_kw)
    return powers


def _stored_kwh(problem: Problem, power_kw: float) -> float:
    battery = problem.battery
    if power_kw > 0:
        return power_kw * problem.interval_h * battery.efficiency_charge
    return power_kw * problem.interval_h / battery.efficiency_discharge


def power_kw(problem: Problem, stored_kwh: float) -> float:
    """The AC power (+ charging) that changes what is stored by `stored_kwh` in one interval."""
    battery = problem.battery
    if stored_kwh > 0:
        return stored_kwh / (problem.interval_h * battery.efficiency_charge)
    return stored_kwh * battery.efficiency_discharge / problem.interval_h


def _any_stage(problem: Problem, meter: Meter, low_kw: float, high_kw: float) -> Stage:
    """A stage from the true cost at every corner that it can have, with its hull and, where that differs, its parts."""
    net_kw, shed_kw = meter.net_load_kw, meter.sheddable_kw
    limits = (0.0, -meter.max_export_kw, meter.max_import_kw)
    corners = [0.0, *(limit - net_kw for limit in limits), *(limit - net_kw - shed_kw for limit in limits)]
    switch_kw = meter.switch_kw()
    if switch_kw is not None:
        corners.append(switch_kw)
        # With a limit in force the two lines meet elsewhere: selling all that is allowed, or importing all that is allowed.
        buy, sell = meter.import_price_per_kwh, meter.export_price_per_kwh
        corners.append(-sell * meter.max_export_kw / buy - net_kw - shed_kw)
        if sell > 0:
            corners.append(buy * meter.max_import_kw / sell - net_kw)
    powers = _corners(low_kw, high_kw, sorted(corners))
    points = [
        (
            _stored_kwh(problem, power),
            (meter.cost_per_h(power) + problem.cycle_cost_per_kwh * max(0.0, -power)) * problem.interval_h,
        )
        for power in powers
    ]
    hull = _through(lower_hull(points))
    parts = convex_parts(points)
    if len(parts) > 1:
        return Stage(hull.xs, hull.slopes, hull.cost_at_end, tuple(_through(part) for part in parts))
    return hull


def _through(points: Sequence[Point]) -> Stage:
    slopes = [(after[1] - before[1]) / (after[0] - before[0]) for before, after in pairwise(points)]
    return Stage([x for x, _ in points], slopes, points[-1][1])


def lower_hull(points: Sequence[Point]) -> list[Point]:
    """The corners of the largest convex function below `points`, which are in rising order."""
    hull: list[Point] = []
    for x, cost in points:
        while len(hull) >= 2:
            (x0, c0), (x1, c1) = hull[-2], hull[-1]
            if (c1 - c0) * (x - x1) <= (cost - c1) * (x1 - x0):
                break
            hull.pop()
        hull.append((x, cost))
    return hull


def convex_parts(points: Sequence[Point]) -> list[list[Point]]:
    """The line through `points`, cut where it bends downwards; neighbouring parts share that point."""
    parts: list[list[Point]] = []
    part = [points[0]]
    slope = None
    for before, after in pairwise(points):
        next_slope = (after[1] - before[1]) / (after[0] - before[0])
        if slope is not None and next_slope < slope - _STRAIGHT:
            parts.append(part)
            part = [before]
        part.append(after)
        slope = next_slope
    parts.append(part)
    return parts
