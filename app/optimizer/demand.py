"""A demand charge: the highest import in the window costs, whenever it happens.

For a cap P on the import of the window the recursion gives what the rest costs, D(P), which falls as P rises; what is sought is the
least D(P) + rate · P. Where every interval is convex that is a convex function of P with straight pieces, and the lines through two
pairs of neighbouring points bound it from below: their crossing is the next point to look at."""

import heapq
import math
from collections.abc import Callable
from dataclasses import dataclass

from app.optimizer.course import Course, best_course
from app.optimizer.meter import meter_at
from app.optimizer.problem import Problem
from app.optimizer.recursion import Band, OutOfBand, before, values_of
from app.optimizer.stage import Stage, Unservable, power_kw, stage_at
from app.optimizer.value import ConvexValue

_NEIGHBOUR_KW = 1e-4
_EXACT = 1e-9
_MOST_LINES = 40
_MOST_COURSES = 400
_INTERVALS_OF_COURSES = 25_000  # how many intervals are solved at most where intervals are not convex


@dataclass(frozen=True, slots=True)
class Line:
    """A straight lower bound: at `kw` it is `cost`, rising by `slope`."""

    kw: float
    cost: float
    slope: float


class CappedProblem:
    """What the rest costs for a cap on the import of the window."""

    def __init__(self, problem: Problem, stages: list[Stage], band: Band, penalty_per_kwh: float | None) -> None:
        self._problem = problem
        self._stages = stages
        self._band = band
        self._penalty = penalty_per_kwh
        self._inside = [index for index, is_charged in enumerate(problem.demand_window) if is_charged]
        self._behind: list[ConvexValue] | None = None
        self.rate = problem.demand_charge_per_kw

    def stages(self, cap_kw: float) -> list[Stage]:
        """All stages under the cap. Raises Unservable."""
        stages = self._stages.copy()
        for index in self._inside:
            stages[index] = stage_at(self._problem, index, cap_kw, self._penalty)
        return stages

    def cost(self, cap_kw: float) -> float:
        """D(P) on the hulls; infinite where the cap cannot be kept."""
        try:
            value = self._after_window()[0]
            stages = self.stages(cap_kw)
            for index in range(self._inside[-1], -1, -1):
                value = self._band.softened(before(stages[index], value, self._band.low_kwh, self._band.high_kwh), index)
        except (OutOfBand, Unservable):
            return math.inf
        start = self._problem.energy_initial_kwh
        return value.at(start) if value.start_kwh - 1e-9 <= start <= value.end_kwh + 1e-9 else math.inf

    def can_keep(self, cap_kw: float) -> bool:
        """Whether some battery powers keep the window's import to the cap: the stored energies that lead there are an interval."""
        problem, battery, band = self._problem, self._problem.battery, self._band
        if self._penalty is not None:
            return True
        hours, inside = problem.interval_h, set(self._inside)
        start, end = band.low_kwh, band.high_kwh
        for index in range(len(self._stages) - 1, -1, -1):
            xs = self._stages[index].xs
            least, most = xs[0], xs[-1]
            if index in inside:
                most_kw = cap_kw - problem.load_kw[index] + problem.solar_kw[index]
                cap = most_kw * hours * (battery.efficiency_charge if most_kw > 0 else 1 / battery.efficiency_discharge)
                most = min(most, cap)
                if most < least:
                    return False
            start, end = max(band.low_kwh, start - most), min(band.high_kwh, end - least)
            if start > end:
                return False
        return start <= problem.energy_initial_kwh + _EXACT

    def course(self, cap_kw: float, tolerance: float) -> Course:
        """The best course under the cap. Raises OutOfBand, Unservable."""
        stages = self.stages(cap_kw)
        return best_course(
            stages, self._band, self._problem.energy_initial_kwh, tolerance, values_of(stages, self._band, self._after_window())
        )

    def peak_kw(self, course: Course, cap_kw: float) -> float:
        """The highest import of the window on that course, with the best curtailing under the cap."""
        problem, energies = self._problem, course.energies_kwh
        powers = ((index, power_kw(problem, energies[index + 1] - energies[index])) for index in self._inside)
        return max(self.floor_kw, *(meter_at(problem, index, cap_kw).grid_kw(power) for index, power in powers))

    @property
    def floor_kw(self) -> float:
        """The peak that is charged anyway."""
        return max(0.0, self._problem.demand_peak_so_far_kw)

    def _after_window(self) -> list[ConvexValue]:
        if self._behind is None:
            first = self._inside[-1] + 1
            values = [self._band.last(len(self._stages))]
            for index in range(len(self._stages) - 1, first - 1, -1):
                value = before(self._stages[index], values[-1], self._band.low_kwh, self._band.high_kwh)
                values.append(self._band.softened(value, index))
            self._behind = values[::-1]
        return self._behind


@dataclass(frozen=True, slots=True)
class CappedCourse:
    """The course that is best with its demand charge, under its cap; no course with its charge costs less than `lower_bound`."""

    course: Course
    cap_kw: float
    lower_bound: float


