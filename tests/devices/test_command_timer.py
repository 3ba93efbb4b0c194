"""When a device's own timer is set, for how long, and when it wants renewing."""

from datetime import UTC, datetime, timedelta

import pytest

from app.devices.command_timer import GRACE_S, CommandTimer
from app.simulators.pace import SimulatedPace

NOON = datetime(2026, 3, 14, 2, tzinfo=UTC)


def test_a_timer_that_nobody_set_or_that_is_being_written_is_due() -> None:
    timer = CommandTimer(SimulatedPace(NOON))
    assert not timer.is_in_order
    timer.was_set(600, None)
    assert timer.is_in_order
    timer.forget()
    assert not timer.is_in_order


def test_without_an_end_it_is_due_at_half_its_term() -> None:
    clock = SimulatedPace(NOON)
    timer = CommandTimer(clock, term_s=600)
    timer.told_time(NOON)
    assert timer.seconds_for(None) == 600
    timer.was_set(600, None)
    clock.advance(299)
    assert timer.is_in_order
    clock.advance(1)
    assert not timer.is_in_order


def test_with_an_end_it_ends_shortly_after_it_by_the_time_that_has_passed_since() -> None:
    clock = SimulatedPace(NOON)
    timer = CommandTimer(clock)
    timer.told_time(NOON)
    clock.advance(120)
    until = NOON + timedelta(minutes=30)
    assert timer.seconds_for(until) == 1680 + GRACE_S
    timer.was_set(1680 + GRACE_S, until)
    clock.advance(1679 + GRACE_S)
    assert timer.is_in_order
    clock.advance(1)
    assert not timer.is_in_order


def test_an_end_beyond_what_the_device_can_count_is_renewed_on_the_way() -> None:
    clock = SimulatedPace(NOON)
    timer = CommandTimer(clock, longest_s=3600)
    timer.told_time(NOON)
    until = NOON + timedelta(hours=3)
    assert timer.seconds_for(until) == 3600
    timer.was_set(3600, until)
    clock.advance(1800)
    assert not timer.is_in_order


@pytest.mark.parametrize("seconds", [-300, -GRACE_S, -GRACE_S + 20])
def test_an_end_that_is_past_gets_the_least_that_a_device_takes(seconds: int) -> None:
    timer = CommandTimer(SimulatedPace(NOON), least_s=60)
    timer.told_time(NOON)
    assert timer.seconds_for(NOON + timedelta(seconds=seconds)) == 60


def test_nobody_who_does_not_know_the_time_can_count_to_an_end() -> None:
    timer = CommandTimer(SimulatedPace(NOON), term_s=600)
    assert timer.seconds_for(NOON + timedelta(hours=1)) == 600
