"""Rotating tokens on the table: a new one is stored before it is used, and one process at a time asks for it.

The vendor is called while the row is held, and no transaction is open meanwhile: the row names its holder and a time after which it counts
as killed. What a killed holder had not stored is lost with it; its successor tries the stored token again."""

import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.control.surroundings import Surroundings
from app.domain.brands import Brand
from app.models.first_row import insert_if_missing
from app.models.sign_in import SignIn
from app.models.types import SecretUnreadable
from app.transports.context import SignedIn
from app.transports.errors import CredentialsRefused, Unreachable

HELD_FOR: Final = timedelta(seconds=20)  # longer than the 13 s of one call to a vendor
_LOOKS_EVERY_S: Final = 0.25
_SAVE_WAITS_S: Final = (0.1, 0.5, 2.0)  # a token that was given once must not be lost to a busy database


def sign_in_of(around: Surroundings, site_id: int, brand: Brand, clock: Callable[[], datetime]) -> "StoredSignIn":
    """The tokens of a home at the vendor of a brand."""
    return StoredSignIn(around, site_id, brand.key, brand.vendor, clock)


class StoredSignIn:
    """Implements `app.transports.context.SignInStore` for one home; `title` names the vendor for people."""

    def __init__(self, around: Surroundings, site_id: int, vendor: str, title: str, clock: Callable[[], datetime]) -> None:
        self._around, self._site_id, self._vendor, self._title, self._clock = around, site_id, vendor, title, clock

    def load(self) -> SignedIn | None:
        """As stored now, by whichever process. Raises CredentialsRefused where the encryption key is lost."""
        try:
            with self._around.reading() as session:
                row = session.execute(select(SignIn.tokens, SignIn.expires_at).where(*self._mine())).one_or_none()
        except SecretUnreadable:
            raise CredentialsRefused(
                self._title, "the stored sign-in cannot be read with the present encryption key; sign in again"
            ) from None
        if row is None or row.tokens is None:
            return None
        left_s = None if row.expires_at is None else (row.expires_at - self._clock()).total_seconds()
        return SignedIn(json.loads(row.tokens), left_s)

    def save(self, values: Mapping[str, str], lasts_s: float | None = None) -> None:
        """Returns once they are committed."""
        now = self._clock()
        change = {
            "tokens": json.dumps(dict(values)),
            "expires_at": None if lasts_s is None else now + timedelta(seconds=lasts_s),
            "changed_at": now,
        }
        for wait_s in _SAVE_WAITS_S:
            try:
                self._change(change, now)
            except OperationalError:
                self._around.pace.sleep(wait_s)
            else:
                return
        self._change(change, now)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the row. Raises Unreachable where others hold it for longer than two turns."""
        holder = secrets.token_hex(8)
        began_s = self._around.pace.monotonic()
        while not self._take(holder):
            if self._around.pace.monotonic() - began_s > 2 * HELD_FOR.total_seconds():
                raise Unreachable(self._title, "its sign-in is being renewed by another process")
            self._around.pace.sleep(_LOOKS_EVERY_S)
        try:
            yield
        finally:
            self._give_back(holder)

    def _take(self, holder: str) -> bool:
        now = self._clock()
        with self._around.session() as session:
            self._insert(session, now)
            # A time far further ahead than any turn was written by a clock that has been set back since. One just ahead is of a holder who
            # came while this one waited for the database.
            is_free = or_(SignIn.held_by.is_(None), SignIn.held_until <= now, SignIn.held_until > now + 10 * HELD_FOR)
            taken = session.execute(update(SignIn).where(*self._mine(), is_free).values(held_by=holder, held_until=now + HELD_FOR))
            session.commit()
        return bool(taken.rowcount)  # type: ignore[attr-defined]

    def _give_back(self, holder: str) -> None:
        with self._around.session() as session:
            session.execute(update(SignIn).where(*self._mine(), SignIn.held_by == holder).values(held_by=None, held_until=None))
            session.commit()

    def _change(self, values: Mapping[str, object], now: datetime) -> None:
        with self._around.session() as session:
            self._insert(session, now)
            session.execute(update(SignIn).where(*self._mine()).values(**values))
            session.commit()

    def _insert(self, session: Session, now: datetime) -> None:
        insert_if_missing(session, SignIn, site_id=self._site_id, vendor=self._vendor, changed_at=now)

    def _mine(self) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return SignIn.site_id == self._site_id, SignIn.vendor == self._vendor
