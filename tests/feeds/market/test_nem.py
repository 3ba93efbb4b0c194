"""Labels at the end of an interval in market time, in every zone and on days of changing clocks; prices from cells."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.tariffs.half_hourly import half_hour_start
from app.feeds.market.aemo.nem import (
    FIVE_MINUTES,
    HALF_HOUR,
    OffTheGrid,
    RowRefused,
    c_per_kwh_from_aud_per_mwh,
    in_market_time,
    interval_of,
    period_start,
    price_of,
)
from tests.feeds.market.samples import NOW, at

LENGTHS = {5: FIVE_MINUTES, 30: HALF_HOUR}


def slot(start: datetime, zone: str) -> str:
    """The local half-hour that an interval belongs to."""
    return f"{half_hour_start(start).astimezone(ZoneInfo(zone)):%a %d %H:%M}"


@pytest.mark.parametrize(
    ("label", "minutes", "start", "brisbane", "sydney", "adelaide"),
    [
        ("2026-11-20T18:00:00", 30, "2026-11-20T07:30Z", "Fri 20 17:30", "Fri 20 18:30", "Fri 20 18:00"),
        ("2026-11-20T18:00:00", 5, "2026-11-20T07:55Z", "Fri 20 17:30", "Fri 20 18:30", "Fri 20 18:00"),
        ("2026-11-20T00:00:00", 30, "2026-11-19T13:30Z", "Thu 19 23:30", "Fri 20 00:30", "Fri 20 00:00"),
        ("2026-11-20T00:05:00", 5, "2026-11-19T14:00Z", "Fri 20 00:00", "Fri 20 01:00", "Fri 20 00:30"),
    ],
)
def test_a_label_is_the_end_of_its_interval_in_every_zone(
    label: str, minutes: int, start: str, brisbane: str, sydney: str, adelaide: str
) -> None:
    for written in (label, label.replace("-", "/").replace("T", " "), label + "+10:00"):
        found, end = interval_of(written, LENGTHS[minutes], NOW)
        assert (found, end - found) == (datetime.fromisoformat(start), LENGTHS[minutes])
        assert found.tzinfo is UTC
    assert slot(found, "Australia/Brisbane") == brisbane
    assert slot(found, "Australia/Sydney") == slot(found, "Australia/Melbourne") == slot(found, "Australia/Hobart") == sydney
    assert slot(found, "Australia/Adelaide") == adelaide


DAYS = {  # market start → local start, Sydney and Adelaide
    "2026-10-04": [
        ("01:00", "01:00 AEST", "00:30 ACST"),
        ("01:30", "01:30 AEST", "01:00 ACST"),
        ("02:00", "03:00 AEDT", "01:30 ACST"),
        ("02:30", "03:30 AEDT", "03:00 ACDT"),
    ],
    "2026-04-05": [
        ("00:30", "01:30 AEDT", "01:00 ACDT"),
        ("01:00", "02:00 AEDT", "01:30 ACDT"),
        ("01:30", "02:30 AEDT", "02:00 ACDT"),
        ("02:00", "02:00 AEST", "02:30 ACDT"),
        ("02:30", "02:30 AEST", "02:00 ACST"),
        ("03:00", "03:00 AEST", "02:30 ACST"),
    ],
}


@pytest.mark.parametrize(("day", "begins", "sydney", "adelaide"), [(day, *row) for day, rows in DAYS.items() for row in rows])
@pytest.mark.parametrize("minutes", [5, 30])
def test_on_days_of_changing_clocks_the_market_keeps_its_time(day: str, begins: str, sydney: str, adelaide: str, minutes: int) -> None:
    label = datetime.fromisoformat(f"{day}T{begins}") + LENGTHS[minutes]
    start, _ = interval_of(label.isoformat(), LENGTHS[minutes], datetime.fromisoformat(f"{day}T00:00Z"))
    assert f"{start.astimezone(ZoneInfo('Australia/Sydney')):%H:%M %Z}" == sydney
    assert f"{start.astimezone(ZoneInfo('Australia/Adelaide')):%H:%M %Z}" == adelaide
    assert f"{start.astimezone(ZoneInfo('Australia/Brisbane')):%H:%M}" == begins


@pytest.mark.parametrize(
    ("zone", "day", "half_hours", "first"),
    [
        ("Australia/Sydney", date(2026, 10, 4), 46, "2026-10-03T14:00Z"),
        ("Australia/Sydney", date(2026, 4, 5), 50, "2026-04-04T13:00Z"),
        ("Australia/Adelaide", date(2026, 10, 4), 46, "2026-10-03T14:30Z"),
        ("Australia/Adelaide", date(2026, 4, 5), 50, "2026-04-04T13:30Z"),
        ("Australia/Brisbane", date(2026, 10, 4), 48, "2026-10-03T14:00Z"),
        ("Australia/Brisbane", date(2026, 4, 5), 48, "2026-04-04T14:00Z"),
    ],
)
def test_a_local_day_gets_all_its_half_hours(zone: str, day: date, half_hours: int, first: str) -> None:
    labels = [datetime(day.year, day.month, day.day) - timedelta(hours=3) + n * HALF_HOUR for n in range(1, 61)]  # noqa: DTZ001
    starts = [interval_of(label.isoformat(), HALF_HOUR, datetime.fromisoformat(first))[0] for label in labels]
    mine = [start for start in starts if start.astimezone(ZoneInfo(zone)).date() == day]
    assert (len(mine), mine[0]) == (half_hours, datetime.fromisoformat(first))


@given(st.datetimes(datetime(2026, 11, 18), datetime(2026, 11, 23)), st.sampled_from([FIVE_MINUTES, HALF_HOUR]))  # noqa: DTZ001
def test_each_instant_lies_in_the_interval_of_exactly_one_label(instant: datetime, length: timedelta) -> None:
    aware = instant.replace(tzinfo=UTC)
    start = period_start(aware, length)
    label = (start + length + timedelta(hours=10)).replace(tzinfo=None).isoformat()
    assert interval_of(label, length, NOW) == (start, start + length)
    assert start <= aware < start + length


@pytest.mark.parametrize(
    ("label", "words"),
    [
        (None, "missing"),
        ("", "missing"),
        (1763625600, "missing"),
        ("2026-11-20", "missing"),
        ("2026-11-20T25:00:00", "cannot be read"),
        ("2026-11-20T18:00:00Z", "not market time"),
        ("2026-11-20T18:00:00+11:00", "not market time"),
        ("2026-11-20T18:02:00", "not the end"),
        ("2026-11-20T18:00:30", "not the end"),
        ("2026-11-26T18:00:00", "out of reach"),
        ("2026-11-10T18:00:00", "out of reach"),
        ("0001-01-01T00:00:00", "out of reach"),
        ("9999-12-31T23:55:00", "out of reach"),
    ],
)
def test_what_is_no_label_is_refused(label: Any, words: str) -> None:
    with pytest.raises(RowRefused, match=words):
        interval_of(label, FIVE_MINUTES, NOW)


def test_a_five_minute_label_ends_no_half_hour() -> None:
    with pytest.raises(OffTheGrid):
        interval_of("2026-11-20T18:05:00", HALF_HOUR, NOW)


@pytest.mark.parametrize(
    ("value", "price"),
    [(118.42, 118.42), ("118.42", 118.42), ("-38.15", -38.15), ("  0 ", 0.0), (-1000, -1000.0), (".5", 0.5), ("1.2E+3", 1200.0)],
)
def test_a_price_is_a_number_or_a_cell_with_one(value: Any, price: float) -> None:
    assert price_of(value) == price


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "missing"),
        ("", "missing"),
        (" ", "missing"),
        ("n/a", "not a number"),
        ("NaN", "not a number"),
        ("Infinity", "not a number"),
        ("1_000", "not a number"),
        ("1,000", "not a number"),
        ("٣", "not a number"),
        (True, "not a number"),
        ([], "not a number"),
        (float("nan"), "finite"),
        (float("inf"), "finite"),
        ("1e999", "finite"),
        (10**400, "finite"),
    ],
)
def test_what_is_no_price_is_refused(value: Any, words: str) -> None:
    with pytest.raises(RowRefused, match=f"RRP is .*{words}"):
        price_of(value)


def test_dollars_per_megawatt_hour_become_cents_per_kilowatt_hour() -> None:
    assert c_per_kwh_from_aud_per_mwh(118.42) == pytest.approx(11.842)
    assert c_per_kwh_from_aud_per_mwh(-1000) == -100
    assert str(c_per_kwh_from_aud_per_mwh(-0.0)) == "0.0"


def test_people_read_market_time() -> None:
    assert in_market_time(at("18:00")) == "2026-11-20 18:00 market time"
