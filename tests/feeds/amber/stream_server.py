"""A WebSocket server that speaks Amber's stream as a script tells it."""

import json
import threading
from collections.abc import Callable
from http import HTTPStatus
from types import TracebackType
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

SITE = "01JQ7M2C9W4T8ZB5KX3N6D0HVR"
Script = Callable[["Line"], None]


class Line:
    """One accepted connection, in the words of the stream."""

    def __init__(self, connection: ServerConnection, server: "StreamServer") -> None:
        self._connection, self.server = connection, server

    def accept(self, status: int = 200) -> dict[str, Any]:
        """Read the subscription and answer it."""
        asked: dict[str, Any] = json.loads(self._connection.recv(timeout=5))
        self.server.subscriptions.append(asked)
        self.send({"service": "live-prices", "action": "subscribe", "status": status})
        return asked

    def send(self, value: Any) -> None:
        self._connection.send(value if isinstance(value, str | bytes) else json.dumps(value))

    def prices(self, rows: list[dict[str, Any]], site: str = SITE, **other: Any) -> None:
        self.send({"service": "live-prices", "action": "price-update", "data": {"siteId": site, "prices": rows}, **other})

    def stay(self) -> None:
        """Until the server stops; pings are answered by themselves."""
        while not self.server.stopping.is_set():
            try:
                self._connection.recv(timeout=0.02)
            except TimeoutError:
                continue


class StreamServer:
    """The n-th connection gets the n-th script; the last one is repeated. `refusal` answers handshakes with a status instead."""

    def __init__(self, *scripts: Script, refusal: int | None = None) -> None:
        self._scripts, self._refusal = scripts, refusal
        self.connections = 0
        self.headers: list[dict[str, str]] = []
        self.subscriptions: list[dict[str, Any]] = []
        self.stopping = threading.Event()
        self._server: Server | None = None
        self.url = ""

    def __enter__(self) -> "StreamServer":
        self._server = serve(self._serve, "127.0.0.1", 0, process_request=self._greet, close_timeout=0.05)
        self.url = f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stopping.set()
        if self._server is not None:
            self._server.shutdown()

    def _greet(self, connection: ServerConnection, request: Request) -> Response | None:
        self.headers.append({name.lower(): value for name, value in request.headers.raw_items()})
        if self._refusal is None:
            return None
        self.connections += 1
        return connection.respond(HTTPStatus(self._refusal), "no\n")

    def _serve(self, connection: ServerConnection) -> None:
        self.connections += 1
        script = self._scripts[min(self.connections, len(self._scripts)) - 1]
        try:
            script(Line(connection, self))
        except (ConnectionClosed, TimeoutError):
            return
