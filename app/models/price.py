"""Prices of a feed: one retailer connection of a site, or a market region that many sites share."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Float, ForeignKey, SmallInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.types import UtcDateTime, UtcSeconds


class PriceFeed(Base):
    """One source of prices and how it is doing."""

    __tablename__ = "price_feed"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)  # "connection:7", "aemo:NSW1"
    connection_id: Mapped[int | None] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), index=True)
    as_of: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when it last gave prices
    ahead_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when it last gave everything ahead
    known_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_published_ahead: Mapped[bool] = mapped_column(default=False)
    channels: Mapped[str] = mapped_column(String(60), default="import,feed_in")
    quarantined: Mapped[str | None] = mapped_column(Text)  # records refused in the last answer, in words
    daily_charge_c: Mapped[float | None] = mapped_column(Float)  # supply charges as the retailer states them
    monthly_charge_c: Mapped[float | None] = mapped_column(Float)
    plan: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # the whole plan where it is one of fixed prices, as JSON of the domain
    market: Mapped[str | None] = mapped_column(String(20))  # the region that its prices move with, "aemo:NSW1"
    relation: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # how they do, learnt from settled prices, as JSON of the domain
    relation_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Price(Base):
    """One interval. A forecast is replaced by the settled price of the same interval; a missing value stays NULL."""

    __tablename__ = "price"
    __table_args__ = ({"sqlite_with_rowid": False},)

    feed_id: Mapped[int] = mapped_column(ForeignKey("price_feed.id", ondelete="CASCADE"), primary_key=True)
    start: Mapped[datetime] = mapped_column(UtcSeconds, primary_key=True)
    minutes: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    import_c: Mapped[float | None] = mapped_column(Float)
    feed_in_c: Mapped[float | None] = mapped_column(Float)
    controlled_load_c: Mapped[float | None] = mapped_column(Float)
    quality: Mapped[str] = mapped_column(String(8))
    as_of: Mapped[datetime] = mapped_column(UtcSeconds)  # received
    import_low_c: Mapped[float | None] = mapped_column(Float)
    import_high_c: Mapped[float | None] = mapped_column(Float)
    feed_in_low_c: Mapped[float | None] = mapped_column(Float)
    feed_in_high_c: Mapped[float | None] = mapped_column(Float)
    spike: Mapped[str] = mapped_column(String(9), default="none")
    descriptor: Mapped[str | None] = mapped_column(String(20))
    renewables_pct: Mapped[float | None] = mapped_column(Float)
    spot_c: Mapped[float | None] = mapped_column(Float)  # the wholesale part, without tax
