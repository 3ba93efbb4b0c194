"""The clock of a simulation: real time for the demo, a virtual one that waits for nothing for tests."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from app.domain.pace import Pace


class Clock(Pace, Protocol):
    """What o'clock it is in the simulation, and its pace."""

    @property
    def is_real(self) -> bool:
        """True when time passes by itself."""
        ...

    def now(self) -> datetime:
        """The present instant, aware, UTC."""
        ...

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait at most `seconds` for `event`; True when it is set. A virtual clock moves on by `seconds` at once instead."""
        ...

    def on_advance(self, call: Callable[[], None]) -> None:
        """Run `call` after each step of a virtual clock; a real clock never calls."""
        ...


class RealTime:
    """The machine's clock."""

    is_real = True

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(max(0.0, seconds))

    def wait(self, event: threading.Event, seconds: float) -> bool:
        return event.wait(seconds)

    def on_advance(self, call: Callable[[], None]) -> None:
        """Nothing to do: whoever lives in real time has a thread of its own."""


class SimulatedPace:
    """A virtual clock, safe to share between threads: `sleep` moves it on and returns at once."""

    is_real = False

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError(f"the clock needs an aware start: {start!r}")
        self._now = start.astimezone(UTC)
        self._monotonic = 0.0
        self._lock = threading.Lock()
        self._listeners: list[Callable[[], None]] = []

    def now(self) -> datetime:
        with self._lock:
            return self._now

    def monotonic(self) -> float:
        with self._lock:
            return self._monotonic

    def sleep(self, seconds: float) -> None:
        self.advance(seconds)

    def wait(self, event: threading.Event, seconds: float) -> bool:
        if not event.is_set():
            self.advance(seconds)
        return event.is_set()

    def advance(self, seconds: float) -> None:
        """Move on by `seconds`; a negative figure moves nothing."""
        if seconds > 0:
            with self._lock:
                self._now += timedelta(seconds=seconds)
                self._monotonic += seconds
            self._tell()

    def advance_to(self, instant: datetime) -> None:
        """Move on to `instant`; an instant that has passed moves nothing."""
        with self._lock:
            seconds = (instant - self._now).total_seconds()
            if seconds <= 0:
                return
            self._now = instant.astimezone(UTC)
            self._monotonic += seconds
        self._tell()

    def jump_wall(self, seconds: float) -> None:
        """Set the wall clock on (or back, when negative) as a time server would: the monotonic clock does not notice."""
        with self._lock:
            self._now += timedelta(seconds=seconds)
        self._tell()

    def on_advance(self, call: Callable[[], None]) -> None:
        self._listeners.append(call)

    def _tell(self) -> None:
        for call in tuple(self._listeners):
            call()
