"""The Flask extensions, and how both databases are opened.

SQLite: WAL, foreign keys, five seconds of patience. A transaction begins with BEGIN IMMEDIATE, so that the one who means to write
waits for his turn at the start: a plain BEGIN that reads first and writes later fails at once when somebody else wrote in between,
and no time-out helps. Reading alone needs no turn: what runs on `reading(engine)`, and each GET of the web pages, begins with a
plain BEGIN and sees one consistent state while others write.
"""

import importlib
import pkgutil
import sqlite3
from typing import Any

from flask import has_request_context, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from flask_wtf import CSRFProtect
from sqlalchemy import Connection, Engine, event, make_url

from app import models
from app.models.base import Base

BUSY_TIMEOUT_MS = 5000
_READS_ONLY = "powersync_reads_only"


def import_models() -> None:
    """Import every module of app.models, so that the metadata knows all tables."""
    for module in pkgutil.iter_modules(models.__path__, "app.models."):
        importlib.import_module(module.name)


def create_engine_options(url: str) -> dict[str, Any]:
    """Keyword arguments of `sqlalchemy.create_engine` for this address; the event handlers below do the rest."""
    if make_url(url).get_backend_name() == "sqlite":
        return {"connect_args": {"timeout": BUSY_TIMEOUT_MS / 1000}}
    return {"pool_pre_ping": True, "pool_recycle": 1800}


def reading(engine: Engine) -> Engine:
    """The same engine and pool for a session that only reads: it neither waits for writers nor holds them up."""
    return engine.execution_options(**{_READS_ONLY: True})


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None  # the driver begins no transaction of its own: _begin_sqlite does
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        reads_only = connection.get_execution_options().get(_READS_ONLY, False)
        connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")


class RequestSession(FlaskSession):
    """The session of a request: a GET reads, everything else may write."""

    def get_bind(self, *args: Any, **kwargs: Any) -> Engine | Connection:
        bind = super().get_bind(*args, **kwargs)
        if isinstance(bind, Engine) and has_request_context() and request.method in ("GET", "HEAD"):
            return self._reading_once(bind)
        return bind

    def _reading_once(self, engine: Engine) -> Engine:
        # One object per session: a session takes part with one connection per engine object.
        known: dict[Engine, Engine] = self.info.setdefault("reading", {})
        if engine not in known:
            known[engine] = reading(engine)
        return known[engine]


db = SQLAlchemy(metadata=Base.metadata, session_options={"class_": RequestSession, "expire_on_commit": False})
migrate = Migrate()
login = LoginManager()
csrf = CSRFProtect()
limiter = Limiter(get_remote_address, storage_uri="memory://", default_limits=[])
