"""A plan with other prices inside a window: nothing outside moves, nothing inside is missed, no hole and no overlap appears."""

from dataclasses import replace
from datetime import date, time, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from app.domain.tariffs.time_of_use import Period, Season, TimeOfUse, faults_of
from app.domain.windows import Days, Window
from app.feeds.plans.windows import inside

CLOCKS = st.integers(0, 47).map(lambda slot: time(slot // 2, slot % 2 * 30))
MONDAY = date(2026, 11, 16)


@st.composite
def weeks(draw: st.DrawFn) -> TimeOfUse:
    """A whole week: some of its days and the others, each cut up to three times around the clock."""
    periods = []
    some = draw(st.frozensets(st.integers(0, 6)))
    for days in (some, frozenset(range(7)) - some):
        cuts = sorted(draw(st.sets(CLOCKS, min_size=1, max_size=3)))
        for number, start in enumerate(cuts):
            end = cuts[(number + 1) % len(cuts)]
            periods.append(Period(f"P{number}", days, start, end, draw(st.floats(0, 60)), draw(st.floats(0, 20))))
    return TimeOfUse((Season("All year", (1, 1), (12, 31), tuple(periods)),))


@given(weeks(), CLOCKS, CLOCKS, st.sampled_from(Days))
@example(
    TimeOfUse((Season("Y", (1, 1), (12, 31), (Period("F", frozenset(range(7)), time(), time(), 30, 5),)),)), time(22), time(6), Days.ALL
)
def test_prices_change_inside_the_window_and_nowhere_else(plan: TimeOfUse, start: time, end: time, days: Days) -> None:
    window = Window(start, end, days)
    cut = inside(plan, window, lambda period: replace(period, import_c_per_kwh=-1.0))
    assert faults_of(cut) == faults_of(plan) == ()
    for day in (MONDAY + timedelta(days=number) for number in range(7)):
        for slot in range(48):
            before, after = plan.period_at(day, slot), cut.period_at(day, slot)
            assert before is not None
            assert after is not None
            expected_c = -1.0 if window.covers(day, time(slot // 2, slot % 2 * 30)) else before.import_c_per_kwh
            assert (after.import_c_per_kwh, after.feed_in_c_per_kwh) == (expected_c, before.feed_in_c_per_kwh)
