"""The people who sign in."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String, true
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.types import UtcDateTime


class User(Base):
    """An account. Without `password_hash` (created with a site file) nobody can sign in until a password is set on the command line."""

    __tablename__ = "user"
    __table_args__ = (CheckConstraint("email = lower(email)", name="email_is_lower_case"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)  # lower case: app.services.accounts.normal_email()
    password_hash: Mapped[str | None] = mapped_column(String(255))  # argon2id, in the PHC string form
    password_set_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    may_add_homes: Mapped[bool] = mapped_column(default=True, server_default=true())  # False: came by an invitation, and only looks
