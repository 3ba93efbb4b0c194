"""One of AEMO's two hosts, and when it is better left alone."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from app.domain.pace import Pace
from app.feeds.market.aemo.nem import VENDOR
from app.transports.errors import Unreachable, VendorError

FIRST_REST_S, LONGEST_REST_S = 30.0, 300.0
_AWAY = frozenset({403, 503})  # both hosts answer so under load; there is no key that could be refused
_NO_KEY = frozenset({401, 402})
Given = TypeVar("Given")


class Host:
    """Turned away (403, 503), it rests for 30 s, then twice as long each time, up to 5 minutes. One that does not answer at all is not
    asked again in the same round. For one thread at a time."""

    def __init__(self, title: str, pace: Pace) -> None:
        self._title, self._pace = title, pace
        self._times_away = 0
        self._rests_until_s = 0.0
        self._silence: Unreachable | None = None

    def new_round(self) -> None:
        """A new fetch begins."""
        self._silence = None

    def ask(self, call: Callable[[], Given]) -> Given:
        """What `call` gives. Raises its VendorError, or Unreachable without a call while the host is left alone."""
        if self._silence is not None:
            raise self._silence
        left_s = self._rests_until_s - self._pace.monotonic()
        if left_s > 0:
            raise Unreachable(VENDOR, f"{self._title} turned us away and is not asked for another {left_s:.0f} s")
        try:
            given = call()
        except Unreachable as error:
            self._silence = error
            raise
        self._times_away = 0
        return given

    def explain(self, status: int, headers: Mapping[str, str], body: bytes) -> VendorError | None:
        """Without a key, a refusal means that the host is busy or does not like to be asked now: later may work."""
        if status in _AWAY:
            rest_s = min(FIRST_REST_S * 2.0 ** min(self._times_away, 10), LONGEST_REST_S)
            self._times_away += 1
            self._rests_until_s = self._pace.monotonic() + rest_s
            return Unreachable(VENDOR, f"{self._title} turns us away (status {status}); next try in {rest_s:.0f} s")
        if status in _NO_KEY:
            return Unreachable(VENDOR, f"{self._title} wants a key that there is none for (status {status})")
        return None
