"""Codes that sign in once each when the authenticator app is lost."""

import secrets
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.models.second_factor import RecoveryCode
from app.services.accounts import hash_token

COUNT = 10
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: nothing in it is read as something else
_LENGTH = 16  # 80 random bits: the hash of a code gives nothing to guess
_READ_AS = str.maketrans({"o": "0", "i": "1", "l": "1", "-": None, " ": None})


def make(session: Session, user_id: int, now: datetime) -> tuple[str, ...]:
    """New codes, told this once; all earlier ones end. The caller commits."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    plain = ["".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH)) for _ in range(COUNT)]
    session.add_all(RecoveryCode(code_hash=hash_token(each), user_id=user_id, created_at=now) for each in plain)
    return tuple("-".join(each[first : first + 4] for first in range(0, _LENGTH, 4)) for each in plain)


def use(session: Session, user_id: int, code: str, now: datetime) -> bool:
    """Whether `code`, as somebody typed it, is an unused one of the account; it is used up by this. The caller commits."""
    plain = code.lower().translate(_READ_AS)
    if len(plain) != _LENGTH:
        return False
    used = session.execute(
        update(RecoveryCode)
        .where(RecoveryCode.code_hash == hash_token(plain), RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
        .values(used_at=now)
        .returning(RecoveryCode.code_hash)
    ).first()
    return used is not None


def left(session: Session, user_id: int) -> int:
    """How many are unused."""
    unused = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    return session.scalar(unused) or 0


def forget(session: Session, user_id: int) -> None:
    """None works any more. The caller commits."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
