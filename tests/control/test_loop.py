"""The main job, end to end: prices in, tariff out, read back; nothing twice; the owner's settings back."""

from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from app.control.connections import load
from app.control.journal import unpack
from app.control.loop import judge
from app.control.observe import observe
from app.domain.opinions import FollowTariff
from app.domain.reasons import Reason
from app.domain.sentences import sentence
from app.models.control import TariffUpload
from app.simulators import effects
from tests.control.conftest import Home


def test_prices_reach_the_powerwall_and_are_read_back(any_home: Home) -> None:
    owners = any_home.world.powerwall.settings()
    any_home.tick()
    assert any_home.plan == "POWERSYNC:SYNC"
    assert any_home.posts() == ["time_of_use_settings"]
    assert any_home.outcome.is_confirmed
    entry = any_home.journal[-1]
    assert (entry.kind, entry.state) == ("tariff", "confirmed")
    assert entry.confirmed_at is not None
    assert any_home.baseline is not None
    assert any_home.baseline.settings["mode"] == owners["default_real_mode"]
    assert any_home.world.powerwall.tariff_problems == []


def test_nothing_is_sent_when_the_powerwall_already_acts_on_it(home: Home) -> None:
    home.tick()
    sent, asked = len(home.posts()), len(home.world.teslemetry.requests)
    home.tick(fresh=False)
    home.later(seconds=20)
    home.tick(fresh=False)
    assert len(home.posts()) == sent
    assert len(home.world.teslemetry.requests) == asked, "an unchanged tick calls no vendor"


def test_a_price_change_is_followed_in_the_next_period(home: Home) -> None:
    home.tick()
    home.later(minutes=5)
    home.tick()
    assert home.posts().count("time_of_use_settings") == 2
    with home.session() as session:
        assert all(row.confirmed_at is not None for row in session.query(TariffUpload))


