"""The simulated service of each retailer, for the contract.

A new retailer adds a file with its bench and an entry in BENCHES; the tests stay as they are."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

from app.feeds.capabilities import FetchesAhead
from app.feeds.registry import retailer_brands
from app.simulators import effects
from app.simulators.pace import SimulatedPace
from app.simulators.world import World
from app.transports.context import Context
from tests.feeds.contract.bench import Bench, CountingBudget, Traits
from tests.feeds.contract.bench_aemo import RunningAemo
from tests.feeds.contract.bench_flow_power import RunningFlowPower
from tests.feeds.contract.bench_octopus import RunningOctopus
from tests.feeds.contract.bench_plans import PLAN_BENCHES

__all__ = ["BENCHES", "Bench", "CountingBudget", "Traits", "traits_of"]


class AmberBench:
    """Amber's simulated service."""

    traits = Traits()
    most_calls = 3

    def __init__(self, world: World, clock: SimulatedPace) -> None:
        self.world, self.clock, self.budget = world, clock, CountingBudget()

    def feed(self, token: str | None = None) -> FetchesAhead:
        brand = retailer_brands()["amber"]
        settings = {name: value for name, value in self.world.site_file()["retailer"].items() if name != "brand"}
        fields = brand.fields(**{**settings, **({"token": token} if token else {})})
        feed: FetchesAhead = brand.open(fields, Context(self.clock, self.world.environment(), self.budget))
        return feed

    def trouble(self, name: str) -> None:
        self.world.faults.add(_AMBER_TROUBLES[name], server="amber")

    def calm(self) -> None:
        self.world.faults.clear()

    def requests(self) -> int:
        return len(self.world.amber.requests)


_AMBER_TROUBLES: dict[str, effects.Effect] = {
    "down": effects.Status(502),
    "silent": effects.Silence(),
    "reset": effects.Reset(),
    "half": effects.HalfAnswer(),
    "garbage": effects.GarbageJson(),
    "web page": effects.Html(),
    "empty": effects.EmptyBody(),
    "huge": effects.HugeBody(8_000_000),
    "rate limited": effects.Status(429, rate_limit_headers=True),
    "gap": effects.PriceGap(half_hours=1, ahead_half_hours=4),
    "frozen": effects.Frozen(),
    "null": effects.BadPrice("null", ahead_half_hours=4),
    "nan": effects.BadPrice("nan", ahead_half_hours=4),
    "infinity": effects.BadPrice("infinity", ahead_half_hours=4),
    "text": effects.BadPrice("text", ahead_half_hours=4),
    "absurd": effects.BadPrice("absurd", ahead_half_hours=4),
    "renamed": effects.RenamedField(),
    "short": effects.ShortHorizon(hours=3),
}


class _RunningAmber(AbstractContextManager[Bench]):
    traits = AmberBench.traits

    def __init__(self, now: datetime, zone: str) -> None:
        clock = SimulatedPace(now)
        self._world = World(clock, zone=zone, horizon_h=28)
        self._bench = AmberBench(self._world, clock)

    def __enter__(self) -> Bench:
        self._world.start()
        return self._bench

    def __exit__(self, *_: object) -> None:
        self._world.stop()


BENCHES: dict[str, Callable[[datetime, str], AbstractContextManager[Bench]]] = {
    "aemo": RunningAemo,
    "amber": _RunningAmber,
    "flow_power": RunningFlowPower,
    "octopus": RunningOctopus,
    **PLAN_BENCHES,
}


def traits_of(brand: str) -> Traits:
    """Those of a bench that is not running; the usual ones where it declares none."""
    traits: Traits = getattr(BENCHES[brand], "traits", Traits())
    return traits
