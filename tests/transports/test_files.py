"""Files as bytes: the same line as for JSON, asked once."""

import gzip

import pytest

from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood, CredentialsRefused, RateLimited, RequestRefused, Unreachable, VendorError
from app.transports.files import FileApi
from tests.transports.quick_pace import QuickPace
from tests.transports.rough_server import Act, RoughServer, answer, raw, reset
from tests.transports.test_http import CountingBudget

ZIP = b"PK\x03\x04\x00\xff not JSON"


def api(server: RoughServer, budget: CountingBudget | None = None) -> FileApi:
    return FileApi("Acme", server.url, Context(QuickPace(), budget=budget or CountingBudget()), account="public")


def test_a_file_comes_as_it_is_and_the_asker_says_who_it_is() -> None:
    with RoughServer(answer(ZIP, Content_Type="application/zip")) as server:
        assert api(server).get("/files/a.zip") == ZIP
    assert server.requests[0].line == "GET /files/a.zip HTTP/1.1"
    assert server.requests[0].headers["user-agent"].startswith("PowerSync/")
    assert server.requests[0].headers["accept"] == "*/*"
    assert "authorization" not in server.requests[0].headers


def test_a_page_that_was_packed_for_the_way_is_unpacked() -> None:
    with RoughServer(answer(gzip.compress(b"<html>"), Content_Encoding="gzip")) as server:
        assert api(server).get("/") == b"<html>"


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (answer("", 503), Unreachable),
        (reset, Unreachable),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nPK"), Unreachable),
        (answer("", 404), RequestRefused),
        (answer("", 403), CredentialsRefused),
        (answer("", 429, Retry_After="9"), RateLimited),
        (answer(""), AnswerNotUnderstood),
        (answer(b"x" * 5_000_001), AnswerNotUnderstood),
    ],
)
def test_a_failure_has_a_name_and_is_not_tried_again(act: Act, error: type[VendorError]) -> None:
    budget = CountingBudget()
    with RoughServer(act) as server:
        files = api(server, budget)
        with pytest.raises(error):
            files.get("/a")
        assert len(server.requests) == 1
    assert budget.events[0] == ("spend", "read")
    assert (("failed",) in budget.events) is (error is Unreachable)


def test_what_a_status_means_to_the_server_can_be_said() -> None:
    def busy(status: int, headers: object, body: bytes) -> VendorError | None:
        return Unreachable("Acme", "busy") if status == 403 else None

    with RoughServer(answer("", 403)) as server, pytest.raises(Unreachable, match="busy"):
        FileApi("Acme", server.url, Context(QuickPace()), account="public", explain=busy).get("/a")
