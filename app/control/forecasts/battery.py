"""What a home's battery truly is, from its own records."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.control.forecasts.measured import battery_history
from app.domain.forecasts.battery_fit import BatteryFit, fit_battery

LEARNT_FROM = timedelta(days=28)


def learnt_battery(session: Session, site_id: int, now: datetime) -> BatteryFit:
    """From the 5-minute records of the last 28 days; what they do not show is None."""
    return fit_battery(list(battery_history(session, site_id, now - LEARNT_FROM, now)))
