"""Whether PowerSync works as a whole: the database answers and a scheduler lives."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.models.heartbeat import SCHEDULER, Heartbeat

SCHEDULER_SILENT_AFTER = timedelta(seconds=90)


@dataclass(frozen=True, slots=True)
class Health:
    """What was seen. `problems` is empty when all is well; its sentences name no internals."""

    problems: tuple[str, ...]
    scheduler_age: timedelta | None

    @property
    def is_good(self) -> bool:
        return not self.problems


def beat(session: Session, name: str, now: datetime, detail: str = "") -> None:
    """Say that the process `name` works. Commits."""
    session.merge(Heartbeat(name=name, at=now, detail=detail[:200]))
    session.commit()


def scheduler_heartbeat_age(session: Session, now: datetime) -> timedelta | None:
    """How long ago the scheduler last said that it works; None when it never did. Never negative."""
    at = session.scalar(select(Heartbeat.at).where(Heartbeat.name == SCHEDULER))
    return None if at is None else max(now - at, timedelta(0))


def check(session: Session, now: datetime) -> Health:
    """Look at the database and at the scheduler's heartbeat."""
    try:
        session.execute(text("SELECT 1"))
        age = scheduler_heartbeat_age(session, now)
    except SQLAlchemyError:
        return Health(("The database does not answer.",), None)
    if age is None:
        return Health(("No scheduler has started yet.",), None)
    if age > SCHEDULER_SILENT_AFTER:
        return Health((f"The scheduler was last seen {age.total_seconds():.0f} s ago.",), age)
    return Health((), age)
