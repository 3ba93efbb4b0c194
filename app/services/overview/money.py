"""Today's money, from the 5-minute energy records of the local day and the supply charge of the day."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from app.control.observe import charges_of
from app.models.energy import EnergyInterval
from app.services.overview.stored import Stored

PERIOD = timedelta(minutes=5)
ROLLED_UP_AFTER = timedelta(minutes=2)  # the record of 5 minutes is there at the latest
FULL_COVERAGE_PCT = 95.0


@dataclass(frozen=True, slots=True)
class Today:
    """Minor units of the currency. None before the first 5 minutes of the day are measured and priced."""

    paid_c: float | None  # for energy
    received_c: float | None
    coverage_pct: float | None  # how much of the day so far is measured and priced; None where it is (nearly) all
    is_unpriced: bool = False  # measured, and no price was known for any of it
    supply_c: float | None = None  # the whole day's supply charge; None where nobody has said what it is

    @property
    def cost_c(self) -> float | None:
        """What was paid for energy, and the supply charge where it is known."""
        return None if self.paid_c is None else self.paid_c + (self.supply_c or 0.0)

    @property
    def net_c(self) -> float | None:
        """+ what the home earned, − what it cost."""
        return None if self.cost_c is None or self.received_c is None else self.received_c - self.cost_c


def today(session: Session, stored: Stored) -> Today:
    """From local midnight to now, as far as it is rolled up."""
    midnight = _midnight(stored)
    is_priced = EnergyInterval.import_cost_c.is_not(None) & EnergyInterval.feed_in_earned_c.is_not(None)
    row = session.execute(
        select(
            func.sum(EnergyInterval.import_cost_c),
            func.sum(EnergyInterval.feed_in_earned_c),
            func.sum(case((is_priced, EnergyInterval.covered_s), else_=0)),
            func.max(EnergyInterval.start),
        ).where(EnergyInterval.site_id == stored.site.id, EnergyInterval.minutes == 5, EnergyInterval.start >= midnight)
    ).one()
    paid_c, received_c, measured_s, newest_s = row
    if paid_c is None or received_c is None or not measured_s:
        return Today(None, None, None, is_unpriced=newest_s is not None)
    newest_end = (newest_s if isinstance(newest_s, datetime) else datetime.fromtimestamp(newest_s, UTC)) + PERIOD
    until = max(newest_end, _floor(stored.now - ROLLED_UP_AFTER))
    elapsed_s = (until - midnight).total_seconds()
    coverage_pct = min(100.0, 100.0 * measured_s / elapsed_s) if elapsed_s > 0 else 100.0
    supply_c = charges_of(stored.settings, stored.feed).daily_c
    return Today(paid_c, received_c, coverage_pct if coverage_pct < FULL_COVERAGE_PCT else None, supply_c=supply_c)


def _midnight(stored: Stored) -> datetime:
    return stored.now.astimezone(stored.zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0).astimezone(UTC)


def _floor(instant: datetime) -> datetime:
    return instant - timedelta(seconds=instant.timestamp() % PERIOD.total_seconds())
