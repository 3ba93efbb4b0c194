"""Energy and money of past days, as they are kept."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.energy import EnergyInterval
from app.models.site import Site

MINUTES = (5, 30)


def energy_of_days(session: Session, site: Site, first: date, days: int, minutes: int) -> Sequence[EnergyInterval]:
    """The intervals of `minutes` (5 or 30) that begin on `days` local days from `first` on, in order of time."""
    zone = ZoneInfo(site.timezone)
    try:
        start, end = _midnight(first, zone), _midnight(first + timedelta(days=days), zone)
    except OverflowError:
        return ()  # a day at the end of the calendar, of which nothing is kept
    chosen = (EnergyInterval.site_id == site.id, EnergyInterval.minutes == minutes)
    query = select(EnergyInterval).where(*chosen, EnergyInterval.start >= start, EnergyInterval.start < end)
    return session.scalars(query.order_by(EnergyInterval.start)).all()


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(0), zone)
