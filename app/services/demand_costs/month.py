"""What a billing month costs besides its peak: energy as metered, and the supply charges."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from app.domain.charges import StandingCharges
from app.domain.demand import Cycle
from app.models.energy import EnergyInterval

LEAST_MEASURED_S = 24 * 3600.0  # from less than a day no month is estimated


@dataclass(frozen=True, slots=True)
class Supply:
    """The supply charges of a billing month, minor units; None where a charge is not known."""

    charges: StandingCharges
    so_far_c: float | None  # a day's charge for each local day that has begun, and the fee of the month in full
    month_c: float | None


def supply_of(charges: StandingCharges, cycle: Cycle, today: date) -> Supply:
    """The known ones of the two charges together; a local day counts once, however many hours it has."""
    if charges.daily_c is None and charges.monthly_c is None:
        return Supply(charges, None, None)
    daily_c, monthly_c = charges.daily_c or 0.0, charges.monthly_c or 0.0
    return Supply(charges, daily_c * cycle.days_begun(today) + monthly_c, daily_c * cycle.days + monthly_c)


@dataclass(frozen=True, slots=True)
class Energy:
    """Energy of a billing month as money: import minus feed-in, minor units; below zero where the home earned more."""

    net_c: float | None  # of what was measured and priced
    expected_c: float | None  # of the whole month, if it goes on like this; None while less than a day is measured
    coverage_pct: float | None  # of the time so far


def energy_of(session: Session, site_id: int, cycle: Cycle, zone: ZoneInfo, now: datetime) -> Energy:
    """From the half-hourly records of the billing month up to now."""
    start, end = cycle.bounds(zone)
    is_priced = EnergyInterval.import_cost_c.is_not(None) & EnergyInterval.feed_in_earned_c.is_not(None)
    paid_c, earned_c, covered_s = session.execute(
        select(
            func.sum(case((is_priced, EnergyInterval.import_cost_c))),
            func.sum(case((is_priced, EnergyInterval.feed_in_earned_c))),
            func.sum(case((is_priced, EnergyInterval.covered_s))),
        ).where(EnergyInterval.site_id == site_id, EnergyInterval.minutes == 30, EnergyInterval.start >= start, EnergyInterval.start < now)
    ).one()
    if paid_c is None or earned_c is None or not covered_s:
        return Energy(None, None, None)
    net_c = float(paid_c) - float(earned_c)
    whole_s, elapsed_s = (end - start).total_seconds(), (now - start).total_seconds()
    expected_c = net_c / covered_s * whole_s if covered_s >= LEAST_MEASURED_S else None
    return Energy(net_c, expected_c, min(100.0, 100.0 * covered_s / elapsed_s))


@dataclass(frozen=True, slots=True)
class Total:
    """The parts that are known, together. `without` names the others: a sum without them says so."""

    so_far_c: float | None
    expected_c: float | None
    without_so_far: tuple[str, ...]
    without_expected: tuple[str, ...]


def total_of(parts: Mapping[str, tuple[float | None, float | None]]) -> Total:
    """The sum of parts (so far, expected), each by its name for people. None where "energy", the part that varies most, is not known."""
    so_far = {name: amounts[0] for name, amounts in parts.items()}
    expected = {name: amounts[1] for name, amounts in parts.items()}
    return Total(_sum(so_far), _sum(expected), _unknown(so_far), _unknown(expected))


def _sum(parts: dict[str, float | None]) -> float | None:
    known = [amount for amount in parts.values() if amount is not None]
    return None if parts["energy"] is None else sum(known)


def _unknown(parts: dict[str, float | None]) -> tuple[str, ...]:
    return tuple(name for name, amount in parts.items() if amount is None)