def test_at_most_two_uploads_in_five_minutes(home_of: Callable[..., Home], engine: Engine) -> None:
    home = home_of(engine, confirm_after_s=90.0)
    for _ in range(12):
        home.tick()
        home.later(seconds=20)
    times = [request.at for request in home.world.teslemetry.writes() if request.path.endswith("time_of_use_settings")]
    periods = [int(at.timestamp() // 300) for at in times]
    assert max(periods.count(period) for period in periods) <= 2


def test_control_off_gives_the_owners_settings_back(any_home: Home) -> None:
    before = any_home.world.powerwall.settings()
    any_home.tick()
    any_home.switch(False)
    any_home.tick()
    any_home.later(seconds=60)
    any_home.tick()
    assert any_home.world.powerwall.settings()["tariff_content_v2"]["name"] == before["tariff_content_v2"]["name"]
    assert any_home.baseline is None
    assert any_home.journal[-1].code == "restored"
    writes = len(any_home.posts())
    any_home.later(minutes=10)
    any_home.tick()
    assert len(any_home.posts()) == writes, "watching sends nothing"


def test_watching_decides_journals_and_sends_nothing(home_of: Callable[..., Home], engine: Engine) -> None:
    home = home_of(engine, control="watch")
    judgement = home.tick()
    assert judgement.decision.battery is not None
    assert home.posts() == []
    assert [entry.state for entry in home.journal if entry.kind == "decision"] == ["watched"]
    home.later(minutes=5)
    home.tick()
    assert len([entry for entry in home.journal if entry.kind == "decision"]) == 1, "the same decision is one entry"


def test_the_owners_button_wins_ends_at_its_minute_and_tariff_sync_goes_on(home: Home) -> None:
    home.tick()
    home.press("charge", 30)
    home.tick()
    assert home.plan == "POWERSYNC:CHARGE"
    assert home.world.powerwall.settings()["backup_reserve_percent"] == 100
    home.later(minutes=29)
    home.tick()
    assert home.plan == "POWERSYNC:CHARGE"
    home.later(minutes=2)
    home.tick()
    assert home.plan == "POWERSYNC:SYNC"
    assert home.world.powerwall.settings()["backup_reserve_percent"] == 20


def test_a_button_sends_its_tariff_once(home: Home) -> None:
    home.tick()
    home.press("discharge", 60)
    home.tick()
    count = len(home.posts())
    for _ in range(5):
        home.later(minutes=1)
        home.tick()
    assert len(home.posts()) == count


@pytest.mark.parametrize("kind", ["charge", "discharge", "hold", "self-consume"])
def test_restore_now_ends_the_button_and_keeps_tariff_sync(home: Home, kind: str) -> None:
    home.tick()
    reserve = home.world.powerwall.settings()["backup_reserve_percent"]
    home.press(kind)
    home.tick()
    home.later(minutes=1)
    home.restore_now()
    home.tick()
    settings = home.world.powerwall.settings()
    assert home.plan == "POWERSYNC:SYNC"
    assert (settings["backup_reserve_percent"], settings["default_real_mode"]) == (reserve, "autonomous")


def test_a_missing_price_holds_the_last_tariff_and_names_the_half_hour(home: Home) -> None:
    home.tick()
    confirmed = home.world.powerwall.settings()["tariff_content_v2"]
    home.later(minutes=5)
    home.world.faults.add(effects.PriceGap(half_hours=1, ahead_half_hours=4))
    home.tick()
    assert home.world.powerwall.settings()["tariff_content_v2"] == confirmed
    assert [problem["code"] for problem in home.decision.problems] == ["prices_missing"]
    assert home.journal[-1].code == "prices_missing"
    problem = home.decision.problems[0]
    assert sentence(Reason(problem["code"], problem["params"]), ZoneInfo("Australia/Sydney")).startswith("No price for Fri 16:")


def test_an_outage_keeps_the_tariff_for_six_hours_and_then_the_owners_settings_return(any_home: Home) -> None:
    before = any_home.world.powerwall.settings()["tariff_content_v2"]["name"]
    any_home.tick()
    any_home.world.faults.add(effects.Status(503), server="amber")
    any_home.world.faults.add(effects.StreamDropped(), server="amber_stream")
    any_home.later(hours=5, minutes=55)
    any_home.tick()
    assert any_home.plan == "POWERSYNC:SYNC"
    any_home.later(minutes=10)
    any_home.tick()
    assert any_home.world.powerwall.settings()["tariff_content_v2"]["name"] == before
    assert any_home.baseline is None
    any_home.world.faults.clear()
    any_home.later(hours=2)  # the budget's breaker lets a probe through
    any_home.tick()
    assert any_home.plan == "POWERSYNC:SYNC"


def test_a_horizon_cut_to_three_hours_sends_nothing(home: Home) -> None:
    home.world.faults.add(effects.ShortHorizon(hours=3))
    home.tick()
    assert home.posts() == []
    assert [problem["code"] for problem in home.decision.problems] == ["horizon_short"]


def test_a_refused_token_is_asked_once_and_told(home: Home) -> None:
    home.world.faults.add(effects.Status(401), server="teslemetry")
    for _ in range(4):
        home.tick()
        home.later(minutes=1)
    assert len(home.world.teslemetry.requests) <= 2
    with home.session() as session:
        connection = load(session, home.site_id, "battery")
        assert connection is not None
        assert connection.problem_kind == "CredentialsRefused"
        assert "Teslemetry" in (connection.problem or "")


def test_an_entry_can_be_decided_again_from_its_snapshot(home: Home) -> None:
    judgement = home.tick()
    packed = home.journal[-1].snapshot
    assert packed is not None
    again = judge(unpack(packed))
    assert again.battery is not None
    assert judgement.decision.battery is not None
    assert isinstance(again.battery.command, FollowTariff)
    assert again.battery.command == judgement.decision.battery.command


def test_the_demand_window_forbids_grid_charging_and_gives_it_back(home_of: Callable[..., Home], engine: Engine) -> None:
    demand = {"enabled": True, "block_grid_charging": True, "windows": [{"start": "14:00", "end": "15:00", "days": "all"}]}
    home = home_of(engine, policies={"demand": demand})
    home.tick()
    assert home.world.powerwall.settings()["disallow_charge_from_grid_with_solar_installed"] is True
    home.later(hours=1)
    home.tick()
    assert not home.world.powerwall.settings().get("disallow_charge_from_grid_with_solar_installed")


def test_after_a_button_the_tariff_goes_at_once_however_many_were_sent(home: Home) -> None:
    for _ in range(3):
        home.tick(fresh=False) if home.posts() else home.tick()
        home.press("charge")
        home.tick(fresh=False)
        home.restore_now()
        home.tick(fresh=False)
        assert home.plan == "POWERSYNC:SYNC"


def test_a_reading_that_is_too_old_is_no_reading(home: Home) -> None:
    home.tick()
    site = home.site
    with home.around.reading() as session:
        present = observe(session, site, home.pace.now()).live
        assert present is not None
        assert observe(session, site, present.taken_at + timedelta(seconds=149)).live is not None
        assert observe(session, site, present.taken_at + timedelta(seconds=151)).live is None
