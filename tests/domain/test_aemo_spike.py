"""The battery sells while the wholesale price of the owner's region is extreme."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.domain.arbiter import decide
from app.domain.opinions import BATTERY, Discharge, Nothing, Opinion, Priority, Unknown, Wish
from app.domain.policies import opinions_on
from app.domain.policies.aemo_spike import sell_the_spike
from app.domain.settings.aemo_spike import AemoSpike
from app.domain.settings.tariff_sync import TariffSync
from app.domain.snapshot import BatteryView, Snapshot, SpotPrice
from tests.domain.builders import NOW, a_reading, a_snapshot, before

MINUTE = timedelta(minutes=1)


def a_moment(per_mwh: float | None, now: datetime = NOW, **more: Any) -> Snapshot:
    start = now.replace(minute=now.minute // 5 * 5, second=0, microsecond=0)
    spot = SpotPrice("NSW1", start, start + 5 * MINUTE, per_mwh) if per_mwh is not None else None
    settings = {"aemo_spike": AemoSpike(enabled=True, **more.pop("settings", {})), **more.pop("others", {})}
    return a_snapshot(now=now, spot=more.pop("spot", spot), settings=settings, **more)


def sold(opinion: Opinion) -> Wish:
    assert isinstance(opinion, Wish)
    return opinion


def test_it_sells_from_the_threshold_on_whatever_tariff_sync_wants() -> None:
    moment = a_moment(300.0, others={"tariff_sync": TariffSync(enabled=True)})
    decision = decide(moment, opinions_on(moment))
    assert decision.battery is not None
    assert decision.battery.command == Discharge()
    assert decision.battery.wish.priority is Priority.GRID_EVENT
    assert isinstance(sell_the_spike(a_moment(299.9)), Nothing)


def test_it_ends_20_dollars_below_the_threshold() -> None:
    wish = sold(sell_the_spike(a_moment(1000.0)))
    going_on = before("aemo_spike", wish, NOW)
    assert isinstance(sell_the_spike(a_moment(280.0, before=going_on, now=NOW + MINUTE)), Wish)
    assert isinstance(sell_the_spike(a_moment(279.9, before=going_on, now=NOW + MINUTE)), Nothing)


def test_it_ends_15_minutes_after_the_last_price_however_long_the_battery_was_told() -> None:
    wish = sold(sell_the_spike(a_moment(1000.0)))
    assert wish.told_until == NOW + timedelta(hours=2)
    silent = a_moment(None, before=before("aemo_spike", wish, NOW), now=wish.expires_at - MINUTE)
    assert isinstance(sell_the_spike(silent), Unknown)
    assert decide(silent, opinions_on(silent)).battery is not None
    gone = a_moment(None, before=before("aemo_spike", wish, NOW), now=wish.expires_at)
    after = decide(gone, opinions_on(gone)).battery
    assert after is not None
    assert after.policy == "tariff_sync"


def test_what_the_battery_is_told_is_renewed_when_less_than_half_an_hour_of_it_remains() -> None:
    told = NOW + timedelta(hours=2)
    now = NOW + timedelta(minutes=5)
    wish = sold(sell_the_spike(a_moment(1000.0)))
    assert sold(sell_the_spike(a_moment(900.0, before=before("aemo_spike", wish, NOW), now=now))).told_until == told
    later = Wish(BATTERY, Discharge(), Priority.GRID_EVENT, wish.reason, told + MINUTE, told_until=told)
    late = told - timedelta(minutes=29)
    renewed = sold(sell_the_spike(a_moment(900.0, before=before("aemo_spike", later, NOW), now=late)))
    assert renewed.told_until == late + timedelta(hours=2)


@pytest.mark.parametrize(("battery_w", "grid_w", "is_left"), [(2000.0, -1500.0, True), (2000.0, 300.0, False), (0.0, -1500.0, False)])
def test_a_battery_that_sells_already_is_left_alone(battery_w: float, grid_w: float, is_left: bool) -> None:
    moment = a_moment(1000.0, live=a_reading(battery_w=battery_w, grid_w=grid_w))
    assert isinstance(sell_the_spike(moment), Nothing) is is_left


def test_what_it_began_it_goes_on_with_although_the_battery_sells() -> None:
    wish = sold(sell_the_spike(a_moment(1000.0)))
    moment = a_moment(1000.0, before=before("aemo_spike", wish, NOW), live=a_reading(battery_w=5000.0, grid_w=-4000.0), now=NOW + MINUTE)
    assert isinstance(sell_the_spike(moment), Wish)


@pytest.mark.parametrize(
    ("soc_pct", "is_selling", "goes_on"), [(22.1, True, True), (22.0, False, True), (20.0, False, False), (5.0, False, False)]
)
def test_the_owners_floor_stays_in_the_battery(soc_pct: float, is_selling: bool, goes_on: bool) -> None:
    keep = {"least_soc_pct": 20.0}
    moment = a_moment(1000.0, settings=keep, live=a_reading(soc_pct=soc_pct))
    assert isinstance(sell_the_spike(moment), Wish) is is_selling
    wish = sold(sell_the_spike(a_moment(1000.0)))
    running = a_moment(1000.0, settings=keep, live=a_reading(soc_pct=soc_pct), before=before("aemo_spike", wish, NOW), now=NOW + MINUTE)
    assert isinstance(sell_the_spike(running), Wish) is goes_on


def test_an_unknown_charge_or_price_starts_nothing() -> None:
    assert isinstance(sell_the_spike(a_moment(1000.0, live=None)), Unknown)
    assert isinstance(sell_the_spike(a_moment(None)), Unknown)
    old = SpotPrice("NSW1", NOW - 30 * MINUTE, NOW - 25 * MINUTE, 1000.0)
    assert isinstance(sell_the_spike(a_moment(None, spot=old)), Unknown)


def test_a_battery_that_cannot_sell_is_told_nothing() -> None:
    moment = a_moment(1000.0, battery=BatteryView(frozenset({"FollowTariff"}), {}, NOW))
    assert isinstance(sell_the_spike(moment), Nothing)


def test_a_trial_sells_without_a_spike_and_ends_at_its_minute() -> None:
    until = NOW + timedelta(minutes=5)
    wish = sold(sell_the_spike(a_moment(None, tests={"aemo_spike": until})))
    assert wish.expires_at == until
    assert wish.reason.code == "spike_test"
