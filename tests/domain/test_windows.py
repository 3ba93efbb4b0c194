"""Windows of the local clock."""

from datetime import date, time

import pytest

from app.domain.windows import Days, Window

FRIDAY, SATURDAY = date(2026, 11, 20), date(2026, 11, 21)


@pytest.mark.parametrize(
    ("window", "day", "clock", "is_inside"),
    [
        (Window(time(17), time(21)), FRIDAY, time(17), True),
        (Window(time(17), time(21)), FRIDAY, time(21), False),
        (Window(time(22), time(6)), FRIDAY, time(23, 30), True),
        (Window(time(22), time(6)), FRIDAY, time(5, 59), True),
        (Window(time(22), time(6)), FRIDAY, time(6), False),
        (Window(time(0), time(0)), FRIDAY, time(12), True),
        (Window(time(14), time(20), Days.WEEKDAYS), SATURDAY, time(15), False),
        (Window(time(14), time(20), Days.WEEKENDS), SATURDAY, time(15), True),
        (Window(time(22), time(6), Days.WEEKDAYS), SATURDAY, time(1), False),
    ],
)
def test_a_window_covers(window: Window, day: date, clock: time, is_inside: bool) -> None:
    assert window.covers(day, clock) is is_inside
