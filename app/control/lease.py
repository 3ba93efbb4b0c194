"""Who may act on a site: a row per site with holder, epoch and end. Exactly one holder acts, and proves it right before each write."""

import os
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.models.control import Lease
from app.models.site import Site

TERM = timedelta(seconds=90)  # a killed holder's lease ends after this time


def holder_name(role: str) -> str:
    """This process: role, host, process id and when it started, so that a successor on the same host can see that it is gone."""
    return f"{role}@{socket.gethostname()}:{os.getpid()}:{_started_at(os.getpid())}"


@dataclass(frozen=True, slots=True)
class Grant:
    """The right to act on a site until the lease ends; `epoch` is checked at each write."""

    site_id: int
    holder: str
    epoch: int


class LeaseHeld(Exception):
    """Another live process acts on this site."""

    def __init__(self, holder: str) -> None:
        super().__init__(holder)
        self.holder = holder


def take(session: Session, site_id: int, holder: str, now: datetime) -> Grant:
    """Take or renew the lease of a site. Raises LeaseHeld while another live process holds it. Commits."""
    row = session.get(Lease, site_id)
    if row is None:
        if session.get(Site, site_id) is None:
            raise KeyError(f"there is no site {site_id}")
        row = Lease(site_id=site_id, holder=None, epoch=0, until=now)
        session.add(row)
        try:
            session.flush()
        except IntegrityError:
            session.rollback()
            raise LeaseHeld("another process") from None
    if row.holder == holder and row.until > now:
        epoch = row.epoch
    elif row.holder is not None and row.until > now and not is_gone(row.holder):
        raise LeaseHeld(row.holder)
    else:
        epoch = row.epoch + 1
    taken = session.execute(
        update(Lease)
        .where(Lease.site_id == site_id, Lease.epoch == row.epoch, Lease.holder == row.holder if row.holder else Lease.holder.is_(None))
        .values(holder=holder, epoch=epoch, until=now + TERM)
        .execution_options(synchronize_session=False)
    )
    session.commit()
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise LeaseHeld("another process")
    return Grant(site_id, holder, epoch)


def take_all(session: Session, holder: str, now: datetime) -> list[Grant]:
    """Renew what `holder` has and take what is free; what another live process holds is left out. Commits."""
    session.execute(update(Lease).where(Lease.holder == holder, Lease.until > now).values(until=now + TERM))
    session.commit()
    held = {row.site_id: row for row in session.scalars(select(Lease))}
    grants = []
    for site_id in session.scalars(select(Site.id).order_by(Site.id)):
        row = held.get(site_id)
        if row is not None and row.holder == holder and row.until > now:
            grants.append(Grant(site_id, holder, row.epoch))
            continue
        try:
            grants.append(take(session, site_id, holder, now))
        except LeaseHeld:
            continue
    return grants


def still_holds(session: Session, grant: Grant) -> bool:
    """Whether `grant` is in force: asked right before each write. The epoch decides, whatever the clocks say."""
    row = session.execute(select(Lease.holder, Lease.epoch).where(Lease.site_id == grant.site_id)).one_or_none()
    return row is not None and row.holder == grant.holder and row.epoch == grant.epoch


def release(session: Session, holder: str, now: datetime) -> None:
    """Give back all leases of `holder`. Commits."""
    session.execute(update(Lease).where(Lease.holder == holder).values(until=now, holder=None))
    session.commit()


def is_gone(holder: str) -> bool:
    """Whether `holder` was a process of this host that no longer runs; of another host nothing is known, so False."""
    try:
        place, pid, started = holder.rsplit("@", 1)[1].rsplit(":", 2)
    except (IndexError, ValueError):
        return False
    if place != socket.gethostname() or not pid.isdigit():
        return False
    return _started_at_now(int(pid)) != started


@cache
def _started_at(pid: int) -> str:
    return _started_at_now(pid)


def _started_at_now(pid: int) -> str:
    """When a process of this host started, in clock ticks since boot; "" when it does not run (Linux: proc(5), field 22 of stat)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return "" if Path("/proc/self").exists() or not _runs(pid) else "?"
    fields = stat.rsplit(")", 1)[1].split()
    return "" if fields[0] in "ZX" else fields[19]  # a zombie runs no more, it only waits to be counted


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
