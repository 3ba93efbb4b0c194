"""The settings of the web server, tried on a server that runs."""

import os
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

import pytest

from .files import ROOT

APP = """
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{environ['wsgi.url_scheme']} {environ['REMOTE_ADDR']}".encode()]
"""
HEADERS = {
    "Authorization": "Bearer canary-header",
    "Referer": "http://x/?canary-referer",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-For": "192.0.2.9",
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        assert isinstance(port, int)
        return port


def ask(port: int, path: str) -> str:
    """The answer, once the server is up."""
    deadline = time.monotonic() + 20
    while True:
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", path, headers=HEADERS)
            return connection.getresponse().read().decode()
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        finally:
            connection.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str, int]:
    """What one request with tell-tale headers was answered, what the server logged, and its exit status after SIGTERM."""
    folder: Path = tmp_path_factory.mktemp("served")
    (folder / "small_app.py").write_text(APP, encoding="utf-8")
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py"), "small_app:app"]
    environment = {**os.environ, "PORT": str(port), "WEB_THREADS": "2", "LOG_LEVEL": "INFO"}
    server = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        answer = ask(port, "/some/page?token=canary-query")
    finally:
        server.terminate()
        log, _ = server.communicate(timeout=15)
    return answer, log, server.returncode


def test_the_access_log_has_method_path_and_status(served: tuple[str, str, int]) -> None:
    assert '127.0.0.1 "GET /some/page HTTP/1.1" 200' in served[1]


def test_the_log_holds_no_query_string_and_no_header(served: tuple[str, str, int]) -> None:
    assert "canary" not in served[1]


def test_forwarded_headers_are_not_believed_by_the_server(served: tuple[str, str, int]) -> None:
    assert served[0] == "http 127.0.0.1"


def test_one_worker_with_threads_serves_and_stops_cleanly(served: tuple[str, str, int]) -> None:
    assert served[1].count("Booting worker") == 1
    assert "Using worker: gthread" in served[1]
    assert served[2] == 0
    assert "ontrol socket" not in served[1]
