"""Rows that are made on first use, also when two processes come at the same moment."""

from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.models.base import Base


def insert_if_missing(session: Session, model: type[Base], **values: Any) -> None:
    """Insert a row unless one with its key is there. Unlike a look and an insert, this never fails for being second."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(insert(cast(Table, model.__table__)).values(**values).on_conflict_do_nothing())
