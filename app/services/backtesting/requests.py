"""Backtests that a page asks for: recorded, looked at, cancelled; the scheduler works them off, one at a time."""

import zlib
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from app.models.backtest import CANCELLED, FAILED, RUNNING, WAITING, Backtest
from app.models.site import Site
from app.optimizer.backtest import Strategy
from app.services.backtesting.home import Size
from app.services.backtesting.meter import FileRefused, NotBacktestable
from app.services.backtesting.run import Asked
from app.services.backtesting.source import LARGEST_FILE

KEPT = timedelta(days=30)
SILENT_FOR = timedelta(minutes=3)  # a worker that was killed says nothing any more: its work is begun anew
MOST_ATTEMPTS = 3
MOST_ROWS = 20  # shown
STOPPED = "PowerSync was stopped each time while this ran"


def ask(session: Session, site: Site, asked: Asked, file: bytes | None, file_name: str, now: datetime) -> Backtest:
    """Record a request. Raises NotBacktestable where another one is under way, and for a file that is no text. Commits."""
    asked.size.check()
    if not asked.strategies:
        raise NotBacktestable("Choose at least one strategy.")
    alive = select(Backtest.id).where(Backtest.site_id == site.id, Backtest.state.in_((WAITING, RUNNING)))
    if session.scalar(alive.limit(1)) is not None:
        raise NotBacktestable("Another one is under way. Wait for its end, or cancel it.")
    row = Backtest(
        site_id=site.id,
        asked_at=now,
        asked=_to_json(asked),
        file_name=file_name[-120:] if file else None,
        file=zlib.compress(text_of(file).encode()) if file else None,
        state=WAITING,
    )
    session.add(row)
    session.commit()
    return row


def text_of(file: bytes) -> str:
    """The text of an uploaded file. Raises FileRefused."""
    if len(file) > LARGEST_FILE:
        raise FileRefused([f"The file is larger than {LARGEST_FILE // 1_000_000} MB."])
    try:
        return file.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileRefused(["The file is not UTF-8 text."]) from None


def _to_json(asked: Asked) -> dict[str, Any]:
    return {
        "from": asked.first.isoformat() if asked.first else None,
        "to": asked.last.isoformat() if asked.last else None,
        "strategies": [each.value for each in asked.strategies],
        "capacity_kwh": asked.size.capacity_kwh,
        "power_kw": asked.size.power_kw,
        "minutes": asked.minutes,
    }


def asked_of(row: Backtest) -> Asked:
    """What a row asks for; reads its file."""
    stored = row.asked
    return Asked(
        date.fromisoformat(stored["from"]) if stored["from"] else None,
        date.fromisoformat(stored["to"]) if stored["to"] else None,
        tuple(Strategy(each) for each in stored["strategies"]),
        Size(stored["capacity_kwh"], stored["power_kw"]),
        stored["minutes"],
        zlib.decompress(row.file).decode() if row.file is not None else None,
    )


def of_site(session: Session, site_id: int) -> Sequence[Backtest]:
    """The newest first."""
    query = select(Backtest).where(Backtest.site_id == site_id).order_by(Backtest.asked_at.desc(), Backtest.id.desc())
    return session.scalars(query.limit(MOST_ROWS)).all()


def one_of(session: Session, site_id: int, backtest_id: int) -> Backtest | None:
    row = session.get(Backtest, backtest_id)
    return row if row is not None and row.site_id == site_id else None


def cancel(session: Session, site_id: int, backtest_id: int, now: datetime) -> bool:
    """End one that has not ended; its worker notices within seconds. Commits."""
    ended = session.execute(
        update(Backtest)
        .where(Backtest.id == backtest_id, Backtest.site_id == site_id, Backtest.state.in_((WAITING, RUNNING)))
        .values(state=CANCELLED, ended_at=now, file=None)
    )
    session.commit()
    return _hit(ended)


def is_any_free(session: Session, site_ids: Collection[int], now: datetime) -> bool:
    """Whether there is something to claim. Only reads."""
    return session.scalar(select(Backtest.id).where(Backtest.site_id.in_(site_ids), _is_free(now)).limit(1)) is not None


def claim(session: Session, site_ids: Collection[int], now: datetime) -> int | None:
    """Take the oldest request of these sites that nobody works on, so that nobody else does; None where there is none. Commits."""
    query = select(Backtest.id, Backtest.attempts).where(Backtest.site_id.in_(site_ids), _is_free(now))
    row = session.execute(query.order_by(Backtest.asked_at, Backtest.id).limit(1)).first()
    if row is None:
        session.rollback()
        return None
    if row.attempts >= MOST_ATTEMPTS:
        end(session, row.id, FAILED, now, problem=STOPPED)
        return None
    taken = session.execute(
        update(Backtest)
        .where(Backtest.id == row.id, _is_free(now))
        .values(state=RUNNING, seen_at=now, attempts=row.attempts + 1, done=0, total=0)
    )
    session.commit()
    return row.id if _hit(taken) else None


def _is_free(now: datetime) -> ColumnElement[bool]:
    return or_(Backtest.state == WAITING, (Backtest.state == RUNNING) & (Backtest.seen_at < now - SILENT_FOR))


def progress(session: Session, backtest_id: int, done: int, total: int, now: datetime) -> bool:
    """Say how far it is. False: it was cancelled. Commits."""
    told = session.execute(
        update(Backtest).where(Backtest.id == backtest_id, Backtest.state == RUNNING).values(done=done, total=total, seen_at=now)
    )
    session.commit()
    return _hit(told)


def end(
    session: Session, backtest_id: int, state: str, now: datetime, *, result: dict[str, Any] | None = None, problem: str | None = None
) -> None:
    """It is over; one that was cancelled stays so. The file is not kept. Commits."""
    session.execute(
        update(Backtest)
        .where(Backtest.id == backtest_id, Backtest.state == RUNNING)
        .values(state=state, ended_at=now, result=result, problem=problem, file=None)
    )
    session.commit()


def forget_old(session: Session, now: datetime) -> None:
    """Results are kept for 30 days. The caller commits."""
    session.execute(delete(Backtest).where(Backtest.asked_at < now - KEPT))


def _hit(result: Any) -> bool:
    return isinstance(result, CursorResult) and result.rowcount == 1
