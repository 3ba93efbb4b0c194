"""The transport against a server on a real socket that does what servers do on bad days."""

import gzip
import http.client
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from app.transports import http as transport
from app.transports import line
from app.transports import session as sessions
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood, CredentialsRefused, RateLimited, RequestRefused, Unreachable, VendorError
from app.transports.http import JsonApi
from tests.transports.quick_pace import QuickPace
from tests.transports.rough_server import RoughServer, answer, drip, raw, reset, silence

TOKEN = "psk_0123456789abcdef"


class CountingBudget:
    def __init__(self) -> None:
        self.events: list[tuple[str, ...]] = []
        self.away_s: list[float] = []

    def spend(self, vendor: str, account: str, purpose: str) -> None:
        self.events.append(("spend", purpose))

    def stay_away(self, vendor: str, account: str, seconds: float) -> None:
        self.away_s.append(seconds)

    def failed(self, vendor: str, account: str) -> None:
        self.events.append(("failed",))

    def answered(self, vendor: str, account: str) -> None:
        self.events.append(("answered",))


class Case:
    """One API at one rough server."""

    def __init__(self, server: RoughServer, **options: bool) -> None:
        self.pace = QuickPace()
        self.budget = CountingBudget()
        context = Context(self.pace, budget=self.budget)
        self.api = JsonApi(
            "Acme", server.url + "/v1", context, account="a1", headers=lambda: {"Authorization": f"Bearer {TOKEN}"}, **options
        )


def test_a_read_returns_json_headers_and_the_vendors_clock() -> None:
    with RoughServer(answer('{"a": [1.5]}', Date="Fri, 20 Nov 2026 07:56:53 GMT", RateLimit_Remaining="43")) as server:
        found = Case(server).api.get("/x", next=3, previous=None)
    assert (found.status, found.json, found.headers["ratelimit-remaining"]) == (200, {"a": [1.5]}, "43")
    assert found.clock_skew_s(datetime(2026, 11, 20, 7, 56, 50, tzinfo=UTC)) == 3.0
    assert server.requests[0].line == "GET /v1/x?next=3 HTTP/1.1"
    assert server.requests[0].headers["user-agent"].startswith("PowerSync/")
    assert server.requests[0].headers["authorization"] == f"Bearer {TOKEN}"


def test_connections_are_kept_and_the_budget_counts_each_call() -> None:
    with RoughServer(answer("{}")) as server:
        case = Case(server)
        for _ in range(3):
            case.api.get("/x")
        case.api.post("/y", {"on": True}, purpose="restore")
    assert server.connections == 1
    assert [event for event in case.budget.events if event[0] == "spend"] == [("spend", "read")] * 3 + [("spend", "restore")]
    assert server.requests[-1].body == b'{"on": true}'
    assert server.requests[-1].headers["content-type"] == "application/json"


@pytest.mark.parametrize("trouble", [answer("", 500), answer("<html>", 502), answer("{}", 503), answer("{}", 408), reset])
def test_a_read_is_tried_three_times(trouble: Callable[..., None]) -> None:
    with RoughServer(trouble, trouble, answer("[1]")) as server:
        case = Case(server)
        assert case.api.get("/x").json == [1]
    assert case.pace.waits_s == [0.5, 2.0]
    assert case.budget.events == [("spend", "read")] * 3 + [("answered",)]


def test_a_vendor_that_stays_down_is_unreachable_and_counts_once_as_failed() -> None:
    with RoughServer(answer("{}", 500)) as server:
        case = Case(server)
        with pytest.raises(Unreachable, match="GET /x answered 500"):
            case.api.get("/x")
    assert len(server.requests) == 3
    assert case.budget.events.count(("failed",)) == 1


def test_a_read_can_be_meant_for_one_try() -> None:
    with RoughServer(answer("{}", 503), answer("[1]")) as server:
        case = Case(server, tries_again=False)
        with pytest.raises(Unreachable):
            case.api.get("/x")
    assert len(server.requests) == 1
    assert case.pace.waits_s == []


