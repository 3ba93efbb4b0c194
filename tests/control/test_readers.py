"""Devices are read side by side: what is dead waits for what is dead, and nobody else waits for it."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from app.control.readers import Readers, is_due_to_read
from app.models.connection import Connection

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
POLL = timedelta(seconds=30)
LONG = 30.0  # never reached where things are right


class Street:
    """Devices of which some do not answer until they are let go."""

    def __init__(self, threads: int) -> None:
        self.dead: set[int] = set()
        self.let_go = threading.Event()
        self.begun: list[int] = []
        self.done: list[int] = []
        self.has_begun = threading.Semaphore(0)
        self.readers = Readers(self.read, threads)

    def read(self, device: int) -> None:
        self.begun.append(device)
        self.has_begun.release()
        if device in self.dead:
            assert self.let_go.wait(LONG)
        self.done.append(device)

    def has_begun_to_read(self, count: int) -> bool:
        return all(self.has_begun.acquire(timeout=LONG) for _ in range(count))


@pytest.fixture
def street() -> Iterator[Street]:
    """Two threads a lane."""
    built = Street(threads=2)
    yield built
    built.let_go.set()
    built.readers.stop()


def test_ten_dead_devices_do_not_keep_two_threads_from_ten_that_answer(street: Street) -> None:
    street.dead = set(range(10))
    street.readers.submit(street.dead, NOW, troubled=True)
    assert street.has_begun_to_read(2)
    street.readers.submit(range(10, 20), NOW)
    assert street.readers.wait(LONG)
    assert sorted(street.done) == list(range(10, 20))


def test_a_device_that_dies_is_waited_for_no_longer_than_asked(street: Street) -> None:
    street.dead = {1}
    street.readers.submit([1, 2], NOW)
    assert street.has_begun_to_read(2)
    assert not street.readers.wait(0.05)
    street.let_go.set()
    assert street.readers.wait(LONG)
    assert sorted(street.done) == [1, 2]


def test_a_device_that_is_still_being_read_is_not_begun_anew(street: Street) -> None:
    street.dead = {1}
    street.readers.submit([1], NOW)
    assert street.has_begun_to_read(1)
    street.readers.submit([1], NOW)
    street.readers.submit([1], NOW, troubled=True)
    street.let_go.set()
    assert street.readers.wait(LONG)
    assert street.begun == [1]
    street.readers.submit([1], NOW)
    assert street.readers.wait(LONG)
    assert street.begun == [1, 1], "once it is done it may be read again"


def a_device(*, seen: float | None = None, failing_since: float | None = None) -> Connection:
    """`seen` and `failing_since` in seconds before NOW."""

    def at(seconds: float | None) -> datetime | None:
        return None if seconds is None else NOW - timedelta(seconds=seconds)

    problem = None if failing_since is None else "no connection"
    return Connection(seen_at=at(seen), problem=problem, problem_since=at(failing_since))


@pytest.mark.parametrize(
    ("device", "begun_before_s", "is_due"),
    [
        (a_device(), None, True),
        (a_device(seen=10), 10, False),
        (a_device(seen=26), 26, True),
        (a_device(seen=-3600), None, True),  # the clock was set back
        (a_device(seen=100, failing_since=60), 15, True),  # just lost: at each turn
        (a_device(seen=900, failing_since=800), 15, False),
        (a_device(seen=900, failing_since=800), 56, True),
        (a_device(seen=900, failing_since=800), None, True),  # this process has not tried it yet
        (a_device(seen=900, failing_since=800), -3600, True),  # the clock was set back
        (a_device(failing_since=800), 15, False),  # never answered
    ],
)
def test_what_answers_is_read_each_poll_and_what_is_long_dead_once_a_minute(
    device: Connection, begun_before_s: float | None, is_due: bool
) -> None:
    begun_at = None if begun_before_s is None else NOW - timedelta(seconds=begun_before_s)
    assert is_due_to_read(device, POLL, begun_at, NOW) is is_due
