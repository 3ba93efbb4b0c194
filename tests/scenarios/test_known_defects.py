"""Defects that programs of this kind have had, by number, each as a test: here, or where the feature's own tests stand.

14 (a whole app built each minute, sleeping inside the scheduler) is a matter of how the jobs are built and has no test of its own."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest
from sqlalchemy import Engine, select

from app.domain.opinions import Discharge
from app.models.control import TariffUpload
from tests.control.conftest import Home
from tests.devices.contract.inverters import INVERTERS
from tests.scenarios.named_tests import exists
from tests.scenarios.steered_site import SteeredSite
from tests.scenarios.test_every_brand import SIMULATORS

HERE = "scenarios/test_known_defects.py"
DEFECTS: dict[int, tuple[str, ...]] = {
    1: ("devices/sigenergy/test_cloud.py::test_following_prices_sends_them_and_leaves_the_plant_to_its_own_plan",),
    2: (f"{HERE}::test_2_what_a_button_began_ends_at_its_minute_at_every_brand",),
    3: (f"{HERE}::test_3_chip_mode_shapes_what_is_sent_by_itself_and_not_only_the_preview",),
    4: ("control/test_inverters.py::test_it_is_curtailed_while_feeding_in_costs_and_gets_exactly_its_own_settings_back",),
    5: (
        "domain/test_curtailment.py::test_an_owners_button_is_not_bound_by_it_and_a_rule_set_by_hand_suspends_it",
        f"{HERE}::test_9_curtailment_needs_prices_and_no_certain_retailer_or_battery",
    ),
    6: (f"{HERE}::test_6_the_clock_of_the_server_moves_no_window",),
    7: (f"{HERE}::test_9_curtailment_needs_prices_and_no_certain_retailer_or_battery",),
    8: (f"{HERE}::test_8_a_spike_is_sold_in_while_tariff_sync_is_on",),
    9: (f"{HERE}::test_9_curtailment_needs_prices_and_no_certain_retailer_or_battery",),
    10: (
        "control/test_loop.py::test_a_missing_price_holds_the_last_tariff_and_names_the_half_hour",
        "domain/test_half_hourly.py::test_a_missing_half_hour_is_named_and_nothing_is_built",
    ),
    11: (f"{HERE}::test_11_a_discharge_may_export_and_gives_mode_and_rule_back_as_they_were",),
    12: ("web/test_access.py::test_a_stranger_gets_nowhere_but_to_public_addresses",),
    13: (
        "web/test_security.py::test_whatever_changes_something_needs_the_token_of_a_form",
        "web/test_sign_in.py::test_the_sixth_try_within_a_minute_waits_whoever_it_is_for",
        "processes/test_refused_starts.py::test_a_known_or_short_secret_key_is_refused",
        "services/test_second_factor.py::test_neither_key_nor_codes_stand_readable_in_the_database",
    ),
    15: ("services/test_records.py::test_what_has_been_kept_long_enough_goes_and_the_rest_stays",),
    16: (
        "domain/test_shaping.py::test_the_demand_surcharge_falls_on_the_slots_own_date",
        "domain/test_shaping.py::test_spike_protection_raises_only_flagged_slots_above_every_sale",
    ),
    17: ("web/demand/test_demand_page.py::test_the_running_half_hour_is_compared_with_the_peak",),
    18: ("habits/test_web_server.py::test_one_worker_with_threads_serves_and_stops_cleanly",),
    19: (
        "domain/test_time_of_use.py::test_weekday_and_weekend_prices_at_the_same_hour_both_hold",
        "domain/test_time_of_use.py::test_holes_and_overlaps_are_named_exactly",
    ),
    20: ("control/test_ownership.py::test_a_plan_changed_in_the_app_makes_tariff_sync_stand_down_until_the_owner_resumes",),
    21: ("devices/tesla/test_tariff.py::test_a_window_takes_each_half_hour_that_the_command_touches",),
    22: (f"{HERE}::test_22_an_extended_charge_goes_on_at_the_battery",),
}


@pytest.mark.parametrize(("number", "name"), [(number, name) for number, names in DEFECTS.items() for name in names])
def test_the_test_of_a_defect_exists(number: int, name: str) -> None:
    assert exists(name), f"defect {number}"


def test_every_defect_is_in_the_table() -> None:
    assert set(DEFECTS) | {14} == set(range(1, 23))


@pytest.fixture
def site_of(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Opens a home with a battery of a brand."""
    with ExitStack() as stack:

        def build(number: int) -> SteeredSite:
            battery, inverter = SIMULATORS[number], INVERTERS[0]
            rigs = [(each.brand, stack.enter_context(each.start(True))) for each in (battery, inverter)]
            return SteeredSite(engine, rigs[0], rigs[1], monkeypatch)

        yield build