@pytest.mark.parametrize("trouble", [answer("{}", 500), reset])
def test_a_command_is_sent_once(trouble: Callable[..., None]) -> None:
    with RoughServer(trouble) as server, pytest.raises(Unreachable):
        Case(server).api.post("/x", {})
    assert len(server.requests) == 1


def test_no_try_is_started_that_cannot_end_in_time() -> None:
    with RoughServer(answer("{}", 500)) as server:
        case = Case(server)
        slow = case.api._line._headers

        def late() -> dict[str, str]:
            case.pace.now_s += 11.7
            return dict(slow())

        case.api._line._headers = late
        with pytest.raises(Unreachable):
            case.api.get("/x")
    assert len(server.requests) == 1
    assert case.pace.waits_s == []


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, CredentialsRefused),
        (402, CredentialsRefused),
        (403, CredentialsRefused),
        (400, RequestRefused),
        (404, RequestRefused),
        (421, RequestRefused),
        (429, RateLimited),
        (304, AnswerNotUnderstood),
    ],
)
def test_a_status_has_a_name_and_is_not_asked_again(status: int, error: type[VendorError]) -> None:
    with RoughServer(answer("" if status == 304 else '{"message": "no"}', status, Retry_After="7")) as server, pytest.raises(error):
        Case(server).api.get("/x")
    assert len(server.requests) == 1


def test_a_missing_payment_is_named() -> None:
    with RoughServer(answer("{}", 402)) as server, pytest.raises(CredentialsRefused, match="subscription"):
        Case(server).api.get("/x")


@pytest.mark.parametrize(
    ("headers", "pause_s"),
    [
        ({"Retry-After": "17"}, 17),
        ({"Retry-After": "0"}, 1),
        ({"Retry-After": "86400"}, 300),
        ({"Retry-After": "Fri, 20 Nov 2026 08:00:40 GMT", "Date": "Fri, 20 Nov 2026 08:00:00 GMT"}, 40),
        ({"Retry-After": "soon", "RateLimit-Reset": "33"}, 33),
        ({"RateLimit-Reset": "187", "RateLimit-Remaining": "0"}, 187),
        ({"Retry-After": "-5"}, 1),
        ({"Retry-After": "٣"}, 1),
    ],
)
def test_a_rate_limit_says_when_to_come_back(headers: dict[str, str], pause_s: float) -> None:
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    data = f"HTTP/1.1 429 X\r\nContent-Length: 2\r\n{head}\r\n{{}}".encode()
    with RoughServer(raw(data)) as server:
        case = Case(server)
        with pytest.raises(RateLimited) as caught:
            case.api.get("/x")
    assert caught.value.retry_after_s == pause_s
    assert case.budget.away_s == [pause_s]


def test_rate_limits_without_a_pause_double_up_to_five_minutes() -> None:
    with RoughServer(answer("{}", 429)) as server:
        case = Case(server)
        for _ in range(11):
            with pytest.raises(RateLimited):
                case.api.get("/x")
        server.acts = [answer("{}")]
        case.api.get("/x")
        server.acts = [answer("{}", 429)]
        with pytest.raises(RateLimited):
            case.api.get("/x")
    assert case.budget.away_s == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 1]


def test_one_rate_limit_without_a_pause_can_be_answered_by_trying_again() -> None:
    with RoughServer(answer("{}", 429), answer("[2]"), answer("{}", 429), answer("{}", 429)) as server:
        case = Case(server, repeats_bare_429=True)
        assert case.api.get("/x").json == [2]
        assert case.pace.waits_s == [1.0]
        assert case.budget.away_s == []
        with pytest.raises(RateLimited):
            case.api.get("/x")
    assert case.budget.away_s == [1.0]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "not json",
        '{"a": ',
        "<!doctype html><title>Sign in</title>",
        '{"a": NaN}',
        "[-Infinity]",
        b"\xff\xfe\x00",
        "[" * 200_000,
        "1" * 5000,
    ],
)
def test_what_is_not_json_is_not_understood(body: str | bytes) -> None:
    with RoughServer(answer(body)) as server, pytest.raises(AnswerNotUnderstood):
        Case(server).api.get("/x")
    assert len(server.requests) == 1


