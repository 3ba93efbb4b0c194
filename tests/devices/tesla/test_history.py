"""What Tesla kept of a day, as energy of 5 minutes."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.devices.tesla.history import end_of, energy_of_day
from app.transports.errors import AnswerNotUnderstood

SYDNEY = ZoneInfo("Australia/Sydney")
START = datetime(2026, 3, 13, 13, 0, tzinfo=UTC)  # 14 March 00:00 in Sydney
END = START + timedelta(days=1)


def row(clock: str, **values: float) -> dict[str, Any]:
    return {"timestamp": f"2026-03-14T{clock}:00+11:00", "grid_energy_imported": 0, **values}


def energies(*rows: dict[str, Any]) -> list[Any]:
    return energy_of_day("Tesla", {"time_series": list(rows)}, START, END)


# The four buckets of the sheet's day, each with a following one that says how long a row is.
NIGHT = row("02:00", grid_energy_imported=310, battery_energy_imported_from_grid=250, consumer_energy_imported_from_grid=60)
NOON = row(
    "12:00",
    solar_energy_exported=420,
    battery_energy_imported_from_solar=340,
    consumer_energy_imported_from_solar=55,
    grid_energy_exported_from_solar=25,
)
EVENING = row("18:00", battery_energy_exported=400, consumer_energy_imported_from_battery=95, grid_energy_exported_from_battery=305)
LATE = row(
    "20:00",
    grid_energy_imported=20,
    battery_energy_exported=60,
    consumer_energy_imported_from_grid=20,
    consumer_energy_imported_from_battery=60,
)


def test_the_flows_of_a_day_come_to_its_totals() -> None:
    found = energies(NIGHT, NOON, EVENING, LATE, row("20:05"))
    totals = {
        name: sum(getattr(each, name) for each in found)
        for name in ("solar_wh", "import_wh", "export_wh", "charge_wh", "discharge_wh", "load_wh")
    }
    assert totals == {"solar_wh": 420, "import_wh": 330, "export_wh": 330, "charge_wh": 590, "discharge_wh": 460, "load_wh": 290}
    assert found[0].start == datetime(2026, 3, 13, 15, 0, tzinfo=UTC)
    assert {each.covered_s for each in found} == {300}


def test_longer_rows_are_shared_out() -> None:
    found = energies(row("12:00", solar_energy_exported=300), row("12:15", solar_energy_exported=600))
    assert [each.solar_wh for each in found] == [100, 100, 100, 200, 200, 200]
    assert found[1].start - found[0].start == timedelta(minutes=5)


def test_rows_that_come_twice_count_once_and_another_days_rows_do_not() -> None:
    yesterday = {**row("12:00", solar_energy_exported=999), "timestamp": "2026-03-13T12:00:00+11:00"}
    found = energies(yesterday, row("12:00", solar_energy_exported=1), row("12:00", solar_energy_exported=2), row("12:05"))
    assert [each.solar_wh for each in found] == [2, 0]


def test_a_row_without_the_grids_meter_is_unknown_and_not_zero() -> None:
    bare = {"timestamp": "2026-03-14T12:00:00+11:00", "solar_energy_exported": 5}
    assert [each.start.minute for each in energies(bare, row("12:05"))] == [5]


@pytest.mark.parametrize("response", [{}, {"time_series": []}, {"time_series": None}])
def test_a_day_without_records_is_empty(response: dict[str, Any]) -> None:
    assert energy_of_day("Tesla", response, START, END) == []


@pytest.mark.parametrize("second", ["12:07", "13:00", "12:01"])
def test_rows_of_another_length_are_not_guessed_at(second: str) -> None:
    with pytest.raises(AnswerNotUnderstood):
        energies(row("12:00"), row(second))


def test_one_row_for_a_whole_day_is_not_five_minutes() -> None:
    with pytest.raises(AnswerNotUnderstood):
        energies(row("01:00", grid_energy_imported=9000))


def test_the_question_ends_a_second_before_midnight_by_the_homes_clock() -> None:
    assert end_of(date(2026, 3, 14), SYDNEY) == "2026-03-14T23:59:59+11:00"
    assert end_of(date(2026, 7, 14), SYDNEY) == "2026-07-14T23:59:59+10:00"
