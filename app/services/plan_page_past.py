"""Today so far: what was measured, beside what the first plan of the day expected."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.control.observe import price_book
from app.domain.battery_plan import BatteryPlan, PlannedAction
from app.domain.plan_compare import Expected, action_measured, expected
from app.domain.prices import PriceInterval
from app.domain.spans import midnight
from app.domain.tariffs.half_hourly import HALF_HOUR, half_hour_start
from app.models.energy import EnergyInterval
from app.services.overview.freshness import Freshness
from app.services.overview.stored import Stored
from app.services.plan_page_kept import first_plans, local_day

SHOWN_BACK = timedelta(hours=12)
STEP = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class ChargeAt:
    """The battery's charge at an instant."""

    at: datetime
    soc_pct: float


@dataclass(frozen=True, slots=True)
class HalfHourSoFar:
    """A half-hour that is over, or the part of it that is. None where nothing was measured."""

    start: datetime
    end: datetime
    did: PlannedAction | None
    soc_end_pct: float | None
    grid_wh: float | None  # + import
    covered_s: float
    planned: Expected | None  # None where the first plan of the day does not cover it


@dataclass(frozen=True)
class Today:
    """From the beginning of the day, 12 hours at most. Empty where nothing is known."""

    begin: datetime
    prices: tuple[PriceInterval, ...]
    charges: tuple[ChargeAt, ...]
    half_hours: tuple[HalfHourSoFar, ...]
    first_plan: BatteryPlan | None


def today_so_far(session: Session, found: Stored) -> Today:
    """Read and put together. What was not measured is left out."""
    now, zone = found.now, found.zone
    today = local_day(now, zone)
    begin = max(midnight(today, zone), half_hour_start(now) - SHOWN_BACK)
    first = first_plans(session, found.site.id, [today], zone).get(today)
    rows = session.scalars(
        select(EnergyInterval)
        .where(
            EnergyInterval.site_id == found.site.id, EnergyInterval.minutes == 5, EnergyInterval.start >= begin, EnergyInterval.start < now
        )
        .order_by(EnergyInterval.start)
    ).all()
    return Today(
        begin=begin,
        prices=_prices(session, found, begin),
        charges=_charges(rows, found),
        half_hours=tuple(_half_hours(rows, begin, now, first)),
        first_plan=first,
    )


def _prices(session: Session, found: Stored, begin: datetime) -> tuple[PriceInterval, ...]:
    book = price_book(session, found.retailer, found.now, begin, found.feed) if found.retailer is not None and found.feed else None
    return tuple(each for each in book.between(begin, found.now) if each.start < found.now) if book is not None else ()


def _charges(rows: Sequence[EnergyInterval], found: Stored) -> tuple[ChargeAt, ...]:
    known = [ChargeAt(row.start + STEP, row.soc_pct) for row in rows if row.soc_pct is not None]
    reading = found.reading
    if reading is not None and reading.soc_pct is not None and found.reading_state in (Freshness.FRESH, Freshness.LATE):
        known = [each for each in known if each.at < reading.taken_at]
        known.append(ChargeAt(reading.taken_at, reading.soc_pct))
    return tuple(known)


def _half_hours(rows: Sequence[EnergyInterval], begin: datetime, now: datetime, first: BatteryPlan | None) -> list[HalfHourSoFar]:
    by_half_hour: dict[datetime, list[EnergyInterval]] = {}
    for row in rows:
        by_half_hour.setdefault(half_hour_start(row.start), []).append(row)
    found, start = [], begin
    while start < now:
        end = min(start + HALF_HOUR, now)
        found.append(_half_hour(start, end, by_half_hour.get(start, []), first))
        start += HALF_HOUR
    return found


def _half_hour(start: datetime, end: datetime, rows: Sequence[EnergyInterval], first: BatteryPlan | None) -> HalfHourSoFar:
    covered_s = float(sum(row.covered_s for row in rows))
    planned = expected(first, start, end) if first is not None and first.made_at < end else None
    return HalfHourSoFar(
        start=start,
        end=end,
        did=action_measured(
            sum(row.solar_wh for row in rows),
            sum(row.load_wh for row in rows),
            sum(row.charge_wh for row in rows),
            sum(row.discharge_wh for row in rows),
            covered_s,
        ),
        soc_end_pct=next((row.soc_pct for row in reversed(rows) if row.soc_pct is not None), None),
        grid_wh=sum(row.import_wh - row.export_wh for row in rows) if covered_s else None,
        covered_s=covered_s,
        planned=planned if planned is not None and planned.covered_s > 0 else None,
    )
