"""What the battery would be given now: the year where it keeps plans and the day is as the plan says, else the next 24 hours."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.charges import StandingCharges
from app.domain.opinions import FollowTariff, Unknown, Wish
from app.domain.policies.tariff_sync import follow_prices
from app.domain.settings.chip_mode import ChipMode
from app.domain.settings.demand import Demand, DemandWindow
from app.domain.settings.export_boost import ExportBoost
from app.domain.settings.tariff_sync import TariffSync
from app.domain.snapshot import Snapshot
from app.domain.tariffs.half_hourly import Missing, RollingTariff, slot_index
from app.domain.tariffs.seasonal import SeasonalTariff
from app.domain.tariffs.shaping import Shaped
from app.domain.tariffs.time_of_use import Season, TimeOfUse
from app.domain.tariffs.todays import next_day, todays_tariff, whole_year
from app.domain.windows import Days
from tests.domain.builders import NOW, SYDNEY, a_snapshot, before
from tests.domain.plans import ALL, WEEKDAYS, a_home_on, a_period, a_year, any_plan, at_a_price, book_of, two_seasons

DAILY = a_year(a_period("Peak", ALL, "15:00", "21:00", 52, 14), a_period("Rest", ALL, "21:00", "15:00", 20, 5))


def sent(snapshot: Snapshot) -> RollingTariff | SeasonalTariff:
    shaped = todays_tariff(snapshot)
    assert isinstance(shaped, Shaped), shaped
    return shaped.result


def midnights(year: int = 2026) -> Iterator[datetime]:
    for number in range(365):
        yield datetime.combine(date(year, 1, 1) + timedelta(days=number), time(0), SYDNEY).astimezone(UTC)


def test_a_plan_goes_whole_to_a_battery_that_keeps_plans() -> None:
    tariff = sent(a_home_on(two_seasons(), charges=StandingCharges(112.0, 1500.0)))
    assert isinstance(tariff, SeasonalTariff)
    assert [season.name for season in tariff.seasons] == ["Summer", "Winter"]
    assert (tariff.name, tariff.provider, tariff.daily_charge_c, tariff.monthly_charge_c) == (
        "Two season TOU",
        "Example Power",
        112.0,
        1500.0,
    )


@pytest.mark.parametrize(
    "snapshot",
    [
        a_home_on(two_seasons(), takes_weekly_plan=False),
        a_home_on(two_seasons(), plan=None),
        a_home_on(two_seasons(), battery=None),
    ],
    ids=["another battery", "no plan", "no battery"],
)
def test_everybody_else_gets_the_next_day(snapshot: Snapshot) -> None:
    tariff = sent(snapshot)
    assert isinstance(tariff, RollingTariff)
    assert len(tariff.slots) == 48


def test_a_plan_with_a_hole_is_never_sent_whole() -> None:
    holed = TimeOfUse((Season("Summer", (10, 1), (3, 31), two_seasons().seasons[0].periods),))
    assert whole_year(a_home_on(holed)) is None
    assert isinstance(sent(a_home_on(holed)), RollingTariff)


def test_the_wish_stays_the_same_all_year_on_the_days_the_clock_changes_too() -> None:
    wishes = set()
    for day in ("2026-01-31", "2026-04-04", "2026-04-05", "2026-10-03", "2026-10-04", "2026-12-31"):
        start = datetime.fromisoformat(f"{day}T00:00").replace(tzinfo=SYDNEY).astimezone(UTC)
        for quarter in range(0, 100, 3):
            wish = follow_prices(a_home_on(two_seasons(), start + quarter * timedelta(minutes=15)))
            assert isinstance(wish, Wish)
            wishes.add(wish.command)
    assert len(wishes) == 1


def test_a_price_in_the_hour_that_a_day_lacks_is_no_departure() -> None:
    """On 4 October 02:00–03:00 does not exist; the rolling day has the price of 03:00 there, the plan another."""
    plan = a_year(a_period("Night", ALL, "00:00", "03:00", 10), a_period("Day", ALL, "03:00", "00:00", 40))
    tariff = sent(a_home_on(plan, datetime(2026, 10, 3, 13, 30, tzinfo=UTC)))
    assert isinstance(tariff, SeasonalTariff)


@pytest.mark.parametrize(("ahead", "is_whole"), [(1, False), (23, False), (23.5, False), (24, True), (30, True), (-0.5, True)])
def test_a_price_that_holds_once_is_told_from_a_day_before_until_it_is_over(ahead: float, is_whole: bool) -> None:
    running = NOW - timedelta(minutes=15)
    start = running + timedelta(hours=ahead)
    book = at_a_price(book_of(DAILY), start, start + timedelta(minutes=30), 0.0)
    tariff = sent(a_home_on(DAILY, prices=book))
    assert isinstance(tariff, SeasonalTariff) == is_whole
    if isinstance(tariff, RollingTariff):
        assert [slot.start for slot in tariff.slots if slot.import_c_per_kwh == 0.0] == [start]


def test_a_difference_too_small_to_be_sent_is_none() -> None:
    later = NOW + timedelta(hours=3, minutes=15)
    prices = at_a_price(book_of(DAILY), later, later + timedelta(hours=1), 52.0 + 1e-9)
    assert isinstance(sent(a_home_on(DAILY, prices=prices)), SeasonalTariff)


@pytest.mark.parametrize("takes_weekly_plan", [True, False])
@pytest.mark.parametrize("silence", [timedelta(hours=30), timedelta(days=9), timedelta(days=200)])
def test_a_plan_goes_on_when_its_feed_is_dead(takes_weekly_plan: bool, silence: timedelta) -> None:
    alive = follow_prices(a_home_on(DAILY, NOW + silence, takes_weekly_plan=takes_weekly_plan))
    dead = follow_prices(a_home_on(DAILY, NOW + silence, takes_weekly_plan=takes_weekly_plan, prices=book_of(DAILY)))
    assert isinstance(alive, Wish)
    assert isinstance(dead, Wish)
    assert tariff_of(dead) == tariff_of(alive)
    assert dead.expires_at >= NOW + silence + timedelta(hours=24)


def tariff_of(wish: Wish) -> RollingTariff | SeasonalTariff:
    assert isinstance(wish.command, FollowTariff)
    return wish.command.tariff


def test_without_a_plan_a_dead_feed_is_dead() -> None:
    assert isinstance(follow_prices(a_home_on(DAILY, NOW + timedelta(days=9), prices=book_of(DAILY), plan=None)), Unknown)


def test_a_price_in_force_once_survives_a_feed_that_died_before_it_ended() -> None:
    start = NOW + timedelta(hours=40, minutes=15)
    prices = at_a_price(book_of(DAILY), start, start + timedelta(hours=1), 0.0)
    tariff = sent(a_home_on(DAILY, NOW + timedelta(hours=38), prices=prices))
    assert isinstance(tariff, RollingTariff)
    assert {slot.start for slot in tariff.slots if slot.import_c_per_kwh == 0.0} == {start, start + timedelta(minutes=30)}


def test_a_gap_in_what_was_given_stays_one() -> None:
    whole = book_of(DAILY)
    gap = NOW + timedelta(hours=5, minutes=15)
    prices = replace(whole, intervals=tuple(each for each in whole.intervals if each.start != gap))
    assert todays_tariff(a_home_on(DAILY, prices=prices)) == Missing((gap,), whole.known_until)


def test_before_any_price_nothing_is_sent() -> None:
    assert todays_tariff(a_snapshot(prices=None)) is None


def test_switching_to_the_day_and_back_counts_as_moved() -> None:
    earlier = follow_prices(a_home_on(DAILY))
    assert isinstance(earlier, Wish)
    later = NOW + timedelta(hours=3, minutes=15)
    prices = at_a_price(book_of(DAILY), later, later + timedelta(hours=1), 51.9)
    for uploads, kind in ((1, RollingTariff), (2, SeasonalTariff)):
        home = a_home_on(DAILY, prices=prices, before=before("tariff_sync", earlier, NOW), tariff_uploads_in_period=uploads)
        wish = follow_prices(home)
        assert isinstance(wish, Wish)
        assert isinstance(tariff_of(wish), kind)


def test_a_plan_is_settled_from_the_start() -> None:
    wish = follow_prices(a_home_on(DAILY, settings={"tariff_sync": TariffSync(settled_prices_only=True, mode_toggle=True)}))
    assert isinstance(wish, Wish)
    assert isinstance(wish.command, FollowTariff)
    assert wish.command.replan


# Shaping: the year and the day


def demands() -> st.SearchStrategy[Demand]:
    windows = st.builds(
        DemandWindow,
        st.sampled_from([time(7), time(14), time(22)]),
        st.sampled_from([time(6), time(16), time(20)]),
        st.sampled_from(Days),
        rate_c_per_kw=st.sampled_from([0.0, 39.485]),
        months=st.frozensets(st.integers(1, 12), min_size=1),
    )
    return st.builds(
        Demand, enabled=st.booleans(), windows=st.lists(windows, max_size=3).map(tuple), surcharge_c=st.sampled_from([0.0, 200.0])
    )


SHAPINGS = st.fixed_dictionaries(
    {
        "export_boost": st.builds(ExportBoost, st.booleans(), st.just(5.0), st.just(20.0), st.sampled_from([0.0, 10.0])),
        "chip_mode": st.builds(ChipMode, st.booleans(), threshold_c=st.sampled_from([8.0, 30.0])),
        "demand": demands(),
    }
)


def assert_alike(snapshot: Snapshot) -> None:
    """Each half-hour of the next day, as shaped, is that of the shaped year."""
    day, year = next_day(snapshot), whole_year(snapshot)
    assert isinstance(day, Shaped)
    assert year is not None
    for slot in day.result.slots:
        if slot_index(slot.start.astimezone(SYDNEY)) != slot.index:
            continue  # the day lacks this half-hour
        block = year.result.block_at(slot.date, slot.index)
        assert block is not None
        shown = (slot.import_c_per_kwh, slot.feed_in_c_per_kwh, slot.demand_c_per_kw)
        assert shown == (block.import_c_per_kwh, block.feed_in_c_per_kwh, block.demand_c_per_kw), slot
    assert day.result.demand_applies_to == year.result.demand_applies_to


def test_the_shaped_year_is_the_shaped_day_on_every_day_of_the_year() -> None:
    policies = {
        "export_boost": ExportBoost(enabled=True, offset_c=5.0, minimum_c=20.0, threshold_c=10.0),
        "chip_mode": ChipMode(enabled=True),
        "demand": Demand(
            enabled=True,
            surcharge_c=200.0,
            apply_to="both",
            windows=(DemandWindow(time(15), time(21), Days.WEEKDAYS, rate_c_per_kw=39.485, months=frozenset({11, 12, 1, 2, 3, 6})),),
        ),
    }
    for midnight in midnights():
        assert_alike(a_home_on(two_seasons(), midnight, settings=policies))


@given(
    plan=any_plan(demand=True),
    policies=SHAPINGS,
    at=st.datetimes(datetime(2027, 1, 1), datetime(2029, 1, 1)).map(lambda each: each.replace(tzinfo=UTC)),  # noqa: DTZ001
)
@settings(max_examples=40, deadline=None)
def test_any_plan_is_shaped_alike_as_a_year_and_as_a_day(plan: TimeOfUse, policies: dict[str, object], at: datetime) -> None:
    assert_alike(a_home_on(plan, at, settings=policies))


def test_the_plans_own_demand_rate_stands_where_the_settings_have_none() -> None:
    plan = a_year(a_period("Peak", ALL, "15:00", "21:00", 52, 14, demand_c_per_kw=30.0), a_period("Rest", ALL, "21:00", "15:00", 20, 5))
    windows = (DemandWindow(time(16), time(17), rate_c_per_kw=45.0), DemandWindow(time(18), time(19)))
    home = a_home_on(plan, settings={"demand": Demand(enabled=True, windows=windows, apply_to="sell")})
    for shaped in (next_day(home), whole_year(home)):
        assert isinstance(shaped, Shaped)
        assert [step.name for step in shaped.steps] == ["demand"]
        assert shaped.result.demand_applies_to == "sell"
    year = whole_year(home)
    assert year is not None
    rates = [year.result.block_at(NOW.date(), slot) for slot in (29, 30, 32, 34, 36, 42)]
    assert [block.demand_c_per_kw for block in rates if block] == [0.0, 30.0, 45.0, 30.0, 30.0, 0.0]


def test_a_demand_window_of_some_months_divides_the_year() -> None:
    demand = Demand(enabled=True, surcharge_c=100.0, windows=(DemandWindow(time(15), time(21), months=frozenset({11, 12, 1, 2, 3})),))
    year = whole_year(a_home_on(DAILY, settings={"demand": demand}))
    assert year is not None
    assert [(each.first, each.last) for each in year.result.seasons] == [((11, 1), (3, 31)), ((4, 1), (10, 31))]
    assert [each.blocks[1].import_c_per_kwh for season in year.result.seasons for each in season.week] == [152.0, 52.0]


def test_a_step_names_the_half_hours_that_it_changes_on_any_day() -> None:
    demand = Demand(enabled=True, surcharge_c=100.0, windows=(DemandWindow(time(15), time(16), Days.WEEKENDS),))
    year = whole_year(a_home_on(two_seasons(), settings={"demand": demand}))
    assert year is not None
    assert [(step.name, step.changed) for step in year.steps] == [("demand", frozenset({30, 31}))]
    assert year.original.block_at(date(2026, 11, 21), 30) != year.result.block_at(date(2026, 11, 21), 30)


def test_rates_of_a_plan_reach_a_battery_that_takes_only_days() -> None:
    plan = a_year(
        a_period("Peak", WEEKDAYS, "15:00", "21:00", 52, 14, demand_c_per_kw=30.0),
        a_period("Weekend", {5, 6}, "15:00", "21:00", 20, 5),
        a_period("Rest", ALL, "21:00", "15:00", 20, 5),
    )
    tariff = sent(a_home_on(plan, takes_weekly_plan=False))  # a Friday, 14:15
    assert isinstance(tariff, RollingTariff)
    assert {slot.index for slot in tariff.slots if slot.demand_c_per_kw} == set(range(30, 42))
    later = sent(a_home_on(plan, NOW + timedelta(hours=3), takes_weekly_plan=False))
    assert isinstance(later, RollingTariff)
    assert {slot.index for slot in later.slots if slot.demand_c_per_kw} == set(range(34, 42))
