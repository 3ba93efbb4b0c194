"""What a retailer's or a market's feed can do: tiny protocols, asked for with isinstance."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from app.domain.charges import StandingCharges
from app.domain.prices import PriceInterval
from app.domain.tariffs.time_of_use import TimeOfUse


@dataclass(frozen=True, slots=True)
class PriceAnswer:
    """What one call or message brought. `known_until`: the end of the furthest interval given, None where only the present was asked."""

    intervals: tuple[PriceInterval, ...]
    as_of: datetime  # UTC, when it was received
    known_until: datetime | None
    channels: frozenset[str]  # of "import", "feed_in", "controlled_load"
    quarantined: tuple[str, ...] = ()  # records that were refused, each in words without values that are secret
    charges: StandingCharges | None = None  # None: this answer says nothing about them
    plan: TimeOfUse | None = None  # the whole plan, of retailers with fixed prices


@dataclass(frozen=True, slots=True)
class FeedState:
    """What is stored of a feed; None before its first answer."""

    as_of: datetime | None = None  # when it last gave prices
    ahead_at: datetime | None = None  # when it last gave everything ahead
    known_until: datetime | None = None
    actual_until: datetime | None = None  # end of the newest interval that is more than a forecast and has begun


@runtime_checkable
class Retailer(Protocol):
    """Every retailer: the prices of one site. Each also is one of FetchesAhead and DerivesFromMarket."""

    is_published_ahead: bool  # the prices ahead are final, not forecasts


@runtime_checkable
class FetchesAhead(Protocol):
    """A retailer that is asked for its prices, or works them out from a plan."""

    is_published_ahead: bool

    def is_due(self, state: FeedState, now: datetime) -> bool:
        """Pure: whether everything ahead should be asked for now. `state` is not empty: the first time needs no question."""
        ...

    def fetch_ahead(self, now: datetime) -> PriceAnswer:
        """The present and everything published ahead. Raises a VendorError."""
        ...


@dataclass(frozen=True, slots=True)
class MarketView:
    """What is stored of a market region, for a retailer that works its prices out from it."""

    intervals: tuple[PriceInterval, ...]  # wholesale c/kWh without tax on both sides, in order, without overlap
    as_of: datetime
    known_until: datetime | None
    mean_c: Callable[[timedelta], float | None]  # the mean of the settled price over so long before `as_of`; None below 12 intervals
    quarantined: tuple[str, ...] = ()  # what the market's last answer lacked, in words


@runtime_checkable
class DerivesFromMarket(Protocol):
    """A retailer whose prices are a sum on the wholesale price of a market region."""

    is_published_ahead: bool
    market: str  # "aemo:NSW1"

    def derive(self, view: MarketView, now: datetime) -> PriceAnswer:
        """Pure: the prices of `view`'s intervals."""
        ...


@runtime_checkable
class FollowsMarket(Protocol):
    """A retailer with prices of its own that move with a market region: the region's forecast can widen its horizon."""

    def market_region(self) -> str | None:
        """ "aemo:NSW1"; None while it is not known. Asks nobody."""
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


class MarketFeed(Protocol):
    """A market: all its regions in one fetch."""

    def is_due(self, state: FeedState, now: datetime) -> bool:
        """Pure: whether something new is published by now. `state` is that of the region that is furthest behind."""
        ...

    def fetch(self, now: datetime) -> Mapping[str, PriceAnswer]:
        """Region → wholesale prices in c/kWh without tax, the same on both sides: what has settled since the last call (as far back as the
        market tells at first), the present, and all forecasts that hold. Raises a VendorError when the present price cannot be read;
        when only a forecast cannot, the answers say so in `quarantined` and give the last one as far as it holds."""
        ...
