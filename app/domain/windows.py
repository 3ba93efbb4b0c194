"""Windows of the clock, such as 17:00–21:00 on weekdays: local to the site, may cross midnight, end excluded."""

from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum


class Days(StrEnum):
    """On which days a window applies."""

    ALL = "all"
    WEEKDAYS = "weekdays"
    WEEKENDS = "weekends"

    def include(self, day: date) -> bool:
        """Whether local date `day` is one of them."""
        is_weekend = day.weekday() >= 5
        return self is Days.ALL or (self is Days.WEEKENDS) == is_weekend


@dataclass(frozen=True, slots=True)
class Window:
    """`[start, end)` of the local clock; `end` not after `start` crosses midnight; equal means the whole day."""

    start: time
    end: time
    days: Days = Days.ALL

    def covers(self, day: date, clock: time) -> bool:
        """Whether local `clock` on local date `day` lies inside. The weekday is that of `day` itself, after midnight too."""
        if not self.days.include(day):
            return False
        if self.start < self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end
