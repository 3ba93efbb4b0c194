"""Prices that the owner knows better for one stretch of time: recorded here, applied wherever prices are read."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models.site import Site
from app.models.tariffs import PriceOverride
from app.services.signals import ring

LONGEST = timedelta(days=31)
FURTHEST = timedelta(days=60)  # how far ahead one may begin
LEAST_C, MOST_C = -1000.0, 10_000.0
MOST_AT_ONCE = 50
LONGEST_NOTE = 200


class OverrideRefused(Exception):
    """The price cannot be recorded, in words."""


def add(
    session: Session,
    site: Site,
    start: datetime,
    end: datetime,
    now: datetime,
    *,
    import_c: float | None = None,
    feed_in_c: float | None = None,
    note: str = "",
) -> PriceOverride:
    """Record that these prices (c/kWh; None: as it is) hold in `[start, end)`, aware instants. Commits. Raises OverrideRefused."""
    _check_time(start, end, now)
    for name, price_c in (("import", import_c), ("feed-in", feed_in_c)):
        if price_c is not None and not LEAST_C <= price_c <= MOST_C:
            raise OverrideRefused(f"the {name} price must be {LEAST_C:.0f} to {MOST_C:.0f} c/kWh")
    if import_c is None and feed_in_c is None:
        raise OverrideRefused("enter an import price, a feed-in price or both")
    if len(note) > LONGEST_NOTE:
        raise OverrideRefused(f"the note may have {LONGEST_NOTE} characters")
    waiting = session.scalar(select(func.count()).where(PriceOverride.site_id == site.id, PriceOverride.end > now)) or 0
    if waiting >= MOST_AT_ONCE:
        raise OverrideRefused(f"there are {MOST_AT_ONCE} such prices already; remove one first")
    row = PriceOverride(site_id=site.id, start=start, end=end, import_c=import_c, feed_in_c=feed_in_c, note=note.strip(), created_at=now)
    session.add(row)
    ring(session, site.id)
    session.commit()
    return row


def _check_time(start: datetime, end: datetime, now: datetime) -> None:
    if end <= start:
        raise OverrideRefused("the end must be after the start")
    if end - start > LONGEST:
        raise OverrideRefused(f"it may last {LONGEST.days} days at most")
    if start > now + FURTHEST:
        raise OverrideRefused(f"it may begin {FURTHEST.days} days ahead at most")
    if end <= now:
        raise OverrideRefused("this time is over already")


def standing(session: Session, site_id: int, now: datetime) -> list[PriceOverride]:
    """The site's prices that hold now or will, in the order in which they begin."""
    query = select(PriceOverride).where(PriceOverride.site_id == site_id, PriceOverride.end > now)
    return list(session.scalars(query.order_by(PriceOverride.start, PriceOverride.id)))


def end_now(session: Session, site_id: int, override_id: int, now: datetime) -> bool:
    """End one at this moment; what it said of the time before stays. One that has not begun is removed. Commits.
    False where the site has none of that number that is not over."""
    row = _of_site(session, site_id, override_id)
    if row is None or row.end <= now:
        return False
    if row.start >= now:
        session.delete(row)
    else:
        row.end = now
    ring(session, site_id)
    session.commit()
    return True


def remove(session: Session, site_id: int, override_id: int) -> bool:
    """Remove one as if it had never been entered. Commits. False where the site has none of that number."""
    row = _of_site(session, site_id, override_id)
    if row is None:
        return False
    session.delete(row)
    ring(session, site_id)
    session.commit()
    return True


def _of_site(session: Session, site_id: int, override_id: int) -> PriceOverride | None:
    query = select(PriceOverride).where(PriceOverride.id == override_id, PriceOverride.site_id == site_id)
    return session.scalars(query).one_or_none()
