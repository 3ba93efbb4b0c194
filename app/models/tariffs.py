"""Plans that the owner keeps: tariffs as the battery held them, plans of fixed prices, and prices that hold once."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Float, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.types import UtcDateTime


class SavedTariff(Base):
    """A battery's tariff as it was read, kept under a name. It can be given back to a battery of the same brand."""

    __tablename__ = "saved_tariff"
    __table_args__ = (UniqueConstraint("site_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    note: Mapped[str] = mapped_column(Text, default="")
    brand: Mapped[str] = mapped_column(String(40))  # of the battery that held it
    tariff: Mapped[dict[str, Any]] = mapped_column(JSON)  # in that brand's own form
    is_default: Mapped[bool] = mapped_column(default=False)  # what the owner's settings go back to; one a site at most
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)


class TouPlan(Base):
    """A plan of fixed prices that the owner wrote. The active one is that of the site's retailer connection."""

    __tablename__ = "tou_plan"
    __table_args__ = (UniqueConstraint("site_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    plan: Mapped[dict[str, Any]] = mapped_column(JSON)  # the settings of the custom plan's retailer, as in a site file
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    activated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # last time


class PriceOverride(Base):
    """A price that the owner knows better, for one stretch of time: a free hour, an event. NULL leaves that side as it is."""

    __tablename__ = "price_override"
    __table_args__ = (CheckConstraint("import_c IS NOT NULL OR feed_in_c IS NOT NULL", name="says_something"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), index=True)
    start: Mapped[datetime] = mapped_column(UtcDateTime)
    end: Mapped[datetime] = mapped_column(UtcDateTime)  # excluded
    import_c: Mapped[float | None] = mapped_column(Float)
    feed_in_c: Mapped[float | None] = mapped_column(Float)
    note: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
