"""Who may see a home: its owner invites somebody by a link that works once, and takes it back."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.models.invitation import Invitation
from app.models.site import VIEWER, Membership, Site
from app.models.user import User
from app.services.accounts import AccountRefused, hash_token, normal_email
from app.services.passwords import Passwords, refuse_a_weak_password

OPEN_FOR = timedelta(days=7)
MOST_OPEN = 20  # of one home
LONGEST_NOTE = 60
GONE = "This invitation was used, withdrawn, or is older than 7 days. Ask for a new one."


class InvitationRefused(Exception):
    """The invitation is not made or not taken. The text is for the person."""


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who may see the home."""

    user_id: int
    email: str
    role: str


def members_of(session: Session, site_id: int) -> tuple[Member, ...]:
    """Owners first, then by address."""
    rows = session.execute(
        select(Membership.user_id, User.email, Membership.role)
        .join(User, User.id == Membership.user_id)
        .where(Membership.site_id == site_id)
        .order_by(Membership.role, User.email)
    )
    return tuple(Member(row.user_id, row.email, row.role) for row in rows)


def remove_viewer(session: Session, site_id: int, user_id: int) -> bool:
    """He sees the home no more; False when he is no viewer of it. Commits."""
    gone = session.execute(
        delete(Membership)
        .where(Membership.site_id == site_id, Membership.user_id == user_id, Membership.role == VIEWER)
        .returning(Membership.user_id)
    ).first()
    session.commit()
    return gone is not None


def invite(session: Session, site_id: int, invited_by: int, note: str, now: datetime) -> str:
    """A new invitation to look; returns its token, told this once. Commits. Raises InvitationRefused."""
    note = " ".join(note.split())
    if not note or len(note) > LONGEST_NOTE:
        raise InvitationRefused(f"Say for whom, in at most {LONGEST_NOTE} characters.")
    session.execute(delete(Invitation).where(Invitation.site_id == site_id, Invitation.expires_at <= now))
    if (session.scalar(select(func.count()).select_from(Invitation).where(Invitation.site_id == site_id, _is_open(now))) or 0) >= MOST_OPEN:
        session.rollback()
        raise InvitationRefused(f"{MOST_OPEN} invitations are open already. Withdraw one first.")
    token = secrets.token_urlsafe(32)
    session.add(
        Invitation(
            site_id=site_id,
            invited_by=invited_by,
            token_hash=hash_token(token),
            note=note,
            created_at=now,
            expires_at=now + OPEN_FOR,
        )
    )
    session.commit()
    return token


def open_invitations(session: Session, site_id: int, now: datetime) -> Sequence[Invitation]:
    """Those that can still be taken, the newest first."""
    return session.scalars(select(Invitation).where(Invitation.site_id == site_id, _is_open(now)).order_by(Invitation.id.desc())).all()


def withdraw(session: Session, site_id: int, invitation_id: int) -> bool:
    """Its link works no more; False when it is none of this home's. Commits."""
    gone = session.execute(
        delete(Invitation).where(Invitation.id == invitation_id, Invitation.site_id == site_id).returning(Invitation.id)
    ).first()
    session.commit()
    return gone is not None


def home_of(session: Session, token: str, now: datetime) -> Site | None:
    """The home that the link opens, while it does. A glance: accept() decides."""
    return session.scalar(select(Site).join(Invitation).where(Invitation.token_hash == hash_token(token), _is_open(now)))


def accept(session: Session, token: str, user_id: int, now: datetime) -> Site:
    """The account sees the home from now on. Commits. Raises InvitationRefused."""
    site_id = _use_up(session, token, now)
    if session.get(Membership, (user_id, site_id)) is not None:
        session.rollback()  # the link stays good for whom it is meant
        raise InvitationRefused("You see this home already. The link still works for somebody else.")
    session.add(Membership(user_id=user_id, site_id=site_id, role=VIEWER))
    session.commit()
    return session.get_one(Site, site_id)


def accept_with_new_account(session: Session, passwords: Passwords, token: str, email: str, password: str, now: datetime) -> int:
    """A new account that sees the home, and can add none of its own. Returns its id. Commits.

    Raises InvitationRefused, AccountRefused, PasswordRefused.
    """
    if home_of(session, token, now) is None:
        raise InvitationRefused(GONE)
    session.rollback()  # hashing takes time: nobody waits for it
    email = normal_email(email)
    refuse_a_weak_password(password, email)
    password_hash = passwords.hash(password)
    site_id = _use_up(session, token, now)
    user = User(email=email, password_hash=password_hash, password_set_at=now, created_at=now, may_add_homes=False)
    session.add(user)
    try:
        session.flush()
    except IntegrityError:
        session.rollback()
        raise AccountRefused("There is an account with this address already. Sign in first, then open the link again.") from None
    session.add(Membership(user_id=user.id, site_id=site_id, role=VIEWER))
    session.commit()
    return user.id


def _use_up(session: Session, token: str, now: datetime) -> int:
    """The home of the link, which then is used. The update is the gate: of two at once one finds it open. The caller commits."""
    site_id = session.scalar(
        update(Invitation)
        .where(Invitation.token_hash == hash_token(token), _is_open(now))
        .values(used_at=now)
        .returning(Invitation.site_id)
    )
    if site_id is None:
        session.rollback()
        raise InvitationRefused(GONE)
    return int(site_id)


def _is_open(now: datetime) -> ColumnElement[bool]:
    return Invitation.used_at.is_(None) & (Invitation.expires_at > now)
