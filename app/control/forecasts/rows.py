"""Forecasts in the tables: one row per issue, its points compressed."""

import json
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, undefer

from app.domain.forecasts.series import PowerInterval, TemperatureInterval
from app.models.site_forecast import (
    LOAD,
    SOLAR,
    TEMPERATURE,
    ForecastCalls,
    OutdoorTemperature,
    SiteForecast,
    SiteForecastSample,
    SiteForecastScore,
)

KEPT = timedelta(days=30)
SCORES_KEPT = timedelta(days=396)
CALLS_KEPT = timedelta(days=7)


def keep_power(
    session: Session, site_id: int, quantity: str, source: str, setup: str, issued_at: datetime, intervals: Sequence[PowerInterval]
) -> None:
    """Store a forecast of solar or load power (at least one interval, in order). The caller commits."""
    points = [
        [_seconds(each.start), _seconds(each.end), _tenth(each.power_w), _tenth(each.low_w), _tenth(each.high_w)] for each in intervals
    ]
    _keep(session, site_id, quantity, source, setup, issued_at, intervals[-1].end, points)


def keep_temperatures(
    session: Session, site_id: int, source: str, setup: str, issued_at: datetime, intervals: Sequence[TemperatureInterval]
) -> None:
    """Store a forecast of the temperature (at least one interval, in order). The caller commits."""
    points = [[_seconds(each.start), _seconds(each.end), round(each.temperature_c, 2)] for each in intervals]
    _keep(session, site_id, TEMPERATURE, source, setup, issued_at, intervals[-1].end, points)


def _keep(
    session: Session, site_id: int, quantity: str, source: str, setup: str, issued_at: datetime, ends_at: datetime, points: list[Any]
) -> None:
    issued_at = issued_at.replace(microsecond=0)
    known = select(SiteForecast).where(
        SiteForecast.site_id == site_id, SiteForecast.quantity == quantity, SiteForecast.issued_at == issued_at
    )
    row = session.scalars(known).one_or_none()
    if row is None:
        row = SiteForecast(site_id=site_id, quantity=quantity, issued_at=issued_at)
        session.add(row)
    row.source, row.setup, row.ends_at = source, setup, ends_at
    row.points = zlib.compress(json.dumps(points, separators=(",", ":")).encode(), 6)


def newest(session: Session, site_id: int, quantity: str, setup: str | None = None) -> SiteForecast | None:
    """The last forecast that was issued, of one setup where it is named, with its points still closed."""
    query = select(SiteForecast).where(SiteForecast.site_id == site_id, SiteForecast.quantity == quantity)
    if setup is not None:
        query = query.where(SiteForecast.setup == setup)
    return session.scalars(query.order_by(SiteForecast.issued_at.desc()).limit(1)).one_or_none()


def issued_between(session: Session, site_id: int, quantity: str, since: datetime, until: datetime) -> list[SiteForecast]:
    """The forecasts issued in `[since, until]`, oldest first, with their points."""
    query = (
        select(SiteForecast)
        .where(
            SiteForecast.site_id == site_id,
            SiteForecast.quantity == quantity,
            SiteForecast.issued_at >= since,
            SiteForecast.issued_at <= until,
        )
        .order_by(SiteForecast.issued_at)
        .options(undefer(SiteForecast.points))
    )
    return list(session.scalars(query))


def power_of(row: SiteForecast) -> tuple[PowerInterval, ...]:
    """The intervals of a solar or load forecast, in order."""
    if row.quantity not in (SOLAR, LOAD):
        raise ValueError(f"a forecast of {row.quantity} has no power")
    return tuple(
        PowerInterval(_instant(start), _instant(end), power_w, low_w, high_w) for start, end, power_w, low_w, high_w in _points(row)
    )


def temperatures_of(row: SiteForecast) -> tuple[TemperatureInterval, ...]:
    """The intervals of a temperature forecast, in order."""
    return tuple(TemperatureInterval(_instant(start), _instant(end), degrees) for start, end, degrees in _points(row))


def forget(session: Session, now: datetime) -> None:
    """Delete what has been kept long enough. The caller commits."""
    session.execute(delete(SiteForecast).where(SiteForecast.issued_at < now - KEPT))
    session.execute(delete(SiteForecastSample).where(SiteForecastSample.start < now - KEPT))
    session.execute(delete(SiteForecastScore).where(SiteForecastScore.day < (now - SCORES_KEPT).date()))
    session.execute(delete(OutdoorTemperature).where(OutdoorTemperature.start < now - SCORES_KEPT))
    session.execute(delete(ForecastCalls).where(ForecastCalls.day < (now - CALLS_KEPT).date()))


def _points(row: SiteForecast) -> list[Any]:
    points: list[Any] = json.loads(zlib.decompress(row.points))
    return points


def _seconds(instant: datetime) -> float:
    """Whole seconds stay whole: sources cut time at odd seconds, but not finer."""
    return round(instant.timestamp())


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _tenth(power_w: float | None) -> float | None:
    return None if power_w is None else round(power_w, 1)
