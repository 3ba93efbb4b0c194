"""The past that a battery's maker remembers, put where this installation has no readings: before it began, and while it was off."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.control.connections import Opener, load, may_ask
from app.control.observe import price_book
from app.control.surroundings import Surroundings
from app.devices.capabilities import RemembersEnergy
from app.domain.energy import Energy
from app.models.connection import Connection
from app.models.energy import EnergyInterval
from app.models.site import Site
from app.services import summaries
from app.services.records import FIVE_MINUTES, HALF_HOUR, energy_row, half_hour_row
from app.transports.errors import VendorError

log = structlog.get_logger(__name__)

BACK: Final = timedelta(days=30)
SETTLES: Final = timedelta(hours=2)  # the newest hours are left to the readings and to the roll-up
AGAIN_AFTER: Final = timedelta(hours=6)
_WELL_MEASURED: Final = 0.9  # of a day or of 5 minutes: more is not asked for


@dataclass
class Asked:
    """When this process asked for a day, by connection and day: one that was over then is not asked for again until a restart."""

    at: dict[tuple[int, date], datetime] = field(default_factory=dict)

    def is_due(self, connection_id: int, day: date, over_at: datetime, now: datetime) -> bool:
        """A day that still ran is asked for again after some hours."""
        at = self.at.get((connection_id, day))
        return at is None or (at < over_at and now - at >= AGAIN_AFTER)


def fill(around: Surroundings, opener: Opener, connection_id: int, asked: Asked, clock: Callable[[], datetime]) -> date | None:
    """Ask for the newest day of the last 30 that is not well measured, and store what is missing of it. One call to the maker at most.

    Returns the day; None where there is nothing to do, the device does not remember, or the maker did not answer. Raises CredentialsRefused
    when the connection's stored key cannot be read."""
    now = clock()
    with around.reading() as session:
        connection = session.get(Connection, connection_id)
        if connection is None or connection.seen_at is None or not may_ask(connection, now):
            return None
        site = session.get_one(Site, connection.site_id)
        zone = ZoneInfo(site.timezone)
        day = _newest_gap(session, connection, zone, asked, now)
        battery: object = opener.battery(connection) if day is not None else None
    if day is None or not isinstance(battery, RemembersEnergy):
        return None
    asked.at[connection_id, day] = now
    start, end = _bounds(day, zone)
    end = min(end, _whole(now - SETTLES))
    try:
        remembered = battery.read_energy(day, zone, start, end)
    except VendorError as error:
        log.info("no history", connection=connection_id, day=day.isoformat(), problem=error.for_people())
        return None
    with around.session() as session:
        store(session, site.id, [each for each in remembered if start <= each.start and each.start + FIVE_MINUTES <= end], now)
        summaries.outdate(session, site.id, day, zone)
        session.commit()
    return day


def store(session: Session, site_id: int, remembered: list[Energy], now: datetime) -> None:
    """Put 5 minutes each where no reading covers them well, and make the half-hours anew. The caller commits."""
    if not remembered:
        return
    first, last = remembered[0].start, remembered[-1].start
    present = {row.start: row for row in _rows(session, site_id, first, last + FIVE_MINUTES)}
    retailer = load(session, site_id, "retailer")
    prices = price_book(session, retailer, now, since=first - HALF_HOUR) if retailer else None
    changed = set()
    for each in remembered:
        held = present.get(each.start)
        if held is not None and held.covered_s >= _WELL_MEASURED * FIVE_MINUTES.total_seconds():
            continue
        each.soc_pct = held.soc_pct if held is not None else each.soc_pct
        session.merge(energy_row(site_id, 5, each, prices))
        changed.add(each.start - timedelta(seconds=each.start.timestamp() % HALF_HOUR.total_seconds()))
    session.flush()
    for half_hour in sorted(changed):
        session.merge(half_hour_row(site_id, half_hour, _rows(session, site_id, half_hour, half_hour + HALF_HOUR)))


def _newest_gap(session: Session, connection: Connection, zone: ZoneInfo, asked: Asked, now: datetime) -> date | None:
    site_id, today = connection.site_id, now.astimezone(zone).date()
    for back in range(BACK.days):
        day = today - timedelta(days=back)
        start, over = _bounds(day, zone)
        end = min(over, _whole(now - SETTLES))
        if end <= start or not asked.is_due(connection.id, day, over + SETTLES, now):
            continue
        covered = session.scalar(
            select(func.sum(EnergyInterval.covered_s)).where(
                EnergyInterval.site_id == site_id, EnergyInterval.minutes == 5, EnergyInterval.start >= start, EnergyInterval.start < end
            )
        )
        if (covered or 0) < _WELL_MEASURED * (end - start).total_seconds():
            return day
    return None


def _rows(session: Session, site_id: int, start: datetime, end: datetime) -> list[EnergyInterval]:
    query = select(EnergyInterval).where(
        EnergyInterval.site_id == site_id, EnergyInterval.minutes == 5, EnergyInterval.start >= start, EnergyInterval.start < end
    )
    return list(session.scalars(query.order_by(EnergyInterval.start)))


def _bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """A local day in UTC; 23 to 25 hours."""
    following = day + timedelta(days=1)
    return (
        datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC),
        datetime(following.year, following.month, following.day, tzinfo=zone).astimezone(UTC),
    )


def _whole(instant: datetime) -> datetime:
    """The half-hour that has begun."""
    return instant - timedelta(seconds=instant.timestamp() % HALF_HOUR.total_seconds())
