"""Readings and facts from what Tesla sends."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from app.devices.tesla.reading import facts_from, live_reading_from, model_from
from app.transports.errors import AnswerNotUnderstood
from tests.devices.tesla.samples import live_status, site_info

NOW = datetime(2026, 3, 14, 0, 26, tzinfo=UTC)


def a_reading(**changes: Any) -> Any:
    return live_reading_from("Teslemetry", live_status(**changes), NOW)


@pytest.mark.parametrize(
    ("solar", "battery", "grid", "load"),
    [
        (4120, -2610, -310, 1200),
        (0, 1450, 0, 1450),
        (0, -3300, 4100, 800),
        (0, 5000, -4250, 750),
        (16176, -13950, 0, 2226),
        (1185, 5060, 0, 6245),
    ],
)
def test_powers_keep_their_signs_and_balance(solar: int, battery: int, grid: int, load: int) -> None:
    reading = a_reading(solar_power=solar, battery_power=battery, grid_power=grid, load_power=load)
    assert (reading.solar_w, reading.battery_w, reading.grid_w, reading.load_w) == (solar, battery, grid, load)
    assert reading.solar_w + reading.battery_w + reading.grid_w == reading.load_w


def test_a_reading_is_as_old_as_tesla_says() -> None:
    assert a_reading().taken_at == datetime(2026, 3, 14, 0, 25, 31, tzinfo=UTC)
    assert a_reading(timestamp="2026-03-14T10:00:00+11:00").taken_at == datetime(2026, 3, 13, 23, 0, tzinfo=UTC)


def test_a_clock_that_runs_ahead_does_not_make_a_reading_younger_than_now() -> None:
    assert a_reading(timestamp="2026-03-14T13:00:00+11:00").taken_at == NOW


@pytest.mark.parametrize("timestamp", [None, "", "soon", 1773447931, "2026-03-14T11:25:31"])
def test_a_reading_without_an_age_is_not_understood(timestamp: Any) -> None:
    with pytest.raises(AnswerNotUnderstood):
        a_reading(timestamp=timestamp)


@pytest.mark.parametrize(
    ("told", "soc"),
    [(62.4187, 62.4187), (0, 0.0), (100.3, 100.0), (None, None), ("62", None), (float("nan"), None), (140, None), (-7, None)],
)
def test_a_charge_that_is_missing_or_impossible_is_unknown_and_never_zero(told: Any, soc: float | None) -> None:
    assert a_reading(percentage_charged=told).soc_pct == soc


def test_a_power_that_is_missing_or_no_number_is_unknown() -> None:
    reading = a_reading(solar_power=None, grid_power="310", battery_power=True)
    assert (reading.solar_w, reading.grid_w, reading.battery_w) == (None, None, None)


def test_a_meter_that_dips_below_zero_at_night_reads_zero() -> None:
    assert a_reading(solar_power=-6).solar_w == 0


def test_a_site_without_a_battery_has_no_charge() -> None:
    reading = a_reading(percentage_charged=0, total_pack_energy=1, battery_power=0, energy_left=0, island_status="island_status_unknown")
    assert (reading.soc_pct, reading.stored_wh, reading.capacity_wh) == (None, None, None)


@pytest.mark.parametrize(
    ("island", "grid", "on_grid"),
    [
        ("on_grid", "Active", True),
        ("off_grid_unintentional", "Active", False),
        ("off_grid_intentional", None, False),
        ("island_status_unknown", "Inactive", False),
        (None, "Active", True),
        ("island_status_unknown", "Unknown", None),
    ],
)
def test_an_outage_is_seen(island: str | None, grid: str | None, on_grid: bool | None) -> None:
    assert a_reading(island_status=island, grid_status=grid).on_grid is on_grid


def test_facts_are_those_of_the_whole_site() -> None:
    facts = facts_from(site_info())
    assert (facts.timezone, facts.firmware, facts.count) == ("Australia/Sydney", "26.18.3 184289b9", 1)
    assert (facts.capacity_wh, facts.max_charge_w, facts.max_discharge_w) == (13500, 5000, 10000)
    assert model_from(site_info()) == "Powerwall 3"


@pytest.mark.parametrize(("count", "power", "capacity"), [(2, 10000, 27000), (1, 3300, 6400), (None, None, None)])
def test_a_capacity_that_is_not_told_is_that_of_the_units(count: int | None, power: int | None, capacity: float | None) -> None:
    info = site_info(nameplate_energy=None, nameplate_power=power, battery_count=count, components={"batteries": None})
    assert facts_from(info).capacity_wh == capacity


@pytest.mark.parametrize("zone", ["", None, "Nowhere/Else", "../etc/passwd", 7])
def test_a_zone_that_is_unknown_is_missing(zone: Any) -> None:
    assert facts_from(site_info(installation_time_zone=zone)).timezone is None


@pytest.mark.parametrize(
    ("components", "site_id", "model"),
    [
        ({"batteries": [{"part_name": "Powerwall 2, AC"}]}, "x", "Powerwall 2, AC"),
        ({"batteries": [{"part_number": "3012170-05-B"}]}, "x", "Powerwall 2"),
        ({"batteries": [{"din": "1707000-11-L--TG1"}]}, "x", "Powerwall 3"),
        ({"batteries": [], "gateways": [{"part_name": "Powerwall 3"}]}, "x", "Powerwall 3"),
        ({"batteries": None}, "1707000-11-L--TG123456000ABC", "Powerwall 3"),
        ({"batteries": None, "gateways": [{"part_name": "Gateway 2", "part_number": "1232100-00-E"}]}, "1232100-00-E--TG1", "Powerwall"),
    ],
)
def test_models_are_told_apart_by_name_and_by_number(components: dict[str, Any], site_id: str, model: str) -> None:
    assert model_from(site_info(id=site_id, components=components)) == model


def test_facts_tell_the_age_and_the_health() -> None:
    facts = facts_from(site_info(installation_date="2023-11-07T10:12:00+11:00"), measured_wh=12_900.0)
    assert (facts.model, facts.rated_wh, facts.measured_wh) == ("Powerwall 3", 13_500, 12_900)
    assert facts.soh_pct == pytest.approx(95.56, abs=0.01)
    assert facts.installed_on == date(2023, 11, 7)
    assert (facts_from(site_info()).measured_wh, facts_from(site_info()).soh_pct) == (None, None)
    assert facts_from(site_info(installation_date="soon")).installed_on is None
