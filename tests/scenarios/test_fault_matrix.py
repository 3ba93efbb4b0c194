"""The fault matrix: what must happen at each of 70 faults, and which tests make it happen.

`ROWS` names, for each row, the tests that really inject that fault; those with no other home stand below. Rows that nothing here runs:

* Not built yet: 29 (a machine's clock that differs from the vendor's), 30 (time windows by a device's clock: no driver writes any),
  40 (a newer database under an older program), 63 (chargers), 64 (MQTT), 65 (a charge that jumps or stands still), 66 (the check of the
  meter's sign at commissioning), 68 (notifications).
* 11, 12 and 14 (tokens that are refreshed, rotated, and refreshed by two at once), 13 in part: with each brand's own sign-in.
* Needs a machine of its own: 36 (a full disk, beyond what the log does), 39 (a migration that is killed), 41 (a failover of
  PostgreSQL), 57 (a power cut of house and router), 58 (a container that is upgraded; a kill with a restart is 31 and 32),
  67 (100,000 homes at once).
* 35 (a database that is locked for 30 s) waits as long as that; readers and writers at the same time have tests of their own."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from app.control.connections import Opener
from app.domain.policies import aemo_spike
from app.services import wishes
from app.simulators import effects
from tests.control.conftest import Home
from tests.scenarios.named_tests import exists

HERE = "scenarios/test_fault_matrix.py"
LOOP, HTTP, MODBUS, BATTERIES = (
    "control/test_loop.py",
    "transports/test_http.py",
    "transports/test_modbus.py",
    "devices/contract/test_battery.py",
)
RETAILERS, AMBER, ANY = "feeds/contract/test_retailer.py", "feeds/amber/test_intervals.py", "scenarios/test_every_brand.py"

ROWS: dict[int, tuple[str, ...]] = {
    1: (
        f"{HTTP}::test_a_rate_limit_says_when_to_come_back",
        "control/test_budget.py::test_a_pause_that_the_vendor_asked_for_outlives_the_process",
    ),
    2: (
        f"{HTTP}::test_rate_limits_without_a_pause_double_up_to_five_minutes",
        "control/test_budget.py::test_a_tenth_of_the_day_is_kept_for_restores",
    ),
    3: (
        f"{HTTP}::test_a_read_is_tried_three_times",
        f"{HTTP}::test_a_command_is_sent_once",
        "control/test_budget.py::test_the_breaker_opens_after_failures_in_a_row_and_closes_with_an_answer",
    ),
    4: (f"{HTTP}::test_nobody_listening_is_unreachable", f"{HTTP}::test_a_name_look_up_that_hangs_ends_in_time"),
    5: (f"{HERE}::test_row_5_a_command_whose_answer_is_lost_is_judged_by_reading_back",),
    6: (f"{HTTP}::test_a_slow_drip_ends_with_the_deadline",),
    7: (f"{HTTP}::test_a_body_cut_short_is_unreachable_and_read_again",),
    8: (f"{HTTP}::test_what_is_not_json_is_not_understood", f"{HTTP}::test_no_error_shows_a_token_a_query_or_a_long_body"),
    9: (f"{RETAILERS}::test_a_field_with_another_name_is_reported_and_never_guessed",),
    10: (f"{HTTP}::test_a_large_body_is_cut_off", f"{HTTP}::test_a_small_body_that_unpacks_to_a_large_one_is_cut_off"),
    13: (f"{LOOP}::test_a_refused_token_is_asked_once_and_told",),
    15: (f"{HERE}::test_row_15_what_was_accepted_and_ignored_is_never_called_done",),
    16: (f"{HERE}::test_row_16_a_command_that_takes_five_minutes_is_pending_and_not_sent_to_and_fro",),
    17: (
        f"{LOOP}::test_a_missing_price_holds_the_last_tariff_and_names_the_half_hour",
        f"{RETAILERS}::test_a_price_that_is_missing_stays_missing",
    ),
    18: (f"{LOOP}::test_an_outage_keeps_the_tariff_for_six_hours_and_then_the_owners_settings_return",),
    19: (f"{RETAILERS}::test_prices_that_stand_still_grow_old", "domain/test_curtailment.py::test_an_old_price_is_no_price"),
    20: ("feeds/amber/test_rows.py::test_garbage_in_any_field_is_refused_or_gives_a_sound_row",),
    21: (
        "domain/test_curtailment.py::test_who_is_paid_to_buy_makes_nothing_whatever_the_battery_holds",
        "services/history/test_money.py::test_paying_to_feed_in_costs",
        "optimizer/test_solve.py::test_no_energy_is_burnt_at_negative_prices",
    ),
    22: (f"{AMBER}::test_an_absurd_price_counts_when_two_answers_in_a_row_agree",),
    23: (f"{AMBER}::test_the_last_of_duplicated_rows_counts", "control/test_collect.py::test_the_same_answer_again_changes_nothing"),
    24: (
        "services/test_records.py::test_a_settlement_that_comes_late_is_taken_in",
        "control/test_collect.py::test_a_settled_price_is_never_replaced_by_a_forecast",
    ),
    25: ("domain/test_prices.py::test_five_minute_prices_replace_their_part_of_the_half_hour",),
    26: (f"{AMBER}::test_an_absurd_price_counts_when_two_answers_in_a_row_agree",),
    27: (
        "domain/test_half_hourly.py::test_the_half_hours_that_spring_lacks_repeat_the_next_one",
        "domain/test_half_hourly.py::test_of_the_doubled_autumn_half_hour_the_first_that_is_not_over_counts",
        "services/history/test_energy.py::test_a_day_on_which_the_clock_goes_back_has_fifty_half_hours",
    ),
    28: (
        "control/test_clock_jumps.py::test_after_a_jump_the_home_goes_on_by_the_new_clock",
        f"{ANY}::test_whatever_happens_the_owner_gets_everything_back",
    ),
    31: (f"{HERE}::test_row_31_a_kill_during_a_spike_export_is_made_good_by_the_next_start",),
    32: (
        "control/test_kills.py::test_a_kill_at_any_point_leads_back_to_the_owners_settings",
        f"{ANY}::test_whatever_happens_the_owner_gets_everything_back",
    ),
    33: (
        "processes/test_all_in_one.py::test_a_stop_gives_the_timed_wish_back_in_time",
        "processes/test_refused_starts.py::test_a_stop_does_not_wait_for_a_vendor_that_is_silent",
    ),
    34: ("devices/test_command_timer.py::test_with_an_end_it_ends_shortly_after_it_by_the_time_that_has_passed_since",),
    37: ("test_config.py::test_a_damaged_database_is_told_and_left_as_it_is",),
    38: ("test_config.py::test_a_missing_database_is_refused_where_one_was_installed",),
    42: ("control/test_lost_key.py::test_without_its_key_a_home_is_seen_and_not_steered",),
    43: ("cli/test_keys.py::test_a_rotation_that_was_stopped_goes_on_where_it_was",),
    44: (
        "test_config.py::test_a_key_file_that_others_can_read_is_refused",
        "test_config.py::test_a_lost_key_is_not_replaced_while_there_is_data",
    ),
    45: ("processes/test_schedulers.py::test_of_two_schedulers_one_acts_and_a_killed_one_is_replaced_at_once",),
    46: ("control/test_lease.py::test_who_lost_the_lease_writes_nothing",),
    47: ("control/test_ownership.py::test_a_limit_is_put_right_three_times_and_then_left",),
    48: (
        f"{BATTERIES}::test_a_command_that_breaks_off_at_any_step_can_be_undone",
        f"{BATTERIES}::test_giving_back_that_breaks_off_at_any_step_is_finished",
    ),
    49: (
        f"{MODBUS}::test_a_wrong_unit_id_is_named_as_the_likely_cause",
        "devices/test_same_device.py::test_a_device_with_another_serial_number_is_refused_until_the_first_answers_again",
    ),
    50: (
        f"{MODBUS}::test_a_failure_has_a_name_and_its_end_is_noticed",
        "devices/test_register_device.py::test_a_register_that_does_not_exist_is_not_asked_for_again",
    ),
    51: (
        "devices/test_registers.py::test_a_figure_out_of_bounds_is_not_believed_and_not_written",
        f"{BATTERIES}::test_a_read_that_fails_has_the_right_name",
    ),
    52: ("devices/sunspec/test_inverter.py::test_an_inverter_whose_registers_have_moved_is_walked_anew_before_anything_is_written",),
    53: (f"{LOOP}::test_an_outage_keeps_the_tariff_for_six_hours_and_then_the_owners_settings_return",),
    54: (f"{LOOP}::test_a_reading_that_is_too_old_is_no_reading", "control/test_inverters.py::test_a_dead_inverter_holds_nothing_up"),
    55: (
        "web/settings/test_settings_pages.py::test_a_saved_policy_is_stored_and_wakes_the_loop",
        f"{LOOP}::test_the_owners_button_wins_ends_at_its_minute_and_tariff_sync_goes_on",
    ),
    56: (f"{HERE}::test_row_56_the_last_of_several_presses_counts_and_no_earlier_end_cancels_it",),
    59: (f"{HERE}::test_row_59_another_time_zone_does_not_move_the_end_of_a_command",),
    60: (
        "optimizer/test_solve.py::test_what_no_battery_can_serve_is_exceeded_by_no_more_than_needed",
        "domain/test_optimizer_policy.py::test_an_old_plan_begins_nothing_and_ends_by_itself",
    ),
    61: (
        "control/forecasts/test_outlook.py::test_a_home_without_a_source_plans_with_an_estimate",
        "control/forecasts/test_fetch.py::test_a_failure_is_named_and_the_last_forecast_stays",
    ),
    62: ("domain/test_arbiter.py::test_while_the_grid_is_out_the_battery_runs_the_home_whatever_was_asked",),
    69: ("services/test_records.py::test_what_has_been_kept_long_enough_goes_and_the_rest_stays",),
    70: ("web/settings/test_settings_pages.py::test_a_stale_form_overwrites_nothing_and_shows_what_differs",),
}
NOT_RUN = {11, 12, 14, 29, 30, 35, 36, 39, 40, 41, 57, 58, 63, 64, 65, 66, 67, 68}


def test_every_row_is_run_or_said_not_to_be() -> None:
    assert set(ROWS) | NOT_RUN == set(range(1, 71))
    assert not set(ROWS) & NOT_RUN


@pytest.mark.parametrize(("row", "name"), [(row, name) for row, names in ROWS.items() for name in names])
def test_the_test_of_a_row_exists(row: int, name: str) -> None:
    assert exists(name), f"row {row}"


# The rows that have no other home


def test_row_5_a_command_whose_answer_is_lost_is_judged_by_reading_back(home: Home) -> None:
    home.refresh()
    home.world.faults.add(effects.Reset(after=True), server="teslemetry", method="POST", count=1)
    home.tick(fresh=False)
    assert not home.outcome.is_confirmed
    assert len(home.posts()) == 1
    home.later(minutes=2)
    home.tick(fresh=False)
    assert home.outcome.is_confirmed
    assert len(home.posts()) == 1, "it took: nothing is sent again"
    assert home.plan == "POWERSYNC:SYNC"


def test_row_15_what_was_accepted_and_ignored_is_never_called_done(home: Home) -> None:
    home.refresh()
    fault = home.world.faults.add(effects.IgnoreWrites(), server="teslemetry")
    for _ in range(3):
        home.tick(fresh=False)
        assert not home.outcome.is_confirmed
        assert home.journal[-1].confirmed_at is None
        home.later(minutes=5)
        home.refresh()
    assert home.state.problem is not None
    assert home.journal[-1].state == "failed"
    home.world.faults.remove(fault)
    home.later(minutes=10)
    home.tick()
    assert home.outcome.is_confirmed
    assert home.state.problem is None


def test_row_16_a_command_that_takes_five_minutes_is_pending_and_not_sent_to_and_fro(home: Home) -> None:
    home.tick()
    home.later(minutes=5)
    home.world.faults.add(effects.DelayedEffect(seconds=300), server="teslemetry")
    home.press("charge", 60)
    home.tick(fresh=False)
    assert not home.outcome.is_confirmed
    sent = home.posts()
    for _ in range(10):
        home.later(minutes=1)
        home.tick(fresh=False)
    assert home.outcome.is_confirmed
    assert home.plan == "POWERSYNC:CHARGE"
    assert set(home.posts()[len(sent) :]) <= set(sent), "nothing but the same command again"
    assert len(home.posts()) <= 4 * len(sent), "with growing pauses"


def test_row_31_a_kill_during_a_spike_export_is_made_good_by_the_next_start(engine: Engine, home_of: Callable[..., Home]) -> None:
    home = home_of(engine, policies={"tariff_sync": {"enabled": False}, "aemo_spike": {"enabled": True}})
    home.refresh()
    before = home.world.powerwall.site_settings()
    with home.session() as session:
        wishes.try_out(session, home.site, aemo_spike.NAME, 15, home.pace.now())
    home.tick(fresh=False)
    assert home.world.powerwall.site_settings() != before
    home.opener = Opener(home.around, home.pace.now)  # the process was killed and comes back when all is over
    home.later(minutes=31)
    home.tick()
    home.tick()
    assert home.world.powerwall.site_settings() == before
    assert home.baseline is None


def test_row_56_the_last_of_several_presses_counts_and_no_earlier_end_cancels_it(home: Home) -> None:
    home.tick()
    home.press("charge", 15)
    home.press("charge", 15)
    home.tick(fresh=False)
    sent = len(home.posts())
    home.later(minutes=10)
    home.press("charge", 30)
    home.tick(fresh=False)
    home.later(minutes=6)  # past the end of the first two
    home.tick()
    assert home.plan == "POWERSYNC:CHARGE"
    home.press("hold", 15)
    home.tick(fresh=False)
    chosen = home.tick(fresh=False).decision.battery
    assert chosen is not None
    assert type(chosen.command).__name__ == "Hold"
    assert len(home.posts()) > sent
    home.later(minutes=16)
    home.tick()
    assert home.plan == "POWERSYNC:SYNC", "the charge that hold took the place of does not come back"


def test_row_59_another_time_zone_does_not_move_the_end_of_a_command(home: Home) -> None:
    home.tick()
    home.press("discharge", 30)
    home.tick(fresh=False)
    with home.session() as session:
        site = session.merge(home.site)
        site.timezone = "Australia/Perth"
        session.commit()
    home.later(minutes=29)
    home.tick()
    chosen = home.decision
    assert chosen.policy == "owner"
    home.later(minutes=2)
    home.tick()
    assert home.decision.policy != "owner"
    assert home.plan == "POWERSYNC:SYNC"
