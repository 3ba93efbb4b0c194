"""Telling the scheduler that something of a site changed: a counter in a row, and on PostgreSQL a notification at once."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.models.control import Signal
from app.models.first_row import insert_if_missing

CHANNEL = "powersync"


def ring(session: Session, site_id: int, fetch_asked_at: datetime | None = None) -> None:
    """Wake the loop for a site once the caller commits. `fetch_asked_at`: fetch prices first ("sync now")."""
    insert_if_missing(session, Signal, site_id=site_id, count=0)
    row = session.get_one(Signal, site_id, with_for_update=True)
    row.count += 1
    row.fetch_asked_at = fetch_asked_at or row.fetch_asked_at
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_notify(:channel, :site)"), {"channel": CHANNEL, "site": str(site_id)})
