"""What the meters said: raw readings for 60 days, 5-minute energy for 13 months, half-hourly energy for ever."""

from datetime import date, datetime

from sqlalchemy import Boolean, Date, Float, ForeignKey, Integer, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.types import UtcSeconds


class Reading(Base):
    """One live reading, W and percent; NULL where the device gave no value."""

    __tablename__ = "reading"
    __table_args__ = ({"sqlite_with_rowid": False},)

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    taken_at: Mapped[datetime] = mapped_column(UtcSeconds, primary_key=True)
    solar_w: Mapped[int | None] = mapped_column(Integer)
    grid_w: Mapped[int | None] = mapped_column(Integer)
    battery_w: Mapped[int | None] = mapped_column(Integer)
    load_w: Mapped[int | None] = mapped_column(Integer)
    soc_pct: Mapped[float | None] = mapped_column(Float)
    on_grid: Mapped[bool | None] = mapped_column(Boolean)


class EnergyInterval(Base):
    """Energy and money of 5 or 30 minutes, integrated from readings. `covered_s` says how much of it was measured."""

    __tablename__ = "energy_interval"
    __table_args__ = ({"sqlite_with_rowid": False},)

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    minutes: Mapped[int] = mapped_column(SmallInteger, primary_key=True)  # 5 or 30
    start: Mapped[datetime] = mapped_column(UtcSeconds, primary_key=True)
    covered_s: Mapped[int] = mapped_column(SmallInteger)
    solar_wh: Mapped[float] = mapped_column(Float)
    import_wh: Mapped[float] = mapped_column(Float)
    export_wh: Mapped[float] = mapped_column(Float)
    charge_wh: Mapped[float] = mapped_column(Float)
    discharge_wh: Mapped[float] = mapped_column(Float)
    load_wh: Mapped[float] = mapped_column(Float)
    soc_pct: Mapped[float | None] = mapped_column(Float)  # at the end
    import_cost_c: Mapped[float | None] = mapped_column(Float)  # NULL where the price was not known
    feed_in_earned_c: Mapped[float | None] = mapped_column(Float)


class BatteryHealth(Base):
    """What a battery holds when full, day by day, against what it held when new."""

    __tablename__ = "battery_health"
    __table_args__ = ({"sqlite_with_rowid": False},)

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), primary_key=True)
    on: Mapped[date] = mapped_column(Date, primary_key=True)  # UTC
    rated_wh: Mapped[float | None] = mapped_column(Float)
    measured_wh: Mapped[float] = mapped_column(Float)
