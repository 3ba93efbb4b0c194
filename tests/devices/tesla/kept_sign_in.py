"""A sign-in at the simulated Tesla, kept in memory."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

from app.simulators.tesla_account import ACCESS_LASTS
from app.simulators.world import World
from app.transports.context import SignedIn


class KeptSignIn:
    """The store of a sign-in in one process, with `saved` as its record."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.saved: list[Mapping[str, str]] = []
        self._now, self._lock = now, threading.Lock()
        self._ends_at: datetime | None = None

    def load(self) -> SignedIn | None:
        if not self.saved:
            return None
        return SignedIn(self.saved[-1], None if self._ends_at is None else (self._ends_at - self._now()).total_seconds())

    def save(self, values: Mapping[str, str], lasts_s: float | None = None) -> None:
        self._ends_at = None if lasts_s is None else self._now() + timedelta(seconds=lasts_s)
        self.saved.append(dict(values))

    @contextmanager
    def alone(self) -> Iterator[None]:
        with self._lock:
            yield


def signed_in(world: World) -> KeptSignIn:
    """As after a sign-in with a registered application."""
    world.tesla_account.registered["powersync.example.com"] = "04"
    tokens = KeptSignIn(world.clock.now)
    values = {
        "client_id": world.tesla_account.client_id,
        "account": "home",
        "region": "na",
        **world.tesla_account.sign_in(world.clock.now()),
    }
    tokens.save(values, ACCESS_LASTS.total_seconds())
    return tokens