def best_capped_course(capped: CappedProblem, free_peak_kw: float, tolerance: float) -> CappedCourse:
    """The best cap between the least that can be kept and `free_peak_kw`, the peak of the course without a charge, and its course.

    Raises OutOfBand, Unservable."""

    def total(cap_kw: float) -> float:
        return capped.cost(cap_kw) + capped.rate * cap_kw

    low_kw = _least_kept(capped, capped.floor_kw, max(free_peak_kw, capped.floor_kw))
    cap_kw, bound = cheapest_cap(total, low_kw, max(free_peak_kw, low_kw))
    course = capped.course(cap_kw, tolerance)
    if course.is_convex:
        return CappedCourse(course, cap_kw, bound)
    return _among_all(capped, CappedCourse(course, cap_kw, -math.inf), low_kw, max(free_peak_kw, low_kw), tolerance)


def cheapest_cap(total: Callable[[float], float], low_kw: float, high_kw: float) -> tuple[float, float]:
    """Where a convex function with straight pieces is least, and a lower bound of it."""
    best_kw, best = min(((each, total(each)) for each in (low_kw, high_kw)), key=lambda pair: pair[1])
    left: Line | None = None
    right: Line | None = None
    at_kw, bound = low_kw, -math.inf
    for turn in range(_MOST_LINES):
        near_kw = at_kw + _NEIGHBOUR_KW
        cost, near = total(at_kw), total(near_kw)
        if cost < best:
            best_kw, best = at_kw, cost
        slope = (near - cost) / _NEIGHBOUR_KW
        if slope >= 0:
            right = Line(at_kw, cost, slope)
            if at_kw <= low_kw:
                return best_kw, min(best, cost)
        else:
            left = Line(near_kw, near, slope)
            if near < best and near_kw <= high_kw:
                best_kw, best = near_kw, near
        if left is None or right is None:
            at_kw = high_kw
            if near_kw > high_kw:
                return best_kw, best
            continue
        if right.kw <= left.kw or right.slope <= left.slope:
            return best_kw, min(best, left.cost, right.cost)
        crossing_kw = (right.cost - right.slope * right.kw - left.cost + left.slope * left.kw) / (left.slope - right.slope)
        bound = left.cost + left.slope * (crossing_kw - left.kw)
        if best - bound <= _EXACT * max(1.0, abs(best)):
            return best_kw, min(best, bound)
        inside_kw = min(max(crossing_kw, left.kw), right.kw)
        # Every fourth look at the middle: two flat lines may creep towards one another.
        at_kw = (left.kw + right.kw) / 2 if turn % 4 == 3 else inside_kw
    return best_kw, min(best, bound)


def _least_kept(capped: CappedProblem, low_kw: float, high_kw: float) -> float:
    """The least cap that can be kept at all."""
    if capped.can_keep(low_kw):
        return low_kw
    while high_kw - low_kw > _EXACT:
        middle_kw = (low_kw + high_kw) / 2
        if capped.can_keep(middle_kw):
            high_kw = middle_kw
        else:
            low_kw = middle_kw
    return high_kw


def _among_all(capped: CappedProblem, first: CappedCourse, low_kw: float, high_kw: float, tolerance: float) -> CappedCourse:
    """Branch and bound on the cap: between two caps nothing costs less than the rest under the higher and the charge of the lower."""

    def charged(course: Course, cap_kw: float) -> float:
        return course.cost + capped.rate * capped.peak_kw(course, cap_kw)

    best, best_cost = first, charged(first.course, first.cap_kw)
    top = capped.course(high_kw, tolerance / 2)
    ranges = [(top.lower_bound + capped.rate * low_kw, low_kw, high_kw, top)]
    courses = min(_MOST_COURSES, max(8, _INTERVALS_OF_COURSES // len(top.energies_kwh)))
    closed = math.inf
    while ranges and courses > 0:
        bound, low_kw, high_kw, course = heapq.heappop(ranges)
        if bound >= best_cost - tolerance:
            closed = min(closed, bound)
            break
        peak_kw = min(high_kw, capped.peak_kw(course, high_kw))
        cost = course.cost + capped.rate * peak_kw
        if cost < best_cost:
            best, best_cost = CappedCourse(course, high_kw, -math.inf), cost
        closed = min(closed, course.lower_bound + capped.rate * peak_kw)
        if peak_kw - low_kw <= _EXACT:
            continue
        middle_kw = (low_kw + peak_kw) / 2
        middle = capped.course(middle_kw, tolerance / 2)
        courses -= 1
        heapq.heappush(ranges, (middle.lower_bound + capped.rate * low_kw, low_kw, middle_kw, middle))
        heapq.heappush(ranges, (course.lower_bound + capped.rate * middle_kw, middle_kw, peak_kw, course))
    closed = min([closed, *(bound for bound, *_ in ranges)])
    return CappedCourse(best.course, best.cap_kw, min(best_cost, closed))
