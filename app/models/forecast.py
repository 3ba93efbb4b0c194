"""What was forecast, kept until it is settled, and how far it was off."""

from datetime import date, datetime

from sqlalchemy import Date, Float, ForeignKey, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.types import UtcSeconds


class ForecastSample(Base):
    """The price of one half-hour as it was forecast so long before. Deleted once it is scored."""

    __tablename__ = "forecast_sample"
    __table_args__ = ({"sqlite_with_rowid": False},)

    feed_id: Mapped[int] = mapped_column(ForeignKey("price_feed.id", ondelete="CASCADE"), primary_key=True)
    start: Mapped[datetime] = mapped_column(UtcSeconds, primary_key=True)  # of the half-hour
    lead_min: Mapped[int] = mapped_column(SmallInteger, primary_key=True)  # from the half-hour in which it was forecast
    import_c: Mapped[float] = mapped_column(Float)
    feed_in_c: Mapped[float] = mapped_column(Float)


class ForecastScore(Base):
    """Errors (forecast minus settled, c/kWh) of the half-hours that settled on one UTC day, per lead time."""

    __tablename__ = "forecast_score"
    __table_args__ = ({"sqlite_with_rowid": False},)

    feed_id: Mapped[int] = mapped_column(ForeignKey("price_feed.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    lead_min: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    count: Mapped[int]
    import_sum_c: Mapped[float] = mapped_column(Float)  # of the errors: their mean is the bias
    import_abs_sum_c: Mapped[float] = mapped_column(Float)
    feed_in_sum_c: Mapped[float] = mapped_column(Float)
    feed_in_abs_sum_c: Mapped[float] = mapped_column(Float)
