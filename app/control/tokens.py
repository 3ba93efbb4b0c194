"""What a connection learned and must not forget, kept encrypted beside its secrets."""

import json
from collections.abc import Callable, Mapping
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.connection import Connection
from app.models.types import SecretUnreadable


class StoredTokens:
    """Implements `app.transports.context.TokenStore` on the row of one connection."""

    def __init__(self, session: Callable[[], Session], reading: Callable[[], Session], connection_id: int) -> None:
        self._session, self._reading, self._connection_id = session, reading, connection_id

    def load(self) -> Mapping[str, str]:
        """All of it; empty for a connection that is new, was linked again, or is gone, and where the key was lost: it is learned anew."""
        with self._reading() as session:
            return self._learned(session)

    def save(self, tokens: Mapping[str, str]) -> None:
        """Stored once this returns. What has another name stays; a connection that is gone keeps nothing."""
        with self._session() as session:
            row = session.get(Connection, self._connection_id, with_for_update=True)
            if row is not None:
                row.learned = json.dumps({**self._learned(session), **tokens}, sort_keys=True)
                session.commit()

    def _learned(self, session: Session) -> dict[str, str]:
        try:
            stored = session.scalar(select(Connection.learned).where(Connection.id == self._connection_id))
        except SecretUnreadable:
            return {}
        return cast(dict[str, str], json.loads(stored)) if stored else {}
