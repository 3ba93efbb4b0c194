"""Signing in and out: the password, and sessions kept on the server."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.models.second_factor import AuthenticatorApp
from app.models.session import WebSession
from app.models.user import User
from app.services import tries
from app.services.accounts import hash_token
from app.services.passwords import Passwords

IDLE_REMEMBERED = timedelta(days=30)
IDLE_NOT_REMEMBERED = timedelta(hours=12)
ABSOLUTE = timedelta(days=90)
RECENT = timedelta(minutes=10)  # how long an entered password counts for secrets and control
SEEN_EVERY = timedelta(minutes=5)  # last_seen_at is not written more often


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who the browser is. A value, not a row: holding it keeps no transaction open. Flask-Login asks for the four members below."""

    id: int
    email: str
    session_id: int
    reauthenticated_at: datetime
    last_seen_at: datetime
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        return str(self.id)

    def entered_password_recently(self, now: datetime) -> bool:
        return now - self.reauthenticated_at <= RECENT

    def was_seen_long_ago(self, now: datetime) -> bool:
        return now - self.last_seen_at >= SEEN_EVERY


class SignInRefused(Exception):
    """The address, the password or the code is wrong; of the first two it is not said which."""


def check_password(session: Session, passwords: Passwords, email: str, password: str, ip: str, now: datetime) -> int:
    """The id of the account. Each try is counted before it is checked, so that many at once gain nothing. Commits.

    Raises TooManyTries, SignInRefused.
    """
    email = email.strip().lower()
    user = session.execute(select(User.id, User.password_hash).where(User.email == email)).first()
    buckets = tries.buckets_of(session, email, user.id if user else None, ip)
    session.rollback()
    tries.count(session, buckets, now)
    if not passwords.match(user.password_hash if user else None, password) or user is None:
        raise SignInRefused
    if asks_for_code(session, user.id):
        tries.give_back(session, buckets)
    else:
        tries.forgive(session, buckets)
    if user.password_hash is not None and passwords.is_outdated(user.password_hash):
        session.execute(update(User).where(User.id == user.id).values(password_hash=passwords.hash(password)))
    session.commit()
    return int(user.id)


def asks_for_code(session: Session, user_id: int) -> bool:
    """Whether the password alone does not sign the account in."""
    confirmed = select(AuthenticatorApp.user_id).where(AuthenticatorApp.user_id == user_id, AuthenticatorApp.confirmed_at.is_not(None))
    return session.scalar(confirmed) is not None


def start_session(session: Session, user_id: int, *, remember: bool, user_agent: str, ip: str, now: datetime) -> str:
    """Sign a browser in; returns the token for its cookie, which is not kept. Commits."""
    token = secrets.token_urlsafe(32)
    session.execute(delete(WebSession).where(WebSession.user_id == user_id, WebSession.expires_at < now - ABSOLUTE))
    session.add(
        WebSession(
            token_hash=hash_token(token),
            user_id=user_id,
            created_at=now,
            last_seen_at=now,
            expires_at=now + ABSOLUTE,
            reauthenticated_at=now,
            remember=remember,
            user_agent=user_agent[:255],
            ip=ip[:45],
        )
    )
    session.commit()
    return token


def signed_in(session: Session, token: str, now: datetime) -> SignedIn | None:
    """Whoever holds `token`, if the session lives: not revoked, not idle too long, not older than its end."""
    found = _live_session(session, token, now)
    if found is None:
        return None
    row, email = found
    return SignedIn(row.user_id, email, row.id, row.reauthenticated_at, row.last_seen_at)


def mark_seen(session: Session, session_id: int, now: datetime) -> None:
    """Commits."""
    session.execute(update(WebSession).where(WebSession.id == session_id).values(last_seen_at=now))
    session.commit()


@dataclass(frozen=True, slots=True)
class Renewed:
    """The new token of a session, and whether its cookie outlives the browser."""

    token: str
    remember: bool


def renew_after_password(session: Session, session_id: int, now: datetime) -> Renewed:
    """The password was entered again: the privilege rises, so the token changes. Commits."""
    token = secrets.token_urlsafe(32)
    remember = session.scalar(
        update(WebSession)
        .where(WebSession.id == session_id)
        .values(token_hash=hash_token(token), reauthenticated_at=now, last_seen_at=now)
        .returning(WebSession.remember)
    )
    session.commit()
    return Renewed(token, bool(remember))


def end_session(session: Session, user_id: int, session_id: int, now: datetime) -> bool:
    """Revoke one of the account's own sessions; False when it is not one of them. Commits."""
    ended = session.execute(
        update(WebSession)
        .where(WebSession.id == session_id, WebSession.user_id == user_id, WebSession.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(WebSession.id)
    ).first()
    session.commit()
    return ended is not None


def end_other_sessions(session: Session, user_id: int, keep_session_id: int, now: datetime) -> int:
    """Revoke all sessions of the account but one; returns how many ended. Commits."""
    ended = revoke_sessions(session, user_id, now, keep_session_id)
    session.commit()
    return ended


def revoke_sessions(session: Session, user_id: int, now: datetime, keep_session_id: int | None = None) -> int:
    """Revoke the sessions of the account, but for one; returns how many ended. The caller commits."""
    ended = session.execute(
        update(WebSession)
        .where(WebSession.user_id == user_id, WebSession.id != (keep_session_id or 0), WebSession.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(WebSession.id)
    ).all()
    return len(ended)


def sessions_of(session: Session, user_id: int, now: datetime) -> Sequence[WebSession]:
    """The account's living sessions, the latest first."""
    rows = session.scalars(
        select(WebSession).where(WebSession.user_id == user_id, WebSession.revoked_at.is_(None)).order_by(WebSession.last_seen_at.desc())
    ).all()
    return [row for row in rows if _lives(row, now)]


def _live_session(session: Session, token: str, now: datetime) -> tuple[WebSession, str] | None:
    found = session.execute(
        select(WebSession, User.email).join(User, User.id == WebSession.user_id).where(WebSession.token_hash == hash_token(token))
    ).first()
    return (found[0], found[1]) if found is not None and _lives(found[0], now) else None


def _lives(row: WebSession, now: datetime) -> bool:
    idle = IDLE_REMEMBERED if row.remember else IDLE_NOT_REMEMBERED
    return row.revoked_at is None and now < row.expires_at and now - row.last_seen_at < idle
