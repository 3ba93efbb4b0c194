"""Octopus Energy's simulated service, with a home in London on Agile."""

from contextlib import AbstractContextManager
from datetime import datetime

from app.feeds.capabilities import FetchesAhead
from app.feeds.registry import retailer_brands
from app.simulators import effects
from app.simulators.pace import SimulatedPace
from app.simulators.world import World
from app.transports.context import Context
from tests.feeds.contract.bench import Bench, CountingBudget, Traits

LONDON = Traits(
    zones=("Europe/London",),
    moments=(
        "2026-11-20 14:15",
        "2026-07-14 16:20",
        "2026-03-28 14:15",
        "2026-03-28 16:20",
        "2026-03-29 00:45",
        "2026-03-29 02:10",
        "2026-10-24 14:15",
        "2026-10-24 23:59",
        "2026-10-25 01:20",
        "2026-10-25 16:20",
    ),
    currency="GBP",
    has_credentials=False,
)


class OctopusBench:
    """A home on Agile and Agile Outgoing."""

    traits = LONDON
    most_calls = 8  # two pages of products, two products, the standing charge, and the rates of both sides

    def __init__(self, world: World, clock: SimulatedPace) -> None:
        self.world, self.clock, self.budget = world, clock, CountingBudget()

    def feed(self, token: str | None = None) -> FetchesAhead:
        brand = retailer_brands()["octopus"]
        settings = {name: value for name, value in self.world.retailer_entry("octopus").items() if name != "brand"}
        feed: FetchesAhead = brand.open(brand.fields(**settings), Context(self.clock, self.world.environment(), self.budget))
        return feed

    def trouble(self, name: str) -> None:
        self.world.faults.add(_TROUBLES[name], server="octopus")

    def calm(self) -> None:
        self.world.faults.clear()

    def requests(self) -> int:
        return len(self.world.octopus.requests)


_TROUBLES: dict[str, effects.Effect] = {
    "down": effects.Status(503),
    "silent": effects.Silence(),
    "reset": effects.Reset(),
    "half": effects.HalfAnswer(),
    "garbage": effects.GarbageJson(),
    "web page": effects.Html(),
    "empty": effects.EmptyBody(),
    "huge": effects.HugeBody(8_000_000),
    "rate limited": effects.Status(429),
    "gap": effects.PriceGap(half_hours=1, ahead_half_hours=4),
    "frozen": effects.Frozen(),
    "null": effects.BadPrice("null", ahead_half_hours=4),
    "nan": effects.BadPrice("nan", ahead_half_hours=4),
    "infinity": effects.BadPrice("infinity", ahead_half_hours=4),
    "text": effects.BadPrice("text", ahead_half_hours=4),
    "absurd": effects.BadPrice("absurd", ahead_half_hours=4),
    "renamed": effects.RenamedField("value_inc_vat", "unit_rate"),
    "short": effects.ShortHorizon(hours=3),
}


class RunningOctopus(AbstractContextManager[Bench]):
    traits = LONDON

    def __init__(self, now: datetime, zone: str) -> None:
        clock = SimulatedPace(now)
        self._world = World(clock, zone=zone)
        self._bench = OctopusBench(self._world, clock)

    def __enter__(self) -> Bench:
        self._world.start()
        return self._bench

    def __exit__(self, *_: object) -> None:
        self._world.stop()
