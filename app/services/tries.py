"""Counters that make guessing slow without locking the owner out: each try counts for the address and for the account it comes to."""

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.models.first_row import insert_if_missing
from app.models.session import LoginAttempt, WebSession

TRIES_PER_ADDRESS = 5
ADDRESS_WINDOW = timedelta(minutes=1)
FREE_TRIES_PER_ACCOUNT = 4  # then each further failure doubles the delay of one minute
ACCOUNT_WINDOW = timedelta(hours=1)
LONGEST_DELAY = timedelta(minutes=10)


class TooManyTries(Exception):
    """Wait `retry_after` before the next try."""

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__(f"try again in {retry_after.total_seconds():.0f} s")
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Buckets:
    """Where the tries of one account from one address are counted."""

    address: str
    account: str


def buckets_of(session: Session, email: str, user_id: int | None, ip: str) -> Buckets:
    """`email` in lower case; `user_id` None where there is no such account."""
    return Buckets(f"ip:{_network_of(ip)}", _account_bucket(session, email, user_id, ip))


def count(session: Session, buckets: Buckets, now: datetime) -> None:
    """Count one try, before it is checked, so that many at once gain nothing. Commits; or raises TooManyTries and counts nothing."""
    by_address = _locked_bucket(session, buckets.address, ADDRESS_WINDOW, now)
    by_account = _locked_bucket(session, buckets.account, ACCOUNT_WINDOW, now)
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


def forgive(session: Session, buckets: Buckets) -> None:
    """All that was asked for is right: the account starts afresh, the address gets its try back. The caller commits."""
    session.execute(delete(LoginAttempt).where(LoginAttempt.bucket == buckets.account))
    _take_one_back(session, buckets.address)


def give_back(session: Session, buckets: Buckets) -> None:
    """This try was right and more is asked for: what was wrong before goes on counting. The caller commits.

    Forgiving here would let whoever knows the password guess codes without end.
    """
    _take_one_back(session, buckets.address)
    _take_one_back(session, buckets.account)
    # Only this try can have set the delay: while one runs, nothing is counted.
    session.execute(update(LoginAttempt).where(LoginAttempt.bucket == buckets.account).values(blocked_until=None))


def _take_one_back(session: Session, bucket: str) -> None:
    session.execute(
        update(LoginAttempt).where(LoginAttempt.bucket == bucket, LoginAttempt.failures > 0).values(failures=LoginAttempt.failures - 1)
    )


def _locked_bucket(session: Session, name: str, window: timedelta, now: datetime) -> LoginAttempt:
    """The bucket's row, locked until the transaction ends (on SQLite the whole transaction is); a past window begins anew."""
    row = None
    while row is None:  # somebody may forgive, and thereby delete, the row that was there when we came
        insert_if_missing(session, LoginAttempt, bucket=name, failures=0, window_started_at=now)
        row = session.scalars(select(LoginAttempt).where(LoginAttempt.bucket == name).with_for_update()).one_or_none()
    if now - row.window_started_at >= window or row.window_started_at > now:
        row.failures, row.window_started_at, row.blocked_until = 0, now, None
    return row


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
