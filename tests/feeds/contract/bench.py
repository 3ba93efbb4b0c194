"""What the contract needs of a retailer: its feed at a simulated service, the troubles of that service by name, and what it truly is."""

from dataclasses import dataclass
from typing import Protocol

from app.feeds.capabilities import FetchesAhead
from app.simulators.pace import SimulatedPace

AUSTRALIAN_ZONES = ("Australia/Sydney", "Australia/Adelaide", "Australia/Brisbane", "Australia/Hobart")
AUSTRALIAN_MOMENTS = (
    "2026-11-20 14:15",
    "2026-10-03 14:15",
    "2026-10-04 01:45",
    "2026-10-04 03:10",
    "2026-04-04 14:15",
    "2026-04-05 02:20",
    "2026-04-05 23:59",
)


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


@dataclass(frozen=True)
class Traits:
    """What a retailer truly is. A test that cannot apply to it is skipped by its traits, never weakened."""

    zones: tuple[str, ...] = AUSTRALIAN_ZONES  # where it sells; the first is the home's
    moments: tuple[str, ...] = AUSTRALIAN_MOMENTS  # local, days of changing clocks among them
    currency: str = "AUD"
    has_credentials: bool = True  # it wants a key
    has_service: bool = True  # somebody is asked over the network
    answers_in_json: bool = True  # in which NaN and Infinity spoil the whole answer; in the cells of a table they spoil one price


class Bench(Protocol):
    """One retailer, its service running on localhost where it has one."""

    traits: Traits
    clock: SimulatedPace
    budget: CountingBudget
    most_calls: int  # for one full fetch, with whatever the first one needs besides

    def feed(self, token: str | None = None) -> FetchesAhead:
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
