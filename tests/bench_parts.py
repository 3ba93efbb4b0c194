"""What the parts of `make bench` share: a row of its table, an empty database, a port."""

import logging
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy import Engine, create_engine

from app import extensions
from app.models.base import Base


def be_quiet() -> None:
    """No log lines between the figures, and none that cost time: the scheduler's own level shows fewer."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    logging.disable(logging.ERROR)


@dataclass
class Row:
    """One measured figure beside its limit."""

    what: str
    measured: str
    limit: str
    is_kept: bool
    units: str = ""


@contextmanager
def a_database() -> Iterator[tuple[Engine, Path]]:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'app.db'}"
        engine = create_engine(url, pool_size=80, **extensions.create_engine_options(url))
        Base.metadata.create_all(engine)
        yield engine, Path(folder)
        engine.dispose()


def wait_for(condition: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            if condition():
                return
        except OSError:
            pass
        if time.monotonic() > end:
            raise TimeoutError("it did not come up")
        time.sleep(0.05)


def a_free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