def test_no_content_is_an_answer() -> None:
    with RoughServer(raw(b"HTTP/1.1 204 No Content\r\n\r\n")) as server:
        assert Case(server).api.post("/x", {}).json is None


def test_a_body_cut_short_is_unreachable_and_read_again() -> None:
    cut = raw(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"a": 1}')
    with RoughServer(cut, answer('{"a": 2}')) as server:
        assert Case(server).api.get("/x").json == {"a": 2}
    with RoughServer(cut) as server, pytest.raises(Unreachable, match="broke off"):
        Case(server).api.get("/x")


def test_a_large_body_is_cut_off() -> None:
    with RoughServer(answer(b'"' + b"x" * 5_100_000 + b'"')) as server, pytest.raises(AnswerNotUnderstood, match="5 MB"):
        Case(server).api.get("/x")


def test_a_small_body_that_unpacks_to_a_large_one_is_cut_off() -> None:
    bomb = gzip.compress(b'"' + b"0" * 60_000_000 + b'"')
    assert len(bomb) < 100_000
    with RoughServer(answer(bomb, Content_Encoding="gzip")) as server, pytest.raises(AnswerNotUnderstood, match="5 MB"):
        Case(server).api.get("/x")


def test_a_body_that_does_not_unpack_is_not_understood() -> None:
    with RoughServer(answer("plain", Content_Encoding="gzip")) as server, pytest.raises(AnswerNotUnderstood, match="unpacked"):
        Case(server).api.get("/x")


@pytest.mark.parametrize(
    "start",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n[",
        b"HTTP/1.1 200 OK\r\nX-Slow: ",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
)
def test_a_slow_drip_ends_with_the_deadline(start: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "TOTAL_S", 0.15)
    began = time.monotonic()
    with RoughServer(drip(start, 0.02)) as server, pytest.raises(Unreachable):
        Case(server).api.get("/x")
    assert time.monotonic() - began < 0.6


def test_silence_ends_with_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "TOTAL_S", 0.1)
    with RoughServer(silence) as server, pytest.raises(Unreachable, match="in time"):
        Case(server).api.get("/x")


def test_an_answer_after_the_deadline_of_the_pace_does_not_count() -> None:
    with RoughServer() as server:
        case = Case(server)

        def late(sock: socket.socket, rough: RoughServer) -> None:
            case.pace.now_s += 14
            answer("{}")(sock, rough)

        server.acts.append(late)
        with pytest.raises(Unreachable, match=r"13 s|in time"):
            case.api.get("/x")


def test_nobody_listening_is_unreachable() -> None:
    with RoughServer() as server:
        pass
    with pytest.raises(Unreachable, match="refused"):
        Case(server).api.get("/x")


def test_a_name_that_nobody_knows_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with RoughServer() as server, pytest.raises(Unreachable, match="its name was not found"):
        Case(server).api.get("/x")


def test_a_name_look_up_that_hangs_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with RoughServer() as server:
        monkeypatch.setattr(sessions, "_CONNECT_S", 0.03)
        monkeypatch.setattr(transport, "WAITS_S", ())

        def hang(*_: object, **__: object) -> list[object]:
            server.stopping.wait(5)
            return []

        monkeypatch.setattr(socket, "getaddrinfo", hang)
        began = time.monotonic()
        with pytest.raises(Unreachable, match="no connection in time"):
            Case(server).api.get("/x")
        assert time.monotonic() - began < 0.5


def test_a_redirect_to_another_host_never_carries_the_token_there() -> None:
    with (
        RoughServer(answer("{}")) as other,
        RoughServer(answer("", 302, Location=other.url + "/v1/x")) as server,
        pytest.raises(AnswerNotUnderstood, match="another place"),
    ):
        Case(server).api.get("/x")
    assert other.requests == []


