"""Quantiles of weighted figures."""

from collections.abc import Sequence
from itertools import pairwise

LOW, HIGH = 0.1, 0.9  # the band of every forecast here: 8 of 10 cases lie inside


def quantile(values: Sequence[float], share: float, weights: Sequence[float] | None = None) -> float:
    """The value below which `share` (0 to 1) of the weight lies, interpolated. Raises ValueError where there are no values."""
    if not values:
        raise ValueError("no values have no quantile")
    pairs = sorted(zip(values, weights or [1.0] * len(values), strict=True))
    total = sum(weight for _, weight in pairs)
    wanted, reached = share * (total - (pairs[0][1] + pairs[-1][1]) / 2), 0.0
    for (value, weight), (following, next_weight) in pairwise(pairs):
        step = (weight + next_weight) / 2
        if step > 0 and reached + step >= wanted:
            return value + (following - value) * min(1.0, max(0.0, (wanted - reached) / step))
        reached += step
    return pairs[-1][0]
