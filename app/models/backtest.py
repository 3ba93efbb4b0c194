"""Backtests that were asked for on a page, and their results."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.types import UtcDateTime

WAITING, RUNNING, DONE, FAILED, CANCELLED = "waiting", "running", "done", "failed", "cancelled"


class Backtest(Base):
    """One request: the scheduler works it off. Kept 30 days; the file that came with it goes when it is over."""

    __tablename__ = "backtest"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'running', 'done', 'failed', 'cancelled')", name="state_is_known"),
        Index("ix_backtest_site_id_asked_at", "site_id", "asked_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked: Mapped[dict[str, Any]] = mapped_column(JSON)  # span, strategies, size, minutes
    file_name: Mapped[str | None] = mapped_column(String(120))
    file: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)  # compressed text
    state: Mapped[str] = mapped_column(String(9))
    attempts: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)  # days, of `total`; 0 of 0 before it has begun
    total: Mapped[int] = mapped_column(default=0)
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when the worker last said that it lives
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    problem: Mapped[str | None] = mapped_column(Text)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON, deferred=True)  # what `flask backtest --json` prints
