"""Signing in and out: sessions kept on the server, and counters that make guessing slow without locking the owner out."""

import hashlib
import ipaddress
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.models.first_row import insert_if_missing
from app.models.session import LoginAttempt, WebSession
from app.models.user import User
from app.services.accounts import hash_token
from app.services.passwords import Passwords

IDLE_REMEMBERED = timedelta(days=30)
IDLE_NOT_REMEMBERED = timedelta(hours=12)
ABSOLUTE = timedelta(days=90)
RECENT = timedelta(minutes=10)  # how long an entered password counts for secrets and control
SEEN_EVERY = timedelta(minutes=5)  # last_seen_at is not written more often
TRIES_PER_ADDRESS = 5
ADDRESS_WINDOW = timedelta(minutes=1)
FREE_TRIES_PER_ACCOUNT = 4  # then each further failure doubles the delay of one minute
ACCOUNT_WINDOW = timedelta(hours=1)
LONGEST_DELAY = timedelta(minutes=10)


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
    """The address or the password is wrong; which of them is not said."""


class TooManyTries(Exception):
    """Wait `retry_after` before the next try."""

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__(f"try again in {retry_after.total_seconds():.0f} s")
        self.retry_after = retry_after


def check_password(session: Session, passwords: Passwords, email: str, password: str, ip: str, now: datetime) -> int:
    """The id of the account. Each try is counted before it is checked, so that many at once gain nothing. Commits.

    Raises TooManyTries, SignInRefused.
    """
    email = email.strip().lower()
    user = session.execute(select(User.id, User.password_hash).where(User.email == email)).first()
    address, account = _address_bucket(ip), _account_bucket(session, email, user.id if user else None, ip)
    session.rollback()
    _count_a_try(session, address, account, now)
    if not passwords.match(user.password_hash if user else None, password) or user is None:
        raise SignInRefused
    _forgive(session, address, account)
    if user.password_hash is not None and passwords.is_outdated(user.password_hash):
        session.execute(update(User).where(User.id == user.id).values(password_hash=passwords.hash(password)))
    session.commit()
    return int(user.id)


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
    ended = session.execute(
        update(WebSession)
        .where(WebSession.user_id == user_id, WebSession.id != keep_session_id, WebSession.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(WebSession.id)
    ).all()
    session.commit()
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


def _count_a_try(session: Session, address: str, account: str, now: datetime) -> None:
    """Count one try in both buckets and commit, or raise TooManyTries and count nothing."""
    by_address = _locked_bucket(session, address, ADDRESS_WINDOW, now)
    by_account = _locked_bucket(session, account, ACCOUNT_WINDOW, now)
    waits = [bucket.blocked_until - now for bucket in (by_address, by_account) if bucket.blocked_until and bucket.blocked_until > now]
    if by_address.failures >= TRIES_PER_ADDRESS:
        waits.append(by_address.window_started_at + ADDRESS_WINDOW - now)
    if waits:
        session.rollback()
        raise TooManyTries(max(waits))
    by_address.failures += 1
    by_account.failures += 1
    beyond = by_account.failures - FREE_TRIES_PER_ACCOUNT
    if beyond > 0:
        by_account.blocked_until = now + min(timedelta(minutes=2 ** min(beyond - 1, 10)), LONGEST_DELAY)
    session.commit()


def _forgive(session: Session, address: str, account: str) -> None:
    """A right password: the account starts afresh, the address gets its try back."""
    session.execute(delete(LoginAttempt).where(LoginAttempt.bucket == account))
    session.execute(
        update(LoginAttempt).where(LoginAttempt.bucket == address, LoginAttempt.failures > 0).values(failures=LoginAttempt.failures - 1)
    )


def _locked_bucket(session: Session, name: str, window: timedelta, now: datetime) -> LoginAttempt:
    """The bucket's row, locked until the transaction ends (on SQLite the whole transaction is); a past window begins anew."""
    insert_if_missing(session, LoginAttempt, bucket=name, failures=0, window_started_at=now)
    row = session.scalars(select(LoginAttempt).where(LoginAttempt.bucket == name).with_for_update()).one()
    if now - row.window_started_at >= window or row.window_started_at > now:
        row.failures, row.window_started_at, row.blocked_until = 0, now, None
    return row


def _address_bucket(ip: str) -> str:
    return f"ip:{_network_of(ip)}"


def _account_bucket(session: Session, email: str, user_id: int | None, ip: str) -> str:
    """An address from which the account was used before counts by itself: a stranger's guesses do not lock the owner out at home."""
    bucket = f"account:{hashlib.sha256(email.encode()).hexdigest()[:32]}"
    known = user_id is not None and session.scalar(
        select(WebSession.id).where(WebSession.user_id == user_id, WebSession.ip == ip[:45], WebSession.revoked_at.is_(None)).limit(1)
    )
    return f"{bucket}:{_network_of(ip)}" if known else bucket


def _network_of(ip: str) -> str:
    """One home has one IPv4 address, or one /64 of IPv6."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address)
