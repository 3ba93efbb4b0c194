"""No grid charging while the peak is billed: on the right days of the right months, and in peak windows alone."""

from datetime import UTC, date, datetime, time

import pytest

from app.domain.months import months_from
from app.domain.opinions import Limit, Nothing
from app.domain.policies.demand import spare_the_peak
from app.domain.settings.demand import Demand, DemandPeriod, DemandWindow
from app.domain.windows import Days
from tests.domain.builders import SYDNEY, a_snapshot


def judged(day: date, hour: int, window: DemandWindow, *, block: bool = True, enabled: bool = True) -> Limit | Nothing:
    now = datetime.combine(day, time(hour), SYDNEY).astimezone(UTC)
    demand = Demand(enabled=enabled, windows=(window,), block_grid_charging=block)
    opinion = spare_the_peak(a_snapshot(now, settings={"demand": demand}))
    assert isinstance(opinion, Limit | Nothing)
    return opinion


@pytest.mark.parametrize(
    ("day", "hour", "is_forbidden"),
    [
        (date(2026, 11, 20), 14, False),
        (date(2026, 11, 20), 15, True),
        (date(2026, 11, 20), 21, False),
        (date(2026, 11, 21), 15, False),  # Saturday
        (date(2026, 10, 30), 15, False),  # October
        (date(2027, 3, 31), 15, True),
        (date(2027, 4, 1), 15, False),
    ],
)
def test_grid_charging_is_forbidden_in_the_peak_window_of_the_season(day: date, hour: int, is_forbidden: bool) -> None:
    opinion = judged(day, hour, DemandWindow(time(15), time(21), Days.WEEKDAYS, months=months_from("11-3")))
    assert isinstance(opinion, Limit) is is_forbidden
    if isinstance(opinion, Limit):
        assert opinion.limits.grid_charging_allowed is False  # type: ignore[union-attr]


def test_a_window_that_is_always_forbids_nothing_unless_it_is_the_peak() -> None:
    for name in (DemandPeriod.SHOULDER, DemandPeriod.OFF_PEAK):
        assert judged(date(2026, 11, 20), 15, DemandWindow(time(0), time(0), name=name)) == Nothing()


def test_nothing_is_forbidden_unasked() -> None:
    window = DemandWindow(time(0), time(0))
    assert judged(date(2026, 11, 20), 15, window, block=False) == Nothing()
    assert judged(date(2026, 11, 20), 15, window, enabled=False) == Nothing()
