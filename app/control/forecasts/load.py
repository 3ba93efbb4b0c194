"""The load forecast of a home: learnt anew each day from what it used."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.control.forecasts.measured import HALF_HOUR, load_history
from app.control.forecasts.rows import keep_power, newest, temperatures_of
from app.control.forecasts.setup import HISTORY
from app.domain.forecasts.load_profile import learn_load
from app.domain.forecasts.load_samples import LEARNT_FROM
from app.models.site import Site
from app.models.site_forecast import LOAD, TEMPERATURE

AHEAD = timedelta(hours=96)  # two days beyond the next issue


def renew_due(session: Session, site: Site, now: datetime) -> bool:
    """Learn and store the forecast of a new local day; returns whether one was stored. Commits.

    Nothing is stored for a home with too little history."""
    zone = ZoneInfo(site.timezone)
    last = newest(session, site.id, LOAD)
    if last is not None and timedelta(0) <= now - last.issued_at and last.issued_at.astimezone(zone).date() == now.astimezone(zone).date():
        return False
    profile = learn_load(load_history(session, site.id, now - LEARNT_FROM, now), zone, now)
    if profile is None:
        return False
    weather = newest(session, site.id, TEMPERATURE)
    temperatures = temperatures_of(weather) if weather is not None else ()
    first = now - timedelta(seconds=now.timestamp() % HALF_HOUR.total_seconds())
    starts = (first + number * HALF_HOUR for number in range(int(AHEAD / HALF_HOUR)))
    keep_power(session, site.id, LOAD, HISTORY, HISTORY, now, [profile.expected(start, temperatures) for start in starts])
    session.commit()
    return True
