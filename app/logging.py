"""The log: structured lines on standard error and in DATA_DIR/powersync.log, which all processes write, without secrets.

The file rotates at 5 MB and five old ones are kept. Web and scheduler share it: each line is written under a lock on a file beside it,
and a process that finds the file replaced (rotated by the other one) opens the new one first.
"""

import fcntl
import json
import logging
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import make_url

from app.config import Config

LOG_FILE = "powersync.log"
LOG_BYTES = 5_000_000
LOG_COUNT = 5
HIDDEN = "[hidden]"
_SHORTEST_SECRET = 6  # hiding shorter words would blot out ordinary text

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b(Bearer|Basic|Token)\s+[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE), rf"\1 {HIDDEN}"),
    (re.compile(r"\bpsk_[A-Za-z0-9_-]+"), HIDDEN),  # Amber
    (re.compile(r"\bpws_[A-Za-z0-9_-]+"), HIDDEN),  # ours
    (re.compile(r"\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"), HIDDEN),  # a JSON Web Token
    (re.compile(r"\bgAAAA[A-Za-z0-9_=-]{20,}"), HIDDEN),  # Fernet
    (re.compile(r"\$argon2(?:id|i|d)\$[^\s\"']+"), HIDDEN),
    (
        re.compile(
            r"((?:access_|refresh_|id_|api_?|client_|set_?up_)?(?:token|password|passwd|secret|key)[\"']?\s*[=:]\s*[\"']?)([^\s\"'&,;}\[]{6,})",
            re.IGNORECASE,
        ),
        rf"\1{HIDDEN}",
    ),
    (re.compile(r"(://[^/\s:@]*:)[^@/\s]+@"), rf"\1{HIDDEN}@"),
    (re.compile(r"\b([A-Za-z0-9])[A-Za-z0-9._%+-]*@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)"), r"\1…@\2"),
)


class Redactor:
    """Takes known secrets and everything that looks like one out of a line."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._known: set[str] = set()
        for secret in secrets:
            self.remember(secret)

    def remember(self, secret: str | None) -> None:
        """From now on `secret` is hidden wherever it appears (also in the escaped form it takes inside JSON)."""
        if secret and len(secret) >= _SHORTEST_SECRET:
            self._known.update({secret, json.dumps(secret)[1:-1]})

    def hide(self, line: str) -> str:
        for secret in sorted(self._known, key=len, reverse=True):
            line = line.replace(secret, HIDDEN)
        for pattern, replacement in _PATTERNS:
            line = pattern.sub(replacement, line)
        return line


redactor = Redactor()


def configure_logging(config: Config, process: str = "app", terminal: bool = True, to_file: bool = True) -> None:
    """Send every logger of this process to standard error and to the common file. `process` names it ("web", "scheduler")."""
    for secret in secrets_of(config):
        redactor.remember(secret)
    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
    common: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        stamp,
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[
            *common[:1],
            structlog.stdlib.filter_by_level,
            *common[1:],
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.bind_contextvars(process=process)
    root = logging.getLogger()
    _remove_our_handlers(root)
    root.setLevel(config.log_level)
    for noisy in ("werkzeug", "alembic", "apscheduler", "urllib3", "websocket", "websockets"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
    if terminal:
        render = structlog.dev.ConsoleRenderer(colors=False) if sys.stderr.isatty() else structlog.processors.JSONRenderer()
        _add(root, logging.StreamHandler(sys.stderr), common, render)
    if to_file:
        _add(root, JointRotatingFileHandler(config.data_dir / LOG_FILE), common, structlog.processors.JSONRenderer())


def is_configured(config: Config) -> bool:
    """Whether this process already logs into the data folder of `config`."""
    files = (handler for handler in logging.getLogger().handlers if isinstance(handler, JointRotatingFileHandler))
    return any(Path(handler.baseFilename) == config.data_dir / LOG_FILE for handler in files)


def secrets_of(config: Config) -> Iterator[str]:
    """Every secret value that the settings hold; vendors' client secrets among the environment are known by their names."""
    yield config.secret_key
    yield from config.fernet_keys
    if config.metrics_token:
        yield config.metrics_token
    database_password = make_url(config.database_url).password
    if database_password:
        yield database_password
    for name, value in config.environment.items():
        if name.endswith(("_SECRET", "_TOKEN", "_PASSWORD", "_KEY")):
            yield value


def redact(_logger: object, _method: str, line: Any) -> str:
    """The last processor: what it returns is what is written."""
    return redactor.hide(line if isinstance(line, str) else line.decode())


class JointRotatingFileHandler(RotatingFileHandler):
    """A rotating file that several processes may write: one lock for the line and for the rotation."""

    def __init__(self, path: Path, max_bytes: int = LOG_BYTES, count: int = LOG_COUNT) -> None:
        self._has_complained = False
        self._lock_path = path.with_name(f".{path.name}.lock")
        super().__init__(path, maxBytes=max_bytes, backupCount=count, encoding="utf-8", delay=True)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            with self._locked():
                self._follow_rotation()
                super().emit(record)
        except OSError:
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name of the standard library
        """A full disk costs lines of the log and nothing else. Said once, without the line, which is not redacted yet."""
        if not self._has_complained:
            self._has_complained = True
            print(f"{self.baseFilename} cannot be written: {sys.exc_info()[1]}", file=sys.stderr)

    def _follow_rotation(self) -> None:
        if self.stream is None:
            return
        try:
            same = os.path.samestat(os.fstat(self.stream.fileno()), os.stat(self.baseFilename))
        except FileNotFoundError:
            same = False
        if not same:
            self.stream.close()
            self.stream = self._open()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        descriptor = os.open(self._lock_path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)  # closing releases the lock


def _add(
    root: logging.Logger, handler: logging.Handler, common: list[structlog.types.Processor], render: Callable[..., str | bytes]
) -> None:
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=common,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render, redact],
        )
    )
    handler.set_name(f"powersync-{type(handler).__name__}")
    root.addHandler(handler)


def _remove_our_handlers(root: logging.Logger) -> None:
    for handler in list(root.handlers):
        if (handler.get_name() or "").startswith("powersync-"):
            root.removeHandler(handler)
            handler.close()
