"""One worker per connection: orders for one device never overlap, and only the newest waits."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import structlog

from app.control.act import Order, Outcome
from app.control.memory import LeaseLost

log = structlog.get_logger(__name__)

Carry = Callable[[Order], Outcome]


class Workers:
    """Runs orders in threads, one at a time for each connection. A newer order replaces one that still waits."""

    def __init__(self, carry_out: Carry, threads: int = 32) -> None:
        self._carry_out = carry_out
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="battery")
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)
        self._waiting: dict[int, Order] = {}
        self._busy: set[int] = set()

    def submit(self, order: Order) -> None:
        """Carry `order` out as soon as its device is free."""
        with self._lock:
            self._waiting[order.connection_id] = order
            if order.connection_id in self._busy:
                return
            self._busy.add(order.connection_id)
        self._pool.submit(self._work, order.connection_id)

    def _work(self, connection_id: int) -> None:
        while True:
            with self._lock:
                order = self._waiting.pop(connection_id, None)
                if order is None:
                    self._busy.discard(connection_id)
                    self._idle.notify_all()
                    return
            self._run(order)

    def _run(self, order: Order) -> None:
        """The edge of a worker: whatever fails stays with this device, the next tick tries again."""
        try:
            self._carry_out(order)
        except LeaseLost as lost:
            log.warning("lease lost", site=order.grant.site_id, holder=str(lost))
        except Exception:
            log.exception("order failed", site=order.grant.site_id)

    def is_superseded(self, order: Order) -> bool:
        """Whether an order that wants something else waits for the same device."""
        with self._lock:
            waiting = self._waiting.get(order.connection_id)
        return waiting is not None and (waiting.command, waiting.may_command) != (order.command, order.may_command)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Until no order waits or runs; False when `timeout_s` passed first."""
        with self._lock:
            return self._idle.wait_for(lambda: not self._busy, timeout_s)

    def stop(self) -> None:
        """Take no more orders and finish what runs."""
        with self._lock:
            self._waiting.clear()
        self._pool.shutdown(wait=True, cancel_futures=True)
