"""A request that is sent twice is carried out once: the second time it gets the first one's answer."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.models.api_token import IdempotencyKey
from app.models.first_row import insert_if_missing

KEPT = timedelta(hours=24)


class KeyUsedOtherwise(Exception):
    """The same key came with another request before."""


def once(session: Session, token_id: int, key: str, request: bytes, now: datetime, do: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The answer of `do`, or the stored one of an earlier request with this key. Commits. Raises KeyUsedOtherwise.

    `do` does not commit: what it raises leaves nothing behind once the caller's session ends. Of two requests at the same moment the
    second waits for the first: inserting the key is the gate.
    """
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < now - KEPT))
    identity = (token_id, _hash(key.encode()))
    fingerprint = _hash(request)
    # Nothing is answered yet: an empty answer is only ever seen by the one who inserted it.
    insert_if_missing(session, IdempotencyKey, token_id=token_id, key_hash=identity[1], request_hash=fingerprint, answer={}, created_at=now)
    row = session.get_one(IdempotencyKey, identity, with_for_update=True, populate_existing=True)
    if row.request_hash != fingerprint:
        session.rollback()
        raise KeyUsedOtherwise
    if not row.answer:
        row.answer = do()
    answer = dict(row.answer)
    session.commit()
    return answer


def _hash(value: bytes) -> str:
    return hashlib.sha256(value).hexdigest()
