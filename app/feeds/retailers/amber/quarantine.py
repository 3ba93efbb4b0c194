"""Prices that are hard to believe are believed at the second time."""

import threading
from datetime import datetime

from app.feeds.retailers.amber.rows import Row

LEAST_C_PER_KWH = -200.0  # the market's floor is −100 c/kWh
MOST_C_PER_KWH = 2400.0  # the market's cap is near 2,100 c/kWh, with GST and network above that
_AGREES_WITHIN = 0.05

_Key = tuple[str, datetime, datetime]


class Quarantine:
    """Holds back a price beyond what the market's own limits allow, until two answers in a row give about the same for that interval.

    Shared by the calls and the stream of one site; safe between threads."""

    def __init__(self) -> None:
        self._held: dict[_Key, float] = {}
        self._lock = threading.Lock()

    def admits(self, row: Row) -> bool:
        """False for a price that is to be left out of this answer."""
        key, price = (row.channel, row.start, row.end), row.price_c_per_kwh
        with self._lock:
            if LEAST_C_PER_KWH <= price <= MOST_C_PER_KWH:
                self._held.pop(key, None)
                return True
            before = self._held.get(key)
            self._held[key] = price
            return before is not None and abs(price - before) <= _AGREES_WITHIN * abs(before)

    def forget_before(self, instant: datetime) -> None:
        """Drop what concerns intervals that ended before `instant`."""
        with self._lock:
            self._held = {key: price for key, price in self._held.items() if key[2] >= instant}
