"""What was measured of a home's load and sun, interval by interval, from whatever source. What was not measured is not in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

STEPS = (30, 5)  # minutes of an interval of a backtest
LENGTHS = (5, 15, 30)  # minutes of an interval of a file
MOST_TOLD = 5


class NotBacktestable(Exception):
    """There is nothing to live through, or something about it is not known. The text is for people."""


class FileRefused(NotBacktestable):
    """A file of meter data is not understood; the lines are named."""

    def __init__(self, problems: list[str]) -> None:
        more = len(problems) - MOST_TOLD
        super().__init__("; ".join(problems[:MOST_TOLD]) + (f"; and {more} more" if more > 0 else ""))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Energy:
    """Of one interval, Wh. Only their difference is known where a meter alone was read: then one of the two is the net."""

    load_wh: float
    solar_wh: float


@dataclass(frozen=True)
class Measured:
    """By the start of each interval (UTC); all of `minutes`."""

    minutes: int
    energy: Mapping[datetime, Energy]
    notes: tuple[str, ...] = ()

    def in_steps(self, minutes: int) -> "Measured":
        """The same in longer steps; a step of which a part is missing is missing. Raises FileRefused for shorter ones: energy is not spread
        over time in which nobody measured it."""
        if minutes == self.minutes:
            return self
        if minutes < self.minutes:
            raise FileRefused([f"the file has a value for each {self.minutes} minutes, which is too coarse for steps of {minutes}"])
        parts: dict[datetime, list[Energy]] = {}
        for start, energy in self.energy.items():
            parts.setdefault(floor(start, minutes), []).append(energy)
        whole = minutes // self.minutes
        found = {
            start: Energy(sum(each.load_wh for each in inside), sum(each.solar_wh for each in inside))
            for start, inside in sorted(parts.items())
            if len(inside) == whole
        }
        return Measured(minutes, found, self.notes)


def floor(instant: datetime, minutes: int) -> datetime:
    """The start of the interval of the clock that `instant` lies in."""
    return instant - timedelta(seconds=instant.timestamp() % (minutes * 60))


def net_energy(import_wh: float, export_wh: float) -> Energy:
    """From a meter alone: what the home lacked, or what the sun left over."""
    return Energy(max(import_wh - export_wh, 0.0), max(export_wh - import_wh, 0.0))
