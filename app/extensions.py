"""The Flask extensions, and how both databases are opened.

SQLite: WAL, foreign keys, five seconds of patience. A transaction begins with BEGIN IMMEDIATE, so that the one who means to write
waits for his turn at the start: a plain BEGIN that reads first and writes later fails at once when somebody else wrote in between,
and no time-out helps. Reading alone needs no turn: what runs on `reading(engine)`, and each GET of the web pages, begins with a
plain BEGIN and sees one consistent state while others write.
"""

import importlib
import pkgutil
import sqlite3
import threading
from typing import Any

from flask import has_request_context, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from flask_wtf import CSRFProtect
from sqlalchemy import Connection, Engine, Pool, event, make_url

from app import models
from app.models.base import READS_ONLY, Base

BUSY_TIMEOUT_MS = 5000


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
    return engine.execution_options(**{READS_ONLY: True})


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
    if connection.dialect.name != "sqlite":
        return
    if connection.get_execution_options().get(READS_ONLY, False):
        connection.exec_driver_sql("BEGIN")
        return
    _take_turn(connection)
    connection.exec_driver_sql("BEGIN IMMEDIATE")


# SQLite lets writers wait by polling: of many threads the unlucky ones starve until their patience ends. Within a process they take turns.
_turns: dict[str, threading.Lock] = {}
_TURN = "powersync_turn"


def _take_turn(connection: Connection) -> None:
    turn = _turns.setdefault(str(connection.engine.url.database), threading.Lock())
    if turn.acquire(timeout=BUSY_TIMEOUT_MS / 1000):
        connection.info[_TURN] = turn


def _give_turn_back(info: dict[Any, Any]) -> None:
    turn = info.pop(_TURN, None)
    if turn is not None:
        turn.release()


@event.listens_for(Engine, "commit")
@event.listens_for(Engine, "rollback")
def _end_turn(connection: Connection) -> None:
    _give_turn_back(connection.info)


@event.listens_for(Pool, "checkin")
def _end_turn_of_a_broken_one(_connection: Any, record: Any) -> None:
    _give_turn_back(record.info)


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
