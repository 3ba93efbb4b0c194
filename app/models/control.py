"""What the loop remembers: wishes, what must be restored, what a device was told and seen to do, who may act."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.types import UtcDateTime


class OwnerWish(Base):
    """What the owner asked for by button, page or command, until a minute."""

    __tablename__ = "owner_wish"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), index=True)
    axis: Mapped[str] = mapped_column(String(40))
    command: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    until_soc_pct: Mapped[float | None]  # ends it before its time
    until_price_c: Mapped[float | None]  # the same, c/kWh


class PolicyWish(Base):
    """The wish that a policy held at the last tick: what it falls back on while it does not know."""

    __tablename__ = "policy_wish"

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    policy: Mapped[str] = mapped_column(String(40), primary_key=True)
    wish: Mapped[dict[str, Any]] = mapped_column(JSON)
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Baseline(Base):
    """The owner's own settings of a device. The presence of the row makes a later tick restore them."""

    __tablename__ = "baseline"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), primary_key=True)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    stored_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    refused: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # field → why the vendor would not take it back


class DeviceState(Base):
    """What a device was last told and last seen to hold."""

    __tablename__ = "device_state"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"), primary_key=True)
    # A tariff makes these two large: they are read where they are looked at, not with every row.
    found: Mapped[dict[str, Any] | None] = mapped_column(JSON, deferred=True)  # as last read
    found_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    confirmed: Mapped[dict[str, Any] | None] = mapped_column(JSON, deferred=True)  # as last read and accounted for (ours or the owner's)
    sent: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # field → values written and not yet confirmed, the newest last
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when the last write was read back
    attempts: Mapped[int] = mapped_column(Integer, default=0)  # of the present target, without confirmation
    next_try_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    problem: Mapped[str | None] = mapped_column(Text)
    problem_kind: Mapped[str | None] = mapped_column(String(40))
    drifts: Mapped[list[Any]] = mapped_column(JSON, default=list)  # [field, instant]: when a drift was put right
    replanned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class StandDown(Base):
    """A policy's wish that waits because somebody changed a setting that it needs."""

    __tablename__ = "stand_down"

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    policy: Mapped[str] = mapped_column(String(40), primary_key=True)
    changes: Mapped[list[Any]] = mapped_column(JSON)  # [{field, label, was, now}], values in words
    priority: Mapped[int] = mapped_column(Integer)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class LastDecision(Base):
    """What the last tick decided for a site: what the pages show as present."""

    __tablename__ = "last_decision"

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    policy: Mapped[str | None] = mapped_column(String(40))  # whose wish the battery follows, "owner" for a button, None for nobody's
    command: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # without the tariff's slots
    code: Mapped[str] = mapped_column(String(40))
    params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    began_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    wishes: Mapped[list[Any]] = mapped_column(JSON, default=list)
    limits: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    problems: Mapped[list[Any]] = mapped_column(JSON, default=list)  # [{code, params}] that hold something back


class Lease(Base):
    """Who may act on a site. The epoch grows with every change of holder and is checked right before each write."""

    __tablename__ = "lease"

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    holder: Mapped[str | None] = mapped_column(String(120))
    epoch: Mapped[int] = mapped_column(Integer, default=0)
    until: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class VendorBudget(Base):
    """Calls of one account to one vendor: counted, paused, broken off."""

    __tablename__ = "vendor_budget"

    vendor: Mapped[str] = mapped_column(String(40), primary_key=True)
    account: Mapped[str] = mapped_column(String(32), primary_key=True)
    day: Mapped[str] = mapped_column(String(10))
    calls: Mapped[int] = mapped_column(Integer, default=0)  # today
    commands: Mapped[int] = mapped_column(Integer, default=0)  # today
    failures: Mapped[int] = mapped_column(Integer, default=0)  # in a row
    not_before: Mapped[datetime | None] = mapped_column(UtcDateTime)


class JournalEntry(Base):
    """One change: what was wanted and why, what was sent, whether it took, and the snapshot from which it can be decided again."""

    __tablename__ = "journal_entry"
    __table_args__ = (Index("ix_journal_entry_site_at", "site_id", "at"), Index("ix_journal_entry_connection_id_id", "connection_id", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    connection_id: Mapped[int | None] = mapped_column(ForeignKey("connection.id", ondelete="SET NULL"))  # the device that it was sent to
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    kind: Mapped[str] = mapped_column(String(20))  # "decision", "tariff", "restore", "owner", "notice"
    code: Mapped[str] = mapped_column(String(40))  # of app.domain.sentences
    params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(String(12))  # "watched", "sent", "accepted", "confirmed", "effective", "failed", "told"
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # wishes, limits, clamps, changed settings, ages
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    effective_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    failure: Mapped[str | None] = mapped_column(Text)
    needs_owner: Mapped[bool] = mapped_column(default=False)
    snapshot: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)  # compressed JSON, kept 30 days


class TariffUpload(Base):
    """One tariff that was sent: each step from the retailer's price to what was read back."""

    __tablename__ = "tariff_upload"
    __table_args__ = (Index("ix_tariff_upload_site_at", "site_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    tariff: Mapped[dict[str, Any]] = mapped_column(JSON)  # the shaped tariff, as decided
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    moved_c: Mapped[float | None]  # the largest change of a slot to the one before


class Signal(Base):
    """Rung by pages and commands, heard by the scheduler: something of this site changed."""

    __tablename__ = "signal"

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    count: Mapped[int] = mapped_column(Integer, default=0)
    fetch_asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # "sync now": fetch prices before the tick
