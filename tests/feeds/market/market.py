"""The simulated operator in this process, and a feed that reads it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import requests

from app.domain.prices import PriceBook, PriceInterval, Quality, without_overlap
from app.feeds.capabilities import FeedState, PriceAnswer
from app.feeds.market.aemo import AemoFeed
from app.simulators.aemo import SUMMARY_PATH, AemoService
from app.simulators.effects import Effect
from app.simulators.faults import Faults
from app.simulators.in_process import InProcess
from app.simulators.nem import Nem
from app.simulators.pace import SimulatedPace
from app.simulators.world import World
from app.transports.context import Context
from tests.feeds.contract.bench import CountingBudget
from tests.feeds.market.samples import at

ENVIRONMENT = {"AEMO_SUMMARY_URL": f"http://aemo.test{SUMMARY_PATH}", "AEMO_NEMWEB_URL": "http://aemo.test"}
FILES = "/Reports/"
SUMMARY = "ELEC_NEM_SUMMARY"


@cache
def simulated_nem() -> Nem:
    """The same prices for every test, each worked out once."""
    nem = World(SimulatedPace(at("17:57")), seed=3).nem
    nem._expected = cache(nem._expected)  # type: ignore[method-assign]
    return nem


class Wire(InProcess):
    """The way to the operator. What is sent can be read, and the name of the asker be left out."""

    def __init__(self, service: AemoService, clock: SimulatedPace) -> None:
        super().__init__(service, clock)
        self.headers: list[Mapping[str, str]] = []
        self.hides_who_asks = False

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        if self.hides_who_asks:
            del request.headers["User-Agent"]
        self.headers.append(request.headers)
        return super().send(request, *args, **more)


class Market:
    """A world's operator at 17:57 market time, when everything of the interval that ends at 18:00 is out, and a feed that has not been
    asked yet."""

    def __init__(self, now: str = "17:57", service: type[AemoService] = AemoService) -> None:
        self.clock = SimulatedPace(at(now))
        self.faults = Faults(self.clock.now)
        self.nem = simulated_nem()
        self.service = service(self.clock, self.faults, self.nem)
        self.restart()

    def restart(self) -> None:
        """A new feed, as after a start of the app."""
        session = requests.Session()
        self.wire = Wire(self.service, self.clock)
        session.mount("http://aemo.test", self.wire)
        self.budget = CountingBudget()
        self.feed = AemoFeed(Context(self.clock, ENVIRONMENT, self.budget, session=session))

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def at(self, time: str) -> "Market":
        """Move on to an instant in market time."""
        self.clock.advance_to(at(time))
        return self

    def later(self, **span: float) -> "Market":
        self.clock.advance(timedelta(**span).total_seconds())
        return self

    def fault(self, effect: Effect, path: str = "", **bounds: Any) -> int:
        return self.faults.add(effect, server="aemo", path=path, **bounds)

    def calm(self) -> None:
        self.faults.clear()

    def fetch(self) -> Mapping[str, PriceAnswer]:
        return self.feed.fetch(self.now)

    def asked(self) -> list[str]:
        """What has been asked for since the last look: a report, a directory with a slash, or a file without its figures."""
        found = []
        for request in self.service.requests:
            *_, directory, name = request.path.split("/")
            found.append(name.split("_2")[0] if name else f"{directory}/")
        self.service.requests.clear()
        return found

    def settled(self, region: str, start: datetime) -> float:
        """The operator's own price of an interval, c/kWh."""
        return float(self.nem.settled(region, int(start.timestamp()) // 300).rrp) / 10


def book(answer: PriceAnswer) -> PriceBook:
    return PriceBook(without_overlap(answer.intervals), answer.as_of, answer.known_until)


def price_at(answer: PriceAnswer, instant: datetime) -> PriceInterval:
    found = book(answer).at(instant)
    assert found is not None
    return found


def state_after(answer: PriceAnswer, before: FeedState | None = None) -> FeedState:
    """What the tables know after an answer."""
    begun = [each.end for each in answer.intervals if each.start <= answer.as_of and each.quality in (Quality.SETTLED, Quality.CURRENT)]
    ahead_at = answer.as_of if answer.known_until is not None else before.ahead_at if before else None
    known_until = answer.known_until or (before.known_until if before else None)
    return FeedState(answer.as_of, ahead_at, known_until, max(begun, default=None))
