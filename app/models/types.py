"""Column types: encrypted text, instants, and JSON that is equal on both databases."""

from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import BigInteger, DateTime, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class SecretUnreadable(Exception):
    """A stored secret cannot be decrypted with the present keys: the owner must enter it again."""


class Keyring:
    """The Fernet keys of this installation: the first encrypts, all decrypt, so that keys can be rotated."""

    def __init__(self) -> None:
        self._fernet: MultiFernet | None = None

    def use(self, keys: list[str]) -> None:
        """Take `keys` (urlsafe base64, 32 bytes each) in force. Raises ValueError for one that is not a Fernet key."""
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def encrypt(self, text: str) -> str:
        return self._ready().encrypt(text.encode()).decode()

    def decrypt(self, token: str) -> str:
        """Raises SecretUnreadable when no key fits."""
        try:
            return self._ready().decrypt(token.encode()).decode()
        except InvalidToken:
            raise SecretUnreadable("no present key decrypts this secret") from None

    def rotate(self, token: str) -> str:
        """The same secret, encrypted with the first key. Raises SecretUnreadable when no key fits."""
        try:
            return self._ready().rotate(token.encode()).decode()
        except InvalidToken:
            raise SecretUnreadable("no present key decrypts this secret") from None

    def _ready(self) -> MultiFernet:
        if self._fernet is None:
            raise RuntimeError("the keyring has no keys yet: create_app() loads them")
        return self._fernet


keyring = Keyring()


class Encrypted(TypeDecorator[str]):
    """Text kept encrypted at rest. Reading raises SecretUnreadable when the key is lost."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else keyring.encrypt(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else keyring.decrypt(value)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, given back in UTC. A naive value is a mistake and raises ValueError."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"an instant needs a time zone: {value!r}")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class UtcSeconds(TypeDecorator[datetime]):
    """An aware instant as whole seconds since 1970: 4 to 5 bytes a row in the tables that grow every minute."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"an instant needs a time zone: {value!r}")
        return round((value - _EPOCH).total_seconds())

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else _EPOCH + timedelta(seconds=int(value))
