"""Accounts: the set-up token of the first start, creating people, changing passwords, who belongs to which site."""

import hashlib
import re
import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.models.session import SetupToken, WebSession
from app.models.site import Membership, Site
from app.models.user import User
from app.services.passwords import Passwords, refuse_a_weak_password

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+")


class AccountRefused(Exception):
    """The account cannot be made or found. The text is for the person who asked."""


class SetupTokenRefused(Exception):
    """The set-up token is not the newest one, or an account exists already."""


def normal_email(email: str) -> str:
    """Trimmed and in lower case, as it is stored. Raises AccountRefused for what is no address."""
    email = email.strip().lower()
    if len(email) > 254 or not _EMAIL.fullmatch(email):
        raise AccountRefused("This is not an e-mail address.")
    return email


def accounts_exist(session: Session) -> bool:
    return session.scalar(select(User.id).limit(1)) is not None


def ensure_setup_token(session: Session, now: datetime) -> str | None:
    """A new one-time token while no account exists, to be printed on the terminal; None afterwards. Earlier ones end. Commits."""
    if accounts_exist(session):
        session.rollback()
        return None
    token = secrets.token_urlsafe(24)
    session.execute(delete(SetupToken))
    session.add(SetupToken(token_hash=hash_token(token), created_at=now))
    session.commit()
    return token


def is_setup_token(session: Session, token: str) -> bool:
    """Whether `token` would be taken now. A glance: create_first_account() decides."""
    open_token = select(SetupToken.id).where(SetupToken.token_hash == hash_token(token), SetupToken.used_at.is_(None))
    return session.scalar(open_token) is not None and not accounts_exist(session)


def create_first_account(session: Session, passwords: Passwords, token: str, email: str, password: str, now: datetime) -> User:
    """Use up the set-up token for the first account; of any number of requests at once, one succeeds. Commits.

    Raises SetupTokenRefused, AccountRefused, PasswordRefused.
    """
    if not is_setup_token(session, token):
        raise SetupTokenRefused
    session.rollback()  # hashing takes time: nobody waits for it
    email = normal_email(email)
    refuse_a_weak_password(password, email)
    password_hash = passwords.hash(password)
    # The update is the gate: a second request waits for the first and then finds no open token.
    used = session.execute(
        update(SetupToken)
        .where(SetupToken.token_hash == hash_token(token), SetupToken.used_at.is_(None))
        .values(used_at=now)
        .returning(SetupToken.id)
    ).first()
    if used is None or accounts_exist(session):
        session.rollback()
        raise SetupTokenRefused
    user = User(email=email, password_hash=password_hash, password_set_at=now, created_at=now)
    session.add(user)
    session.commit()
    return user


def create_account(session: Session, passwords: Passwords, email: str, password: str | None, now: datetime) -> User:
    """A further account (`password` None: nobody can sign in until one is set). Commits. Raises AccountRefused, PasswordRefused."""
    email = normal_email(email)
    if password is not None:
        refuse_a_weak_password(password, email)
    password_hash = passwords.hash(password) if password is not None else None
    user = User(email=email, password_hash=password_hash, password_set_at=now if password_hash else None, created_at=now)
    session.add(user)
    try:
        session.commit()
    except IntegrityError:
        session.rollback()
        raise AccountRefused(f"an account {email} exists already") from None
    return user


def set_password(
    session: Session, passwords: Passwords, user_id: int, password: str, now: datetime, keep_session_id: int | None = None
) -> None:
    """Change the password and end all sessions but `keep_session_id`. Commits. Raises PasswordRefused."""
    email = session.scalars(select(User.email).where(User.id == user_id)).one()
    session.rollback()
    refuse_a_weak_password(password, email)
    password_hash = passwords.hash(password)
    session.execute(update(User).where(User.id == user_id).values(password_hash=password_hash, password_set_at=now))
    session.execute(
        update(WebSession)
        .where(WebSession.user_id == user_id, WebSession.id != (keep_session_id or 0), WebSession.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    session.commit()


def find_user(session: Session, email: str) -> User:
    """Raises AccountRefused when there is no such account."""
    user = session.scalar(select(User).where(User.email == email.strip().lower()))
    if user is None:
        raise AccountRefused(f"no account {email.strip().lower()}")
    return user


def sites_of(session: Session, user_id: int) -> Sequence[Site]:
    """The sites that the account may see, by name."""
    mine = select(Site).join(Membership).where(Membership.user_id == user_id)
    return session.scalars(mine.order_by(func.lower(Site.name))).all()


def may_add_homes(session: Session, user_id: int) -> bool:
    """False for who came by an invitation: looking at a home must not lead to steering its battery as that of another one."""
    return bool(session.scalar(select(User.may_add_homes).where(User.id == user_id)))


def membership_of(session: Session, user_id: int, site_id: int) -> Membership | None:
    return session.get(Membership, (user_id, site_id))


def hash_token(token: str) -> str:
    """SHA-256 is enough for a token of 192 random bits and more: there is nothing to guess."""
    return hashlib.sha256(token.encode()).hexdigest()
