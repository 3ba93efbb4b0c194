"""A plan is made from what is known, stored, and followed by the loop."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from app.control.planning import store
from app.control.planning.renew import renew_due
from app.domain.battery_plan import BatteryPlan, PlannedAction
from app.domain.opinions import FollowTariff
from app.models.energy import EnergyInterval
from app.models.plan import Plan
from app.services import sites
from app.services.site_file import validate
from tests.control.conftest import START, Home

HALF_HOUR = timedelta(minutes=30)


def lived(home: Home, days: int = 3, load_w: float = 800.0) -> None:
    """A home that has been measured for some days."""
    with home.session() as session:
        start = START - timedelta(seconds=START.timestamp() % 1800)
        for number in range(1, days * 48 + 1):
            session.add(
                EnergyInterval(
                    site_id=home.site_id,
                    minutes=30,
                    start=start - number * HALF_HOUR,
                    covered_s=1800,
                    solar_wh=0.0,
                    import_wh=load_w / 2,
                    export_wh=0.0,
                    charge_wh=0.0,
                    discharge_wh=0.0,
                    load_wh=load_w / 2,
                    soc_pct=50.0,
                )
            )
        session.commit()


@pytest.fixture
def planned(engine: Engine, home_of: Callable[..., Home]) -> Home:
    """A home whose optimizer may act."""
    home = home_of(engine, policies={"optimizer": {"enabled": True, "mode": "control"}})
    lived(home)
    home.refresh()
    return home


def renew(home: Home, **more: Any) -> bool:
    return renew_due(home.around, home.site_id, home.pace.now, **more)


def newest(home: Home) -> BatteryPlan:
    with home.session() as session:
        row = store.newest_row(session, home.site_id, home.pace.now())
        assert row is not None
        return store.plan_of(row)


def count(home: Home) -> int:
    with home.session() as session:
        return session.scalar(select(func.count()).select_from(Plan)) or 0


def test_a_plan_covers_two_days_without_a_gap_and_is_worth_no_less_than_leaving_the_battery_alone(planned: Home) -> None:
    assert renew(planned)
    plan = newest(planned)
    assert plan.until - plan.steps[0].start == timedelta(hours=48)
    assert all(one.end == other.start for one, other in zip(plan.steps, plan.steps[1:], strict=False))
    assert plan.cost_c <= plan.without_plan_c + 0.2
    assert plan.gap_c <= 0.1
    assert all(-0.1 <= step.soc_end_pct <= 100.1 for step in plan.steps)
    for step in plan.steps:
        assert step.load_w == pytest.approx(step.solar_w + step.grid_w + step.battery_w, abs=1.0), "the powers add up"


def test_the_loop_follows_it_above_tariff_sync_and_says_why(planned: Home) -> None:
    renew(planned)
    plan = newest(planned)
    judgement = planned.tick(fresh=False)
    chosen = judgement.decision.battery
    assert chosen is not None
    assert chosen.policy == "optimizer"
    assert chosen.wish.reason == plan.reason
    assert chosen.wish.reason.code.startswith("plan_")


def test_a_watched_plan_leaves_the_battery_to_tariff_sync(engine: Engine, home_of: Callable[..., Home]) -> None:
    home = home_of(engine, policies={"optimizer": {"enabled": True, "mode": "watch"}})
    lived(home)
    home.refresh()
    assert renew(home)
    chosen = home.tick(fresh=False).decision.battery
    assert chosen is not None
    assert isinstance(chosen.command, FollowTariff)


def test_it_is_made_anew_every_five_minutes_and_at_news_and_not_more_often(planned: Home) -> None:
    assert renew(planned)
    assert not renew(planned)
    planned.later(seconds=10)
    assert not renew(planned, has_news=True), "just made"
    planned.later(seconds=20)
    assert renew(planned, has_news=True)
    planned.later(minutes=4)
    assert not renew(planned)
    planned.later(minutes=1)
    planned.refresh()
    assert renew(planned)
    assert count(planned) == 3


def test_a_home_without_history_is_told_what_is_missing_and_the_tick_goes_on(engine: Engine, home_of: Callable[..., Home]) -> None:
    home = home_of(engine, policies={"optimizer": {"enabled": True, "mode": "control"}})
    home.refresh()
    assert not renew(home)
    judgement = home.tick(fresh=False)
    assert [reason.code for reason in [judgement.snapshot.plan_problem] if reason] == ["plan_needs_load"]
    assert judgement.decision.battery is not None
    assert judgement.decision.battery.policy == "tariff_sync"
    lived(home)
    assert renew(home)
    assert home.tick(fresh=False).snapshot.plan_problem is None


def test_without_a_solar_forecast_the_plan_uses_what_the_last_days_brought_and_says_so(planned: Home) -> None:
    renew(planned)
    notes = [note.code for note in newest(planned).notes]
    assert "plan_solar_estimated" in notes
    assert "plan_load_from_yesterday" in notes


def test_the_owners_reserve_and_figures_hold(engine: Engine, home_of: Callable[..., Home]) -> None:
    policies = {
        "optimizer": {"enabled": True, "mode": "control", "least_soc_pct": 45.0, "most_soc_pct": 80.0},
        "own_battery": {"usable_wh": 20_000.0, "max_charge_w": 2000.0},
    }
    home = home_of(engine, policies=policies)
    lived(home)
    home.refresh()
    renew(home)
    plan = newest(home)
    start_pct = home.tick(fresh=False).snapshot.live.soc_pct  # type: ignore[union-attr]
    assert start_pct is not None
    low, high = min(45.0, start_pct), max(80.0, start_pct)
    assert all(low - 0.1 <= step.soc_end_pct <= high + 0.1 for step in plan.steps)
    assert all(step.battery_w >= -2000.5 for step in plan.steps)


def test_self_consumption_sells_nothing_from_the_battery(engine: Engine, home_of: Callable[..., Home]) -> None:
    home = home_of(engine, policies={"optimizer": {"enabled": True, "objective": "self_consumption"}})
    lived(home)
    home.refresh()
    renew(home)
    assert all(step.action is not PlannedAction.EXPORT for step in newest(home).steps)


def test_old_plans_are_thinned_to_one_an_hour_and_then_forgotten(planned: Home) -> None:
    for _ in range(12):
        planned.refresh()
        renew(planned)
        planned.later(minutes=5)
    with planned.session() as session:
        store.forget_old(session, planned.pace.now() + timedelta(days=2, hours=2))
        session.commit()
    assert 1 <= count(planned) <= 2
    with planned.session() as session:
        store.forget_old(session, planned.pace.now() + timedelta(days=31))
        session.commit()
    assert count(planned) == 0


def test_every_setting_of_the_optimizer_is_part_of_the_site_file(planned: Home) -> None:
    with planned.session() as session:
        file = planned.world.site_file(control="on")
        file["policies"] = {
            "optimizer": {
                "enabled": True,
                "reserves": [{"start": "17:00", "end": "21:00", "least_soc_pct": 40}],
                "targets": [{"at": "15:00", "soc_pct": 90}],
            }
        }
        sites.import_file(session, validate(file), planned.pace.now())
    planned.later(minutes=6)
    planned.refresh()
    assert renew(planned)
