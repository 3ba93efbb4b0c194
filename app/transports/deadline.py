"""The end of one vendor call, whatever it spends its time on."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from app.domain.pace import Pace


class Deadline:
    """`seconds` from now, by the pace and by the machine's clock, whichever ends first.

    A socket waits in real time also where the pace does not: a body that comes a byte at a time must end under a simulated pace too."""

    def __init__(self, pace: Pace, seconds: float) -> None:
        self._pace = pace
        self._pace_end = pace.monotonic() + seconds
        self._real_end = time.monotonic() + seconds

    def remaining_s(self) -> float:
        """Seconds left, not below 0."""
        return max(0.0, min(self._pace_end - self._pace.monotonic(), self._real_end - time.monotonic()))

    @property
    def is_over(self) -> bool:
        return self.remaining_s() <= 0.0


_current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


def current_deadline() -> Deadline | None:
    """The deadline of the call that this thread is making."""
    return _current.get()


@contextmanager
def until(deadline: Deadline) -> Iterator[None]:
    """Sockets that are opened or read within keep to `deadline`."""
    token = _current.set(deadline)
    try:
        yield
    finally:
        _current.reset(token)
