"""Policies that the owner tries out: for some minutes a policy acts as if its moment had come."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.control import OwnerWish

TEST_AXIS = "test"  # a wish of the owner's on "test:aemo_spike" is such a trial


def tests_running(session: Session, site_id: int, now: datetime) -> dict[str, datetime]:
    """The policies that are tried out at the moment, each until when."""
    alive = (OwnerWish.site_id == site_id, OwnerWish.ended_at.is_(None), OwnerWish.expires_at > now)
    rows = session.execute(select(OwnerWish.axis, OwnerWish.expires_at).where(*alive, OwnerWish.axis.like(f"{TEST_AXIS}:%")))
    return {row.axis.partition(":")[2]: row.expires_at for row in rows}
