"""Amber's live prices over a WebSocket. Source: what clients of the alpha service have recorded; REST stays the fallback.

connect → subscribe → a message per 5-minute interval and when its price is confirmed. A dropped connection is opened again after 1 s,
doubling to 60 s; a refused one (handshake 401 or 403, subscription 4xx) is not."""

import json
import random
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NoReturn

import websocket

from app.domain.brands import BaseUrl
from app.domain.pace import Pace
from app.feeds.capabilities import PriceAnswer
from app.transports.errors import CredentialsRefused, RequestRefused, VendorError
from app.transports.pace import RealPace
from app.transports.session import USER_AGENT, open_socket

WS_URL: Final = BaseUrl("AMBER_WS_URL", "wss://api-ws.amber.com.au", "whole")

LIVE, SILENT, REFUSED, DOWN = "live", "silent", "refused", "down"


@dataclass(frozen=True, slots=True)
class StreamTimes:
    """Seconds; a test supplies shorter ones."""

    first_wait_s: float = 1.0  # before opening a dropped connection again, doubling
    longest_wait_s: float = 60.0
    steady_s: float = 10.0  # a connection that gave a price and lived this long ends the doubling
    ping_every_s: float = 30.0
    pong_within_s: float = 10.0
    silent_after_s: float = 360.0  # without a price: a message per 5 minutes is due
    handshake_s: float = 10.0
    slice_s: float = 0.25  # how often `stop` is looked at


class _Refused(Exception):
    """The vendor does not want this stream: trying again changes nothing."""


class _Dropped(Exception):
    """The connection is gone, or as good as gone."""


class _Silent(_Dropped):
    """The connection stands and nothing comes."""


class AmberStream:
    """One subscription. `site_id` may ask the vendor; `answer_from` turns the price rows of a message into an answer."""

    def __init__(
        self,
        *,
        url: str,
        token: str,
        pace: Pace,
        site_id: Callable[[], str],
        answer_from: Callable[[Sequence[Any], datetime], PriceAnswer],
        times: StreamTimes | None = None,
    ) -> None:
        self._url, self._token, self._pace = url, token, pace
        self._site_id, self._answer_from = site_id, answer_from
        self._times = times or StreamTimes()
        # Sockets live in real time also where the pace does not: a pong is waited for by the machine's clock, a price by the pace.
        self._socket_pace: Pace = RealPace()
        self._state = ""

    def run(
        self,
        clock: Callable[[], datetime],
        on_prices: Callable[[PriceAnswer], None],
        on_state: Callable[[str], None],
        stop: threading.Event,
    ) -> None:
        """Block until `stop`, or return early when the vendor refuses. `on_state` is called at each change of "live", "silent", "refused",
        "down"; both callbacks are called in this thread."""
        wait_s = self._times.first_wait_s
        while not stop.is_set():
            connection = _Connection(self._pace.monotonic())
            began_s = self._socket_pace.monotonic()
            try:
                self._follow(connection, clock, on_prices, on_state, stop)
            except _Refused:
                self._now_is(REFUSED, on_state)
                return
            except _Silent:
                self._now_is(SILENT, on_state)
            except (_Dropped, VendorError):
                if self._state != SILENT:  # silence is known as long as no price ends it
                    self._now_is(DOWN, on_state)
            finally:
                connection.close()
            if connection.has_given_a_price and self._socket_pace.monotonic() - began_s >= self._times.steady_s:
                wait_s = self._times.first_wait_s
            # not all clients at once when the service comes back
            if stop.wait(wait_s * random.uniform(0.75, 1.25)):  # noqa: S311
                return
            wait_s = min(wait_s * 2, self._times.longest_wait_s)

    def _now_is(self, state: str, on_state: Callable[[str], None]) -> None:
        if state != self._state:
            self._state = state
            on_state(state)

    def _follow(
        self,
        connection: "_Connection",
        clock: Callable[[], datetime],
        on_prices: Callable[[PriceAnswer], None],
        on_state: Callable[[str], None],
        stop: threading.Event,
    ) -> None:
        """One connection from its opening to its end. Returns on `stop`; raises _Refused, _Dropped, _Silent or a VendorError."""
        site_id = self._subscribable_site()
        connection.socket = _opened(self._url, self._token, self._times, stop)
        if connection.socket is None:
            return
        connection.send({"service": "live-prices", "action": "subscribe", "data": {"siteId": site_id}})
        connection.pinged_s = self._socket_pace.monotonic()
        while not stop.is_set():
            self._keep_alive(connection)
            message = connection.received()
            if message is None:
                continue
            if _is_accepted(message) and self._state != SILENT:
                self._now_is(LIVE, on_state)
            prices = prices_of(message, site_id)
            if prices is None:
                continue
            answer = self._answer_from(prices, clock())
            if answer.intervals:
                connection.gave_a_price(self._pace.monotonic())
                self._now_is(LIVE, on_state)
            if answer.intervals or answer.quarantined:
                on_prices(answer)

    def _subscribable_site(self) -> str:
        try:
            return self._site_id()
        except (CredentialsRefused, RequestRefused):
            raise _Refused from None

    def _keep_alive(self, connection: "_Connection") -> None:
        now_s = self._socket_pace.monotonic()
        if connection.awaits_pong:
            if now_s - connection.pinged_s >= self._times.pong_within_s:
                raise _Dropped
        elif now_s - connection.pinged_s >= self._times.ping_every_s:
            connection.ping(now_s)
        if self._pace.monotonic() - connection.heard_s >= self._times.silent_after_s:
            raise _Silent


