"""What the Now page says, in each state of a home."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.control import JournalEntry, LastDecision, OwnerWish, StandDown
from app.models.energy import Reading
from app.models.policy_settings import PolicySettings
from app.models.price import Price, PriceFeed
from app.services import wishes
from app.services.overview import overview, stored
from app.services.overview.freshness import Freshness, of_price, of_reading
from app.services.overview.half_hours import HalfHour, cheapest, dearest
from app.services.overview.power import unexplained_w
from app.services.overview.prices import in_words
from app.services.overview.questions import keep, take_back
from app.services.overview.switches import control_question, switch_tariff_sync
from app.services.overview.takeover import extend, minutes_in_words
from app.services.policy_forms import stored_from
from app.services.wishes import WishRefused
from tests.conftest import NOW
from tests.services.overview.homes import HOUR, MINUTE, SETTINGS, Home, running_home

SECOND = timedelta(seconds=1)
THIN = "\u202f"


def view(home: Home, at=NOW):
    home.session.commit()
    return overview(home.session, home.site, at)


# Ages


@pytest.mark.parametrize(
    ("age", "expected"),
    [(150 * SECOND, Freshness.FRESH), (151 * SECOND, Freshness.LATE), (10 * MINUTE, Freshness.LATE), (601 * SECOND, Freshness.LOST)],
)
def test_a_reading_is_fresh_then_late_then_lost(age: timedelta, expected: Freshness):
    assert of_reading(NOW - age, NOW, 150 * SECOND) is expected


@pytest.mark.parametrize(
    ("after_end", "expected"),
    [(-3 * MINUTE, Freshness.FRESH), (7 * MINUTE, Freshness.FRESH), (421 * SECOND, Freshness.LATE), (901 * SECOND, Freshness.LOST)],
)
def test_a_price_is_fresh_until_seven_minutes_after_its_end(after_end: timedelta, expected: Freshness):
    assert of_price(NOW - after_end, NOW) is expected
    assert of_price(None, NOW) is Freshness.NONE


# Lead


def test_a_home_in_which_all_is_well_says_what_happens_and_that_it_is_confirmed(session: Session):
    shown = view(running_home(session))
    assert shown.lead.sentence.startswith("Your battery plans with Amber Electric prices: 39.5")
    assert shown.lead.sentence.endswith(".")
    assert [(mark.state, mark.words) for mark in shown.lead.marks] == [("ok", "Confirmed by your battery 16:30")]
    assert shown.problems == ()
    assert [source.state for source in shown.sources] == [Freshness.FRESH] * 3


def test_what_is_sent_and_not_read_back_is_never_called_confirmed(session: Session):
    home = Home(session).link().prices().reading().decision()
    home.device(sent={"tariff": [{}]}, sent_at=NOW - 5 * SECOND)
    assert [mark.words for mark in view(home).lead.marks] == ["Sent 16:41:55, waiting for your battery to confirm"]


def test_a_command_that_was_not_confirmed_says_so_and_when_it_is_tried_again(session: Session):
    home = Home(session).link().prices().reading().decision()
    home.device(problem="Tesla: accepted and not shown after 2 tries", attempts=2, next_try_at=NOW + 2 * MINUTE)
    shown = view(home)
    assert [(mark.state, mark.words) for mark in shown.lead.marks] == [("failed", "Not confirmed, tried again at 16:44")]
    assert shown.problems[0].kind == "error"
    assert "PowerSync tries again at 16:44." in shown.problems[0].text


def test_watching_never_claims_that_the_battery_follows(session: Session):
    home = Home(session, control="watch").link().prices().reading().decision()
    shown = view(home)
    assert shown.lead.sentence == "Watching your home: your battery runs on your own settings."
    assert shown.lead.marks[0].words == "Watch only, nothing is sent"
    assert shown.lead.marks[1].words.startswith("With control on: your battery plans with Amber Electric prices")
    assert shown.takeover.blocked_because.startswith("PowerSync only watches")


def test_switched_off_with_settings_to_give_back_says_that_it_gives_them_back(session: Session):
    home = running_home(session, control="watch")
    shown = view(home)
    assert shown.lead.sentence == "Giving your battery its own settings back."
    assert shown.is_giving_back


def test_a_loop_that_stopped_is_said_first(session: Session):
    home = Home(session).link().prices().reading().device().decision(age=11 * MINUTE)
    home.retailer.problem, home.retailer.problem_kind, home.retailer.problem_since = "Amber: no answer", "Unreachable", NOW - HOUR
    shown = view(home)
    assert shown.lead.sentence.startswith("PowerSync has stopped deciding.")
    assert [problem.kind for problem in shown.problems] == ["error", "warn"]
    assert shown.problems[0].strong == "PowerSync has not decided since 16:31."


def test_a_limit_that_binds_is_named(session: Session):
    limit = {"policy": "demand", "opinion": "Limit", "reason": {"code": "demand_window", "params": {"until": "20:00"}}}
    home = Home(session).link().prices().reading().device().decision(wishes=[limit])
    assert "No grid charging in the demand window, until 20:00." in [mark.words for mark in view(home).lead.marks]


# Problems


def test_a_refused_key_is_an_error_at_once_and_its_source_is_lost(session: Session):
    home = running_home(session)
    home.battery.problem, home.battery.problem_kind = "Teslemetry: the token was not accepted", "CredentialsRefused"
    home.battery.problem_since = NOW
    shown = view(home)
    assert shown.problems[0].strong == "Teslemetry refuses the key of Tesla Powerwall."
    assert shown.problems[0].concerns_key
    assert [source.state for source in shown.sources if source.title == "Tesla Powerwall"] == [Freshness.LOST]


def test_what_answers_in_place_of_a_device_is_an_error_at_once_and_no_key_would_help(session: Session):
    home = running_home(session)
    home.battery.problem, home.battery.problem_kind = "Gateway: it shows another certificate than before", "CertificateChanged"
    home.battery.problem_since = NOW
    shown = view(home)
    assert shown.problems[0].strong == "Something else answers in place of Tesla Powerwall."
    assert not shown.problems[0].concerns_key
    [source] = [source for source in shown.sources if source.title == "Tesla Powerwall"]
    assert source.state is Freshness.LOST
    assert "Link it again" in source.note


def test_a_single_call_that_failed_is_told_at_its_source_alone(session: Session):
    home = running_home(session)
    home.retailer.problem, home.retailer.problem_kind, home.retailer.problem_since = "Amber: no answer", "Unreachable", NOW - MINUTE
    shown = view(home)
    assert shown.problems == ()
    assert shown.sources[0].note == "Amber: no answer. PowerSync keeps trying."


def test_old_prices_say_until_when_the_battery_keeps_what_it_has(session: Session):
    problem = {"code": "prices_old", "params": {"since": (NOW - 20 * MINUTE).isoformat()}}
    home = Home(session).link().prices(age=20 * MINUTE).reading().device().decision(problems=[problem])
    told = view(home).problems[0]
    assert told.strong == "No new price since Fri 16:22."
    assert told.text == "Your battery keeps what it has until 22:42, then your own settings return."


def test_waiting_for_the_settled_price_is_no_problem(session: Session):
    home = Home(session).link().prices().reading().device().decision(problems=[{"code": "waits_for_settled_price", "params": {}}])
    assert view(home).problems == ()


# Prices


def test_prices_now_and_what_comes_next(session: Session):
    home = Home(session).link().prices(descriptor="extremelyLow", renewables_pct=41.2, spike="potential").reading()
    prices = view(home).prices
    assert prices is not None
    assert (prices.import_c_per_kwh, prices.feed_in_c_per_kwh, prices.until) == (39.5, 9.0, NOW + 3 * MINUTE)
    assert (prices.certainty, prices.level, prices.renewables_pct, prices.spike) == (
        "May still change",
        "Extremely low",
        41.2,
        "Spike possible",
    )
    assert prices.following is not None
    assert (prices.following.start, prices.following.import_c_per_kwh) == (NOW + 18 * MINUTE, 25.0)
    assert prices.dearest is not None
    assert prices.dearest.start == NOW + 108 * MINUTE  # 18:30
    assert prices.cheapest is not None
    assert not prices.cheapest.is_tomorrow  # 11:00 tomorrow is cheaper, and not today


def test_late_in_the_evening_the_dearest_is_that_of_the_next_day(session: Session):
    late = NOW.replace(hour=12, minute=2)  # 23:02
    home = Home(session, now=late).link().prices().reading()
    prices = view(home, late).prices
    assert prices is not None
    assert prices.span == "in the next 24 hours"
    assert prices.dearest is not None
    assert prices.dearest.is_tomorrow


def test_a_price_past_its_end_is_still_shown_and_said_to_be_over(session: Session):
    prices = view(Home(session).link().prices(age=5 * MINUTE).reading()).prices
    assert prices is not None
    assert (prices.state, prices.is_over, prices.import_c_per_kwh) == (Freshness.FRESH, True, 39.5)


def test_a_lost_price_is_a_dash_and_the_last_one_stands_in_words(session: Session):
    prices = view(Home(session).link().prices(age=40 * MINUTE).reading()).prices
    assert prices is not None
    assert prices.state is Freshness.LOST
    assert (prices.import_c_per_kwh, prices.feed_in_c_per_kwh) == (None, None)
    assert prices.was == f"Was 39.5{THIN}c to buy and 9.0{THIN}c to sell until 16:05"


def test_a_price_lost_for_long_is_never_called_not_there_yet(session: Session):
    home = Home(session).link().prices(hours=60).reading()
    shown = [view(home, NOW + hours * HOUR).prices for hours in (3, 30)]
    assert [prices and prices.state for prices in shown] == [Freshness.LOST, Freshness.LOST]
    assert [prices and prices.was for prices in shown] == [
        f"Was 39.5{THIN}c to buy and 9.0{THIN}c to sell until 16:45",
        "No price since Fri 16:45",
    ]


def test_a_retailers_word_is_put_into_words():
    assert [in_words(each) for each in ("extremelyLow", "neutral", "very_low", None)] == ["Extremely low", "Neutral", "Very low", ""]


def test_half_hours_that_nobody_publishes_are_estimates_and_never_the_dearest(session: Session):
    shown = view(Home(session).link().prices(hours=10).reading())
    assert [each.is_estimate for each in shown.half_hours].count(True) > 20
    assert len(shown.half_hours) == 48
    assert shown.prices is not None
    assert shown.prices.dearest is not None
    assert shown.prices.dearest.start < NOW + 10 * HOUR


def test_a_gap_stays_a_gap(session: Session):
    home = Home(session).link().prices().reading()
    gap = NOW + 108 * MINUTE
    session.delete(session.get_one(Price, (home.feed.id, gap, 30)))
    shown = view(home)
    assert [each.import_c_per_kwh for each in shown.half_hours if each.start == gap] == [None]
    assert sum(each.import_c_per_kwh is None for each in shown.half_hours) == 1


# Power, charge, money


@pytest.mark.parametrize(
    ("flows", "expected"),
    [
        ((1140, 580, 0, 1720), None),
        ((1140, 580, 0, 1580), None),
        ((1140, -580, 0, 1720), -1160),
        ((9000, 0, 0, 8600), None),
        ((9000, 0, 0, 8500), 500),
    ],
)
def test_what_does_not_add_up_is_unexplained_beyond_noise(flows: tuple[int, int, int, int], expected: float | None):
    assert unexplained_w(*flows) == expected
    assert unexplained_w(None, *flows[1:]) is None


def test_charge_counts_from_the_owners_reserve_and_not_from_what_a_command_set(session: Session):
    home = Home(session).link().reading()
    home.device(found={**SETTINGS, "reserve_pct": 80})
    charge = view(home).charge
    assert charge is not None
    assert charge.stored_wh == pytest.approx(8370)
    assert (charge.reserve_pct, charge.above_reserve_wh) == (20.0, pytest.approx(5670))


def test_a_lost_reading_shows_no_figure(session: Session):
    shown = view(Home(session).link().reading(age=14 * MINUTE))
    assert shown.charge is not None
    assert (shown.charge.soc_pct, shown.charge.was) == (None, f"Was 62{THIN}% at 16:28")
    assert (shown.power.state, shown.power.grid_w) == (Freshness.LOST, None)
    assert shown.power.in_words == "No reading of the power in your home."


def test_a_late_reading_keeps_its_figures(session: Session):
    shown = view(Home(session).link().reading(age=4 * MINUTE))
    assert (shown.power.state, shown.power.grid_w) == (Freshness.LATE, 580)


def test_the_flow_reads_as_text(session: Session):
    words = view(Home(session).link().reading(grid_w=-2300, battery_w=3000, solar_w=0, load_w=700)).power.in_words
    assert words == (
        f"Solar produces nothing. The grid takes 2.3{THIN}kW. Your home uses 0.7{THIN}kW. The battery gives 3.0{THIN}kW at 62{THIN}%."
    )


def test_todays_money_states_its_coverage(session: Session):
    home = Home(session).link().energy(hours=2)
    today = view(home).today
    assert (today.paid_c, today.received_c, today.net_c) == (240.0, 96.0, -144.0)
    assert today.coverage_pct == pytest.approx(100 * 120 / 1000, abs=0.1)  # of the 16 h 40 min since midnight


def test_the_supply_charge_of_the_day_is_a_cost_of_today(session: Session):
    home = Home(session).link().prices().energy(hours=2)
    assert (view(home).today.supply_c, view(home).today.net_c) == (None, -144.0)
    session.query(PriceFeed).one().daily_charge_c = 98.5
    session.commit()
    today = view(home).today
    assert (today.paid_c, today.supply_c, today.cost_c, today.net_c) == (240.0, 98.5, 338.5, -242.5)
    version = stored(session, home.site, NOW).version()
    values = stored_from("supply_charges", {"daily_c": 110.0})
    session.add(PolicySettings(site_id=home.site.id, policy="supply_charges", version=1, values=values, revision=1, changed_at=NOW))
    session.commit()
    assert view(home).today.net_c == -254.0
    assert stored(session, home.site, NOW).version() != version


def test_a_day_without_readings_has_no_cost_of_supply_alone(session: Session):
    home = Home(session).link().prices()
    session.query(PriceFeed).one().daily_charge_c = 98.5
    session.commit()
    assert (view(home).today.net_c, view(home).today.cost_c) == (None, None)


def test_a_whole_day_needs_no_coverage_and_yesterday_is_not_today(session: Session):
    today = view(Home(session).link().energy(hours=20)).today
    assert today.coverage_pct is None
    assert today.paid_c == pytest.approx(10.0 * 200)  # 16:40 is 200 periods of 5 minutes


def test_a_day_without_figures_has_no_zero(session: Session):
    home = Home(session).link()
    assert view(home).today.net_c is None
    today = view(home.energy(cost_c=None, earned_c=None)).today
    assert (today.net_c, today.is_unpriced) == (None, True)


# The owner


def test_a_changed_setting_asks_and_leaving_it_answers_while_the_policy_waits(session: Session):
    home = running_home(session).changed_by_somebody()
    asked = view(home).questions[0]
    assert asked.strong == "The backup reserve was changed from 20 % to 50 %, Fri 16:32."
    assert asked.text == "PowerSync did not do this. Tariff sync needs this setting, and waits until you decide."
    assert asked.is_open
    before = stored(session, home.site, NOW).version()
    assert keep(session, home.site.id, "tariff_sync")
    assert not view(home).questions[0].is_open
    assert stored(session, home.site, NOW).version() != before
    assert session.get(StandDown, (home.site.id, "tariff_sync")) is not None


def test_taking_back_ends_the_standing_down_and_answers_the_question(session: Session):
    home = running_home(session).changed_by_somebody()
    assert take_back(session, home.site.id, "tariff_sync")
    assert view(home).questions == ()
    assert not session.scalars(select(JournalEntry).where(JournalEntry.needs_owner)).all()
    assert not take_back(session, home.site.id, "tariff_sync")


def test_a_wish_is_followed_from_press_to_confirmation(session: Session):
    home = running_home(session)
    wish = wishes.record(session, home.site, "charge", 30, NOW)
    running = view(home).takeover.running
    assert running is not None
    assert (running.doing, running.until, running.sent_at, running.confirmed_at) == ("Charging", wish.expires_at, None, None)
    entry = JournalEntry(
        site_id=home.site.id,
        connection_id=home.battery.id,
        at=NOW + SECOND,
        kind="decision",
        code="owner_charge",
        state="sent",
        sent_at=NOW + SECOND,
    )
    session.add(entry)
    running = view(home, NOW + 2 * SECOND).takeover.running
    assert running is not None
    assert (running.sent_at, running.confirmed_at) == (NOW + SECOND, None)
    entry.confirmed_at, entry.state = NOW + 9 * SECOND, "confirmed"
    running = view(home, NOW + 10 * SECOND).takeover.running
    assert running is not None
    assert running.confirmed_at == NOW + 9 * SECOND
    assert view(home, wish.expires_at).takeover.running is None


@pytest.mark.parametrize(("soc_pct", "fits_wh", "above_wh"), [(62.0, 5130, 5670), (100.0, 0, 10800), (15.0, 11475, 0), (None, None, None)])
def test_a_takeover_moves_no_more_than_fits_or_is_above_the_reserve(
    session: Session, soc_pct: float | None, fits_wh: float | None, above_wh: float | None
):
    found = view(Home(session).link().reading(soc_pct=soc_pct).device()).takeover
    expected = (fits_wh and pytest.approx(fits_wh), above_wh and pytest.approx(above_wh))
    assert (found.most_charge_wh, found.most_discharge_wh) == expected


def test_without_a_fresh_charge_or_a_capacity_nothing_is_capped(session: Session):
    home = Home(session).link().reading(age=HOUR).device()
    assert view(home).takeover.most_charge_wh is None
    home.reading().battery.facts = {"max_charge_w": 5000.0}
    assert view(home).takeover.most_charge_wh is None


def test_extending_ends_one_command_and_begins_one_to_the_later_minute(session: Session):
    home = running_home(session)
    wishes.record(session, home.site, "hold", 60, NOW)
    longer = extend(session, home.site, NOW + 20 * MINUTE, None)
    assert longer.expires_at == NOW + 75 * MINUTE
    assert session.scalars(select(OwnerWish).where(OwnerWish.ended_at.is_(None))).one().id == longer.id
    wishes.record(session, home.site, "hold", 240, NOW)
    with pytest.raises(WishRefused):
        extend(session, home.site, NOW + MINUTE, None)


def test_switching_tariff_sync_keeps_its_other_settings(session: Session):
    home = running_home(session)
    values = {"enabled": True, "settled_prices_only": True, "mode_toggle": False, "forecast_max_age_h": 3.0}
    session.add(PolicySettings(site_id=home.site.id, policy="tariff_sync", version=1, values=values, changed_at=NOW))
    session.commit()
    switch_tariff_sync(session, stored(session, home.site, NOW), False)
    assert session.get_one(PolicySettings, (home.site.id, "tariff_sync")).values == {**values, "enabled": False}
    assert not view(home).takeover.tariff_sync_on


def test_control_waits_for_readings_and_settings_but_not_for_prices(session: Session):
    bare = control_question(stored(session, Home(session, control="watch").link().site, NOW), ("backup reserve",))
    assert bare is not None
    assert [check.title for check in bare.blocked_by] == ["Your battery gives readings", "Your own settings are known"]
    ready = control_question(stored(session, Home(session, name="Other").link().reading().device().site, NOW), ())
    assert ready is not None
    assert ready.blocked_by == ()
    assert [check.is_met for check in ready.checks] == [True, True, False, True]


def test_minutes_read_as_on_the_buttons():
    assert [minutes_in_words(each) for each in (15, 90, 120, 150)] == [f"15{THIN}min", f"90{THIN}min", f"2{THIN}h", f"2½{THIN}h"]


# Version


def test_the_version_changes_with_what_is_shown_and_with_nothing_else(session: Session):
    home = running_home(session)
    first = stored(session, home.site, NOW).version()
    assert stored(session, home.site, NOW + SECOND).version() == first
    assert stored(session, home.site, NOW + 3 * MINUTE).version() != first  # the reading is late by then
    session.add(Reading(site_id=home.site.id, taken_at=NOW, solar_w=1, grid_w=1, battery_w=0, load_w=2, soc_pct=61))
    session.commit()
    second = stored(session, home.site, NOW).version()
    assert second != first
    session.get_one(LastDecision, home.site.id).at = NOW
    session.commit()
    assert stored(session, home.site, NOW).version() != second


def test_an_estimate_is_neither_dearest_nor_cheapest():
    def half_hour(number: int, price_c: float | None, is_estimate: bool = False) -> HalfHour:
        return HalfHour(NOW + number * HOUR, price_c, price_c, is_estimate)

    ahead = (half_hour(0, 20.0), half_hour(1, 90.0, True), half_hour(2, 40.0), half_hour(3, 1.0, True), half_hour(4, None))
    high, low = dearest(ahead), cheapest(ahead)
    assert high is not None
    assert low is not None
    assert (high.import_c_per_kwh, low.import_c_per_kwh) == (40.0, 20.0)
    assert dearest((half_hour(0, None),)) is None
