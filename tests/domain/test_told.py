"""A policy's command is told to a device for two hours and renewed in good time, however long it lasts."""

from datetime import timedelta

from app.domain.opinions import BATTERY, Discharge, Priority, Wish
from app.domain.reasons import because
from app.domain.told import RENEWED_WITHIN, TOLD_FOR, told_since, told_until
from tests.domain.builders import NOW

MINUTE = timedelta(minutes=1)


def test_a_command_of_a_whole_day_is_told_as_one_that_covers_each_moment() -> None:
    wish, now, told = None, NOW, []
    while now < NOW + timedelta(hours=24):
        until = told_until(now, wish)
        wish = Wish(BATTERY, Discharge(), Priority.GRID_EVENT, because("spike"), now + 15 * MINUTE, told_until=until)
        since = told_since(NOW, until)
        assert since <= now < until - RENEWED_WITHIN + MINUTE
        assert until - since <= TOLD_FOR
        told.append(until)
        now += MINUTE
    assert len(set(told)) == 16, "once each hour and a half"


def test_what_the_owner_asked_for_begins_when_it_was_pressed() -> None:
    assert told_since(NOW, None) == NOW
