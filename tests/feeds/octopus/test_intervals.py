"""From rates to half-hours: every half-hour of a year, days of changing clocks, what is not known."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.prices import Quality
from app.domain.windows import Window
from app.feeds.retailers.octopus.families import night_of
from app.feeds.retailers.octopus.intervals import Fixed, Listed, Prices, Split, joined
from app.feeds.retailers.octopus.rates import Rate, read_rates
from tests.feeds.octopus.payloads import at, row

LONDON = ZoneInfo("Europe/London")
HALF_HOUR = timedelta(minutes=30)
YEAR = (at("2026-01-01 00:00"), at("2027-01-01 00:00"))
BLOCKS = {  # product → (from, p/kWh) by the clock in London
    "go": ((time(0, 30), 8.5), (time(5, 30), 26.9)),
    "intelligent_go": ((time(5, 30), 27.4), (time(23, 30), 7.0)),
    "flux": ((time(2), 15.6), (time(5), 26.0), (time(16), 36.4), (time(19), 26.0)),
}


def rows_of_a_year(blocks: tuple[tuple[time, float], ...]) -> list[dict]:
    """A row per block, newest first, as the service lists them."""
    starts = [(datetime.combine(date(2025, 12, 31) + timedelta(days=day), start, LONDON), p) for day in range(368) for start, p in blocks]
    return [row(start, end, p) for (start, p), (end, _) in pairwise(starts)][::-1]


def listed(*rows: dict) -> Listed:
    return Listed(read_rates(rows, "DIRECT_DEBIT", with_vat=True).rates)


def by_the_clock(product: str) -> Callable[[time], float]:
    """What a local time costs, from the words of the product alone."""
    match product:
        case "go":
            return lambda local: 8.5 if time(0, 30) <= local < time(5, 30) else 26.9
        case "intelligent_go":
            return lambda local: 7.0 if local >= time(23, 30) or local < time(5, 30) else 27.4
        case _:
            return lambda local: 15.6 if time(2) <= local < time(5) else 36.4 if time(16) <= local < time(19) else 26.0


@pytest.mark.parametrize("product", sorted(BLOCKS))
def test_blocks_become_the_half_hours_of_every_day_of_a_year(product: str) -> None:
    intervals = joined(listed(*rows_of_a_year(BLOCKS[product])), Fixed(15.0), *YEAR)
    assert len(intervals) == 365 * 48
    expected = by_the_clock(product)
    for number, interval in enumerate(intervals):
        assert interval.start == YEAR[0] + number * HALF_HOUR
        assert interval.end == interval.start + HALF_HOUR
        assert interval.import_c_per_kwh == expected(interval.start.astimezone(LONDON).time())


@pytest.mark.parametrize(("product", "code"), [("go", "GO-VAR-22-10-14"), ("intelligent_go", "IOG-SMB-VAR-24-10-29")])
def test_a_list_for_the_day_and_one_for_the_night_give_the_same_as_one_with_the_hours_in_it(product: str, code: str) -> None:
    day_p, night_p = max(p for _, p in BLOCKS[product]), min(p for _, p in BLOCKS[product])
    day, night = listed(row("2025-01-01 00:00", None, day_p)), listed(row("2025-01-01 00:00", None, night_p))
    hours = night_of(code)
    assert hours is not None
    assert joined(Split(day, night, hours), Fixed(15.0), *YEAR) == joined(listed(*rows_of_a_year(BLOCKS[product])), Fixed(15.0), *YEAR)


def test_the_hours_of_a_night_are_known_of_no_other_product() -> None:
    assert [night_of(code) for code in ("VAR-22-11-01", "INTELLI-FLUX-IMPORT-23-07-14", "COSY-22-12-08", "AGILE-24-10-01")] == [None] * 4


def test_both_sides_stand_in_one_interval_and_are_final() -> None:
    [first, second] = joined(listed(row("12:00", "13:00", -1.89)), listed(row("12:00", None, 15.0)), at("12:00"), at("13:00"))
    assert (first.start, first.end, second.end) == (at("12:00"), at("12:30"), at("13:00"))
    assert (first.import_c_per_kwh, first.feed_in_c_per_kwh, first.quality, first.source) == (-1.89, 15.0, Quality.SETTLED, "octopus")


def test_a_gap_on_the_import_side_gives_no_interval_and_one_on_the_export_side_no_price() -> None:
    bought = listed(row("12:00", "12:30"), row("13:00", "14:00"))
    sold = listed(row("12:00", "13:00", 5.0), row("13:30", "14:00", 6.0))
    intervals = joined(bought, sold, at("12:00"), at("14:00"))
    assert [(f"{each.start:%H:%M}", each.import_c_per_kwh, each.feed_in_c_per_kwh) for each in intervals] == [
        ("12:00", 20.0, 5.0),
        ("13:00", 20.0, None),
        ("13:30", 20.0, 6.0),
    ]


def test_a_price_that_changes_within_a_half_hour_splits_it() -> None:
    intervals = joined(listed(row("11:00", "12:10", 20.0), row("12:10", None, 30.0)), Fixed(0.0), at("12:00"), at("13:00"))
    assert [(f"{each.start:%H:%M}", f"{each.end:%H:%M}", each.import_c_per_kwh) for each in intervals] == [
        ("12:00", "12:10", 20.0),
        ("12:10", "12:30", 30.0),
        ("12:30", "13:00", 30.0),
    ]


def test_the_price_that_began_last_holds_and_the_one_for_the_way_of_paying_before_the_one_for_all() -> None:
    prices = listed(row("2023-01-01 00:00", None, 20.0), row("12:00", "13:00", 30.0), row("12:00", "13:00", 29.0, "DIRECT_DEBIT"))
    assert [prices.at(at(clock)) for clock in ("11:59", "12:00", "12:59", "13:00")] == [20.0, 29.0, 29.0, 20.0]
    assert prices.at(at("2022-12-31 23:59")) is None


def test_prices_without_an_end_are_known_to_the_horizon_and_others_to_their_last_end() -> None:
    horizon = at("2026-07-16 12:00")
    whole, short = listed(row("12:00", None)), listed(row("12:00", "12:30"), row("13:00", "14:00"))
    assert whole.known_until(horizon) == horizon
    assert short.known_until(horizon) == at("14:00")
    assert short.known_until(at("13:15")) == at("13:15")
    assert Split(whole, short, Window(time(0), time(5))).known_until(horizon) == at("14:00")
    assert Fixed(0.0).known_until(horizon) == horizon


def test_a_change_of_prices_in_day_and_night_lists_is_followed() -> None:
    day = listed(row("2025-01-01 00:00", "12:10", 30.0), row("12:10", None, 33.0))
    prices: Prices = Split(day, listed(row("2025-01-01 00:00", None, 7.0)), Window(time(23, 30), time(5, 30)))
    assert [each.import_c_per_kwh for each in joined(prices, Fixed(0.0), at("12:00"), at("13:00"))] == [30.0, 33.0, 33.0]


starts = st.integers(0, 40).map(lambda minutes: at("2026-03-28 22:00") + timedelta(minutes=10 * minutes))
rates = st.lists(st.builds(Rate, starts, st.none() | starts.map(lambda end: end + timedelta(hours=8)), st.floats(-20, 100), st.booleans()))


@given(rates, rates)
def test_intervals_never_overlap_and_cover_what_the_import_list_covers(bought: list[Rate], sold: list[Rate]) -> None:
    start, end = at("2026-03-28 23:00"), at("2026-03-29 05:00")
    intervals = joined(Listed(bought), Listed(sold), start, end)
    assert all(a.end <= b.start for a, b in pairwise(intervals))
    for minute in range(0, 360, 5):
        instant = start + timedelta(minutes=minute)
        found = [each for each in intervals if each.start <= instant < each.end]
        holding = [rate for rate in bought if rate.start <= instant and (rate.end is None or rate.end > instant)]
        assert len(found) == bool(holding)
        if found:
            assert found[0].import_c_per_kwh in {rate.price_p for rate in holding}
            assert found[0].import_c_per_kwh == Listed(bought).at(instant)
