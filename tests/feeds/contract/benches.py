"""What the contract needs of a retailer: its feed at a simulated service, and the troubles of that service by name.

A new retailer adds a class here and an entry in BENCHES; the tests stay as they are."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from app.feeds.capabilities import Retailer
from app.feeds.registry import retailer_brands
from app.simulators import effects
from app.simulators.pace import SimulatedPace
from app.simulators.world import World
from app.transports.context import Context


class CountingBudget:
    """Counts the calls of a test and keeps what the vendor asked for."""

    def __init__(self) -> None:
        self.calls = 0
        self.away_s: list[float] = []
        self.outages = 0

    def spend(self, vendor: str, account: str, purpose: str) -> None:
        self.calls += 1

    def stay_away(self, vendor: str, account: str, seconds: float) -> None:
        self.away_s.append(seconds)

    def failed(self, vendor: str, account: str) -> None:
        self.outages += 1

    def answered(self, vendor: str, account: str) -> None:
        return None


class Bench(Protocol):
    """One retailer's service, running on localhost."""

    clock: SimulatedPace
    budget: CountingBudget
    most_calls: int  # for one full fetch, with whatever the first one needs besides

    def feed(self, token: str | None = None) -> Retailer:
        """A new feed; `token` instead of the right one."""
        ...

    def trouble(self, name: str) -> None:
        """ "down", "silent", "reset", "half", "garbage", "web page", "empty", "huge", "rate limited", "gap", "frozen", "null", "nan",
        "infinity", "text", "renamed", "short"."""
        ...

    def calm(self) -> None:
        """All troubles end."""
        ...

    def requests(self) -> int:
        """Requests that the service has seen."""
        ...


class AmberBench:
    """Amber's simulated service."""

    most_calls = 3

    def __init__(self, world: World, clock: SimulatedPace) -> None:
        self.world, self.clock, self.budget = world, clock, CountingBudget()

    def feed(self, token: str | None = None) -> Retailer:
        brand = retailer_brands()["amber"]
        settings = {name: value for name, value in self.world.site_file()["retailer"].items() if name != "brand"}
        fields = brand.fields(**{**settings, **({"token": token} if token else {})})
        feed: Retailer = brand.open(fields, Context(self.clock, self.world.environment(), self.budget))
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
    def __init__(self, now: datetime, zone: str) -> None:
        clock = SimulatedPace(now)
        self._world = World(clock, zone=zone, horizon_h=28)
        self._bench = AmberBench(self._world, clock)

    def __enter__(self) -> Bench:
        self._world.start()
        return self._bench

    def __exit__(self, *_: object) -> None:
        self._world.stop()


BENCHES: dict[str, Callable[[datetime, str], AbstractContextManager[Bench]]] = {"amber": _RunningAmber}
