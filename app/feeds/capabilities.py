"""What a retailer's feed can do: tiny protocols, asked for with isinstance."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from app.domain.prices import PriceInterval


@dataclass(frozen=True, slots=True)
class PriceAnswer:
    """What one call or message brought. `known_until`: the end of the furthest interval given, None where only the present was asked."""

    intervals: tuple[PriceInterval, ...]
    as_of: datetime  # UTC, when it was received
    known_until: datetime | None
    channels: frozenset[str]  # of "import", "feed_in", "controlled_load"
    quarantined: tuple[str, ...] = ()  # records that were refused, each in words without values that are secret


@runtime_checkable
class Retailer(Protocol):
    """Every retailer: the prices of one site."""

    cadence: timedelta  # how old prices may be before they are asked for again
    is_published_ahead: bool  # the prices ahead are final, not forecasts

    def fetch_ahead(self, now: datetime) -> PriceAnswer:
        """The present and everything published ahead."""
        ...


@runtime_checkable
class FetchesPresent(Protocol):
    """A retailer whose present price can be asked for cheaply between two full fetches."""

    def fetch_present(self, now: datetime) -> PriceAnswer:
        """The running interval (and what settled just before)."""
        ...


@runtime_checkable
class StreamsPrices(Protocol):
    """A retailer that pushes prices."""

    def stream(
        self,
        clock: Callable[[], datetime],
        on_prices: Callable[[PriceAnswer], None],
        on_state: Callable[[str], None],
        stop: threading.Event,
    ) -> None:
        """Block until `stop`, reconnecting with back-off; `on_state` gets "live", "silent", "refused" or "down" at each change.
        Returns early when the vendor refuses the stream for good (then REST alone is used)."""
        ...
