"""Signing in at a vendor by OAuth: the installation's application there, and the tokens that each home was given."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.types import Encrypted, UtcDateTime


class VendorApplication(Base):
    """The application that this installation has at a vendor: its names in the open, its secret and private key encrypted."""

    __tablename__ = "vendor_application"

    vendor: Mapped[str] = mapped_column(String(40), primary_key=True)  # a brand's key
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"), index=True)  # who entered it, and may change it
    config: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    # JSON object. Deferred: a lost key then stops the use of the application, not the page on which it is entered anew.
    secrets: Mapped[str | None] = mapped_column(Encrypted, deferred=True)
    progress: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # what was checked and registered, and when
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SignIn(Base):
    """The rotating tokens of one home at one vendor. One process at a time renews them: the row says which, and until when."""

    __tablename__ = "sign_in"

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    vendor: Mapped[str] = mapped_column(String(40), primary_key=True)  # a brand's key
    tokens: Mapped[str | None] = mapped_column(Encrypted, deferred=True)  # JSON object; NULL before the first sign-in
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # of the access token
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    held_by: Mapped[str | None] = mapped_column(String(32))  # who renews them now
    held_until: Mapped[datetime | None] = mapped_column(UtcDateTime)  # from then on anybody may: the holder was killed
    pending: Mapped[str | None] = mapped_column(Encrypted, deferred=True)  # JSON object: a sign-in that was begun in a browser
