"""A home at the simulated service, without sockets."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.domain.prices import PriceBook, without_overlap
from app.feeds.capabilities import PriceAnswer
from app.feeds.retailers.octopus import BRAND, OctopusFeed
from app.simulators.effects import Effect
from app.simulators.faults import Faults
from app.simulators.octopus import OctopusService
from app.simulators.pace import SimulatedPace
from tests.feeds.contract.bench import CountingBudget
from tests.feeds.octopus.payloads import NOW, Scripted, context_of

AGILE, OUTGOING = "AGILE-24-10-01", "AGILE-OUTGOING-19-05-13"
BOTH: dict[str, Any] = {"export_product": "agile_outgoing"}
HALF_HOUR = timedelta(minutes=30)
LONDON = ZoneInfo("Europe/London")


class Home:
    """One home; `fields` as in a site file, in London unless they say otherwise."""

    def __init__(self, now: datetime = NOW, **fields: Any) -> None:
        self.clock = SimulatedPace(now)
        self.faults = Faults(self.clock.now)
        self.service = OctopusService(self.clock, self.faults, 3)
        self.budget = CountingBudget()
        place = {} if {"region", "postcode"} & fields.keys() else {"region": "C"}
        self.fields = BRAND.fields(**{"product": "agile", **place, **fields})
        self.feed: OctopusFeed = BRAND.open(self.fields, context_of(self.service, self.clock, self.budget))

    def fetch(self) -> PriceAnswer:
        """Now."""
        return self.feed.fetch_ahead(self.clock.now())

    def fetch_at(self, instant: datetime) -> PriceAnswer:
        self.clock.advance_to(instant)
        return self.fetch()

    def trouble(self, effect: Effect, **where: Any) -> None:
        self.faults.add(effect, server="octopus", **where)

    def asked(self) -> list[str]:
        """What was asked since the last look: the path below /v1."""
        paths = [request.path.removeprefix("/v1") for request in self.service.requests]
        self.service.requests.clear()
        return paths


def book_of(answer: PriceAnswer) -> PriceBook:
    return PriceBook(without_overlap(answer.intervals), answer.as_of, answer.known_until, True, answer.channels)


def ahead(answer: PriceAnswer, now: datetime) -> list[Any]:
    """The intervals from the running one on."""
    return [interval for interval in answer.intervals if interval.end > now]


def p(home: Home, code: str, instant: datetime, region: str = "C", **how: Any) -> float:
    """What the service itself says, with VAT."""
    return pytest.approx(home.service.p_exc_vat(code, instant, region, **how) * 1.05, abs=2e-4)  # type: ignore[return-value]


def feed_at(service: Scripted, **fields: Any) -> OctopusFeed:
    """A feed at a service that answers what the test says."""
    feed: OctopusFeed = BRAND.open(BRAND.fields(**{"product": "agile", "region": "C", **fields}), service.context())
    return feed
