"""An HTTP server that misbehaves on purpose: each test gives it the bytes to send and the moments to send them."""

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

Act = Callable[[socket.socket, "RoughServer"], None]


@dataclass(frozen=True, slots=True)
class Request:
    line: str
    headers: dict[str, str]
    body: bytes


def answer(body: bytes | str, status: int = 200, **headers: str) -> Act:
    """A well-formed answer; `headers` with underscores for hyphens."""
    data = body.encode() if isinstance(body, str) else body
    named = {"Content-Length": str(len(data)), "Content-Type": "application/json"}
    named.update({name.replace("_", "-"): value for name, value in headers.items()})
    head = f"HTTP/1.1 {status} X\r\n" + "".join(f"{name}: {value}\r\n" for name, value in named.items()) + "\r\n"

    def act(sock: socket.socket, server: "RoughServer") -> None:
        sock.sendall(head.encode() + data)

    return act


def raw(data: bytes) -> Act:
    """These bytes, then the end of the connection."""

    def act(sock: socket.socket, server: "RoughServer") -> None:
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)

    return act


def drip(first: bytes, every_s: float) -> Act:
    """`first`, then a byte now and then for as long as the client listens."""

    def act(sock: socket.socket, server: "RoughServer") -> None:
        sock.sendall(first)
        while not server.stopping.wait(every_s):
            sock.sendall(b"x")

    return act


def silence(sock: socket.socket, server: "RoughServer") -> None:
    """Accepts and never answers."""
    server.stopping.wait(20)


def reset(sock: socket.socket, server: "RoughServer") -> None:
    """Ends the connection without an answer."""
    sock.shutdown(socket.SHUT_RDWR)


class RoughServer:
    """Answers the n-th request with the n-th act; the last act is repeated."""

    def __init__(self, *acts: Act) -> None:
        self.acts = list(acts)
        self.requests: list[Request] = []
        self.connections = 0
        self.stopping = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> "RoughServer":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stopping.set()
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes the accepting thread, which would take one more connection
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections += 1
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        with sock, sock.makefile("rb") as lines:
            while request := _read(lines.readline, lines.read):
                self.requests.append(request)
                act = self.acts[min(len(self.requests), len(self.acts)) - 1]
                try:
                    act(sock, self)
                except OSError:
                    return


def _read(readline: Callable[[], bytes], read: Callable[[int], bytes]) -> Request | None:
    try:
        line = readline().decode("latin-1").strip()
        if not line:
            return None
        headers: dict[str, str] = {}
        while header := readline().decode("latin-1").strip():
            name, _, value = header.partition(":")
            headers[name.lower()] = value.strip()
        return Request(line, headers, read(int(headers.get("content-length", "0"))))
    except OSError:
        return None
