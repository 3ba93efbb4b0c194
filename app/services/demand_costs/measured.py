"""Import of half-hours, from the stored energy records; the running one also from the readings that are not rolled up yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.demand import HALF_HOUR_S, HalfHour, mean_kw
from app.domain.energy import HOLDS_FOR, PowerSample, integrate
from app.domain.tariffs.half_hourly import HALF_HOUR, half_hour_start
from app.models.energy import EnergyInterval, Reading

FIVE_MINUTES = timedelta(minutes=5)
JUST_BEGUN_S = 120.0  # measured less than this, a mean says nothing


@dataclass(frozen=True, slots=True)
class Running:
    """The half-hour that is not over yet: its mean so far, and what the half-hour comes to at least."""

    start: datetime
    end: datetime
    kw: float | None  # the mean so far, which is the result if it goes on like this; None while too little is measured
    least_kw: float  # what is imported already counts, even if nothing more comes


def half_hours(session: Session, site_id: int, start: datetime, end: datetime) -> Mapping[datetime, HalfHour]:
    """The measured half-hours that start in `[start, end)`, by their start. What was not measured is not in it."""
    rows = session.execute(
        select(EnergyInterval.start, EnergyInterval.import_wh, EnergyInterval.covered_s).where(
            EnergyInterval.site_id == site_id, EnergyInterval.minutes == 30, EnergyInterval.start >= start, EnergyInterval.start < end
        )
    )
    return {row.start: HalfHour(row.start, row.import_wh, row.covered_s) for row in rows}


def running_half_hour(session: Session, site_id: int, now: datetime) -> Running:
    """The 5-minute records of the half-hour of `now`, and the readings since the last of them."""
    start = half_hour_start(now)
    rows = session.execute(
        select(EnergyInterval.start, EnergyInterval.import_wh, EnergyInterval.covered_s).where(
            EnergyInterval.site_id == site_id, EnergyInterval.minutes == 5, EnergyInterval.start >= start, EnergyInterval.start < now
        )
    ).all()
    rolled_up_until = max((row.start + FIVE_MINUTES for row in rows), default=start)
    import_wh = sum(row.import_wh for row in rows)
    covered_s = float(sum(row.covered_s for row in rows))
    if rolled_up_until < now:
        since = integrate(_samples(session, site_id, rolled_up_until - HOLDS_FOR, now), rolled_up_until, now, now - rolled_up_until)[0]
        import_wh += since.import_wh
        covered_s += since.covered_s
    kw = mean_kw(import_wh, covered_s) if covered_s >= JUST_BEGUN_S else None
    return Running(start, start + HALF_HOUR, kw, mean_kw(import_wh, HALF_HOUR_S))


def _samples(session: Session, site_id: int, start: datetime, end: datetime) -> list[PowerSample]:
    rows = session.execute(
        select(Reading.taken_at, Reading.solar_w, Reading.grid_w, Reading.battery_w, Reading.load_w, Reading.soc_pct)
        .where(Reading.site_id == site_id, Reading.taken_at >= start, Reading.taken_at < end)
        .order_by(Reading.taken_at)
    )
    return [PowerSample(*row) for row in rows]
