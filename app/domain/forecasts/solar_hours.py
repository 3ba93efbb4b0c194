"""Figures per hour of the sun's own day: shade of a tree or a hill comes back at the same solar hour, whatever the clocks do."""

import math
from collections.abc import Sequence

HOURS = 24


def hour_ratios(parts: Sequence[float], wholes: Sequence[float], firmness: float) -> tuple[float, ...] | None:
    """Part to whole for each of 24 solar hours, from sums (≥ 0) of each hour; None where the wholes are 0.

    Hours in which little happened lean on the ratio of all hours together: `firmness` is the share of the total whole that weighs as much
    as the hour's own figures."""
    total = math.fsum(wholes)
    if total <= 0:
        return None
    overall, lent = math.fsum(parts) / total, firmness * total
    return tuple((part + lent * overall) / (whole + lent) for part, whole in zip(parts, wholes, strict=True))


def at_hour(values: Sequence[float], hour: float) -> float:
    """The value at a solar hour (0 to 24), between the middles of the hours around it."""
    place = (hour - 0.5) % HOURS
    before = int(place)
    share = place - before
    return values[before % HOURS] * (1 - share) + values[(before + 1) % HOURS] * share