class _Connection:
    """A WebSocket that is open, with what it has given. Raises _Dropped where it has ended."""

    def __init__(self, now_s: float) -> None:
        self.socket: websocket.WebSocket | None = None
        self.heard_s = now_s  # by the pace: when the last price came
        self.pinged_s = 0.0
        self.awaits_pong = False
        self.has_given_a_price = False

    def gave_a_price(self, now_s: float) -> None:
        self.heard_s = now_s
        self.has_given_a_price = True

    def send(self, value: Mapping[str, Any]) -> None:
        try:
            self._open().send(json.dumps(value))
        except (websocket.WebSocketException, OSError):
            raise _Dropped from None

    def ping(self, now_s: float) -> None:
        self.pinged_s, self.awaits_pong = now_s, True
        try:
            self._open().ping()
        except (websocket.WebSocketException, OSError):
            raise _Dropped from None

    def received(self) -> Mapping[str, Any] | None:
        """The next message that is a JSON object; None when there was none within a slice."""
        try:
            opcode, frame = self._open().recv_data_frame(control_frame=True)
        except websocket.WebSocketTimeoutException:
            return None
        except (websocket.WebSocketException, OSError, ValueError):
            raise _Dropped from None
        if opcode == websocket.ABNF.OPCODE_CLOSE:
            raise _Dropped
        if opcode == websocket.ABNF.OPCODE_PONG:
            self.awaits_pong = False
            return None
        return message_from(frame.data) if opcode == websocket.ABNF.OPCODE_TEXT else None

    def close(self) -> None:
        """Without waiting for the other side's goodbye."""
        if self.socket is not None:
            self.socket.shutdown()  # type: ignore[no-untyped-call]
            self.socket = None

    def _open(self) -> websocket.WebSocket:
        if self.socket is None:
            raise _Dropped
        return self.socket


def _opened(url: str, token: str, times: StreamTimes, stop: threading.Event) -> websocket.WebSocket | None:
    """An open WebSocket, None when `stop` came first. The handshake runs aside, so that `stop` need not wait for it."""
    opened: list[websocket.WebSocket] = []
    failed: list[Exception] = []
    is_done = threading.Event()
    is_left = threading.Event()

    def open_it() -> None:
        try:
            opened.append(_handshake(url, token, times))
        except (_Refused, _Dropped) as error:
            failed.append(error)
        is_done.set()
        if is_left.is_set():
            for late in opened:
                late.shutdown()  # type: ignore[no-untyped-call]

    threading.Thread(target=open_it, name="amber-handshake", daemon=True).start()
    waited_s = 0.0
    while not is_done.wait(times.slice_s):
        waited_s += times.slice_s
        if stop.is_set() or waited_s >= times.handshake_s * 2:
            is_left.set()
            if stop.is_set():
                return None
            raise _Dropped
    if failed:
        raise failed[0]
    return opened[0]


def _handshake(url: str, token: str, times: StreamTimes) -> websocket.WebSocket:
    """Raises _Refused or _Dropped."""
    opened = websocket.WebSocket(enable_multithread=False)
    try:
        line = open_socket(url, times.handshake_s)
        line.settimeout(times.handshake_s)
        opened.connect(  # type: ignore[no-untyped-call]
            url,
            socket=line,  # the library's own would go through a proxy of the host's environment, and carry the token there
            timeout=times.handshake_s,
            header=[f"authorization: Bearer {token}", f"User-Agent: {USER_AGENT}"],
            suppress_origin=True,
            redirect_limit=0,
        )
    except websocket.WebSocketBadStatusException as error:
        raise (_Refused if error.status_code in {401, 403} else _Dropped) from None
    except (websocket.WebSocketException, OSError, ValueError):
        raise _Dropped from None
    opened.settimeout(times.slice_s)
    return opened


def message_from(data: bytes) -> Mapping[str, Any] | None:
    """A JSON object, or None for anything else."""
    try:
        value = json.loads(data, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, Mapping) else None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _is_accepted(message: Mapping[str, Any]) -> bool:
    """Whether the message confirms the subscription, in the present or the older form. Raises _Refused or _Dropped when it denies it."""
    if message.get("type") == "subscription-success":
        return True
    if message.get("type") == "error":
        raise _Dropped
    if message.get("action") != "subscribe":
        return False
    status = message.get("status")
    if status == 200:
        return True
    if isinstance(status, int) and 400 <= status < 500 and status not in {408, 429}:
        raise _Refused
    raise _Dropped


def prices_of(message: Mapping[str, Any], site_id: str) -> Sequence[Any] | None:
    """The price rows of a message for `site_id`; None for every other message, another site's prices among them."""
    data = message.get("data")
    if "price-update" not in (message.get("action"), message.get("type")) or not isinstance(data, Mapping):
        return None
    if data.get("siteId") != site_id or not isinstance(data.get("prices"), list):
        return None
    prices: Sequence[Any] = data["prices"]
    return prices
