"""Figures and times as the owner reads them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.web import filters

THIN = "\u202f"


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (filters.kw(1137), f"1.14{THIN}kW"),
        (filters.kw(-2), f"0.00{THIN}kW"),
        (filters.kw(-2300, 1), f"−2.3{THIN}kW"),
        (filters.kwh(8370), f"8.4{THIN}kWh"),
        (filters.watts(-1234.4), f"−1,234{THIN}W"),
        (filters.pct(62.3), f"62{THIN}%"),
        (filters.cents(39.46), f"39.5{THIN}c"),
        (filters.cents(-0.04), f"0.0{THIN}c"),
        (filters.cents(21.5, currency="GBP"), f"21.5{THIN}p"),
        (filters.money(-4), "−$0.04"),
        (filters.money(425), "+$4.25"),
        (filters.money(425, signed=False), "$4.25"),
        (filters.money(0.2), "$0.00"),
        (filters.money(-0.2), "$0.00"),
        (filters.money(123456, "GBP"), "+£1,234.56"),
        (filters.duration(12), f"12{THIN}s"),
        (filters.duration(timedelta(minutes=9)), f"9{THIN}min"),
        (filters.duration(3600), f"1{THIN}h"),
        (filters.duration(3 * 3600 + 300), f"3{THIN}h 5{THIN}min"),
        (filters.duration(86400), "1 day"),
        (filters.duration(3 * 86400), "3 days"),
        (filters.zone_city("America/Argentina/Buenos_Aires"), "Buenos Aires"),
        (filters.browser_name(""), "A browser"),
        (filters.browser_name("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1"), "Safari on iPhone"),
        (filters.browser_name("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0"), "Edge on Windows"),
    ],
)
def test_a_figure_reads(shown: str, expected: str):
    assert shown == expected


@pytest.mark.parametrize(
    "function",
    [filters.kw, filters.kwh, filters.watts, filters.pct, filters.cents, filters.money, filters.number, filters.age, filters.duration],
)
def test_what_is_not_known_is_a_dash_and_never_a_zero(function):
    assert function(None) == "—"


def test_times_are_those_of_the_site_on_both_sides_of_a_clock_change():
    before, after = datetime(2026, 10, 3, 15, 59, tzinfo=UTC), datetime(2026, 10, 3, 16, 1, tzinfo=UTC)
    assert filters.local_time(before, "Australia/Sydney") == "01:59"
    assert filters.local_time(after, "Australia/Sydney") == "03:01"
    assert filters.local_moment(after, "Australia/Sydney") == "Sun 4 Oct, 03:01"
    assert filters.local_date(date(2026, 11, 20)) == "Fri 20 Nov"
    assert filters.local_time(None, "Australia/Sydney") == "—"


def test_an_age_counts_from_now():
    now = datetime(2026, 11, 20, 5, 42, tzinfo=UTC)
    assert filters.age(now - timedelta(seconds=12), now) == f"12{THIN}s ago"
    assert filters.age(now + timedelta(seconds=2), now) == "now"


def test_a_unit_is_drawn_small_and_nothing_slips_through_unescaped():
    assert filters.split_unit(f"62{THIN}%") == f'62<span class="unit">{THIN}%</span>'
    assert filters.split_unit("<b>") == "&lt;b&gt;"
