"""Rotating the encryption keys: every stored secret is encrypted anew with the first key, in small steps."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import Column, ColumnElement, Engine, Table, Text, Update, select, tuple_, type_coerce, update

from app.models.base import Base
from app.models.types import Encrypted

_BATCH = 100


class KeysRefused(Exception):
    """The keys cannot be changed. The text is one line for the owner."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """What happened to one column. `already`: under the first key before; `unreadable`: no key fits, left as it was."""

    table: str
    column: str
    rotated: int = 0
    already: int = 0
    unreadable: int = 0


def add_key(key_file: Path | None) -> int:
    """Put a new key before those in the file, which replaces it in one step; returns how many it holds then. Raises KeysRefused."""
    if key_file is None:
        raise KeysRefused("the keys come from FERNET_ENCRYPTION_KEY: put a new one before the old, separated by a comma, and restart")
    present = key_file.read_text().replace(",", " ").split()
    keys = [Fernet.generate_key().decode(), *present]
    beside = key_file.with_name(f".{key_file.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write("\n".join(keys) + "\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(key_file)
    finally:
        beside.unlink(missing_ok=True)
    return len(keys)


def rotate(engine: Engine, keys: Sequence[str]) -> list[Rotation]:
    """Encrypt every Encrypted column of every table with `keys[0]`. Each batch is one transaction, so a stop loses nothing.

    A secret that its owner changes meanwhile is left to him: the change is made only where the old text still stands.
    """
    return [_rotate_column(engine, table, column, keys) for table, column in encrypted_columns()]


def total(columns: Sequence[Rotation]) -> Rotation:
    return Rotation("all", "all", sum(c.rotated for c in columns), sum(c.already for c in columns), sum(c.unreadable for c in columns))


def encrypted_columns() -> Iterator[tuple[Table, Column[Any]]]:
    """Every column that holds secrets, over all tables."""
    for table in Base.metadata.sorted_tables:
        yield from ((table, column) for column in table.columns if isinstance(column.type, Encrypted))


def _rotate_column(engine: Engine, table: Table, column: Column[Any], keys: Sequence[str]) -> Rotation:
    first, every = Fernet(keys[0]), MultiFernet([Fernet(key) for key in keys])
    identity = list(table.primary_key.columns)
    stored = type_coerce(column, Text)  # the encrypted text as it stands
    after: tuple[Any, ...] | None = None
    rotated = already = unreadable = 0
    while True:
        query = select(*identity, stored.label("stored")).where(column.is_not(None)).order_by(*identity).limit(_BATCH)
        if after is not None:
            query = query.where(tuple_(*identity) > tuple_(*after))
        with engine.begin() as connection:
            rows = connection.execute(query).all()
            for row in rows:
                if _decrypts(first, row.stored):
                    already += 1
                    continue
                try:
                    renewed = every.rotate(row.stored.encode()).decode()
                except InvalidToken:
                    unreadable += 1
                    continue
                same_row = [key == value for key, value in zip(identity, row[:-1], strict=True)]
                done = connection.execute(renewal(table, column, same_row, row.stored, renewed))
                rotated += done.rowcount
        if len(rows) < _BATCH:
            return Rotation(table.name, column.name, rotated, already, unreadable)
        after = tuple(rows[-1][:-1])


def renewal(table: Table, column: Column[Any], same_row: Sequence[ColumnElement[bool]], stored: str, renewed: str) -> Update:
    """The change of one secret; of nothing, when another text stands there meanwhile."""
    return update(table).where(*same_row, type_coerce(column, Text) == stored).values({column: type_coerce(renewed, Text)})


def _decrypts(fernet: Fernet, stored: str) -> bool:
    try:
        fernet.decrypt(stored.encode())
    except InvalidToken:
        return False
    return True
