"""A requests.Session whose sockets keep to the call's deadline.

Time-outs of a socket bound one read each; a server that sends a byte now and then is never late by them. So every read here gets what is
left of the call's deadline, from the name look-up and the first header on."""

import io
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from http.client import HTTPResponse
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from certifi import where as certificates
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from app.transports.deadline import Deadline, current_deadline
from app.transports.names import resolve
from app.version import __version__

_CONNECT_S = 4.0
_POOL_SIZE = 16


USER_AGENT = f"PowerSync/{__version__}"


def new_session(adapter: "DeadlineAdapter | None" = None) -> requests.Session:
    """A session with one pool of kept-alive connections, without cookies, proxies or .netrc; several threads and APIs may share it.

    `adapter` where connections are opened in another way than to any place with a public certificate."""
    session = requests.Session()
    session.trust_env = False  # a proxy or .netrc of the host would carry the owner's token elsewhere
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers.clear()
    adapter = adapter or DeadlineAdapter()
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


class _DeadlineReader(io.RawIOBase):
    """Reads from a socket; each read waits no longer than the socket's time-out and the deadline."""

    def __init__(self, sock: Any, deadline: Deadline) -> None:
        self._raw = sock.makefile("rb", buffering=0)
        self._sock = sock
        self._per_read_s: float | None = sock.gettimeout()
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left_s = self._deadline.remaining_s()
        if left_s <= 0.0:
            raise TimeoutError("the call's time is over")
        self._sock.settimeout(left_s if self._per_read_s is None else min(left_s, self._per_read_s))
        count: int | None = self._raw.readinto(buffer)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _DeadlineResponse(HTTPResponse):
    def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        deadline = current_deadline()
        if deadline is not None:
            self.fp.close()
            self.fp = io.BufferedReader(_DeadlineReader(sock, deadline))


class DeadlineConnect:
    """Opens the socket: name look-up and all addresses together within the connect time-out."""

    response_class: type[HTTPResponse] = _DeadlineResponse

    def where(self: Any) -> str:
        """The name or address to connect to."""
        host: str = self._dns_host
        return host

    def _new_conn(self: Any) -> socket.socket:
        deadline = current_deadline()
        seconds = min(_CONNECT_S, deadline.remaining_s()) if deadline else _CONNECT_S
        try:
            return connect(self.where(), self.port, seconds, self.socket_options or ())
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from None
        except TimeoutError:
            raise ConnectTimeoutError(self, f"no connection within {seconds:.0f} s") from None
        except OSError as error:
            raise NewConnectionError(self, str(error)) from None


class DeadlineHttp(DeadlineConnect, HTTPConnection):
    pass


class DeadlineHttps(DeadlineConnect, HTTPSConnection):
    pass


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = DeadlineHttp


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = DeadlineHttps


class DeadlineAdapter(HTTPAdapter):
    """Connections of this adapter keep to `app.transports.deadline.until`. `pools`: who opens them, by scheme."""

    def __init__(self, pools: Mapping[str, type[HTTPConnectionPool]] | None = None) -> None:
        self._pools = {"http": _HttpPool, "https": _HttpsPool, **(pools or {})}
        super().__init__(pool_connections=_POOL_SIZE, pool_maxsize=_POOL_SIZE, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools


def open_socket(url: str, within_s: float) -> socket.socket:
    """A connected socket to the host of `url`, with TLS for wss and https, certificates checked as requests checks them; never through a
    proxy. Raises OSError (a TimeoutError or ssl.SSLError among them) or ValueError for what is no address."""
    parts = urlsplit(url)
    is_secure = parts.scheme in {"wss", "https"}
    if not parts.hostname:
        raise ValueError("the configured address is not a web address")
    end = time.monotonic() + within_s
    sock = connect(parts.hostname, parts.port or (443 if is_secure else 80), within_s, ((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),))
    if not is_secure:
        return sock
    try:
        sock.settimeout(max(0.01, end - time.monotonic()))
        return ssl.create_default_context(cafile=certificates()).wrap_socket(sock, server_hostname=parts.hostname)
    except OSError:
        sock.close()
        raise


def connect(host: str, port: int, within_s: float, options: Sequence[tuple[Any, ...]]) -> socket.socket:
    """A connected socket. Raises socket.gaierror, TimeoutError after `within_s` over all addresses, or OSError."""
    end = time.monotonic() + within_s
    addresses = resolve(host, port, within_s)
    problem: OSError | None = None
    for index, (family, kind, protocol, _, address) in enumerate(addresses):
        left_s = end - time.monotonic()
        if left_s <= 0:
            break
        sock = socket.socket(family, kind, protocol)
        try:
            for option in options:
                sock.setsockopt(*option)
            sock.settimeout(left_s / (len(addresses) - index))  # a dead address leaves time for the next one
            sock.connect(address)
        except OSError as error:
            sock.close()
            problem = error
        else:
            return sock
    raise problem or TimeoutError("no connection in time")
