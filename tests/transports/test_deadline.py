"""The end of a call: by the pace, by the machine's clock, and on a socket."""

import io
import socket
import time

import pytest

from app.transports.deadline import Deadline, current_deadline, until
from app.transports.pace import RealPace
from app.transports.session import _DeadlineReader
from tests.transports.quick_pace import QuickPace


def test_a_deadline_ends_by_the_pace() -> None:
    pace = QuickPace()
    deadline = Deadline(pace, 13.0)
    pace.sleep(12.0)
    assert 0.9 < deadline.remaining_s() <= 1.0
    pace.sleep(2.0)
    assert deadline.remaining_s() == 0.0
    assert deadline.is_over


def test_a_deadline_ends_by_the_machines_clock_where_the_pace_stands_still() -> None:
    deadline = Deadline(QuickPace(), 0.02)
    assert not deadline.is_over
    time.sleep(0.03)
    assert deadline.is_over


def test_a_deadline_holds_within_its_block_alone() -> None:
    deadline = Deadline(QuickPace(), 1.0)
    with until(deadline):
        assert current_deadline() is deadline
    assert current_deadline() is None


def test_a_read_waits_no_longer_than_what_is_left() -> None:
    near, far = socket.socketpair()
    with near, far:
        near.settimeout(30.0)
        reader = io.BufferedReader(_DeadlineReader(near, Deadline(RealPace(), 0.05)))
        far.sendall(b"ab")
        assert reader.read(2) == b"ab"
        with pytest.raises(TimeoutError):
            reader.read(1)
        assert near.gettimeout() is not None
        assert near.gettimeout() < 0.06  # type: ignore[operator]


def test_a_reads_own_time_out_counts_when_it_is_shorter() -> None:
    near, far = socket.socketpair()
    with near, far:
        near.settimeout(0.01)
        reader = io.BufferedReader(_DeadlineReader(near, Deadline(RealPace(), 60.0)))
        with pytest.raises(TimeoutError):
            reader.read(1)
