"""Reading devices in threads, so that one that does not answer holds up no other."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from app.models.connection import Connection

SLACK = timedelta(seconds=5)  # the sampler comes round a little early or late
PATIENCE = timedelta(minutes=2)  # so long after its first failure a device is tried at each turn
TROUBLED_EVERY = timedelta(seconds=60)  # and from then on so often


def is_due_to_read(connection: Connection, poll: timedelta, begun_at: datetime | None, now: datetime) -> bool:
    """Whether a device is read at this turn.

    `poll`: how often its brand is read; `begun_at`: when a reading was last begun, if this process remembers. One that has not answered for
    a while is asked less often; a clock that was set back makes everything due."""
    if connection.problem is not None and connection.problem_since is not None and begun_at is not None:
        has_failed_long = now - connection.problem_since >= PATIENCE
        if has_failed_long and timedelta(0) <= now - begun_at < TROUBLED_EVERY - SLACK:
            return False
    return connection.seen_at is None or not timedelta(0) <= now - connection.seen_at < poll - SLACK


class Readers:
    """Two lanes of threads: devices that answered last time, and those that did not. What is dead therefore waits for what is dead alone;
    a device that dies holds up a thread of the first lane once. One that is still being read is not begun anew."""

    def __init__(self, read: Callable[[int], object], threads: int = 16) -> None:
        self._read = read
        self._sound = ThreadPoolExecutor(threads, thread_name_prefix="reader")
        self._troubled = ThreadPoolExecutor(threads, thread_name_prefix="troubled")
        self._idle = threading.Condition()
        self._reading: dict[int, bool] = {}  # connection → whether it is in the troubled lane
        self._begun_at: dict[int, datetime] = {}

    def begun_at(self, connection_id: int) -> datetime | None:
        """When a reading of that device was last begun by this process."""
        return self._begun_at.get(connection_id)

    def submit(self, ids: Iterable[int], now: datetime, *, troubled: bool = False) -> None:
        """Begin to read these devices, those still being read left out. `read` must raise nothing."""
        lane = self._troubled if troubled else self._sound
        for connection_id in ids:
            with self._idle:
                if connection_id in self._reading:
                    continue
                self._reading[connection_id] = troubled
                self._begun_at[connection_id] = now
            lane.submit(self._work, connection_id)

    def _work(self, connection_id: int) -> None:
        try:
            self._read(connection_id)
        finally:
            with self._idle:
                del self._reading[connection_id]
                self._idle.notify_all()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Until no device of the first lane is being read; False when `timeout_s` passed first. Nobody waits for the troubled ones."""
        with self._idle:
            return self._idle.wait_for(lambda: all(self._reading.values()), timeout_s)

    def stop(self, *, wait: bool = False) -> None:
        """Begin no more readings; what runs ends by its own deadline, and is waited for where that is asked for."""
        for lane in (self._sound, self._troubled):
            lane.shutdown(wait=wait, cancel_futures=not wait)
