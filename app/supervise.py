"""Web and scheduler as children of one small process: the database is brought up to date first, and both end together."""

import gc
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType

import structlog
from flask import Flask
from flask_migrate import upgrade

from app.clock import utc_now
from app.config import Config
from app.extensions import db
from app.installation import mark_installed
from app.services.accounts import ensure_setup_token

log = structlog.get_logger(__name__)

MIGRATIONS = Path(__file__).parents[1] / "migrations"  # wherever the process was started
STOPS_WITHIN_S = 10.0
_STOPS = (signal.SIGTERM, signal.SIGINT)


def bring_up_to_date(app: Flask) -> None:
    """Run the migrations that are missing."""
    with app.app_context():
        upgrade(directory=str(MIGRATIONS))
        db.engine.dispose()
    config: Config = app.config["POWERSYNC"]
    mark_installed(config.data_dir, config.database_url)


def print_setup_token(app: Flask, config: Config) -> None:
    """On a first start: the token with which the first account is made."""
    with app.app_context():
        token = ensure_setup_token(db.session(), utc_now())
        db.session.remove()
        db.engine.dispose()
    if token is not None:
        # Straight to the terminal, never into the log file.
        print(f"\n  Create the first account at http://localhost:{config.port}/welcome?token={token}\n", flush=True)


def supervise(roles: Mapping[str, Callable[[], int]]) -> int:
    """Fork a child per role and wait. The first one that ends ends the others; exit code 0 only after a stop that was asked for."""
    # What is loaded by now is shared by the children as long as nobody writes to it; the collector would.
    gc.collect()
    gc.freeze()
    children: dict[int, str] = {}
    asked: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        asked.append(number)
        for pid in children:
            _kill(pid, signal.SIGTERM)

    # A stop that is asked for meanwhile waits until all children are known.
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
    for role, run in roles.items():
        children[_fork(role, run)] = role
    for number in _STOPS:
        signal.signal(number, stop)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)
    code = 0
    deadline: float | None = None
    while children:
        pid, status = _next_end(children, deadline)
        if pid is None:
            for left in children:
                _kill(left, signal.SIGKILL)
            deadline = None
            continue
        role = children.pop(pid)
        if not asked:
            log.error("process ended", role=role, code=os.waitstatus_to_exitcode(status))
            code = 1
        if children and deadline is None:
            for left in children:
                _kill(left, signal.SIGTERM)
            deadline = time.monotonic() + STOPS_WITHIN_S
    return code


def _next_end(children: Mapping[int, str], deadline: float | None) -> tuple[int | None, int]:
    """The next child that ended; None when the deadline passed first."""
    while deadline is None or time.monotonic() < deadline:
        for pid in children:
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                return ended, status
        time.sleep(0.1)
    return None, 0


def _fork(role: str, run: Callable[[], int]) -> int:
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    for number in _STOPS:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)
    try:
        code = run()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        log.exception("process failed", role=role)
        code = 1
    sys.stdout.flush()
    os._exit(code)


def _kill(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
