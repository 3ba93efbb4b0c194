"""What was expected of a home's sun, air and load, when, and how far it was off."""

from datetime import date, datetime

from sqlalchemy import Date, Float, ForeignKey, LargeBinary, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.types import UtcSeconds

SOLAR, TEMPERATURE, LOAD = "solar", "temperature", "load"


class SiteForecast(Base):
    """One forecast of a home's solar power, outside temperature or load as it was issued, kept 30 days."""

    __tablename__ = "site_forecast"
    __table_args__ = (UniqueConstraint("site_id", "quantity", "issued_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    quantity: Mapped[str] = mapped_column(String(11))  # "solar", "temperature", "load"
    source: Mapped[str] = mapped_column(String(40))  # brand of the source; "history": learnt from the home itself
    setup: Mapped[str] = mapped_column(String(16))  # fingerprint of the source's settings: what is learnt of one does not hold for another
    issued_at: Mapped[datetime] = mapped_column(UtcSeconds)
    ends_at: Mapped[datetime] = mapped_column(UtcSeconds)
    points: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)  # compressed JSON


class SiteForecastSample(Base):
    """One half-hour as it was forecast at least so long before, and what came, mean W; kept 30 days to learn from."""

    __tablename__ = "site_forecast_sample"
    __table_args__ = ({"sqlite_with_rowid": False},)

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    quantity: Mapped[str] = mapped_column(String(11), primary_key=True)
    start: Mapped[datetime] = mapped_column(UtcSeconds, primary_key=True)  # of the half-hour
    lead_min: Mapped[int] = mapped_column(SmallInteger, primary_key=True)  # from the issue to the half-hour
    setup: Mapped[str] = mapped_column(String(16))
    forecast_w: Mapped[float] = mapped_column(Float)
    measured_w: Mapped[float] = mapped_column(Float)
    is_held_back: Mapped[bool]  # solar: it may have been kept below what the sun gave


class SiteForecastScore(Base):
    """Errors (forecast minus measured, W) of the half-hours that began on one UTC day, per lead time, kept 13 months."""

    __tablename__ = "site_forecast_score"
    __table_args__ = ({"sqlite_with_rowid": False},)

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    quantity: Mapped[str] = mapped_column(String(11), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    lead_min: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    count: Mapped[int]
    sum_w: Mapped[float] = mapped_column(Float)  # of the errors: their mean is the bias
    abs_sum_w: Mapped[float] = mapped_column(Float)
    measured_sum_w: Mapped[float] = mapped_column(Float)  # to say how large the errors are beside what came


class OutdoorTemperature(Base):
    """Mean temperature of one hour that is over, as the weather source tells it, kept 13 months."""

    __tablename__ = "outdoor_temperature"
    __table_args__ = ({"sqlite_with_rowid": False},)

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    start: Mapped[datetime] = mapped_column(UtcSeconds, primary_key=True)
    temperature_c: Mapped[float] = mapped_column(Float)


class ForecastCalls(Base):
    """Calls of one account at a forecast source on one UTC day, counted before they are made."""

    __tablename__ = "forecast_calls"

    brand: Mapped[str] = mapped_column(String(40), primary_key=True)
    account: Mapped[str] = mapped_column(String(32), primary_key=True)  # fingerprint of the key
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    calls: Mapped[int]
