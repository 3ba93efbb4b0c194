"""Roll-ups by the local day, from the 5-minute records: energy, and money in three ways. History pages answer from them.

The running day is made anew at each turn, a day that is over once more when its last readings are in, and again when a price settles late
or the owner corrects what it was computed with."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.control.connections import load
from app.control.observe import feed_row, settings_of
from app.domain.bill_rules import BillRules
from app.domain.spans import DAY, midnight
from app.models.connection import Connection
from app.models.energy import EnergyInterval
from app.models.price import Price, PriceFeed
from app.models.site import Site
from app.models.summary import DayCost, DaySummary
from app.services.battery_model import known_battery
from app.services.records import FIVE_MINUTES_KEPT
from app.services.summaries.basis import Basis, basis_of
from app.services.summaries.day import Before, Made, make_day

RulesOf = Callable[[Connection], BillRules | None]
"""The bill rules of a retailer connection, None where it has none. Raises CredentialsRefused when its stored key cannot be read."""

LATE = timedelta(minutes=45)  # after its end the last readings of a day are in
SETTLES_WITHIN = timedelta(days=8)  # a price that settles later than this changes nothing any more
MOST_DAYS = 31  # per turn, so that a long past does not hold up the present
KEEPS = 0.98  # a day over is not replaced by one that knows the price of less than this share of it


def bring_up(session: Session, site: Site, now: datetime, rules_of: RulesOf) -> int:
    """Make the days that are due, the oldest first, and the running one. Returns how many are left. Commits per day, so that
    nobody waits long for the database."""
    zone = ZoneInfo(site.timezone)
    today = now.astimezone(zone).date()
    first = _first_day(session, site.id, now, zone)
    if first is None:
        return 0
    settings = settings_of(session, site.id)
    retailer = load(session, site.id, "retailer")
    feed = feed_row(session, retailer) if retailer is not None else None
    basis = basis_of(settings, known_battery(session, site.id, settings), retailer, rules_of)
    due = _due(session, site, feed, basis, first, today, now)
    for day in [*due[:MOST_DAYS], *([today] if today not in due[:MOST_DAYS] else [])]:
        before = _before(session, site.id, day)
        _store(session, site.id, make_day(session, site, day, basis, retailer, feed, before, now), is_over=day < today)
        session.commit()
    return max(len(due) - MOST_DAYS, 0)


def outdate(session: Session, site_id: int, day: date, zone: ZoneInfo) -> None:
    """Records of `day` came in after it was made: the next turn makes it anew. The caller commits."""
    query = update(DaySummary).where(DaySummary.site_id == site_id, DaySummary.day == day)
    session.execute(query.values(made_at=midnight(day, zone)))


def _first_day(session: Session, site_id: int, now: datetime, zone: ZoneInfo) -> date | None:
    """The first whole day of which 5-minute records are kept."""
    earliest = session.scalar(select(func.min(EnergyInterval.start)).where(EnergyInterval.site_id == site_id, EnergyInterval.minutes == 5))
    if earliest is None:
        return None
    kept_from = (now - FIVE_MINUTES_KEPT).astimezone(zone).date() + 2 * DAY  # before that a day may lose its morning at any time
    day: date = earliest.astimezone(zone).date()
    return max(day, kept_from)


def _due(session: Session, site: Site, feed: PriceFeed | None, basis: Basis, first: date, today: date, now: datetime) -> list[date]:
    zone = ZoneInfo(site.timezone)
    rows = session.execute(
        select(DaySummary.day, DaySummary.basis, DaySummary.made_at).where(DaySummary.site_id == site.id, DaySummary.day >= first)
    ).all()
    made = {row.day: row for row in rows}
    settled = _settled_since(session, feed, max((row.made_at for row in rows), default=now), now, zone)
    days = [first + number * DAY for number in range((today - first).days + 1)]

    def is_due(day: date) -> bool:
        row = made.get(day)
        if row is None or day == today or day in settled:
            return True
        return row.made_at < midnight(day + DAY, zone) + LATE or basis.outdates(row.basis)

    return [day for day in days if is_due(day)]


def _settled_since(session: Session, feed: PriceFeed | None, since: datetime, now: datetime, zone: ZoneInfo) -> set[date]:
    """The days of which prices came in since the last turn."""
    if feed is None:
        return set()
    starts = session.scalars(
        select(Price.start).where(Price.feed_id == feed.id, Price.start >= now - SETTLES_WITHIN, Price.start < now, Price.as_of >= since)
    )
    return {each.astimezone(zone).date() for each in starts}


def _before(session: Session, site_id: int, day: date) -> Before:
    """What the days before hand on."""
    yesterday = session.get(DaySummary, (site_id, day - DAY))
    used = session.execute(
        select(DayCost.way, func.sum(DayCost.free_wh))
        .where(DayCost.site_id == site_id, DayCost.day >= day.replace(day=1), DayCost.day < day)
        .group_by(DayCost.way)
    )
    stored_wh = session.scalar(
        select(DayCost.stored_wh)
        .where(DayCost.site_id == site_id, DayCost.day < day, DayCost.stored_wh.is_not(None))
        .order_by(DayCost.day.desc())
        .limit(1)
    )
    return Before(
        soc_pct=yesterday.soc_last_pct if yesterday is not None else None,
        stored_wh=stored_wh,
        free_used_wh={way: float(wh) for way, wh in used},
    )


def _store(session: Session, site_id: int, made: Made, *, is_over: bool) -> None:
    """In the place of what was there, but for a day whose prices are not all kept any more: such a day stays as it was."""
    old = session.get(DaySummary, (site_id, made.summary.day))
    if is_over and old is not None and made.summary.priced_s < KEEPS * old.priced_s:
        old.basis, old.made_at = made.summary.basis, made.summary.made_at
        return
    session.execute(delete(DayCost).where(DayCost.site_id == site_id, DayCost.day == made.summary.day))
    session.merge(made.summary)
    session.flush()
    session.add_all(made.costs)
    session.flush()


def until_of(now: datetime) -> datetime:
    """How far the records reach at `now` when all is well."""
    since_s = (now - timedelta(minutes=2)).timestamp()
    return datetime.fromtimestamp(since_s - since_s % 300, UTC)


__all__ = ["RulesOf", "bring_up", "until_of"]
