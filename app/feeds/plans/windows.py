"""A plan with other prices inside a window of the clock: each period is cut at its borders, and the part inside changes."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, time

from app.domain.tariffs.half_hourly import SLOTS
from app.domain.tariffs.time_of_use import WEEK_DAYS, Period, Season, TimeOfUse
from app.domain.windows import Window

_HALF_HOURS = tuple(time(slot // 2, slot % 2 * 30) for slot in range(SLOTS))
_A_WEEK = tuple(date(2024, 1, 1 + day) for day in WEEK_DAYS)  # from a Monday on


def inside(plan: TimeOfUse, window: Window, change: Callable[[Period], Period]) -> TimeOfUse:
    """The plan with `change` made to what lies inside `window`, on each of its days. `window` begins and ends on the half-hour."""
    return replace(plan, seasons=tuple(_cut(season, window, change) for season in plan.seasons))


def _cut(season: Season, window: Window, change: Callable[[Period], Period]) -> Season:
    return replace(season, periods=tuple(part for period in season.periods for part in _parts(period, window, change)))


def _parts(period: Period, window: Window, change: Callable[[Period], Period]) -> Iterator[Period]:
    by_slots: dict[frozenset[int], set[int]] = {}
    for day in period.days:
        covered = frozenset(slot for slot in period.slots() if window.covers(_A_WEEK[day], _HALF_HOURS[slot]))
        by_slots.setdefault(covered, set()).add(day)
    for covered, days in by_slots.items():
        part = replace(period, days=frozenset(days))
        yield from (replace(part, start=start, end=end) for start, end in _runs(period.slots() - covered))
        yield from (change(replace(part, start=start, end=end)) for start, end in _runs(covered))


def _runs(slots: frozenset[int]) -> list[tuple[time, time]]:
    """Half-hours of the clock as stretches, from and until; what meets at midnight is one stretch."""
    starts = sorted(slot for slot in slots if (slot - 1) % SLOTS not in slots)
    if slots and not starts:
        return [(time(), time())]
    runs = []
    for start in starts:
        end = start
        while end % SLOTS in slots:
            end += 1
        runs.append((_HALF_HOURS[start], _HALF_HOURS[end % SLOTS]))
    return runs
