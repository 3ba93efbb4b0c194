"""Time as drivers and transports see it: they wait and measure, and never ask what o'clock it is."""

from typing import Protocol


class Pace(Protocol):
    """Monotonic seconds and waiting; a test or a simulation supplies one that waits for nothing."""

    def monotonic(self) -> float:
        """Seconds since an arbitrary moment; never goes backwards."""
        ...

    def sleep(self, seconds: float) -> None:
        """Return after `seconds`."""
        ...
