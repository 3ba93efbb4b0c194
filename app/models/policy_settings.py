"""The owner's settings of each policy."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.types import UtcDateTime


class PolicySettings(Base):
    """One policy's settings of one site, validated before they are stored; a policy without a row has its defaults."""

    __tablename__ = "policy_settings"

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    policy: Mapped[str] = mapped_column(String(40), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)  # of the settings' form
    revision: Mapped[int] = mapped_column(Integer, default=1)  # counts the owner's changes: a stale form is refused
    values: Mapped[dict[str, Any]] = mapped_column("settings", JSON)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
