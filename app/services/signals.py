"""Telling the scheduler that something of a site changed: a counter in a row, and on PostgreSQL a notification at once."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.models.control import Signal

CHANNEL = "powersync"


def ring(session: Session, site_id: int, fetch_asked_at: datetime | None = None) -> None:
    """Wake the loop for a site once the caller commits. `fetch_asked_at`: fetch prices first ("sync now")."""
    row = session.get(Signal, site_id)
    if row is None:
        row = Signal(site_id=site_id, count=0)
        session.add(row)
    row.count += 1
    row.fetch_asked_at = fetch_asked_at or row.fetch_asked_at
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_notify(:channel, :site)"), {"channel": CHANNEL, "site": str(site_id)})
