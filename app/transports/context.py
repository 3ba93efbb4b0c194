"""What a driver or feed is given from above: its pace, its base URLs, its budget and places for what must not be forgotten."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol
from zoneinfo import ZoneInfo

import requests

from app.domain.brands import BaseUrl
from app.domain.pace import Pace


class Budget(Protocol):
    """Who may call a vendor how often; implemented above with a table, so that it survives a restart and is shared."""

    def spend(self, vendor: str, account: str, purpose: str) -> None:
        """Count one call. `purpose`: "read", "command" or "restore" (which may use the reserve).
        Raises RateLimited when the budget or a vendor's time-out is used up."""
        ...

    def stay_away(self, vendor: str, account: str, seconds: float) -> None:
        """The vendor asked for a pause: no call before `seconds` have passed."""
        ...

    def failed(self, vendor: str, account: str) -> None:
        """Count an outage (Unreachable); the breaker opens after several in a row."""
        ...

    def answered(self, vendor: str, account: str) -> None:
        """The vendor answered: the breaker closes."""
        ...


class NoBudget:
    """Counts nothing: for one-off calls such as a connection test."""

    def spend(self, vendor: str, account: str, purpose: str) -> None:
        return None

    def stay_away(self, vendor: str, account: str, seconds: float) -> None:
        return None

    def failed(self, vendor: str, account: str) -> None:
        return None

    def answered(self, vendor: str, account: str) -> None:
        return None


class TokenStore(Protocol):
    """What one connection learned and must not forget: rotating tokens, the certificate of its device. Each has a name of its own."""

    def load(self) -> Mapping[str, str]:
        """All of it; empty for a connection that is new or was linked again."""
        ...

    def save(self, tokens: Mapping[str, str]) -> None:
        """Keep these, and beside them what has another name. Returns once they are safely stored."""
        ...


class TokensInMemory:
    """Forgotten with the driver: for one-off calls such as a connection test."""

    def __init__(self) -> None:
        self._tokens: dict[str, str] = {}

    def load(self) -> Mapping[str, str]:
        return dict(self._tokens)

    def save(self, tokens: Mapping[str, str]) -> None:
        self._tokens.update(tokens)


class KnownDevice(Protocol):
    """Which device answers at a connection; outlives the process, until the owner saves the connection again."""

    def load(self) -> str | None:
        """The serial number; None until one was told."""
        ...

    def save(self, serial: str) -> None: ...


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a vendor gave at a sign-in. `left_s`: how long the access token still lasts, below 0 when it has ended; None where unknown."""

    values: Mapping[str, str] = field(repr=False)
    left_s: float | None = None


class SignInStore(Protocol):
    """The owner's sign-in at a vendor for one home: given in a browser before anything is linked, and shared by all threads and processes.

    What a connection learned (`TokenStore`) is learned anew where it is lost; this is not, so one at a time renews its tokens."""

    def load(self) -> SignedIn | None:
        """None before the first sign-in. Raises CredentialsRefused where the key that they are encrypted with is lost."""
        ...

    def save(self, values: Mapping[str, str], lasts_s: float | None = None) -> None:
        """Keep these in place of the former ones. Returns once they are safely stored; `lasts_s`: of the access token, from now."""
        ...

    def alone(self) -> AbstractContextManager[None]:
        """Within it nobody else renews these tokens. Waits for the one who does; one that was killed is not waited for long.
        Raises Unreachable where the wait does not end."""
        ...


@dataclass(frozen=True)
class Context:
    """Given to a brand's opener."""

    pace: Pace
    environment: Mapping[str, str] = field(default_factory=dict)
    budget: Budget = field(default_factory=NoBudget)
    tokens: TokenStore | None = None
    session: requests.Session | None = None  # a prepared session, where a simulation answers in this process
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))  # the clock of the site
    sign_in: SignInStore | None = None  # the home's at this vendor
    known_device: KnownDevice | None = None  # None where nothing is stored, as in a test of a connection

    def base_url(self, base: BaseUrl) -> str:
        """The vendor's address, without a slash at the end."""
        return (self.environment.get(base.env) or base.default).rstrip("/")
