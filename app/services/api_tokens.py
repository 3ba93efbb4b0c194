"""Tokens for other programs: each for one site, to read it or also to record wishes for it."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.models.api_token import CONTROL, READ, ApiToken
from app.models.site import OWNER, Membership
from app.services.accounts import hash_token

SCOPES = (READ, CONTROL)
PREFIX = "pws_"  # by this a token is recognised where it should not be, in a log or in a repository
MOST_TOKENS = 50  # of one site
USED_EVERY = timedelta(minutes=5)  # last_used_at is not written more often


class TokenRefused(Exception):
    """The token cannot be made. The text is for the person who asked."""


@dataclass(frozen=True, slots=True)
class Caller:
    """What a program may do. A value, not a row: holding it keeps no transaction open."""

    token_id: int
    site_id: int
    user_id: int  # who made the token
    may_control: bool
    last_used_at: datetime | None

    def was_used_long_ago(self, now: datetime) -> bool:
        return self.last_used_at is None or now - self.last_used_at >= USED_EVERY


def make(session: Session, site_id: int, user_id: int, name: str, scope: str, lives_for: timedelta | None, now: datetime) -> str:
    """A new token, told this once. `lives_for` None: until it is revoked. Commits. Raises TokenRefused."""
    name = " ".join(name.split())
    if not name or len(name) > 60:
        raise TokenRefused("Give it a name of at most 60 characters.")
    if scope not in SCOPES:
        raise TokenRefused("Choose what it may do.")
    if (session.scalar(select(func.count()).select_from(ApiToken).where(ApiToken.site_id == site_id)) or 0) >= MOST_TOKENS:
        raise TokenRefused(f"There are {MOST_TOKENS} tokens already. Revoke one first.")
    token = PREFIX + secrets.token_urlsafe(32)
    session.add(
        ApiToken(
            site_id=site_id,
            user_id=user_id,
            name=name,
            token_hash=hash_token(token),
            scope=scope,
            created_at=now,
            expires_at=now + lives_for if lives_for else None,
        )
    )
    session.commit()
    return token


def tokens_of(session: Session, site_id: int) -> Sequence[ApiToken]:
    """The tokens of a site, the newest first."""
    return session.scalars(select(ApiToken).where(ApiToken.site_id == site_id).order_by(ApiToken.id.desc())).all()


def revoke(session: Session, site_id: int, token_id: int) -> bool:
    """False when it is none of this site's. Commits."""
    gone = session.execute(delete(ApiToken).where(ApiToken.id == token_id, ApiToken.site_id == site_id).returning(ApiToken.id)).first()
    session.commit()
    return gone is not None


def caller_of(session: Session, token: str, now: datetime) -> Caller | None:
    """Whoever holds `token`, while it has not ended and its maker owns the site."""
    row = session.execute(
        select(ApiToken.id, ApiToken.site_id, ApiToken.user_id, ApiToken.scope, ApiToken.expires_at, ApiToken.last_used_at)
        .join(Membership, (Membership.site_id == ApiToken.site_id) & (Membership.user_id == ApiToken.user_id))
        .where(ApiToken.token_hash == hash_token(token), Membership.role == OWNER)
    ).first()
    if row is None or (row.expires_at is not None and row.expires_at <= now):
        return None
    return Caller(row.id, row.site_id, row.user_id, row.scope == CONTROL, row.last_used_at)


def mark_used(session: Session, token_id: int, now: datetime) -> None:
    """Commits."""
    session.execute(update(ApiToken).where(ApiToken.id == token_id).values(last_used_at=now))
    session.commit()
