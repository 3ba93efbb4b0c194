"""The demand charge of a home: where its billing month stands, what its peak is and costs, and what the whole month comes to."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.control.observe import charges_of, settings_of
from app.domain.demand import (
    Billed,
    Cost,
    Cycle,
    HalfHour,
    Peak,
    Stretch,
    billed_half_hours,
    cost_of,
    coverage_pct,
    cycle_of,
    dearest,
    next_stretch,
    peaks,
    running_stretch,
)
from app.domain.settings.demand import Demand
from app.domain.tariffs.half_hourly import half_hour_start
from app.models.connection import Connection
from app.models.price import PriceFeed
from app.models.site import Site
from app.services.demand_costs.measured import Running, half_hours, running_half_hour
from app.services.demand_costs.month import Energy, Supply, Total, energy_of, supply_of, total_of

__all__ = ["DayPeak", "DemandMonth", "demand_month"]


@dataclass(frozen=True, slots=True)
class DayPeak:
    """The half-hour of a local day that costs most. `is_billed`: the day has hours in a window. `peak` is None where none was measured."""

    day: date
    is_billed: bool
    peak: Peak | None
    coverage_pct: float | None  # of its billed half-hours that are over


@dataclass(frozen=True)
class DemandMonth:
    """The billing month of one home at one moment."""

    site: Site
    now: datetime
    zone: ZoneInfo
    settings: Demand
    cycle: Cycle
    today: date
    running_window: Stretch | None  # the window that bills now
    next_window: Stretch | None
    has_windows: bool  # whether the billing month has billed half-hours at all
    running: Running
    peaks: tuple[Peak, ...]  # one per window name
    coverage_pct: float | None  # of the billed half-hours that are over; None before the first
    cost: Cost
    days: tuple[DayPeak, ...]  # of the billing month, up to today
    supply: Supply
    energy: Energy
    total: Total

    @property
    def days_to_reset(self) -> int:
        return self.cycle.days_to_reset(self.today)

    @property
    def dearest(self) -> Peak | None:
        """The peak that costs most."""
        return dearest(self.peaks)

    @property
    def peak_to_beat(self) -> Peak | None:
        """The peak of the window that bills now."""
        running = self.running_window
        return next((peak for peak in self.peaks if running is not None and peak.period is running.window.name), None)


def demand_month(session: Session, site: Site, now: datetime) -> DemandMonth:
    """Read and put together."""
    zone, book = ZoneInfo(site.timezone), settings_of(session, site.id)
    settings, today = book.of(Demand), now.astimezone(zone).date()
    cycle = cycle_of(today, settings.billing_day)
    start, end = cycle.bounds(zone)
    measured = half_hours(session, site.id, start, half_hour_start(now))
    billed = tuple(billed_half_hours(settings, zone, start, end)) if settings.enabled else ()
    over = tuple(each for each in billed if each.start < half_hour_start(now))
    found = peaks(over, measured)
    cost = cost_of(settings, cycle, today, found, has_begun=bool(over), has_windows=bool(billed))
    supply = supply_of(charges_of(book, _feed(session, site.id)), cycle, today)
    energy = energy_of(session, site.id, cycle, zone, now)
    parts: dict[str, tuple[float | None, float | None]] = {
        "energy": (energy.net_c, energy.expected_c),
        "supply charges": (supply.so_far_c, supply.month_c),
        "the demand charge": (cost.so_far_c, cost.expected_c),
    }
    return DemandMonth(
        site=site,
        now=now,
        zone=zone,
        settings=settings,
        cycle=cycle,
        today=today,
        running_window=running_stretch(settings, zone, now) if settings.enabled else None,
        next_window=next_stretch(settings, zone, now) if settings.enabled else None,
        has_windows=bool(billed),
        running=running_half_hour(session, site.id, now),
        peaks=found,
        coverage_pct=coverage_pct(over, measured),
        cost=cost,
        days=_days(cycle, today, billed, over, measured),
        supply=supply,
        energy=energy,
        total=total_of(parts),
    )


def _days(
    cycle: Cycle, today: date, billed: Sequence[Billed], over: Sequence[Billed], measured: Mapping[datetime, HalfHour]
) -> tuple[DayPeak, ...]:
    billed_days = {each.day for each in billed}
    over_by_day: dict[date, list[Billed]] = defaultdict(list)
    for each in over:
        over_by_day[each.day].append(each)
    days = [cycle.first + timedelta(days=number) for number in range(cycle.days_begun(today))]
    return tuple(_day(day, day in billed_days, over_by_day[day], measured) for day in days)


def _day(day: date, is_billed: bool, over: Sequence[Billed], measured: Mapping[datetime, HalfHour]) -> DayPeak:
    return DayPeak(day, is_billed, dearest(peaks(over, measured)), coverage_pct(over, measured))


def _feed(session: Session, site_id: int) -> PriceFeed | None:
    """The price feed of the home's first retailer."""
    first = select(Connection.id).where(Connection.site_id == site_id, Connection.role == "retailer").order_by(Connection.id).limit(1)
    return session.scalars(select(PriceFeed).where(PriceFeed.connection_id == first.scalar_subquery())).one_or_none()
