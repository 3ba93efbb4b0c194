"""What a home measured, in the form that learning takes it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.forecasts.battery_fit import BatterySample
from app.domain.forecasts.load_samples import LoadSample
from app.domain.forecasts.solar_estimate import MeasuredSolar
from app.models.energy import EnergyInterval
from app.models.site_forecast import OutdoorTemperature

HALF_HOUR, FIVE_MINUTES = timedelta(minutes=30), timedelta(minutes=5)
LEAST_COVERED = 0.8  # of an interval: the rest is taken to be like it
FULL_PCT = 95.0  # from here on a battery takes less than the sun gives
STILL_WH = 10.0  # in a half-hour: 20 W, a meter's noise


def half_hours(session: Session, site_id: int, since: datetime, until: datetime) -> list[EnergyInterval]:
    """The half-hours that begin in `[since, until)` and were measured well enough, in order."""
    return _measured(session, site_id, HALF_HOUR, since, until)


def _measured(session: Session, site_id: int, length: timedelta, since: datetime, until: datetime) -> list[EnergyInterval]:
    query = (
        select(EnergyInterval)
        .where(
            EnergyInterval.site_id == site_id,
            EnergyInterval.minutes == round(length / timedelta(minutes=1)),
            EnergyInterval.start >= since,
            EnergyInterval.start < until,
            EnergyInterval.covered_s >= LEAST_COVERED * length.total_seconds(),
        )
        .order_by(EnergyInterval.start)
    )
    return list(session.scalars(query))


def solar_w(row: EnergyInterval) -> float:
    """Mean solar power of the measured part."""
    return max(0.0, row.solar_wh) * 3600 / row.covered_s


def load_w(row: EnergyInterval) -> float:
    """Mean load of the measured part."""
    return max(0.0, row.load_wh) * 3600 / row.covered_s


def may_be_held_back(row: EnergyInterval) -> bool:
    """Whether the sun may have had more to give: nothing went to or came from the grid, and no battery had room."""
    has_room = row.soc_pct is not None and row.soc_pct < FULL_PCT
    return row.solar_wh > STILL_WH and row.export_wh < STILL_WH and row.import_wh < STILL_WH and not has_room


def solar_history(session: Session, site_id: int, since: datetime, until: datetime) -> list[MeasuredSolar]:
    """What the sun was free to bring."""
    rows = half_hours(session, site_id, since, until)
    return [MeasuredSolar(row.start, row.start + HALF_HOUR, solar_w(row)) for row in rows if not may_be_held_back(row)]


def load_history(session: Session, site_id: int, since: datetime, until: datetime) -> list[LoadSample]:
    """What the home used, with the temperature outside where it is known. What a car took is not recorded yet."""
    query = select(OutdoorTemperature.start, OutdoorTemperature.temperature_c).where(
        OutdoorTemperature.site_id == site_id, OutdoorTemperature.start >= since - timedelta(hours=1), OutdoorTemperature.start < until
    )
    degrees = {row.start: row.temperature_c for row in session.execute(query)}
    rows = half_hours(session, site_id, since, until)
    return [LoadSample(row.start, load_w(row), None, degrees.get(row.start.replace(minute=0))) for row in rows]


def battery_history(session: Session, site_id: int, since: datetime, until: datetime) -> Iterator[BatterySample]:
    """Five minutes that were measured whole, with the charge at their end."""
    for row in _measured(session, site_id, FIVE_MINUTES, since, until):
        if row.soc_pct is not None and row.covered_s >= FIVE_MINUTES.total_seconds() - 1:
            yield BatterySample(row.start, row.charge_wh, row.discharge_wh, row.soc_pct)
