"""The second step of signing in: an authenticator app, the codes for when it is lost, and who stands between the two steps."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.types import Encrypted, UtcDateTime


class AuthenticatorApp(Base):
    """The key that an account shares with an authenticator app (TOTP, RFC 6238). It counts once a code of it has been entered."""

    __tablename__ = "authenticator_app"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    # Base32. Deferred: a lost encryption key then stops the codes, not the question whether a code is needed.
    secret: Mapped[str] = mapped_column(Encrypted, deferred=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # None while it is being set up
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)  # 30-second step of the newest code that was taken: none is taken twice


class RecoveryCode(Base):
    """One code that works once instead of the app's. Only its SHA-256 is stored."""

    __tablename__ = "recovery_code"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class HalfSignIn(Base):
    """A browser whose password was right and whose code is still asked for. Its cookie holds a random token, stored as SHA-256."""

    __tablename__ = "half_sign_in"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    remember: Mapped[bool] = mapped_column(default=False)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
