"""How a site reaches one retailer or device: a row per vendor, not a column per vendor."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.types import Encrypted, UtcDateTime


class Connection(Base):
    """One vendor in one role. What is secret of its fields stands encrypted in `secrets`, the rest in `config`."""

    __tablename__ = "connection"
    __table_args__ = (UniqueConstraint("site_id", "role", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), index=True)
    role: Mapped[str] = mapped_column(String(20))  # "retailer", "battery", "inverter", "charger", "solar_forecast"
    key: Mapped[str] = mapped_column(String(40), default="")  # tells several of one role apart
    brand: Mapped[str] = mapped_column(String(40))  # key in the registry
    config: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    # JSON object of the secret fields. Deferred: a lost key then stops the use of a connection, not the reading of everything beside it.
    secrets: Mapped[str | None] = mapped_column(Encrypted, deferred=True)
    # JSON object of what the driver learned: a token that rotates, the certificate of the device. Linking the device again forgets it.
    learned: Mapped[str | None] = mapped_column(Encrypted, deferred=True)
    account: Mapped[str] = mapped_column(String(32), default="")  # fingerprint of the secret: shared budgets without the secret
    timezone: Mapped[str | None] = mapped_column(String(64))  # as the vendor tells it
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # Health, as shown to the owner
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # last good answer
    problem: Mapped[str | None] = mapped_column(Text)  # the last failure in words, None when the last call went well
    problem_kind: Mapped[str | None] = mapped_column(String(40))  # name of the vendor error
    problem_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    retry_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # not asked before
    stream_state: Mapped[str | None] = mapped_column(String(20))  # "live", "silent", "down", "refused"
    stream_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # last message of the stream
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # firmware, capacity … as last read
    facts_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
