"""Hearing what pages and commands change within 0.3 s: `data_version` on SQLite, LISTEN on PostgreSQL."""

import threading
from collections.abc import Callable

import psycopg
import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from app.services.signals import CHANNEL

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 0.2
CALM_S = 5.0  # after a database failure


class Watch(threading.Thread):
    """Calls `on_signal(site_id)` for every site whose signal was rung."""

    def __init__(self, engine: Engine, on_signal: Callable[[int], None], stop: threading.Event) -> None:
        super().__init__(name="wake", daemon=True)
        self._engine, self._on_signal, self._stop_event = engine, on_signal, stop
        self._seen: dict[int, int] | None = None
        self.is_listening = threading.Event()  # from then on nothing is missed

    def run(self) -> None:
        watch = self._watch_postgresql if self._engine.dialect.name == "postgresql" else self._watch_sqlite
        while not self._stop_event.is_set():
            try:
                watch()
            except (SQLAlchemyError, psycopg.Error):
                log.warning("the database does not answer", thread="wake")
                self._stop_event.wait(CALM_S)

    def _watch_sqlite(self) -> None:
        with self._engine.connect() as connection:
            raw = connection.connection.driver_connection
            assert raw is not None  # noqa: S101 - a checked-out connection has its driver's
            connection.rollback()
            version = None
            while not self._stop_event.wait(LOOK_EVERY_S):
                present = raw.execute("PRAGMA data_version").fetchone()[0]
                if present != version:
                    version = present
                    self._look(dict(raw.execute("SELECT site_id, count FROM signal").fetchall()))

    def _watch_postgresql(self) -> None:
        with self._engine.connect() as connection:
            raw = connection.connection.driver_connection
            assert isinstance(raw, psycopg.Connection)  # noqa: S101
            raw.autocommit = True
            raw.execute(f"LISTEN {CHANNEL}")
            try:
                while not self._stop_event.is_set():
                    rows = raw.execute("SELECT site_id, count FROM signal").fetchall()
                    self._look({int(site_id): int(count) for site_id, count in rows})
                    for _ in raw.notifies(timeout=1.0, stop_after=1):
                        break
            finally:
                raw.execute(f"UNLISTEN {CHANNEL}")
                raw.autocommit = False

    def _look(self, counts: dict[int, int]) -> None:
        """Tell about every counter that moved; the first look only learns where they stand."""
        moved = [] if self._seen is None else [site for site, count in counts.items() if self._seen.get(site) != count]
        self._seen = counts
        self.is_listening.set()
        for site_id in moved:
            self._on_signal(site_id)
