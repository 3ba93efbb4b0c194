"""Meter files: what they say is taken exactly, what is missing stays missing, and what is wrong is named by its line."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from app.services.backtesting.csv_file import measured_from_csv
from app.services.backtesting.meter import Energy, FileRefused, Measured
from app.services.backtesting.nem12 import is_nem12, measured_from_nem12
from app.services.backtesting.source import measured_from_file

SYDNEY = ZoneInfo("Australia/Sydney")
NEM_MIDNIGHT = datetime(2026, 1, 11, 14, tzinfo=UTC)  # 12 January 00:00 at UTC+10
HALF_HOUR = timedelta(minutes=30)


def a_200(register: str = "E1", unit: str = "KWH", minutes: int = 30, nmi: str = "6123456789") -> str:
    return f"200,{nmi},E1B1,1,{register},N1,METER1,{unit},{minutes},20260401"


def a_300(values: Sequence[object], day: str = "20260112", quality: str = "A") -> str:
    return f"300,{day},{','.join(map(str, values))},{quality},,,20260113003000,20260113013000"


def a_file(*records: str) -> str:
    return "\r\n".join(["100,NEM12,202601130100,MDP1,RETAILER", *records, "900"]) + "\r\n"


def refused(text: str) -> list[str]:
    with pytest.raises(FileRefused) as caught:
        measured_from_nem12(text)
    return caught.value.problems


def test_days_of_nem12_begin_at_midnight_of_nem_time_and_values_stand_for_the_interval_before_their_time():
    values = [0.5] * 47 + [2.0]
    measured = measured_from_nem12(a_file(a_200(), a_300(values)))
    assert measured.minutes == 30
    assert min(measured.energy) == NEM_MIDNIGHT
    assert measured.energy[NEM_MIDNIGHT + 47 * HALF_HOUR] == Energy(2000.0, 0.0)
    assert len(measured.energy) == 48


def test_import_and_export_become_what_the_home_lacks_and_what_the_sun_leaves():
    imports, exports = [1.0] * 24 + [0.0] * 24, [0.25] * 24 + [1.5] * 24
    measured = measured_from_nem12(a_file(a_200("E1"), a_300(imports), a_200("B1"), a_300(exports)))
    assert measured.energy[NEM_MIDNIGHT] == Energy(750.0, 0.0)
    assert measured.energy[NEM_MIDNIGHT + 24 * HALF_HOUR] == Energy(0.0, 1500.0)
    assert "difference" in measured.notes[0]


@pytest.mark.parametrize(("unit", "value"), [("Wh", 500), ("kWh", 0.5), ("MWH", 0.0005)])
def test_units_are_read_in_any_spelling(unit: str, value: float):
    measured = measured_from_nem12(a_file(a_200(unit=unit), a_300([value] * 48)))
    assert set(measured.energy.values()) == {Energy(500.0, 0.0)}


def test_five_minutes_become_half_hours():
    values = [0.1] * 287 + [0.4]
    text = a_file(a_200(minutes=5), a_300(values))
    assert is_nem12(text)
    assert measured_from_file(text, SYDNEY, 5).energy[NEM_MIDNIGHT] == Energy(100.0, 0.0)
    halves = measured_from_file(text, SYDNEY, 30)
    assert halves.energy[NEM_MIDNIGHT].load_wh == pytest.approx(600.0)
    assert halves.energy[NEM_MIDNIGHT + 47 * HALF_HOUR].load_wh == pytest.approx(900.0)


def test_half_hours_are_not_spread_over_five_minutes():
    with pytest.raises(FileRefused, match="too coarse"):
        measured_from_file(a_file(a_200(), a_300([1.0] * 48)), SYDNEY, 5)


def test_what_was_not_read_is_a_gap_in_both_registers():
    exports = a_300([0.0] * 48, quality="V")
    text = a_file(
        a_200(), a_300([1.0] * 48), a_300([0.0] * 48, "20260113", "N"), a_200("B1"), exports, "400,1,46,A,,", "400,47,48,N,,",
        a_300([0.0] * 48, "20260113"),
    )  # fmt: skip
    measured = measured_from_nem12(text)
    assert len(measured.energy) == 46
    assert max(measured.energy) == NEM_MIDNIGHT + 45 * HALF_HOUR


def test_a_day_without_its_export_is_a_gap():
    text = a_file(a_200(), a_300([1.0] * 48), a_300([1.0] * 48, "20260113"), a_200("B1"), a_300([0.0] * 48, "20260113"))
    assert min(measured_from_nem12(text).energy) == NEM_MIDNIGHT + timedelta(days=1)


def test_a_day_that_was_read_again_counts_by_its_later_record():
    measured = measured_from_nem12(a_file(a_200(), a_300([1.0] * 48, quality="S14"), a_300([2.0] * 48)))
    assert measured.energy[NEM_MIDNIGHT] == Energy(2000.0, 0.0)


def test_other_registers_are_left_out_and_named():
    ones = a_300([1.0] * 48)
    measured = measured_from_nem12(a_file(a_200("E2"), a_300([9.0] * 48), a_200(), ones, a_200("Q1", "KVARH"), ones))
    assert measured.energy[NEM_MIDNIGHT] == Energy(1000.0, 0.0)
    assert "E2, Q1" in measured.notes[1]


@pytest.mark.parametrize(
    ("records", "problem"),
    [
        ((a_200(), a_300([1.0] * 47)), "line 3: record 300 has not 48 values and then their quality"),
        ((a_200(), a_300([1.0] * 47 + ["x"])), "line 3: 'x' is not a number"),
        ((a_200(), a_300([1.0] * 47 + [-1])), "line 3: '-1' is not a figure of 0 or more"),
        ((a_200(), a_300([1.0] * 47 + ["nan"])), "line 3: 'nan' is not a figure of 0 or more"),
        ((a_200(), a_300([1.0] * 48, "20260230")), "line 3: '20260230' is no date"),
        ((a_200(minutes=60), a_300([1.0] * 24)), "line 2: intervals of '60' minutes"),
        ((a_200(unit="KVA"), a_300([1.0] * 48)), "line 2: unit 'KVA'"),
        ((a_200(), a_300([1.0] * 48), a_200("B1", minutes=15)), "line 4: intervals of 15 minutes after ones of 30"),
        ((a_200(), a_300([1.0] * 48), a_200(nmi="6999999999")), "line 4: a second meter"),
        ((a_200(), "250,1"), "line 3: record '250' is none of NEM12"),
        ((a_300([1.0] * 48),), "line 2: record 300 before any record 200"),
        ((a_200(), a_300([1.0] * 48), "400,40,60,A,,"), "line 4: record 400 is about intervals 40 to 60"),
        ((a_200("B1"), a_300([1.0] * 48)), "no register E1"),
    ],
)
def test_bad_records_are_named_by_their_line(records: tuple[str, ...], problem: str):
    assert refused(a_file(*records))[0].startswith(problem)


def test_all_bad_lines_are_told_and_many_are_counted():
    text = a_file(a_200(), *(a_300([1.0] * 40) for _ in range(9)))
    with pytest.raises(FileRefused) as caught:
        measured_from_nem12(text)
    assert len(caught.value.problems) == 9
    assert str(caught.value).endswith("and 4 more")


def csv(*lines: str, head: str = "start,load_kwh,solar_kwh") -> Measured:
    return measured_from_csv("\n".join([head, *lines]), SYDNEY)


def csv_refused(*lines: str, head: str = "start,load_kwh,solar_kwh") -> str:
    with pytest.raises(FileRefused) as caught:
        csv(*lines, head=head)
    return str(caught.value)


def test_a_start_with_an_offset_and_one_on_the_clock_of_the_home_are_the_same_instant():
    with_offset = csv("2026-01-12T00:00+11:00,0.5,0", "2026-01-12T00:30+11:00,0.25,1")
    on_the_clock = csv("2026-01-12 00:00,0.5,0", "2026-01-12 00:30,0.25,1")
    assert with_offset.energy == on_the_clock.energy
    assert with_offset.energy[datetime(2026, 1, 11, 13, 30, tzinfo=UTC)] == Energy(250.0, 1000.0)
    assert with_offset.minutes == 30


def test_an_hour_that_occurs_twice_is_read_in_order_and_one_that_is_skipped_is_refused():
    measured = csv(*(f"2026-04-05 {clock},1,0" for clock in ("01:30", "02:00", "02:30", "02:00", "02:30", "03:00")))
    starts = list(measured.energy)
    assert [later - earlier for earlier, later in pairwise(starts)] == [HALF_HOUR] * 5
    assert "line 3: the clock of Australia/Sydney skips this time" in csv_refused("2026-10-04 01:30,1,0", "2026-10-04 02:30,1,0")


def test_a_meter_alone_is_its_difference():
    measured = csv("2026-01-12 00:00,1,0.4", "2026-01-12 00:30,0,2", head="start,import_kwh,export_kwh")
    assert list(measured.energy.values()) == [Energy(600.0, 0.0), Energy(0.0, 2000.0)]
    assert measured.notes


def test_an_empty_line_of_figures_is_a_gap_and_half_of_one_is_a_mistake():
    measured = csv("2026-01-12 00:00,1,0", "2026-01-12 00:30,,", "2026-01-12 01:00,1,0")
    assert len(measured.energy) == 2
    assert "line 3: load_kwh and solar_kwh belong together" in csv_refused("2026-01-12 00:00,1,0", "2026-01-12 00:30,1,")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("yesterday,1,0", "line 3: start is not a time"),
        ("2026-01-12 00:00,1,0", "line 3: the same start as in line 2"),
        ("2026-01-12 00:30,one,0", "line 3: load_kwh is not a number"),
        ("2026-01-12 00:30,-1,0", "line 3: load_kwh is not a figure of 0 or more"),
        ("2026-01-12 00:30,1,inf", "line 3: solar_kwh is not a figure of 0 or more"),
        ("2026-01-12 00:30,5000,0", "line 3: load_kwh is larger"),
        ("2026-01-12 00:30", "line 3: not as many values"),
        ("2026-01-12 00:31,1,0", "line 3: start is not on a whole 5 minutes"),
        ("2026-01-12 00:20,1,0", "the shortest time between two starts is 20 minutes"),
    ],
)
def test_bad_lines_of_a_table_are_named(line: str, problem: str):
    assert problem in csv_refused("2026-01-12 00:00,1,0", line)


def test_names_of_columns_may_be_written_as_people_write_them():
    measured = csv("2026-01-12 00:00,1,0", "2026-01-12 00:30,1,0.5", head="Start, Load kWh, solar-kWh")
    assert list(measured.energy.values()) == [Energy(1000.0, 0.0), Energy(1000.0, 500.0)]


def test_a_table_without_the_columns_says_which_it_needs():
    assert "either load_kwh and solar_kwh or import_kwh and export_kwh" in csv_refused("1,2", head="time,kwh")


def test_a_file_of_any_size_is_not_read():
    with pytest.raises(FileRefused, match="larger than 5 MB"):
        measured_from_file("x" * 5_000_001, SYDNEY, 30)
