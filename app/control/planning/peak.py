"""The highest import of the billing month so far, which a demand charge is paid for anyway."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.settings.demand import Demand
from app.domain.snapshot import Snapshot
from app.models.energy import EnergyInterval

HALF_HOURS_AN_HOUR = 2


def peak_so_far_w(session: Session, site_id: int, snapshot: Snapshot) -> float:
    """The highest half-hour inside the owner's peak windows since the billing month began, mean W; 0 where none was measured."""
    demand = snapshot.settings.of(Demand)
    if not demand.enabled:
        return 0.0
    start = _month_began(demand.billing_day, snapshot.now, snapshot.zone)
    rows = session.execute(
        select(EnergyInterval.start, EnergyInterval.import_wh).where(
            EnergyInterval.site_id == site_id, EnergyInterval.minutes == 30, EnergyInterval.start >= start
        )
    )
    return max((row.import_wh * HALF_HOURS_AN_HOUR for row in rows if _is_inside(demand, row.start.astimezone(snapshot.zone))), default=0.0)


def _month_began(billing_day: int, now: datetime, zone: ZoneInfo) -> datetime:
    today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    if today.day >= billing_day:
        return today.replace(day=billing_day)
    return (today.replace(day=1) - timedelta(days=1)).replace(day=billing_day)


def _is_inside(demand: Demand, local: datetime) -> bool:
    return any(window.covers(local.date(), local.time()) for window in demand.peak_windows)
