"""The live stream on real sockets: what it makes of messages, and how it comes back."""

import json
import socket
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.feeds.capabilities import PriceAnswer
from app.feeds.retailers.amber.intervals import channels_of, joined, read_rows
from app.feeds.retailers.amber.stream import AmberStream, StreamTimes, message_from, prices_of
from app.transports.errors import CredentialsRefused, Unreachable
from app.transports.pace import RealPace
from tests.feeds.amber.payloads import NOW, row
from tests.feeds.amber.stream_server import SITE, Line, StreamServer

QUICK = StreamTimes(
    first_wait_s=0.01, longest_wait_s=0.04, steady_s=0.0, ping_every_s=0.03, pong_within_s=0.05, silent_after_s=5.0, slice_s=0.01
)
BOTH = [row("08:00", "Current", c=35.77, estimate=False), row("08:00", "Current", "feedIn", c=-13.86, estimate=False)]


def answer_from(items: Sequence[Any], now: Any) -> PriceAnswer:
    read = read_rows(items, "predicted", now)
    return PriceAnswer(joined(read.rows, True), now, None, channels_of(read.rows), read.refused)


class Listener:
    """Runs a stream in a thread and waits for what it tells."""

    def __init__(self, url: str, times: StreamTimes = QUICK, site_id: Callable[[], str] = lambda: SITE, pace: Any = None) -> None:
        self.answers: list[PriceAnswer] = []
        self.states: list[str] = []
        self.stop = threading.Event()
        self.stream = AmberStream(
            url=url, token="psk_secretsecret", pace=pace or RealPace(), site_id=site_id, answer_from=answer_from, times=times
        )
        self.thread = threading.Thread(
            target=self.stream.run, args=(lambda: NOW, self.answers.append, self.states.append, self.stop), daemon=True
        )

    def __enter__(self) -> "Listener":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join(2)
        assert not self.thread.is_alive()

    def until(self, is_so: Callable[[], bool]) -> None:
        end = time.monotonic() + 3
        while not is_so():
            assert time.monotonic() < end, (self.states, self.answers)
            time.sleep(0.002)


def gives_a_price(line: Line) -> None:
    line.accept()
    line.prices(BOTH)
    line.stay()


def test_a_pushed_price_is_an_answer_of_both_sides() -> None:
    with StreamServer(gives_a_price) as server, Listener(server.url) as listener:
        listener.until(lambda: bool(listener.answers))
    (interval,) = listener.answers[0].intervals
    assert (interval.import_c_per_kwh, interval.feed_in_c_per_kwh) == (35.77, 13.86)
    assert (listener.answers[0].as_of, listener.answers[0].known_until) == (NOW, None)
    assert listener.states == ["live"]
    assert server.headers[0]["authorization"] == "Bearer psk_secretsecret"
    assert "origin" not in server.headers[0]
    assert server.subscriptions == [{"service": "live-prices", "action": "subscribe", "data": {"siteId": SITE}}]


def test_the_older_forms_of_messages_are_understood() -> None:
    def older(line: Line) -> None:
        line.send({"type": "subscription-success"})
        line.send({"type": "price-update", "data": {"siteId": SITE, "prices": BOTH}})
        line.stay()

    with StreamServer(older) as server, Listener(server.url) as listener:
        listener.until(lambda: bool(listener.answers))
    assert listener.states == ["live"]


def test_noise_and_other_sites_are_passed_over() -> None:
    def noisy(line: Line) -> None:
        line.accept()
        for noise in (
            "",
            "x",
            "[]",
            '{"a": NaN}',
            "[" * 100_000,
            b"\x00\xff",
            {"action": "price-update"},
            {"action": "price-update", "data": []},
        ):
            line.send(noise)
        line.prices(BOTH, site="01OTHER")
        line.prices([row("08:00", "Current", c=1.0)])
        line.stay()

    with StreamServer(noisy) as server, Listener(server.url) as listener:
        listener.until(lambda: bool(listener.answers))
    assert [interval.import_c_per_kwh for interval in listener.answers[0].intervals] == [1.0]
    assert len(listener.answers) == 1
    assert server.connections == 1


