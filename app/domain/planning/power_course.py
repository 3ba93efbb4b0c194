"""Mean powers for every step ahead, from intervals of any length."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol


class PowerSpan(Protocol):
    """A mean power over `[start, end)`, W."""

    @property
    def start(self) -> datetime: ...
    @property
    def end(self) -> datetime: ...
    @property
    def power_w(self) -> float: ...


def power_course(spans: Sequence[PowerSpan], starts: Sequence[datetime], step: timedelta) -> list[float | None]:
    """The power at the middle of each step that begins at `starts`; None where no span (in order, without overlap) covers it."""
    begins = [span.start for span in spans]
    found: list[float | None] = []
    for start in starts:
        middle = start + step / 2
        index = bisect_right(begins, middle) - 1
        covers = index >= 0 and middle < spans[index].end
        found.append(spans[index].power_w if covers else None)
    return found


def repeated_days(known: Sequence[PowerSpan], starts: Sequence[datetime], step: timedelta) -> list[float | None]:
    """For each step what was measured at the same time of the last day that knows it, up to a week back."""
    found: list[float | None] = [None] * len(starts)
    for days in range(1, 8):
        missing = [index for index, power in enumerate(found) if power is None]
        if not missing:
            break
        earlier = power_course(known, [starts[index] - timedelta(days=days) for index in missing], step)
        for index, power in zip(missing, earlier, strict=True):
            found[index] = power
    return found
