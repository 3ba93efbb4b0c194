"""The backward recursion over convex piecewise-linear functions, and the way forward through them.

V_t(E) = min over x of C_t(x) + V_{t+1}(E + x), kept within the band: the pieces of C_t, mirrored, are sorted into those of V_{t+1}, then
both ends are cut. Every V is a list of pieces in order of slope, so a stage costs a few insertions. O(T log n)."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from operator import neg

from app.optimizer.problem import Problem, SoftBand
from app.optimizer.stage import Stage
from app.optimizer.value import ConvexValue

_TIE = 1e-12  # slopes closer than this are equal
_NOTHING_KWH = 1e-12


class OutOfBand(Exception):
    """No sequence of battery powers keeps the stored energy within the band."""


@dataclass(frozen=True, slots=True)
class Band:
    """Where the stored energy stays, kWh, and what the ends are worth: V_T is −`terminal_value_per_kwh` · E."""

    low_kwh: float
    high_kwh: float
    terminal_value_per_kwh: float
    soft: SoftBand | None = None

    def last(self, count: int) -> ConvexValue:
        """V_T of a problem of `count` intervals."""
        worth = -self.terminal_value_per_kwh
        return self.softened(ConvexValue(self.low_kwh, worth * self.low_kwh, [worth], [self.high_kwh - self.low_kwh]), count)

    def softened(self, value: ConvexValue, index: int) -> ConvexValue:
        """`value` at stage `index` plus the price of lying outside the soft band there; the start is what it is."""
        return value if self.soft is None or index == 0 else with_soft_band(value, self.soft, index - 1)


def band_of(problem: Problem) -> Band:
    """The band of a problem."""
    return Band(problem.energy_min_kwh, problem.energy_max_kwh, problem.terminal_value_per_kwh, problem.soft_band)


def values_of(stages: Sequence[Stage], band: Band, behind: Sequence[ConvexValue] = ()) -> list[ConvexValue]:
    """V_0 to V_T. `behind`: the values from some stage on, where they are known already. Raises OutOfBand."""
    values = list(reversed(behind)) or [band.last(len(stages))]
    for index in range(len(stages) - len(values), -1, -1):
        values.append(band.softened(before(stages[index], values[-1], band.low_kwh, band.high_kwh), index))
    values.reverse()
    return values


def before(stage: Stage, after: ConvexValue, low_kwh: float, high_kwh: float) -> ConvexValue:
    """The value one interval earlier: the best of the stage and what follows, within the band. Raises OutOfBand."""
    slopes, lengths = after.slopes.copy(), after.lengths.copy()
    xs = stage.xs
    start = after.start_kwh - xs[-1]
    value = after.value + stage.cost_at_end
    for mirrored, length in zip(map(neg, stage.slopes), stage.lengths):  # noqa: B905 - checking costs a tenth of the whole plan
        index = bisect_left(slopes, mirrored)
        if index < len(slopes) and slopes[index] == mirrored:
            lengths[index] += length
        else:
            slopes.insert(index, mirrored)
            lengths.insert(index, length)
    cut = low_kwh - start
    if cut > 0:
        start = low_kwh
        index = 0
        for length in lengths:
            if length > cut:
                break
            value += slopes[index] * length
            cut -= length
            index += 1
        else:
            if cut > 1e-9:
                raise OutOfBand
        if index:
            del slopes[:index], lengths[:index]
        if lengths:
            value += slopes[0] * cut
            lengths[0] -= cut
    end = after.end_kwh - xs[0]
    cut = end - high_kwh
    if cut > 0:
        end = high_kwh
        if start > high_kwh + 1e-9:
            raise OutOfBand
        while lengths and lengths[-1] <= cut:
            cut -= lengths.pop()
            slopes.pop()
        if lengths:
            lengths[-1] -= cut
    return ConvexValue(start, value, slopes, lengths, max(start, end))


def after(stage: Stage, arrived: ConvexValue, low_kwh: float, high_kwh: float) -> ConvexValue:
    """What it has cost at least to arrive with each stored energy one interval later, within the band."""
    mirrored = Stage([-x for x in reversed(stage.xs)], [-slope for slope in reversed(stage.slopes)], stage.cost(stage.xs[0]))
    return before(mirrored, arrived, low_kwh, high_kwh)


def step(stage: Stage, value: ConvexValue, energy_kwh: float) -> float:
    """The change of stored energy (kWh) that is best from `energy_kwh`; of equals the one that moves least."""
    # Raise x from its least while that pays, that is while the slopes of cost and value together are negative, and up to 0 while it costs
    # nothing.
    xs, cost_slopes = stage.xs, stage.slopes
    ends, value_slopes, start = value.ends, value.slopes, value.start_kwh
    x = xs[0]
    offset = energy_kwh + x - start
    at = 0
    last = len(cost_slopes)
    if offset < 0:  # the band forbids to discharge so much
        offset = 0.0
        x = start - energy_kwh
        while at < last and xs[at + 1] <= x + _NOTHING_KWH:
            at += 1
    piece = bisect_right(ends, offset + _NOTHING_KWH)
    pieces = len(value_slopes)
    while at < last and piece < pieces:
        slope = cost_slopes[at] + value_slopes[piece]
        if slope >= -_TIE and (x >= 0 or slope > _TIE):
            break
        to_corner = xs[at + 1] - x
        to_end = ends[piece] - offset
        if to_corner <= to_end + _NOTHING_KWH:
            x = xs[at + 1]
            offset = energy_kwh + x - start
            at += 1
            if to_end <= to_corner + _NOTHING_KWH:
                piece += 1
        else:
            offset = ends[piece]
            x = start + offset - energy_kwh
            piece += 1
    return x


def path(stages: Sequence[Stage], values: Sequence[ConvexValue], energy_kwh: float) -> list[float]:
    """The stored energy before each interval and at the end, kWh, best on the hulls."""
    energies = [energy_kwh]
    for index, stage in enumerate(stages):
        energy_kwh += step(stage, values[index + 1], energy_kwh)
        energies.append(energy_kwh)
    return energies


def with_soft_band(value: ConvexValue, soft: SoftBand, index: int) -> ConvexValue:
    """`value` plus the price of lying outside the soft band after interval `index`."""
    low_kwh, high_kwh, price = soft.low_kwh[index], soft.high_kwh[index], soft.price_per_kwh
    if low_kwh <= value.start_kwh and high_kwh >= value.end_kwh:
        return value
    slopes: list[float] = []
    lengths: list[float] = []
    at = value.start_kwh
    corners = sorted({low_kwh, high_kwh})
    for slope, length in zip(value.slopes, value.lengths, strict=True):
        end = at + length
        for corner in [*(each for each in corners if at + _NOTHING_KWH < each < end - _NOTHING_KWH), end]:
            middle = (at + corner) / 2
            slopes.append(slope - price if middle < low_kwh else slope + price if middle > high_kwh else slope)
            lengths.append(corner - at)
            at = corner
    start = value.start_kwh
    outside = max(0.0, low_kwh - start) + max(0.0, start - high_kwh)
    return ConvexValue(start, value.value + outside * price, slopes, lengths)
