"""How migrations run: on the app's own engine, in batch mode so that SQLite can change tables too."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from flask import current_app
from sqlalchemy.types import TypeDecorator

from app.models.base import Base


def render_item(kind: str, thing: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write the app's own column types as what they are in the database: a migration must not change when the app does."""
    if kind == "type" and isinstance(thing, TypeDecorator):
        return f"sa.{thing.impl!r}"
    return False


def run_online() -> None:
    """Each migration in its own transaction; both databases take schema changes in one."""
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_item=render_item,
            render_as_batch=True,
            compare_type=False,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    raise SystemExit("Error: migrations run against a database, not as a script")
run_online()
