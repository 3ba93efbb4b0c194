"""Browsers between the two steps of signing in: the password was right, the code is still asked for."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.models.second_factor import HalfSignIn
from app.models.user import User
from app.services.accounts import hash_token

OPEN_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Halfway:
    """Whose code is asked for."""

    user_id: int
    email: str
    remember: bool


def begin(session: Session, user_id: int, *, remember: bool, now: datetime) -> str:
    """Returns the token for the browser's cookie, which is not kept. Commits."""
    token = secrets.token_urlsafe(32)
    session.execute(delete(HalfSignIn).where(HalfSignIn.expires_at < now))
    session.add(HalfSignIn(token_hash=hash_token(token), user_id=user_id, remember=remember, expires_at=now + OPEN_FOR))
    session.commit()
    return token


def find(session: Session, token: str, now: datetime) -> Halfway | None:
    """Whoever holds `token`, for 10 minutes after the password and not after a new one was set."""
    row = session.execute(
        select(HalfSignIn.user_id, User.email, HalfSignIn.remember, HalfSignIn.expires_at, User.password_set_at)
        .join(User, User.id == HalfSignIn.user_id)
        .where(HalfSignIn.token_hash == hash_token(token))
    ).first()
    if row is None or row.expires_at <= now or (row.password_set_at and row.password_set_at > row.expires_at - OPEN_FOR):
        return None
    return Halfway(row.user_id, row.email, row.remember)


def end(session: Session, token: str) -> bool:
    """Both steps are done; False when somebody else was quicker with the same token. Commits."""
    done = session.execute(delete(HalfSignIn).where(HalfSignIn.token_hash == hash_token(token)).returning(HalfSignIn.user_id)).first()
    session.commit()
    return done is not None
