"""Flow Power on the simulated market: its prices are worked out from those of AEMO's simulated service."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from app.domain.prices import without_overlap
from app.feeds.capabilities import DerivesFromMarket, FeedState, FetchesAhead, MarketFeed, MarketView, PriceAnswer
from app.feeds.registry import markets, retailer_brands
from app.simulators import effects
from app.simulators.pace import SimulatedPace
from app.simulators.world import World
from app.transports.context import Context
from tests.feeds.contract.bench import Bench, CountingBudget, Traits

ON_MARKET: Final = Traits(has_credentials=False, answers_in_json=False)


class Derived:
    """A retailer that derives from a market, with the fetch of its market before it: FetchesAhead.

    The market is opened anew each time, as a test of a connection and a restart do: an open one asks for no more than is new by now."""

    def __init__(self, retailer: DerivesFromMarket, market: Callable[[], MarketFeed]) -> None:
        self.is_published_ahead = retailer.is_published_ahead
        self._retailer, self._market = retailer, market
        self._region = retailer.market.partition(":")[2]

    def is_due(self, state: FeedState, now: datetime) -> bool:
        return self._market().is_due(state, now)

    def fetch_ahead(self, now: datetime) -> PriceAnswer:
        found = self._market().fetch(now)[self._region]
        view = MarketView(without_overlap(found.intervals), found.as_of, found.known_until, lambda _back: None)
        answer = self._retailer.derive(view, now)
        return replace(answer, quarantined=(*found.quarantined, *answer.quarantined))


class FlowPowerBench:
    """A home with a network tariff, so that everything that a price is made of is in it."""

    traits = ON_MARKET
    most_calls = 6  # the market's first fetch: summary, the last day, and listing and file of both forecasts

    def __init__(self, world: World, clock: SimulatedPace) -> None:
        self.world, self.clock, self.budget = world, clock, CountingBudget()

    def feed(self, token: str | None = None) -> FetchesAhead:
        brand = retailer_brands()["flow_power"]
        settings = {name: value for name, value in self.world.retailer_entry("flow_power").items() if name != "brand"}
        fields = brand.fields(**settings, network={"distributor": "ausgrid", "tariff": "EA025"})
        context = Context(self.clock, self.world.environment(), self.budget, zone=ZoneInfo(self.world.zone))
        return Derived(brand.open(fields, context), lambda: markets()[settings["source"]].open(context))

    def trouble(self, name: str) -> None:
        self.world.faults.add(_TROUBLES[name], server="aemo")

    def calm(self) -> None:
        self.world.faults.clear()

    def requests(self) -> int:
        return len(self.world.aemo.requests)


_TROUBLES: dict[str, effects.Effect] = {
    "down": effects.Status(502),
    "silent": effects.Silence(),
    "reset": effects.Reset(),
    "half": effects.HalfAnswer(),
    "garbage": effects.GarbageJson(),
    "web page": effects.Html(),
    "empty": effects.EmptyBody(),
    "huge": effects.HugeBody(8_000_000),
    "rate limited": effects.Status(429, retry_after_s=60),
    "gap": effects.PriceGap(half_hours=1, ahead_half_hours=4),
    "frozen": effects.Frozen(),
    "null": effects.BadPrice("null", ahead_half_hours=4),
    "nan": effects.BadPrice("nan", ahead_half_hours=4),
    "infinity": effects.BadPrice("infinity", ahead_half_hours=4),
    "text": effects.BadPrice("text", ahead_half_hours=4),
    "absurd": effects.BadPrice("absurd", ahead_half_hours=4),
    "renamed": effects.RenamedField("RRP", "SPOT"),
    "short": effects.ShortHorizon(hours=3),
}


class RunningFlowPower(AbstractContextManager[Bench]):
    """The simulated market, as far ahead as bids reach in the afternoon."""

    traits = ON_MARKET

    def __init__(self, now: datetime, zone: str) -> None:
        clock = SimulatedPace(now)
        self._world = World(clock, zone=zone, horizon_h=28)
        self._bench = FlowPowerBench(self._world, clock)

    def __enter__(self) -> Bench:
        self._world.start()
        return self._bench

    def __exit__(self, *_: object) -> None:
        self._world.stop()
