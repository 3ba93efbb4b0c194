"""The few calls a day that a forecast source allows an account: counted in a table before they are made, so that a kill forgets none."""

from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from app.models.first_row import insert_if_missing
from app.models.site_forecast import ForecastCalls


def made_today(session: Session, brand: str, account: str, now: datetime) -> int:
    """Calls of the account on this UTC day."""
    row = session.get(ForecastCalls, (brand, account, _day(now)))
    return row.calls if row is not None else 0


def spend(session: Session, brand: str, account: str, calls: int, now: datetime) -> None:
    """Count `calls` before they are made. Commits."""
    row = _row(session, brand, account, now)
    row.calls += calls
    session.commit()


def use_up(session: Session, brand: str, account: str, calls_per_day: int, now: datetime) -> None:
    """The vendor says that the day's calls are used up, whoever made them. The caller commits."""
    row = _row(session, brand, account, now)
    row.calls = max(row.calls, calls_per_day)


def _row(session: Session, brand: str, account: str, now: datetime) -> ForecastCalls:
    insert_if_missing(session, ForecastCalls, brand=brand, account=account, day=_day(now), calls=0)
    return session.get_one(ForecastCalls, (brand, account, _day(now)), with_for_update=True)


def _day(now: datetime) -> date:
    return now.astimezone(UTC).date()
