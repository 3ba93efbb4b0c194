"""Commands of policies for devices that plan by time: told for two hours, and told anew in good time, so that a dead app sells or buys
for no longer than that."""

from datetime import datetime, timedelta

from app.domain.opinions import Wish

TOLD_FOR, RENEWED_WITHIN = timedelta(hours=2), timedelta(minutes=30)


def told_until(now: datetime, earlier: Wish | None) -> datetime:
    """When the device is told that it ends; `earlier`: the wish that this one goes on with."""
    told = earlier.told_until if earlier is not None else None
    return told if told is not None and told - now >= RENEWED_WITHIN else now + TOLD_FOR


def told_since(began_at: datetime, until: datetime | None) -> datetime:
    """From when the device is told that it holds: what has been renewed since begins at its renewal, not hours ago."""
    return began_at if until is None else max(began_at, until - TOLD_FOR)
