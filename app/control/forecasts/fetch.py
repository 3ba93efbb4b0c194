"""A solar forecast from its source into the tables. Feed jobs alone call this; what reads it reads what is stored."""

from datetime import datetime, timedelta

from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.control.connections import Opener, fingerprint, may_ask, note_answer, note_failure, split_secrets
from app.control.forecasts import calls
from app.control.forecasts.rows import keep_power, keep_temperatures, newest
from app.control.forecasts.setup import setup_of
from app.control.surroundings import Surroundings
from app.domain.brands import Brand
from app.domain.forecasts.load_samples import LEARNT_FROM
from app.domain.forecasts.series import mean_temperature_c
from app.feeds.forecasts.source import DailyLimitReached, SolarAnswer, SolarSource, SourceState
from app.models.connection import Connection
from app.models.site_forecast import SOLAR, OutdoorTemperature
from app.transports.errors import VendorError

HOUR = timedelta(hours=1)
TOLD_AGAIN = timedelta(hours=6)  # temperatures of the last hours are analysed anew


def fetch_due(around: Surroundings, opener: Opener, connection_id: int, now: datetime) -> SolarAnswer | None:
    """Ask the source if that is due, and store the answer; None when nothing was asked or given, with the reason kept at the connection.

    The last forecast stays, with its age."""
    with around.reading() as session:
        connection = session.get(Connection, connection_id)
        if connection is None or not may_ask(connection, now):
            return None
    source: SolarSource | None = None
    try:
        with around.reading() as session:
            connection = session.get_one(Connection, connection_id)
            source = opener.solar_source(connection)
            if not source.is_due(_state(session, connection, now), now):
                return None
            since = _temperatures_since(session, connection.site_id, now)
        if source.calls_per_day is not None:
            with around.session() as session:
                calls.spend(session, connection.brand, connection.account, source.calls_per_fetch, now)
        answer = source.fetch(now, since)
    except VendorError as error:
        with around.session() as session:
            _note_failure(session, session.get_one(Connection, connection_id), source, error, now)
            session.commit()
        return None
    with around.session() as session:
        connection = session.get_one(Connection, connection_id)
        note_answer(connection, now)
        _store(session, connection, answer)
        session.commit()
    return answer


def ask_source_once(around: Surroundings, brand: Brand, fields: BaseModel, source: SolarSource, now: datetime) -> SolarAnswer:
    """Everything ahead, asked for and not stored: for a test of a connection. Its calls count too. Raises a VendorError."""
    if source.calls_per_day is not None:
        account = fingerprint(split_secrets(fields)[1])
        with around.session() as session:
            if calls.made_today(session, brand.key, account, now) + source.calls_per_fetch > source.calls_per_day:
                raise DailyLimitReached(brand.vendor, "today's calls are used up; they begin anew at 00:00 UTC", HOUR.total_seconds())
            calls.spend(session, brand.key, account, source.calls_per_fetch, now)
    return source.fetch(now)


def _state(session: Session, connection: Connection, now: datetime) -> SourceState:
    last = newest(session, connection.site_id, SOLAR, setup_of(connection))
    made = calls.made_today(session, connection.brand, connection.account, now)
    return SourceState(last.issued_at if last is not None else None, made)


def _temperatures_since(session: Session, site_id: int, now: datetime) -> datetime:
    known = session.scalar(select(func.max(OutdoorTemperature.start)).where(OutdoorTemperature.site_id == site_id))
    return now - LEARNT_FROM if known is None else max(known - TOLD_AGAIN, now - LEARNT_FROM)


def _note_failure(session: Session, connection: Connection, source: SolarSource | None, error: VendorError, now: datetime) -> None:
    note_failure(connection, error, now)
    if connection.retry_at is None and source is not None:
        connection.retry_at = now + source.retry_after
    if isinstance(error, DailyLimitReached) and source is not None and source.calls_per_day is not None:
        calls.use_up(session, connection.brand, connection.account, source.calls_per_day, now)


def _store(session: Session, connection: Connection, answer: SolarAnswer) -> None:
    site_id, setup = connection.site_id, setup_of(connection)
    keep_power(session, site_id, SOLAR, connection.brand, setup, answer.as_of, answer.solar)
    ahead = [each for each in answer.temperatures if each.end > answer.as_of]
    if ahead:
        keep_temperatures(session, site_id, connection.brand, setup, answer.as_of, ahead)
    _keep_past_temperatures(session, site_id, answer)


def _keep_past_temperatures(session: Session, site_id: int, answer: SolarAnswer) -> None:
    """The hours that are over; what is told anew replaces what was told before."""
    if not answer.temperatures:
        return
    first = answer.temperatures[0].start
    start = first + timedelta(seconds=-first.timestamp() % HOUR.total_seconds())
    query = select(OutdoorTemperature).where(OutdoorTemperature.site_id == site_id, OutdoorTemperature.start >= start)
    known = {row.start: row for row in session.scalars(query)}
    while start + HOUR <= answer.as_of:
        degrees = mean_temperature_c(answer.temperatures, start, start + HOUR)
        if degrees is not None:
            row = known.get(start)
            if row is None:
                session.add(OutdoorTemperature(site_id=site_id, start=start, temperature_c=round(degrees, 2)))
            else:
                row.temperature_c = round(degrees, 2)
        start += HOUR
