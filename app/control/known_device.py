"""Which device answers at a connection, kept with what is known of it, so that a restart does not take another one for it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from app.models.connection import Connection

SERIAL: Final = "known_serial"
CONFIRMED: Final = "confirmed_at"  # when the owner last saved the connection: whatever answers then is theirs


class StoredKnownDevice:
    """The memory of one connection (`app.transports.context.KnownDevice`). Each call is a short transaction."""

    def __init__(self, connection_id: int, reading: Callable[[], Session], writing: Callable[[], Session]) -> None:
        self._id, self._reading, self._writing = connection_id, reading, writing

    def load(self) -> str | None:
        with self._reading() as session:
            row = session.get(Connection, self._id)
            serial = (row.facts or {}).get(SERIAL) if row is not None else None
        return str(serial) if serial is not None else None

    def save(self, serial: str) -> None:
        with self._writing() as session:
            row = session.get(Connection, self._id)
            if row is not None:
                row.facts = {**(row.facts or {}), SERIAL: serial}
                session.commit()


def kept(facts: Mapping[str, Any] | None) -> dict[str, Any]:
    """What of stored facts stays when a device is read anew."""
    return {key: value for key, value in (facts or {}).items() if key in (SERIAL, CONFIRMED)}


def confirmed_anew(facts: Mapping[str, Any] | None, now: datetime) -> dict[str, Any]:
    """Stored facts after the owner saved the connection: the device that answers next is the one that is meant."""
    return {**{key: value for key, value in (facts or {}).items() if key != SERIAL}, CONFIRMED: now.isoformat()}
