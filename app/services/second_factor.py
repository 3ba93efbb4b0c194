"""The code of an authenticator app, asked for after the password (TOTP, RFC 6238: six digits, 30 s, SHA-1)."""

from dataclasses import dataclass, field
from datetime import datetime

import pyotp
from pyotp.utils import strings_equal
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, undefer

from app.models.second_factor import AuthenticatorApp, HalfSignIn
from app.services import passkeys, recovery_codes, tries
from app.services.sign_in import SignInRefused, asks_for_code, revoke_sessions

ISSUER = "PowerSync"
STEP_S = 30
DRIFT_STEPS = 1  # how far the clocks of phone and computer may be apart, in steps: RFC 6238, 5.2


class AlreadyOn(Exception):
    """A key that is in use is not shown again or replaced: it is switched off first."""


class NotBegun(Exception):
    """There is no key that waits for its first code."""


@dataclass(frozen=True, slots=True)
class SetupKey:
    """A key that waits for its first code. `address` is what the QR code holds."""

    secret: str = field(repr=False)
    address: str = field(repr=False)


def begin(session: Session, user_id: int, now: datetime) -> None:
    """A new key; one that waited for its first code is dropped. Commits. Raises AlreadyOn."""
    if asks_for_code(session, user_id):
        session.rollback()
        raise AlreadyOn
    session.execute(delete(AuthenticatorApp).where(AuthenticatorApp.user_id == user_id))
    session.add(AuthenticatorApp(user_id=user_id, secret=pyotp.random_base32(), created_at=now, last_step=0))
    session.commit()


def waiting_key(session: Session, user_id: int, email: str) -> SetupKey | None:
    """The key that waits for its first code. Raises SecretUnreadable."""
    row = session.scalar(
        select(AuthenticatorApp)
        .where(AuthenticatorApp.user_id == user_id, AuthenticatorApp.confirmed_at.is_(None))
        .options(undefer(AuthenticatorApp.secret))
    )
    if row is None:
        return None
    return SetupKey(row.secret, pyotp.TOTP(row.secret).provisioning_uri(name=email, issuer_name=ISSUER))


def switch_on(session: Session, user_id: int, email: str, code: str, ip: str, keep_session_id: int, now: datetime) -> tuple[str, ...]:
    """The first code of the waiting key: from now on one is asked for. Returns the recovery codes, told this once; ends all other
    sessions. Commits. Raises NotBegun, TooManyTries, SignInRefused, SecretUnreadable.
    """
    if waiting_key(session, user_id, email) is None:
        raise NotBegun
    buckets = tries.buckets_of(session, email, user_id, ip)
    session.rollback()
    tries.count(session, buckets, now)
    if not _take(session, user_id, code, now):
        raise SignInRefused
    session.execute(update(AuthenticatorApp).where(AuthenticatorApp.user_id == user_id).values(confirmed_at=now))
    codes = recovery_codes.make(session, user_id, now)
    revoke_sessions(session, user_id, now, keep_session_id)
    tries.forgive(session, buckets)
    session.commit()
    return codes


def check(session: Session, user_id: int, email: str, code: str, ip: str, now: datetime) -> bool:
    """The code of the app, or a recovery code; each is taken once. True for a recovery code. Counted where passwords are. Commits.

    Raises TooManyTries, SignInRefused; SecretUnreadable where the app's codes cannot be checked (recovery codes still can).
    """
    buckets = tries.buckets_of(session, email, user_id, ip)
    session.rollback()
    tries.count(session, buckets, now)
    is_recovery = recovery_codes.use(session, user_id, code, now)
    if not is_recovery and not (asks_for_code(session, user_id) and _take(session, user_id, code, now)):
        session.rollback()
        raise SignInRefused
    tries.forgive(session, buckets)
    session.commit()
    return is_recovery


def new_recovery_codes(session: Session, user_id: int, keep_session_id: int, now: datetime) -> tuple[str, ...]:
    """Told this once; the earlier ones end, and all other sessions. Commits."""
    codes = recovery_codes.make(session, user_id, now)
    revoke_sessions(session, user_id, now, keep_session_id)
    session.commit()
    return codes


def switch_off(session: Session, user_id: int, now: datetime, keep_session_id: int | None = None) -> bool:
    """The password alone signs in again; ends all other sessions. False when it was so before. Commits."""
    was_on = asks_for_code(session, user_id)
    session.execute(delete(AuthenticatorApp).where(AuthenticatorApp.user_id == user_id))
    session.execute(delete(HalfSignIn).where(HalfSignIn.user_id == user_id))
    recovery_codes.forget(session, user_id)
    revoke_sessions(session, user_id, now, keep_session_id)
    session.commit()
    return was_on


def reset(session: Session, user_id: int, now: datetime) -> tuple[bool, int]:
    """The devices are lost: no code, no passkey, no session; the password alone signs in. Returns whether codes were asked for, and how
    many passkeys there were. Commits."""
    removed = passkeys.remove_all(session, user_id)
    return switch_off(session, user_id, now), removed


def _take(session: Session, user_id: int, code: str, now: datetime) -> bool:
    """Whether `code` is the app's of now, or of the step before or after, and no code of that step or a later one was taken before."""
    secret = session.scalars(select(AuthenticatorApp.secret).where(AuthenticatorApp.user_id == user_id)).one()
    totp, typed, present = pyotp.TOTP(secret), "".join(code.split()), int(now.timestamp()) // STEP_S
    for step in range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1):
        if strings_equal(totp.generate_otp(step), typed):
            # The update is the gate: of two requests with the same code one finds the step free.
            taken = session.execute(
                update(AuthenticatorApp)
                .where(AuthenticatorApp.user_id == user_id, AuthenticatorApp.last_step < step)
                .values(last_step=step)
                .returning(AuthenticatorApp.user_id)
            ).first()
            return taken is not None
    return False
