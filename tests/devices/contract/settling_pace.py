"""The pace of a driver whose device says nothing for a while after a connection."""

import threading

from app.simulators.modbus import ModbusServer
from app.simulators.pace import SimulatedPace


class SettlingPace:
    """`clock`, but a wait of `settle_s` begins only once `server` has noticed the connection that it is for. In real time a server notices
    within that; here no time passes by itself."""

    def __init__(self, clock: SimulatedPace, server: ModbusServer, settle_s: float) -> None:
        self._clock, self._server, self._settle_s = clock, server, settle_s
        self._waits = 0

    def monotonic(self) -> float:
        return self._clock.monotonic()

    def sleep(self, seconds: float) -> None:
        if seconds == self._settle_s:
            self._waits += 1
            for _ in range(500):
                if self._server.record.connections >= self._waits:
                    break
                threading.Event().wait(0.001)
        self._clock.sleep(seconds)
