"""The image: small rights, exact packages, and a health check that tells the truth."""

import http.server
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from .files import ROOT, text

DOCKERFILE = "docker/Dockerfile"


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile as (instruction, rest), continuation lines joined and comments left out."""
    lines = re.sub(r"^#.*\n", "", text(DOCKERFILE), flags=re.MULTILINE).replace("\\\n", " ").splitlines()
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines if line.strip())]


def last(instruction: str) -> str:
    return [rest for name, rest in instructions() if name == instruction][-1]


def test_it_does_not_run_as_root() -> None:
    assert last("USER") == "10001:10001"
    names = [name for name, _ in instructions()]
    assert names.index("USER") > max(index for index, name in enumerate(names) if name == "RUN")


def test_its_base_is_pinned_to_a_patch_release_that_the_program_supports() -> None:
    pin = next(rest for name, rest in instructions() if name == "ARG")
    version = re.fullmatch(r"PYTHON_IMAGE=python:3\.(\d+)\.\d+-slim-\w+(@sha256:[0-9a-f]{64})?", pin)
    assert version
    assert int(version[1]) >= 11
    assert [rest.split()[0] for name, rest in instructions() if name == "FROM"] == ["${PYTHON_IMAGE}"] * 2


def test_it_installs_hashed_wheels_and_nothing_else() -> None:
    installs = [rest for name, rest in instructions() if name == "RUN" and "pip install" in rest]
    assert len(installs) == 1
    assert "--require-hashes" in installs[0]
    assert "--only-binary :all:" in installs[0]
    assert not re.search(r"\b(curl|wget|apt-get|git clone)\b", " ".join(rest for name, rest in instructions() if name == "RUN"))


def test_it_copies_only_what_the_builder_is_given() -> None:
    given = {line[1:] for line in text(".dockerignore").splitlines() if line.startswith("!")}
    copied = {source for name, rest in instructions() if name == "COPY" and not rest.startswith("--from") for source in rest.split()[:-1]}
    assert text(".dockerignore").splitlines()[1] == "*"
    assert copied == given


def test_it_stops_and_starts_as_the_program_expects() -> None:
    assert last("STOPSIGNAL") == "SIGTERM"
    assert last("CMD") == '["python", "run.py", "all"]'
    assert last("HEALTHCHECK").endswith('CMD ["python", "docker/healthcheck.py"]')
    assert last("VOLUME") == "/app/data"


class Health(http.server.BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/healthz" else 404)
        self.end_headers()
        self.wfile.write(b"the scheduler is silent" if self.status == 503 else b"")

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: the test's output is its own."""


@pytest.fixture
def app_port() -> Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Health)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def healthcheck(port: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "docker/healthcheck.py"],
        cwd=ROOT,
        env={**os.environ, "PORT": str(port)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_health_check_passes_when_the_app_is_well(app_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Health, "status", 200)
    assert healthcheck(app_port).returncode == 0


def test_the_health_check_fails_with_the_apps_reason(app_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Health, "status", 503)
    outcome = healthcheck(app_port)
    assert (outcome.returncode, outcome.stdout) == (1, "503: the scheduler is silent\n")


def test_the_health_check_fails_in_one_line_when_nothing_answers() -> None:
    outcome = healthcheck(1)
    assert outcome.returncode == 1
    assert outcome.stdout.count("\n") == 1
    assert outcome.stderr == ""
