"""Amber's WebSocket service: the present price, pushed when an interval begins and again when its price is final."""

import contextlib
import json
import logging
import threading
from datetime import datetime, timedelta
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

from app.simulators import effects as e
from app.simulators.amber import AmberService, AmberSite
from app.simulators.effects import Effect
from app.simulators.faults import Faults
from app.simulators.market import SLOT_S
from app.simulators.pace import Clock

_NAME = "amber_stream"
_SERVICE = "live-prices"
_LEFT_OUT = ("advancedPrice", "tariffInformation", "range")
_QUIET = logging.getLogger(__name__)
_QUIET.setLevel(logging.CRITICAL)


class AmberStream:
    """Serves the sites of `amber`. `push` sends what is due; the world calls it whenever time has passed.

    The message of a new interval goes out at once, that of a final price `delay_s` after it became final.
    """

    def __init__(
        self, clock: Clock, faults: Faults, amber: AmberService, host: str = "127.0.0.1", port: int = 0, delay_s: float = 0.0
    ) -> None:
        self.host, self.port, self.delay_s = host, port, delay_s
        self.handshakes = 0
        """How often a client knocked, for tests that look for reconnect storms."""
        self._clock, self._faults, self._amber = clock, faults, amber
        self._lock = threading.RLock()
        self._server: Server | None = None
        self._subscribers: dict[ServerConnection, AmberSite] = {}
        self._sent = self._phase(clock.now())

    @property
    def url(self) -> str:
        return f"ws://{self.host}:{self.port}"

    @property
    def subscriber_count(self) -> int:
        """How many connections have subscribed."""
        return len(self._subscribers)

    def listen(self) -> None:
        """Open the port; does nothing when it is open."""
        with self._lock:
            if self._server is None:
                self._server = serve(self._converse, self.host, self.port, process_request=self._admit, close_timeout=0.3, logger=_QUIET)
                self.port = self._server.socket.getsockname()[1]
                threading.Thread(target=self._server.serve_forever, name="simulated amber stream", daemon=True).start()

    def close(self) -> None:
        """Close the port and every connection."""
        with self._lock:
            server, self._server = self._server, None
        if server is not None:
            server.shutdown()

    stop = close

    def push(self) -> None:
        """Send the present price to every subscriber if it is news."""
        now = self._clock.now()
        if self._subscribers and self._befalls(e.StreamDropped):
            self._drop_all()
        phase = self._phase(now)
        with self._lock:
            if phase == self._sent:
                return
            self._sent = phase
            subscribers = list(self._subscribers.items())
        if not subscribers or self._befalls(e.StreamSilent):
            return
        effects = self._befalls(e.StreamGarbage, e.StreamOtherSite)
        for connection, site in subscribers:
            with contextlib.suppress(ConnectionClosed, OSError):
                connection.send(self._message(site, now, effects))

    # -- inside ---------------------------------------------------------------------------------------------------

    def _befalls(self, *kinds: type[Effect]) -> list[Effect]:
        return [effect for effect, _ in self._faults.take(_NAME, "GET", "/", kinds)]

    def _phase(self, now: datetime) -> tuple[int, bool]:
        """(interval, final): what the last message was about."""
        index = int(now.timestamp()) // SLOT_S
        return index, now >= self._amber.rows.market.confirmed_at(index) + timedelta(seconds=self.delay_s)

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        self.handshakes += 1
        wanted = f"Bearer {self._amber.account.token}"
        if request.headers.get("Authorization") != wanted or self._befalls(e.StreamForbidden):
            return connection.respond(403, "Forbidden\n")
        return None

    def _converse(self, connection: ServerConnection) -> None:
        try:
            for message in connection:
                connection.send(self._reply(connection, message))
                if self._befalls(e.StreamDropped):
                    return
        except ConnectionClosed:
            pass
        finally:
            with self._lock:
                self._subscribers.pop(connection, None)

    def _reply(self, connection: ServerConnection, message: str | bytes) -> str:
        reply: dict[str, Any] = {"service": _SERVICE, "action": "subscribe", "status": 400}
        try:
            asked = json.loads(message)
            site = self._amber.account.site(asked["data"]["siteId"])
            reply["action"] = asked["action"]
        except (ValueError, KeyError, TypeError):
            return json.dumps(reply)
        if asked.get("service") == _SERVICE and site is not None and site.status == "active":
            with self._lock:
                if asked["action"] == "subscribe":
                    self._subscribers[connection] = site
                    reply["status"] = 200
                elif asked["action"] == "unsubscribe":
                    self._subscribers.pop(connection, None)
                    reply["status"] = 200
        return json.dumps(reply)

    def _message(self, site: AmberSite, now: datetime, effects: list[Effect]) -> str:
        if any(isinstance(effect, e.StreamGarbage) for effect in effects):
            return '{"service": "live-prices", "action": "price-update", "data": {"prices": [{"perKwh": '
        other = any(isinstance(effect, e.StreamOtherSite) for effect in effects)
        rows = self._amber.current_rows(site, now)
        prices = [{key: value for key, value in row.items() if key not in _LEFT_OUT} for row in rows]
        return json.dumps(
            {
                "timestamp": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "service": _SERVICE,
                "action": "price-update",
                "data": {"siteId": self._amber.account.sites[0].id if other else site.id, "prices": prices},
            }
        )

    def _drop_all(self) -> None:
        with self._lock:
            connections = list(self._subscribers)
            self._subscribers.clear()
        for connection in connections:
            with contextlib.suppress(ConnectionClosed, OSError):
                connection.close(1012)
