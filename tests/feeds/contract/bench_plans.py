"""Retailers with plans of fixed prices: they ask nobody, so there is no service that could be in trouble."""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.feeds.capabilities import FetchesAhead
from app.feeds.registry import retailer_brands
from app.simulators.pace import SimulatedPace
from app.transports.context import Context
from tests.feeds.contract.bench import Bench, CountingBudget, Traits

WEEK = [
    {"name": "Peak", "days": "mon-fri", "start": "15:00", "end": "21:00", "import_c": 52, "feed_in_c": 8},
    {"name": "Off-peak", "days": "mon-fri", "start": "21:00", "end": "15:00", "import_c": 20, "feed_in_c": 5},
    {"name": "Weekend", "days": "sat,sun", "start": "00:00", "end": "24:00", "import_c": 26, "feed_in_c": 5},
]
SUMMER, WINTER = ({"name": "Summer", "from": "11-01", "to": "03-31"}, {"name": "Winter", "from": "04-01", "to": "10-31"})
PLANS: Mapping[str, Mapping[str, Any]] = {
    "custom_tou": {"seasons": [{**SUMMER, "periods": WEEK}, {**WINTER, "periods": WEEK}], "daily_charge_c": 110},
    "globird": {"preset": "zerohero_jul_2026", "periods": WEEK, "feed_in_c": 2},
    "agl": {"import_c": 33},
    "engie": {"seasons": [{**SUMMER, "periods": WEEK}, {**WINTER, "periods": WEEK}], "feed_in_c": 5},
}


ASKS_NOBODY = Traits(has_service=False, has_credentials=False)


class PlanBench:
    """A plan on the clock of a home."""

    traits = ASKS_NOBODY
    most_calls = 0

    def __init__(self, brand: str, now: datetime, zone: str) -> None:
        self.brand, self.clock, self.budget, self.zone = brand, SimulatedPace(now), CountingBudget(), ZoneInfo(zone)

    def feed(self, token: str | None = None) -> FetchesAhead:
        brand = retailer_brands()[self.brand]
        feed: FetchesAhead = brand.open(brand.fields(**PLANS[self.brand]), Context(self.clock, {}, self.budget, zone=self.zone))
        return feed

    def trouble(self, name: str) -> None:
        raise AssertionError(f"nobody is asked, so nothing can be {name}")

    def calm(self) -> None:
        return None

    def requests(self) -> int:
        return self.budget.calls


@dataclass(frozen=True)
class RunningPlan:
    """Opens the bench of one brand."""

    brand: str
    traits: Traits = ASKS_NOBODY

    def __call__(self, now: datetime, zone: str) -> nullcontext[Bench]:
        return nullcontext(PlanBench(self.brand, now, zone))


PLAN_BENCHES = {brand: RunningPlan(brand) for brand in PLANS}
