"""Mending a week: a hole takes a neighbour's price, an overlap is cut out of one of the periods that meet in it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import time

from app.domain.tariffs.half_hourly import SLOTS
from app.domain.tariffs.time_of_use import Fault, Period

_CLOCK = tuple(time(slot // 2, slot % 2 * 30) for slot in range(SLOTS))


def slots_of(fault: Fault) -> range:
    """The half-hours of the clock that a fault of a week is about."""
    return range(_slot(fault.start), _slot(fault.end))


def neighbours(periods: Sequence[Period], hole: Fault) -> list[int]:
    """The places of the periods that hold just before and just after a hole on its days, each once; days meet at midnight."""
    slots = slots_of(hole)
    found: list[int] = []
    for day in sorted(hole.days):
        before = (day, slots[0] - 1) if slots[0] else ((day - 1) % 7, SLOTS - 1)
        after = (day, slots[-1] + 1) if slots[-1] + 1 < SLOTS else ((day + 1) % 7, 0)
        for beside in (before, after):
            found += [place for place in covering(periods, *beside)[:1] if place not in found]
    return found


def covering(periods: Sequence[Period], day: int, slot: int) -> list[int]:
    """The places of the periods that hold in a half-hour of a weekday."""
    return [place for place, period in enumerate(periods) if day in period.days and slot in period.slots()]


def filled(periods: Sequence[Period], hole: Fault, like: int) -> list[list[Period]]:
    """Each period as the list of what takes its place, so that the one at `like` holds in `hole` too: longer where it lies beside the hole
    on the same days, else once more under its name."""
    slots = slots_of(hole)
    kept = [[period] for period in periods]
    neighbour = periods[like]
    begins, ends = slots[0], (slots[-1] + 1) % SLOTS
    is_beside = neighbour.days == hole.days and neighbour.start != neighbour.end
    if is_beside and neighbour.end == _CLOCK[begins]:
        kept[like] = [replace(neighbour, end=_CLOCK[ends])]
    elif is_beside and neighbour.start == _CLOCK[ends]:
        kept[like] = [replace(neighbour, start=_CLOCK[begins])]
    else:
        kept[like].append(replace(neighbour, days=hole.days, start=_CLOCK[begins], end=_CLOCK[ends]))
    return kept


def cut_out(period: Period, fault: Fault) -> list[Period]:
    """What is left of a period without the hours of `fault` on its days; nothing where it held in no others."""
    days = period.days & fault.days
    left = [replace(period, days=period.days - days)] if period.days - days else []
    for start, end in _runs(period.slots() - set(slots_of(fault))):
        left.append(replace(period, days=days, start=start, end=end))
    return left


def _runs(slots: Iterable[int]) -> list[tuple[time, time]]:
    """Half-hours of the clock as stretches, from and until; what meets at midnight is one stretch."""
    given = frozenset(slots)
    starts = sorted(slot for slot in given if (slot - 1) % SLOTS not in given)
    if given and not starts:
        return [(time(), time())]
    runs = []
    for start in starts:
        end = start
        while end % SLOTS in given:
            end += 1
        runs.append((_CLOCK[start], _CLOCK[end % SLOTS]))
    return runs


def _slot(label: str) -> int:
    """ "15:30" → 31, "24:00" → 48."""
    return int(label[:2]) * 2 + int(label[3:]) // 30
