"""A convex function of the stored energy, piecewise linear: what the rest of the plan costs from there on."""

from bisect import bisect_left, bisect_right
from itertools import accumulate


class ConvexValue:
    """Begins at `start_kwh` with `value`; each piece has a slope (cost per kWh) and a length (kWh), slopes rising."""

    __slots__ = ("_costs", "_ends", "end_kwh", "lengths", "slopes", "start_kwh", "value")

    def __init__(self, start_kwh: float, value: float, slopes: list[float], lengths: list[float], end_kwh: float | None = None) -> None:
        self.start_kwh = start_kwh
        self.end_kwh = start_kwh + sum(lengths) if end_kwh is None else end_kwh  # the highest stored energy of the domain
        self.value = value
        self.slopes = slopes
        self.lengths = lengths
        self._ends: list[float] | None = None
        self._costs: list[float] | None = None

    @property
    def ends(self) -> list[float]:
        """How far from the start each piece ends, kWh."""
        if self._ends is None:
            self._ends = list(accumulate(self.lengths))
        return self._ends

    def at(self, energy_kwh: float) -> float:
        """The cost from `energy_kwh` on; outside the domain that of the nearest end."""
        offset = energy_kwh - self.start_kwh
        if offset <= 0 or not self.lengths:
            return self.value
        if self._costs is None:
            pieces = (slope * length for slope, length in zip(self.slopes, self.lengths, strict=True))
            self._costs = list(accumulate(pieces, initial=self.value))
        index = bisect_left(self.ends, offset)
        if index == len(self.lengths):
            return self._costs[-1]
        return self._costs[index + 1] - self.slopes[index] * (self.ends[index] - offset)

    def slope_after(self, energy_kwh: float) -> float:
        """What a kWh more changes the cost by (negative: it saves), at the end of the domain what the last one did."""
        if not self.slopes:
            return 0.0
        index = bisect_right(self.ends, energy_kwh - self.start_kwh + 1e-9)
        return self.slopes[min(index, len(self.slopes) - 1)]

    def slope_before(self, energy_kwh: float) -> float:
        """What a kWh less would have changed the cost by, at the start of the domain what the first one did."""
        if not self.slopes:
            return 0.0
        index = bisect_left(self.ends, energy_kwh - self.start_kwh - 1e-9)
        return self.slopes[min(index, len(self.slopes) - 1)]

    def points(self) -> list[tuple[float, float]]:
        """The corners: stored energy and cost."""
        energy, value = self.start_kwh, self.value
        corners = [(energy, value)]
        for slope, length in zip(self.slopes, self.lengths, strict=True):
            energy += length
            value += slope * length
            corners.append((energy, value))
        return corners
