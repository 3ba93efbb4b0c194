"""The wholesale price that a policy looks at."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.control.price_rows import stored_intervals
from app.domain.prices import Quality
from app.domain.settings.aemo_spike import MARKET, AemoSpike
from app.domain.snapshot import SpotPrice
from app.models.price import PriceFeed

LOOK_BACK = timedelta(hours=1)
PER_MWH = 10.0  # c/kWh → $/MWh


def spot_price(session: Session, settings: AemoSpike, now: datetime) -> SpotPrice | None:
    """The newest wholesale price of the region that the owner's spike settings name, however old; None while none has come."""
    if not settings.enabled:
        return None
    feed = session.scalars(select(PriceFeed).where(PriceFeed.key == f"{MARKET}:{settings.region}")).one_or_none()
    if feed is None:
        return None
    measured = (Quality.SETTLED, Quality.CURRENT)
    recent = stored_intervals(session, feed, MARKET, now - LOOK_BACK, now + timedelta(seconds=1))
    newest = max((each for each in recent if each.quality in measured), key=lambda each: each.start, default=None)
    if newest is None or newest.spot_c_per_kwh is None:
        return None
    return SpotPrice(settings.region, newest.start, newest.end, newest.spot_c_per_kwh * PER_MWH)
