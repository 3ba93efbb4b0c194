"""HTTP on localhost, thin: bytes to a Request, a Response to bytes, and the line's own faults."""

import contextlib
import select
import socket
import ssl
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from app.simulators import control
from app.simulators import effects as e
from app.simulators.pace import Clock
from app.simulators.service import Request, Response, Service

_HANDSHAKE_S = 5.0
_REASONS = {200: "OK", 201: "Created", 204: "No Content"}


class HttpServer:
    """Serves one Service; `port` 0 takes a free one, which stays the same when the listener closes and opens again. With `tls` over HTTPS;
    another one counts for connections from then on."""

    def __init__(
        self, service: Service, clock: Clock, host: str = "127.0.0.1", port: int = 0, *, tls: ssl.SSLContext | None = None
    ) -> None:
        self.service, self.clock, self.tls = service, clock, tls
        self.host, self.port = host, port
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        self._server: _Listener | None = None

    @property
    def url(self) -> str:
        return f"http{'s' if self.tls else ''}://{self.host}:{self.port}"

    def listen(self) -> None:
        """Open the port; does nothing when it is open."""
        with self._lock:
            if self._server is None:
                self._server = _Listener((self.host, self.port), self)
                self.port = self._server.server_address[1]
                threading.Thread(
                    target=self._server.serve_forever, args=(0.02,), name=f"simulated {self.service.name}", daemon=True
                ).start()

    def close(self) -> None:
        """Close the port and every connection: callers are refused until `listen`."""
        with self._lock:
            server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()
            server.drop_connections()

    def stop(self) -> None:
        """Close for good and wake those that are kept waiting."""
        self.stopping.set()
        self.close()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], owner: HttpServer) -> None:
        self.owner = owner
        self._open: set[socket.socket] = set()
        self._resetting: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        if self.owner.tls is not None:
            self._open.discard(request)
            try:
                request.settimeout(_HANDSHAKE_S)
                request = self.owner.tls.wrap_socket(request, server_side=True)
                request.settimeout(None)
            except OSError:
                self.close_request(request)  # whoever called did not like the certificate
                return
            self._open.add(request)
        super().process_request_thread(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        if request in self._resetting:
            self._resetting.discard(request)
            self.close_request(request)  # without a farewell: with SO_LINGER 0 this is a reset
        else:
            super().shutdown_request(request)

    def reset(self, request: socket.socket) -> None:
        request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._resetting.add(request)

    def drop_connections(self) -> None:
        for connection in tuple(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news; anything else is shown by the default."""
        import sys

        if not isinstance(sys.exception(), ConnectionError | TimeoutError | ssl.SSLError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Listener

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: the service records its requests."""

    def _serve(self) -> None:
        owner = self.server.owner
        target = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, target.path, dict(parse_qsl(target.query, keep_blank_values=True)), headers, body)
        if control.concerns(request):
            response = control.handle(request, owner.service.faults, owner.clock.now(), self.client_address[0])
        else:
            response = owner.service.handle(request)
        with contextlib.suppress(ConnectionError, TimeoutError):
            self._deliver(response)

    def _deliver(self, response: Response) -> None:
        for effect in response.delivery:
            match effect:
                case e.Silence():
                    self._keep_waiting(effect.seconds)
                    return
                case e.Reset():
                    self.close_connection = True
                    self.server.reset(self.connection)
                    return
                case e.Drip():
                    self._drip(response, effect)
                    return
                case e.HalfAnswer():
                    self._hang_up_after(_bytes_of(response)[: -max(1, len(response.body) // 2)])
                    return
                case e.WrongLength():
                    self._hang_up_after(_bytes_of(response, max(0, len(response.body) + effect.by)))
                    return
                case e.HugeBody():
                    self._flood(response, effect.size)
                    return
        self.wfile.write(_bytes_of(response))

    def _keep_waiting(self, seconds: float) -> None:
        """Hold the line until the time is over, the client hangs up, or the simulation stops."""
        owner = self.server.owner
        self.close_connection = True
        step_s = 0.25 if owner.clock.is_real else seconds
        left_s = seconds
        while left_s > 0 and not owner.clock.wait(owner.stopping, min(step_s, left_s)):
            left_s -= step_s
            if select.select([self.connection], [], [], 0)[0] and self._has_hung_up():
                return

    def _has_hung_up(self) -> bool:
        if isinstance(self.connection, ssl.SSLSocket):
            return True  # it cannot be looked into; a client that waits sends nothing else
        return not self.connection.recv(1, socket.MSG_PEEK)

    def _hang_up_after(self, data: bytes) -> None:
        self.close_connection = True
        self.wfile.write(data)

    def _drip(self, response: Response, effect: e.Drip) -> None:
        owner = self.server.owner
        self.close_connection = True
        data = _bytes_of(response)
        size = max(1, round(effect.bytes_per_s))
        for step, first in enumerate(range(0, len(data), size)):
            if step * size / effect.bytes_per_s >= effect.seconds:
                return
            self.wfile.write(data[first : first + size])
            if owner.clock.wait(owner.stopping, size / effect.bytes_per_s):
                return

    def _flood(self, response: Response, size: int) -> None:
        self.close_connection = True
        self.wfile.write(_bytes_of(Response(response.status, b"", response.headers), size))
        block = b'{"a":"' + b" " * 65_530
        for _ in range(size // len(block) + 1):
            self.wfile.write(block)


def _bytes_of(response: Response, length: int | None = None) -> bytes:
    reason = _REASONS.get(response.status, "Status")
    headers = response.headers | {"Content-Length": str(len(response.body) if length is None else length)}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {response.status} {reason}\r\n{head}\r\n".encode("latin-1") + response.body
