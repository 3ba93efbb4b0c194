"""The virtual clock waits for nothing and never runs backwards."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from app.simulators.pace import RealTime, SimulatedPace

START = datetime(2026, 11, 20, tzinfo=UTC)


def test_sleeping_moves_the_virtual_clock_and_takes_no_time():
    clock, began = SimulatedPace(START), time.monotonic()
    clock.sleep(3600)
    assert clock.now() == START + timedelta(hours=1)
    assert clock.monotonic() == 3600
    assert time.monotonic() - began < 0.1


def test_an_instant_that_has_passed_moves_nothing():
    clock = SimulatedPace(START)
    clock.advance_to(START - timedelta(hours=1))
    clock.sleep(-5)
    assert (clock.now(), clock.monotonic()) == (START, 0)


def test_a_jump_of_the_wall_clock_is_not_seen_by_the_monotonic_one():
    clock = SimulatedPace(START)
    clock.jump_wall(-7200)
    assert clock.now() == START - timedelta(hours=2)
    assert clock.monotonic() == 0


def test_sleeps_of_several_threads_add_up():
    clock = SimulatedPace(START)
    threads = [threading.Thread(target=lambda: [clock.sleep(1) for _ in range(200)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert clock.monotonic() == 800


def test_waiting_for_an_event_that_is_set_moves_nothing():
    clock, event = SimulatedPace(START), threading.Event()
    assert not clock.wait(event, 10)
    event.set()
    assert clock.wait(event, 10)
    assert clock.monotonic() == 10


def test_listeners_hear_of_each_step():
    clock, heard = SimulatedPace(START), []
    clock.on_advance(lambda: heard.append(clock.now()))
    clock.advance(5)
    clock.advance_to(START + timedelta(seconds=9))
    assert heard == [START + timedelta(seconds=5), START + timedelta(seconds=9)]


def test_a_naive_start_is_refused():
    with pytest.raises(ValueError, match="aware"):
        SimulatedPace(datetime(2026, 11, 20))  # noqa: DTZ001


def test_real_time_is_utc():
    assert RealTime().now().utcoffset() == timedelta(0)