def of_brand(brand: str) -> int:
    return next(number for number, simulated in enumerate(SIMULATORS) if simulated.brand == brand)


@pytest.mark.parametrize("number", range(len(SIMULATORS)), ids=[simulated.brand for simulated in SIMULATORS])
def test_2_what_a_button_began_ends_at_its_minute_at_every_brand(number: int, site_of: Callable[[int], SteeredSite]) -> None:
    site = site_of(number)
    site.tick()
    before = site.battery.rig.settings()
    site.press("discharge", 15)
    site.tick()
    assert site.battery.rig.settings() != before
    for _ in range(4):
        site.clock.sleep(300)
        site.tick()
    assert site.battery.rig.settings() == before
    site.tick()
    assert site.baseline(site.battery) is None


def test_3_chip_mode_shapes_what_is_sent_by_itself_and_not_only_the_preview(engine: Engine, home_of: Callable[..., Home]) -> None:
    home = home_of(engine, policies={"chip_mode": {"enabled": True, "start": "00:00", "end": "00:00", "threshold_c": 900}})
    home.tick()
    with home.session() as session:
        upload = session.scalars(select(TariffUpload)).one()
    assert {slot["feed_in_c_per_kwh"] for slot in upload.tariff["slots"]} == {0.0}


def test_6_the_clock_of_the_server_moves_no_window(engine: Engine, home_of: Callable[..., Home], monkeypatch: pytest.MonkeyPatch) -> None:
    plans = []
    for zone in ("UTC", "America/Los_Angeles"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        home = home_of(engine, is_in_process=True)
        home.tick()
        home.press("discharge")
        home.tick(fresh=False)
        assert home.plan == "POWERSYNC:DISCHARGE"
        plans.append(home.world.powerwall.settings()["tariff_content_v2"])
        with home.session() as session:
            session.delete(home.site)
            session.commit()
    monkeypatch.undo()
    time.tzset()
    assert plans[0] == plans[1]


def test_8_a_spike_is_sold_in_while_tariff_sync_is_on(site_of: Callable[[int], SteeredSite]) -> None:
    site = site_of(of_brand("tesla"))
    site.policy("tariff_sync", enabled=True)
    site.policy("aemo_spike", enabled=True)
    site.prices(30.0, 8.0, spot_c=50.0)
    site.tick()
    assert site.judgement is not None
    chosen = site.judgement.decision.battery
    assert chosen is not None
    assert isinstance(chosen.command, Discharge)
    assert site.battery.rig.settings()["tariff_content_v2"]["code"] == "POWERSYNC:DISCHARGE"


@pytest.mark.parametrize("brand", ["tesla", "sungrow", "sigenergy"])
def test_9_curtailment_needs_prices_and_no_certain_retailer_or_battery(brand: str, site_of: Callable[[int], SteeredSite]) -> None:
    site = site_of(of_brand(brand))
    site.policy("tariff_sync", enabled=False)
    site.policy("solar_curtailment", enabled=True)
    site.prices(30.0, -9.0)
    site.tick()
    before, held = site.battery.owner, site.battery.rig.settings()
    assert held != before
    site.clock.sleep(600)
    site.prices(30.0, 9.0)
    site.tick()
    assert site.battery.rig.settings() == before


def test_11_a_discharge_may_export_and_gives_mode_and_rule_back_as_they_were(home: Home) -> None:
    home.world.powerwall.owner_sets(default_real_mode="self_consumption", customer_preferred_export_rule="never")
    home.policy("tariff_sync", enabled=False)
    before = home.world.powerwall.site_settings()
    home.press("discharge", 15)
    home.tick()
    during = home.world.powerwall.settings()
    assert (during["default_real_mode"], during["customer_preferred_export_rule"]) == ("autonomous", "battery_ok")
    home.later(minutes=16)
    home.tick()
    home.tick()
    assert home.world.powerwall.site_settings() == before
    assert home.baseline is None


def test_22_an_extended_charge_goes_on_at_the_battery(home: Home) -> None:
    home.world.powerwall.pack.soc_pct = 20.0
    home.tick()
    home.press("charge", 30)
    home.tick(fresh=False)
    home.later(minutes=25)
    home.press("charge", 120)
    home.tick(fresh=False)
    home.later(minutes=80)
    live = home.tick().snapshot.live
    assert live is not None
    assert live.battery_w is not None
    assert live.battery_w < -1000, "it charges long after the first end"
