"""The timer of a device that ends a command by itself, as far as this process has set it.

Devices differ in whether they show what is left, so that is remembered here: what nobody remembers, after a restart, counts as due. A
command with an end is timed to shortly after it, so that it is PowerSync that ends it while it runs. One without an end is given a term,
and is due again when half of it has passed, so that the device goes back to its own ways within the term when nobody renews it."""

from datetime import datetime, timedelta
from typing import Final

from app.domain.pace import Pace

TERM_S: Final = 1200
GRACE_S: Final = 120


class CommandTimer:
    """One device's timer. Safe to share between threads: each method replaces or reads one value at once."""

    def __init__(self, pace: Pace, *, term_s: int = TERM_S, least_s: int = 60, longest_s: int = 4 * 3600) -> None:
        self._pace, self._term_s, self._least_s, self._longest_s = pace, term_s, least_s, longest_s
        self._clock: tuple[datetime, float] | None = None  # what o'clock it was at a monotonic time
        self._due_s: float | None = None  # monotonic: from then on it wants renewing

    def told_time(self, now: datetime) -> None:
        """What o'clock it is: without that, the end of a command cannot be timed to."""
        self._clock = (now, self._pace.monotonic())

    def seconds_for(self, until: datetime | None) -> int:
        """What to set it to for a command that ends at `until`, None: nobody knows when."""
        left_s = self._left_s(until)
        return self._term_s if left_s is None else min(self._longest_s, max(self._least_s, left_s + GRACE_S))

    def was_set(self, seconds: int, until: datetime | None) -> None:
        """The device has taken `seconds`."""
        left_s = self._left_s(until)
        ends_with_command = left_s is not None and seconds >= left_s
        self._due_s = self._pace.monotonic() + (seconds if ends_with_command else seconds / 2)

    def forget(self) -> None:
        """Nobody knows whether it runs: it is being written, or the command has stopped."""
        self._due_s = None

    @property
    def is_in_order(self) -> bool:
        """Whether it runs and needs no renewing yet."""
        return self._due_s is not None and self._pace.monotonic() < self._due_s

    def _left_s(self, until: datetime | None) -> int | None:
        if until is None or self._clock is None:
            return None
        told_at, then_s = self._clock
        now = told_at + timedelta(seconds=self._pace.monotonic() - then_s)
        return round((until - now).total_seconds())
