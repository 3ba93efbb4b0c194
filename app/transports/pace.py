"""The pace of the running product: the machine's monotonic clock."""

import time


class RealPace:
    """Waits in real time."""

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)
