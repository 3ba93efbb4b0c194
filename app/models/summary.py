"""Roll-ups by the local day: what history pages answer from."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, Float, ForeignKey, ForeignKeyConstraint, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.types import UtcSeconds


class DaySummary(Base):
    """Energy of one local day, as far as it was measured. A day without a row was not measured at all"""

    __tablename__ = "day_summary"
    __table_args__ = ({"sqlite_with_rowid": False},)

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    covered_s: Mapped[int] = mapped_column(Integer)  # measured
    priced_s: Mapped[int] = mapped_column(Integer)  # measured, and the settled price is known
    solar_wh: Mapped[float] = mapped_column(Float)
    import_wh: Mapped[float] = mapped_column(Float)
    export_wh: Mapped[float] = mapped_column(Float)
    charge_wh: Mapped[float] = mapped_column(Float)
    discharge_wh: Mapped[float] = mapped_column(Float)
    load_wh: Mapped[float] = mapped_column(Float)
    soc_first_pct: Mapped[float | None] = mapped_column(Float)
    soc_last_pct: Mapped[float | None] = mapped_column(Float)
    soc_low_pct: Mapped[float | None] = mapped_column(Float)
    soc_high_pct: Mapped[float | None] = mapped_column(Float)
    basis: Mapped[str] = mapped_column(String(16))  # fingerprint of the settings that the day was computed with
    made_at: Mapped[datetime] = mapped_column(UtcSeconds)


class DayCost(Base):
    """Money of one local day at the grid meter: as metered, without a battery, with the battery left to itself"""

    __tablename__ = "day_cost"
    __table_args__ = (
        ForeignKeyConstraint(["site_id", "day"], ["day_summary.site_id", "day_summary.day"], ondelete="CASCADE"),
        {"sqlite_with_rowid": False},
    )

    site_id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    way: Mapped[str] = mapped_column(String(12), primary_key=True)  # "metered", "no_battery", "on_its_own"
    import_wh: Mapped[float] = mapped_column(Float)  # of what has a price
    export_wh: Mapped[float] = mapped_column(Float)
    import_c: Mapped[float] = mapped_column(Float)
    feed_in_c: Mapped[float] = mapped_column(Float)
    credit_c: Mapped[float] = mapped_column(Float)
    free_wh: Mapped[float] = mapped_column(Float)  # of the month's pool of free energy
    stored_wh: Mapped[float | None] = mapped_column(Float)  # left in the simulated battery at the end; NULL without one
    gained_wh: Mapped[float | None] = mapped_column(Float)  # how much more the battery held at the end than at the beginning
    peaks: Mapped[list[dict[str, Any]]] = mapped_column(JSON)  # demand peaks of the day, as JSON of the domain
