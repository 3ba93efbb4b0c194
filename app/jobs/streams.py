"""One thread per retailer account that pushes prices. What it brings is stored and wakes the loop for that site."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlalchemy import select

from app.control.price_rows import store
from app.feeds.capabilities import PriceAnswer, StreamsPrices
from app.jobs.desk import Desk
from app.models.connection import Connection
from app.transports.errors import VendorError

log = structlog.get_logger(__name__)


@dataclass
class _Running:
    thread: threading.Thread
    stop: threading.Event
    version: str


class Streams:
    """Keeps one stream running for each connection whose retailer has one."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._running: dict[int, _Running] = {}

    def keep(self) -> None:
        """Start streams of new or changed connections, stop those that are gone. Called every few seconds."""
        wanted = self._wanted()
        for connection_id in list(self._running):
            running = self._running[connection_id]
            if wanted.get(connection_id) != running.version:
                running.stop.set()
                del self._running[connection_id]
        for connection_id, version in wanted.items():
            if connection_id not in self._running:
                self._start(connection_id, version)

    def _wanted(self) -> dict[int, str]:
        with self._desk.around.reading() as session:
            rows = session.scalars(select(Connection).where(Connection.role == "retailer"))
            return {
                row.id: f"{row.brand} {row.config} {row.account}" for row in rows if row.site_id in self._desk.grants and self._streams(row)
            }

    def _streams(self, connection: Connection) -> bool:
        try:
            return isinstance(self._desk.opener.retailer(connection), StreamsPrices)
        except VendorError:
            return False  # its key cannot be read: the fetch tells the owner

    def _start(self, connection_id: int, version: str) -> None:
        stop = threading.Event()
        thread = threading.Thread(target=self._run, args=(connection_id, stop), name=f"stream-{connection_id}", daemon=True)
        self._running[connection_id] = _Running(thread, stop, version)
        thread.start()

    def _run(self, connection_id: int, stop: threading.Event) -> None:
        """The edge of a stream's thread: what fails is logged, REST goes on without it."""
        try:
            with self._desk.around.reading() as session:
                feed = self._desk.opener.retailer(session.get_one(Connection, connection_id))
            if isinstance(feed, StreamsPrices):
                feed.stream(self._desk.clock, self._on_prices(connection_id), self._on_state(connection_id), stop)
        except Exception:
            log.exception("stream failed", connection=connection_id)

    def _on_prices(self, connection_id: int) -> Callable[[PriceAnswer], None]:
        def keep(answer: PriceAnswer) -> None:
            with self._desk.around.session() as session:
                connection = session.get(Connection, connection_id)
                if connection is None:
                    return
                connection.stream_at = answer.as_of
                has_changed = store(session, connection, answer)
                site_id = connection.site_id
                session.commit()
            if has_changed:
                self._desk.plan_and_tick(site_id)

        return keep

    def _on_state(self, connection_id: int) -> Callable[[str], None]:
        def note(state: str) -> None:
            with self._desk.around.session() as session:
                connection = session.get(Connection, connection_id)
                if connection is not None:
                    connection.stream_state = state
                    session.commit()
            log.info("price stream", connection=connection_id, state=state)

        return note

    def stop(self) -> None:
        """Ask all streams to end."""
        for running in self._running.values():
            running.stop.set()
