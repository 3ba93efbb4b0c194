"""The first plan of each day: what the day was expected to be, before anything of it was known."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.control.planning.store import plan_of
from app.domain.battery_plan import BatteryPlan
from app.domain.spans import DAY, midnight
from app.models.plan import Plan


def first_plans(session: Session, site_id: int, days: Sequence[date], zone: ZoneInfo) -> dict[date, BatteryPlan]:
    """The first that was made on each of `days`, which follow one another; a day without one is left out."""
    start, end = midnight(days[0], zone), midnight(days[-1] + DAY, zone)
    rows = session.execute(
        select(Plan.id, Plan.made_at)
        .where(Plan.site_id == site_id, Plan.made_at >= start, Plan.made_at < end)
        .order_by(Plan.made_at.desc())
    )
    first = {made_at.astimezone(zone).date(): plan_id for plan_id, made_at in rows}
    if not first:
        return {}
    found = {row.id: row for row in session.scalars(select(Plan).where(Plan.id.in_(first.values())))}
    return {day: plan_of(found[plan_id]) for day, plan_id in sorted(first.items())}


def local_day(instant: datetime, zone: ZoneInfo) -> date:
    return instant.astimezone(zone).date()
