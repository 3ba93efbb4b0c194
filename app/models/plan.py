"""Plans of the battery as they were made: the newest is carried out, the older ones are compared with what came."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Float, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.types import UtcDateTime


class Plan(Base):
    """One plan. Kept 2 days, then one an hour for 30 days."""

    __tablename__ = "plan"
    __table_args__ = (Index("ix_plan_site_id_made_at", "site_id", "made_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    cost_c: Mapped[float] = mapped_column(Float)  # expected of the whole span
    without_plan_c: Mapped[float] = mapped_column(Float)  # with the battery left to itself
    without_battery_c: Mapped[float] = mapped_column(Float)
    body: Mapped[bytes] = mapped_column(LargeBinary)  # the whole plan, compressed JSON of the domain
    lost_c: Mapped[float] = mapped_column(Float, default=0.0)  # what staying with the present command has cost since it began


class PlanProblem(Base):
    """Why the last try to make a plan made none; no row while plans are made."""

    __tablename__ = "plan_problem"

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    code: Mapped[str] = mapped_column(String(40))  # of app.domain.sentences
    params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
