"""What a source of solar forecasts can do."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from app.domain.forecasts.series import PowerInterval, TemperatureInterval
from app.transports.errors import RateLimited


class DailyLimitReached(RateLimited):
    """The account's calls of this UTC day are used up."""


@dataclass(frozen=True, slots=True)
class SolarAnswer:
    """What one fetch brought. `solar`: power of the whole roof at the inverter's AC side, in order, from the running interval on."""

    solar: tuple[PowerInterval, ...]
    as_of: datetime  # UTC, when it was received
    temperatures: tuple[TemperatureInterval, ...] = ()  # of the air, in order; those of the past are measured or analysed
    quarantined: tuple[str, ...] = ()  # what was refused, in words


@dataclass(frozen=True, slots=True)
class SourceState:
    """What is known of the last fetches: the last answer, and the account's calls of this UTC day."""

    as_of: datetime | None = None
    calls_today: int = 0


@runtime_checkable
class SolarSource(Protocol):
    """Every source of solar forecasts."""

    calls_per_fetch: int
    calls_per_day: int | None  # of the account; None where so few are never a limit
    retry_after: timedelta  # pause after a failure that names none; at most an hour

    def is_due(self, state: SourceState, now: datetime) -> bool:
        """Pure: whether it should be asked now."""
        ...

    def fetch(self, now: datetime, temperatures_since: datetime | None = None) -> SolarAnswer:
        """Everything ahead, and temperatures from `temperatures_since` on where the source tells them. Raises a VendorError."""
        ...
