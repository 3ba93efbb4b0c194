"""An installation as an owner has it: a data folder, an environment, and processes that are started, watched and stopped."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import requests
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from app.extensions import create_engine_options
from app.services import sites
from app.services.site_file import validate

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 30.0  # how long a test waits for what takes a moment: other tests share the machine
T = TypeVar("T")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def until(look: Callable[[], T | None], what: str, *talking: "Running", patience_s: float = PATIENCE_S) -> T:
    """The first answer of `look` that counts; when there is none, what the processes printed is told."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        seen = look()
        if seen:
            return seen
        time.sleep(0.05)
    raise AssertionError("\n".join([f"not within {patience_s:.0f} s: {what}", *(running.text for running in talking)]))


class Running:
    """One process with what it prints, line by line."""

    def __init__(self, command: list[str], environment: Mapping[str, str], folder: Path) -> None:
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def says(self, pattern: str) -> re.Match[str] | None:
        return re.search(pattern, self.text)

    def waits_to_say(self, pattern: str, patience_s: float = PATIENCE_S) -> re.Match[str]:
        return until(lambda: self.says(pattern) or self._if_gone(), f"{pattern!r}", self, patience_s=patience_s)

    def _if_gone(self) -> None:
        assert self.process.poll() is None or self._reader.is_alive(), f"ended with {self.process.returncode}:\n{self.text}"

    def stop(self) -> tuple[int, float]:
        """Ask it to end as a container does. Exit code, and the seconds that it took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=PATIENCE_S)
        took_s = time.monotonic() - began
        self._reader.join(timeout=5)
        return code, took_s

    def kill(self) -> None:
        """End it and its children at once, wherever they are."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=PATIENCE_S)


@dataclass
class Installation:
    """A data folder with its environment. Everything that was started is ended by `close`."""

    data_dir: Path
    environment: dict[str, str]
    database_url: str = ""
    port: int = field(default_factory=free_port)
    started: list[Running] = field(default_factory=list)
    _engine: Engine | None = None

    def __post_init__(self) -> None:
        self.environment = {
            "PATH": os.environ["PATH"],
            "FLASK_APP": str(ROOT / "run.py"),
            "DATA_DIR": str(self.data_dir),
            "PORT": str(self.port),
            **({"DATABASE_URL": self.database_url} if self.database_url else {}),
            **self.environment,
        }

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def database_address(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir / 'app.db'}"

    def start(self, role: str, **environment: str) -> Running:
        running = Running([sys.executable, str(ROOT / "run.py"), role], {**self.environment, **environment}, self.data_dir.parent)
        self.started.append(running)
        return running

    def try_to_start(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """For a start that is refused."""
        return self._run([sys.executable, str(ROOT / "run.py"), *arguments], environment)

    def flask(self, *arguments: str, stdin: str = "") -> str:
        """What a command prints; it must succeed."""
        done = self._run([sys.executable, "-m", "flask", *arguments], {}, stdin)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return done.stdout

    def _run(self, command: list[str], environment: Mapping[str, str], stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.data_dir.parent,
            env={**self.environment, **environment},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    def import_home(self, file: Mapping[str, object]) -> None:
        """As an owner's script does."""
        self.flask("site", "import", "-", "--json", stdin=json.dumps(file))

    def store_home(self, file: Mapping[str, object]) -> None:
        """The same without a process of its own; the keys are those of the tests."""
        with self.session() as session:
            sites.import_file(session, validate(file), datetime.now(UTC))

    def health(self) -> int | None:
        """The status of /healthz; None while nobody answers."""
        try:
            return requests.get(f"{self.url}/healthz", timeout=5).status_code
        except requests.ConnectionError:
            return None

    def session(self) -> Session:
        if self._engine is None:
            self._engine = create_engine(self.database_address, **create_engine_options(self.database_address))
        return Session(self._engine, expire_on_commit=False)

    @property
    def log(self) -> str:
        """The common log file."""
        return (self.data_dir / "powersync.log").read_text()

    def close(self) -> None:
        for running in self.started:
            running.kill()
        if self._engine is not None:
            self._engine.dispose()
