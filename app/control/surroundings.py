"""What the loop works with: the database, the pace of time, the vendors' addresses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import requests
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.domain.pace import Pace
from app.models.base import READS_ONLY
from app.transports.context import Budget, Context, KnownDevice, SignInStore, TokenStore


@dataclass(frozen=True)
class Surroundings:
    """Given from above to everything in control; one per process, or one per test."""

    engine: Engine
    pace: Pace
    environment: Mapping[str, str] = field(default_factory=dict)
    http: requests.Session | None = None

    def session(self) -> Session:
        """A plain database session; short, never open across a call to a vendor."""
        return Session(self.engine, expire_on_commit=False)

    def reading(self) -> Session:
        """A session that only reads: it waits for no writer, and none waits for it."""
        return Session(self.engine.execution_options(**{READS_ONLY: True}), expire_on_commit=False)

    def context(
        self,
        budget: Budget,
        tokens: TokenStore | None = None,
        timezone: str = "UTC",
        sign_in: SignInStore | None = None,
        known_device: KnownDevice | None = None,
    ) -> Context:
        """What a driver or feed gets; `timezone` is the site's (IANA)."""
        return Context(self.pace, self.environment, budget, tokens, self.http, ZoneInfo(timezone), sign_in, known_device)


class Elapsing:
    """Instants after `now`, counted by the pace: below the services nobody asks the clock."""

    def __init__(self, now: datetime, pace: Pace) -> None:
        self._now, self._pace, self._began = now, pace, pace.monotonic()

    def instant(self) -> datetime:
        """`now` plus what has passed since."""
        return self._now + timedelta(seconds=self._pace.monotonic() - self._began)
