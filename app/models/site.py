"""A home, which owns connections, settings and records, and the people who may see or steer it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base
from app.models.types import UtcDateTime
from app.models.user import User

CONTROL_ON, CONTROL_WATCH = "on", "watch"
OWNER, VIEWER = "owner", "viewer"


class Site(Base):
    """One home. The command line names it by `name`, which is therefore unique."""

    __tablename__ = "site"
    __table_args__ = (CheckConstraint("control IN ('on', 'watch')", name="control_is_known"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    timezone: Mapped[str] = mapped_column(String(64))  # IANA, "Australia/Sydney"
    currency: Mapped[str] = mapped_column(String(3), default="AUD")  # ISO 4217
    control: Mapped[str] = mapped_column(String(5), default=CONTROL_WATCH)  # "on", or "watch": read and plan, send nothing
    max_import_w: Mapped[int | None]  # the fuse
    max_export_w: Mapped[int | None]  # what the network lets the home export
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    memberships: Mapped[list["Membership"]] = relationship(back_populates="site", cascade="all, delete-orphan", passive_deletes=True)


class Membership(Base):
    """What one account may do with one site: an owner everything, a viewer look."""

    __tablename__ = "membership"
    __table_args__ = (CheckConstraint("role IN ('owner', 'viewer')", name="role_is_known"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(6), default=OWNER)
    user: Mapped[User] = relationship()
    site: Mapped[Site] = relationship(back_populates="memberships")
