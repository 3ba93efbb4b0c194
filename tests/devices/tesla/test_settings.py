"""Settings: what site_info tells, and when two values mean the same."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.devices.tesla.settings import (
    differing_fields,
    export_rule_from,
    grid_charging_from,
    reserve_of_at_least,
    sendable_reserve,
    settings_from,
    settings_in_words,
    without_ours,
)
from app.devices.tesla.tariff import neutral_tariff
from tests.devices.tesla.samples import read_back, site_info, two_seasons


def test_the_five_settings_are_read() -> None:
    assert settings_from(site_info()) == {
        "mode": "autonomous",
        "reserve_pct": 20,
        "export_rule": "pv_only",
        "grid_charging": False,
        "tariff": two_seasons(),
    }


@pytest.mark.parametrize(
    ("preferred", "non_export", "rule"),
    [("pv_only", None, "pv_only"), ("never", True, "never"), (None, True, "never"), (None, False, "battery_ok"), (None, None, None)],
)
def test_the_export_rule_is_derived_where_it_is_not_told(preferred: str | None, non_export: bool | None, rule: str | None) -> None:
    info = site_info(components={"customer_preferred_export_rule": preferred, "non_export_configured": non_export})
    assert export_rule_from(info) == rule
    assert ("export_rule" in settings_from(info)) == (rule is not None)


def test_the_export_rule_is_also_found_at_the_top_level() -> None:
    info = site_info(components={"customer_preferred_export_rule": None}, customer_preferred_export_rule="never")
    assert export_rule_from(info) == "never"
    flat = site_info(components={"customer_preferred_export_rule": None}, components_non_export_configured=False)
    assert export_rule_from(flat) == "battery_ok"


@pytest.mark.parametrize(
    ("flag", "is_allowed"), [(None, True), (True, False), (False, True), ("true", False), ("false", True), ("True", False)]
)
def test_grid_charging_is_allowed_unless_it_is_forbidden(flag: Any, is_allowed: bool) -> None:
    assert grid_charging_from(site_info(components={"disallow_charge_from_grid_with_solar_installed": flag})) is is_allowed


def test_grid_charging_is_not_guessed_from_half_an_answer() -> None:
    info = site_info()
    del info["components"]
    assert grid_charging_from(info) is None
    assert "grid_charging" not in settings_from(info)
    assert grid_charging_from(info | {"disallow_charge_from_grid_with_solar_installed": True}) is False


@pytest.mark.parametrize("reserve", [None, "20", float("nan"), -4, 101, True])
def test_a_reserve_that_is_none_is_missing(reserve: Any) -> None:
    assert "reserve_pct" not in settings_from(site_info() | {"backup_reserve_percent": reserve})


def test_no_plan_is_an_empty_one() -> None:
    assert settings_from(site_info(tariff_content_v2=None))["tariff"] == {}


@pytest.mark.parametrize(
    ("asked", "sent"), [(0, 0), (20, 20), (80, 80), (81, 80), (95, 80), (99, 80), (100, 100), (-3, 0), (104, 100), (20.6, 21), (20.5, 21)]
)
def test_a_reserve_is_sent_as_tesla_takes_it(asked: float, sent: int) -> None:
    assert sendable_reserve(asked) == sent


@given(st.floats(0, 100))
def test_a_floor_is_kept_and_can_be_sent(floor_pct: float) -> None:
    reserve = reserve_of_at_least(floor_pct)
    assert reserve >= floor_pct
    assert sendable_reserve(reserve) == reserve


@pytest.mark.parametrize(
    ("wanted", "found", "is_same"),
    [(20, 20, True), (20, 21, False), (90, 80, True), (80, 90, True), (100, 80, True), (100, 90, True), (100, 20, False), (80, 100, False)],
)
def test_reserves_are_compared_by_what_tesla_makes_of_them(wanted: int, found: int, is_same: bool) -> None:
    assert (differing_fields({"reserve_pct": wanted}, {"reserve_pct": found}) == frozenset()) is is_same


def test_each_field_that_differs_is_named_and_one_that_is_not_told_is_not() -> None:
    wanted = settings_from(site_info())
    assert differing_fields(wanted, wanted | {"tariff": read_back(two_seasons())}) == frozenset()
    other = {"mode": "backup", "reserve_pct": 30, "export_rule": "never", "grid_charging": True, "tariff": neutral_tariff()}
    assert differing_fields(wanted, other) == frozenset(wanted)
    del other["export_rule"]
    assert differing_fields(wanted, other) == frozenset(wanted) - {"export_rule"}


def test_our_own_plan_is_not_the_owners() -> None:
    settings = settings_from(site_info())
    assert without_ours(settings) == settings
    assert without_ours(settings | {"tariff": read_back(neutral_tariff())}) == {key: settings[key] for key in settings if key != "tariff"}


def test_settings_are_told_in_the_words_of_the_tesla_app() -> None:
    assert settings_in_words(settings_from(site_info())) == {
        "operation mode": "Time-based control",
        "backup reserve": "20 %",
        "energy exports": "Solar only",
        "grid charging": "Not allowed",
        "rate plan": "Two season TOU",
    }
    assert settings_in_words({"mode": "self_consumption", "tariff": {}}) == {"operation mode": "Self-powered", "rate plan": "None"}
    assert settings_in_words({"mode": "backup", "export_rule": "battery_ok"}) == {
        "operation mode": "Backup",
        "energy exports": "Everything",
    }