def test_a_dropped_connection_is_opened_again() -> None:
    def drops(line: Line) -> None:
        line.accept()
        line.prices(BOTH)

    with StreamServer(drops, drops, gives_a_price) as server, Listener(server.url) as listener:
        listener.until(lambda: len(listener.answers) == 3)
    assert listener.states == ["live", "down", "live", "down", "live"]


def waits_of(server: StreamServer, times: StreamTimes, count: int, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses before the first `count` reconnections, without the jitter."""
    waits: list[float] = []
    monkeypatch.setattr("app.feeds.retailers.amber.stream.random.uniform", lambda low, high: 1.0)
    with Listener(server.url, times) as listener:
        real = listener.stop.wait

        def wait(timeout: float | None = None) -> bool:
            if threading.current_thread() is listener.thread and timeout is not None:
                waits.append(timeout)
                return real(0)
            return real(timeout)

        monkeypatch.setattr(listener.stop, "wait", wait)
        listener.until(lambda: len(waits) >= count)
    return waits[:count]


def test_the_pause_doubles_to_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    with StreamServer(lambda line: None) as server:
        assert waits_of(server, StreamTimes(slice_s=0.01), 8, monkeypatch) == [1, 2, 4, 8, 16, 32, 60, 60]


def test_a_price_ends_the_doubling(monkeypatch: pytest.MonkeyPatch) -> None:
    def gives_and_drops(line: Line) -> None:
        line.accept()
        line.prices(BOTH)

    def subscribes_and_drops(line: Line) -> None:
        line.accept()

    with StreamServer(subscribes_and_drops, subscribes_and_drops, gives_and_drops, subscribes_and_drops) as server:
        assert waits_of(server, StreamTimes(slice_s=0.01, steady_s=0), 5, monkeypatch) == [1, 2, 1, 2, 4]


def test_a_connection_that_drops_at_once_does_not_end_the_doubling(monkeypatch: pytest.MonkeyPatch) -> None:
    def gives_and_drops(line: Line) -> None:
        line.accept()
        line.prices(BOTH)

    with StreamServer(gives_and_drops) as server:
        assert waits_of(server, StreamTimes(slice_s=0.01), 4, monkeypatch) == [1, 2, 4, 8]


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_handshake_ends_the_stream_for_good(status: int) -> None:
    with StreamServer(refusal=status) as server, Listener(server.url) as listener:
        listener.thread.join(2)
        assert not listener.thread.is_alive()
    assert (listener.states, server.connections) == (["refused"], 1)


@pytest.mark.parametrize("status", [302, 404, 429, 500, 503])
def test_another_status_of_the_handshake_is_tried_again(status: int) -> None:
    with StreamServer(refusal=status) as server, Listener(server.url) as listener:
        listener.until(lambda: server.connections >= 3)
    assert listener.states == ["down"]


@pytest.mark.parametrize(("status", "states"), [(400, ["refused"]), (403, ["refused"])])
def test_a_refused_subscription_ends_the_stream(status: int, states: list[str]) -> None:
    def refuses(line: Line) -> None:
        line.accept(status)
        line.stay()

    with StreamServer(refuses) as server, Listener(server.url) as listener:
        listener.thread.join(2)
        assert not listener.thread.is_alive()
    assert listener.states == states


@pytest.mark.parametrize(
    "reply",
    [{"service": "live-prices", "action": "subscribe", "status": 500}, {"type": "error", "message": "later"}, {"action": "subscribe"}],
)
def test_a_subscription_that_fails_otherwise_is_tried_again(reply: dict[str, Any]) -> None:
    def fails(line: Line) -> None:
        line.send(reply)
        line.stay()

    with StreamServer(fails, fails, gives_a_price) as server, Listener(server.url) as listener:
        listener.until(lambda: bool(listener.answers))
    assert listener.states == ["down", "live"]


def test_a_refused_token_ends_the_stream_before_it_begins() -> None:
    def refused() -> str:
        raise CredentialsRefused("Amber", "no")

    with Listener("ws://127.0.0.1:1", site_id=refused) as listener:
        listener.thread.join(2)
    assert listener.states == ["refused"]


def test_a_site_that_cannot_be_asked_for_is_asked_for_again() -> None:
    asked: list[int] = []

    def late() -> str:
        asked.append(1)
        if len(asked) < 3:
            raise Unreachable("Amber", "down")
        return SITE

    with StreamServer(gives_a_price) as server, Listener(server.url, site_id=late) as listener:
        listener.until(lambda: bool(listener.answers))
    assert listener.states == ["down", "live"]


def test_silence_is_noticed_and_stays_silence_until_a_price_comes() -> None:
    times = StreamTimes(first_wait_s=0.01, longest_wait_s=0.01, steady_s=0.0, silent_after_s=0.05, slice_s=0.01)

    def silent(line: Line) -> None:
        line.accept()
        line.stay()

    def refuses_once(line: Line) -> None:
        return None

    with StreamServer(silent, silent, refuses_once, gives_a_price) as server, Listener(server.url, times) as listener:
        listener.until(lambda: bool(listener.answers))
        assert listener.states == ["live", "silent", "live"]


def test_silence_is_measured_by_the_pace() -> None:
    class Leaping:
        now_s = 0.0

        def monotonic(self) -> float:
            return self.now_s

        def sleep(self, seconds: float) -> None:
            raise AssertionError("the stream does not wait by the pace")

    pace = Leaping()
    with StreamServer(gives_a_price) as server, Listener(server.url, StreamTimes(first_wait_s=0.01, slice_s=0.01), pace=pace) as listener:
        listener.until(lambda: len(listener.answers) == 1)
        pace.now_s += 359
        time.sleep(0.05)
        assert listener.states == ["live"]
        pace.now_s += 2
        listener.until(lambda: len(listener.answers) == 2)
        assert listener.states == ["live", "silent", "live"]


def test_pings_keep_a_quiet_connection() -> None:
    with StreamServer(gives_a_price) as server, Listener(server.url) as listener:
        listener.until(lambda: bool(listener.answers))
        time.sleep(0.2)  # six pings
    assert server.connections == 1


def test_a_connection_without_a_pong_is_given_up() -> None:
    """A server that finishes the handshake by hand and then says nothing more, not even to pings."""
    listener_socket = socket.create_server(("127.0.0.1", 0))
    greeted: list[socket.socket] = []

    def greet() -> None:
        import base64
        import hashlib

        while True:
            try:
                sock, _ = listener_socket.accept()
            except OSError:
                return
            request = sock.recv(4096).decode()
            key = next(line.split(": ")[1] for line in request.split("\r\n") if line.lower().startswith("sec-websocket-key"))
            accept = base64.b64encode(hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest()).decode()
            sock.sendall(f"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n".encode())
            greeted.append(sock)

    threading.Thread(target=greet, daemon=True).start()
    with Listener(f"ws://127.0.0.1:{listener_socket.getsockname()[1]}") as listener:
        listener.until(lambda: len(greeted) >= 2)
    assert listener.states == ["down"]
    listener_socket.shutdown(socket.SHUT_RDWR)
    listener_socket.close()


def test_stop_is_obeyed_at_once_while_connected_waiting_or_opening() -> None:
    slow = StreamTimes(first_wait_s=60)
    deaf = socket.create_server(("127.0.0.1", 0))  # takes the connection and never answers the handshake
    with StreamServer(gives_a_price) as server:
        for url, is_there in (
            (server.url, lambda heard: bool(heard.answers)),
            ("ws://127.0.0.1:1", lambda heard: bool(heard.states)),
            (f"ws://127.0.0.1:{deaf.getsockname()[1]}", lambda heard: True),
        ):
            with Listener(url, slow) as listener:
                listener.until(lambda listener=listener, is_there=is_there: is_there(listener))  # type: ignore[misc]
                began = time.monotonic()
                listener.stop.set()
                listener.thread.join(2)
                assert time.monotonic() - began < 1.0
    deaf.close()


def test_an_environment_proxy_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with StreamServer(gives_a_price) as server, Listener(server.url) as listener:
        listener.until(lambda: bool(listener.answers))


@given(st.binary(max_size=60))
def test_any_bytes_are_a_message_or_none(data: bytes) -> None:
    assert message_from(data) is None or json.loads(data) is not None


@given(
    st.dictionaries(
        st.sampled_from(["action", "type", "data", "status"]),
        st.none() | st.text() | st.integers() | st.lists(st.integers()) | st.just({"siteId": SITE}),
    )
)
def test_a_message_of_any_content_has_prices_or_none(message: dict[str, Any]) -> None:
    assert prices_of(message, SITE) is None
