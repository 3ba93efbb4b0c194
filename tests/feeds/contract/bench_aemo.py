"""The wholesale price itself, on AEMO's simulated service."""

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from app.feeds.capabilities import FetchesAhead
from app.feeds.registry import markets, retailer_brands
from app.simulators import effects
from app.simulators.pace import SimulatedPace
from app.simulators.world import World
from app.transports.context import Context
from tests.feeds.contract.bench import Bench, CountingBudget, Traits
from tests.feeds.contract.bench_flow_power import Derived

PUBLIC: Final = Traits(has_credentials=False, answers_in_json=False)


class AemoBench:
    """A home that pays the wholesale price of its region."""

    traits = PUBLIC
    most_calls = 6  # the summary, the last day, and listing and file of both forecasts

    def __init__(self, world: World, clock: SimulatedPace) -> None:
        self.world, self.clock, self.budget = world, clock, CountingBudget()

    def feed(self, token: str | None = None) -> FetchesAhead:
        brand = retailer_brands()["aemo"]
        settings = {name: value for name, value in self.world.retailer_entry("aemo").items() if name != "brand"}
        context = Context(self.clock, self.world.environment(), self.budget, zone=ZoneInfo(self.world.zone))
        return Derived(brand.open(brand.fields(**settings), context), lambda: markets()["aemo"].open(context))

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


class RunningAemo(AbstractContextManager[Bench]):
    """The simulated market, as far ahead as bids reach in the afternoon."""

    traits = PUBLIC

    def __init__(self, now: datetime, zone: str) -> None:
        clock = SimulatedPace(now)
        self._world = World(clock, zone=zone, horizon_h=28)
        self._bench = AemoBench(self._world, clock)

    def __enter__(self) -> Bench:
        self._world.start()
        return self._bench

    def __exit__(self, *_: object) -> None:
        self._world.stop()