def test_a_redirect_at_the_same_host_is_followed_for_reads_alone() -> None:
    with RoughServer(answer("", 307, Location="/v2/x"), answer("[3]")) as server:
        assert Case(server).api.get("/x").json == [3]
    with RoughServer(answer("", 307, Location="/v2/x"), answer("[3]")) as server, pytest.raises(AnswerNotUnderstood):
        Case(server).api.post("/x", {})
    assert len(server.requests) == 1


def test_a_circle_of_redirects_ends() -> None:
    with RoughServer(answer("", 302, Location="/v1/x")) as server, pytest.raises(AnswerNotUnderstood, match="too often"):
        Case(server).api.get("/x")
    assert len(server.requests) == 4


@pytest.mark.parametrize("status", [200, 400, 401, 429, 500])
def test_no_error_shows_a_token_a_query_or_a_long_body(status: int) -> None:
    body = f"echo Bearer {TOKEN} api_key=verysecretvalue " + "word " * 200
    with RoughServer(answer(body, status)) as server, pytest.raises(VendorError) as caught:
        Case(server).api.get("/x", password="hunter22")
    shown = repr(caught.value) + str(caught.value)
    assert TOKEN not in shown
    assert "verysecretvalue" not in shown
    assert "hunter22" not in shown
    assert len(caught.value.message) < 330
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_an_unreachable_address_does_not_show_its_query() -> None:
    with RoughServer() as server:
        pass
    with pytest.raises(Unreachable) as caught:
        Case(server).api.get("/x", password="hunter22")
    assert "hunter22" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("token", ["psk_\nInjected: yes", "psk_–typographic", "psk_😀"])
def test_a_token_that_is_no_header_is_refused_without_a_call(token: str) -> None:
    with RoughServer(answer("{}")) as server:
        api = JsonApi("Acme", server.url, Context(QuickPace()), account="a", headers=lambda: {"Authorization": f"Bearer {token}"})
        with pytest.raises(CredentialsRefused) as caught:
            api.get("/x")
    assert server.requests == []
    assert token not in str(caught.value)


def test_an_address_that_is_none_is_refused() -> None:
    api = JsonApi("Acme", "not an address", Context(QuickPace()), account="a", headers=dict)
    with pytest.raises(RequestRefused, match="not a web address"):
        api.get("/x")


def test_proxies_and_cookies_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with RoughServer(answer("{}", Set_Cookie="a=b")) as server:
        case = Case(server)
        case.api.get("/x")
        case.api.get("/x")
    assert "cookie" not in server.requests[1].headers


def test_the_vendors_own_meaning_of_a_status_wins() -> None:
    def explain(status: int, headers: object, body: bytes) -> VendorError | None:
        return Unreachable("Acme", "the site is offline") if status == 421 else None

    with RoughServer(answer("{}", 421)) as server:
        api = JsonApi("Acme", server.url, Context(QuickPace()), account="a", headers=dict, explain=explain)
        with pytest.raises(Unreachable, match="the site is offline"):
            api.get("/x")
    assert len(server.requests) == 3


def test_a_used_up_budget_makes_no_call() -> None:
    class Spent(CountingBudget):
        def spend(self, vendor: str, account: str, purpose: str) -> None:
            raise RateLimited(vendor, "the budget is used up", 30)

    with RoughServer(answer("{}")) as server:
        api = JsonApi("Acme", server.url, Context(QuickPace(), budget=Spent()), account="a", headers=dict)
        with pytest.raises(RateLimited):
            api.get("/x")
    assert server.requests == []


def test_header_floods_are_unreachable() -> None:
    flood = b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: 1\r\n" % number for number in range(http.client._MAXHEADERS + 10)) + b"\r\n"
    with RoughServer(raw(flood)) as server, pytest.raises(Unreachable):
        Case(server).api.get("/x")
