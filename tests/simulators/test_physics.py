"""Energy is neither made nor lost: the pack, the flows of a step, the meter's buckets, the sun."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.simulators.battery import BatteryPack
from app.simulators.household import EnergyBucket, Household
from app.simulators.load import HouseLoad
from app.simulators.places import place_in
from app.simulators.powerwall import EXPORT_RULE, EXPORT_RULES, GRID_CHARGING_FORBIDDEN, MODE, MODES, RESERVE, Behaviour, Flow, Powerwall
from app.simulators.sun import Sky, SolarArray
from app.simulators.world import owners_plan

SYDNEY = ZoneInfo("Australia/Sydney")
NOON = datetime(2026, 11, 20, 1, tzinfo=UTC)


def a_powerwall(soc_pct: float = 60, **settings: object) -> Powerwall:
    powerwall = Powerwall(SYDNEY, 1, owners_plan(), BatteryPack(soc_pct=soc_pct), Behaviour.prompt())
    powerwall.owner_sets(**({MODE: "self_consumption"} | settings))
    return powerwall


def test_half_an_hour_of_charging_and_twelve_minutes_of_discharging():
    pack = BatteryPack(13_500, 62.0)
    pack.run(-3300, 1800)
    assert pack.soc_pct == pytest.approx(73.61, abs=0.005)
    pack = BatteryPack(13_500, 62.0)
    pack.run(5000, 720)
    assert pack.soc_pct == pytest.approx(54.20, abs=0.005)


def test_a_round_trip_gives_nine_tenths_back():
    pack = BatteryPack(13_500, 20.0)
    pack.run(-1000, 3600)
    given_wh = pack.discharge_limit_w(3600, 20.0)
    assert given_wh == pytest.approx(902.5)


def test_charging_tapers_near_full_and_stops_at_full():
    limits = [BatteryPack(13_500, soc).charge_limit_w(60) for soc in (50, 95, 97, 99.5, 100)]
    assert limits[0] == limits[1] == 5000
    assert limits == sorted(limits, reverse=True)
    assert limits[-1] == 0


@given(
    load_w=st.floats(0, 12_000),
    solar_w=st.floats(0, 9_000),
    soc_pct=st.floats(0, 100),
    reserve=st.sampled_from([0, 5, 20, 80, 100]),
    mode=st.sampled_from(MODES),
    rule=st.sampled_from(EXPORT_RULES),
    forbidden=st.booleans(),
    grid_is_down=st.booleans(),
    seconds=st.sampled_from([1.0, 17.0, 60.0]),
)
def test_every_moment_balances_and_keeps_its_limits(load_w, solar_w, soc_pct, reserve, mode, rule, forbidden, grid_is_down, seconds):
    powerwall = a_powerwall(soc_pct, **{MODE: mode, RESERVE: reserve, EXPORT_RULE: rule, GRID_CHARGING_FORBIDDEN: forbidden})
    powerwall.grid_is_down = grid_is_down
    flow = powerwall.dispatch(load_w, solar_w, seconds, NOON)
    assert flow.load_w == pytest.approx(flow.solar_w + flow.grid_w + flow.battery_w, abs=1e-6)
    assert 0 <= flow.solar_w <= solar_w + 1e-9
    assert -5000 - 1e-6 <= flow.battery_w <= 10_000 + 1e-6
    assert 0 <= powerwall.pack.soc_pct <= 100
    if rule == "never":
        assert flow.grid_w >= -1e-6
    if rule == "pv_only":
        assert -flow.grid_w <= flow.solar_w + 1e-6
        assert not (flow.battery_w > 1e-6 and flow.grid_w < -1e-6)
    if forbidden and not grid_is_down:
        assert not (flow.battery_w < -1e-6 and flow.grid_w > 1e-6)
    if mode == "backup" and not grid_is_down:
        assert flow.battery_w <= 1e-6
    if not grid_is_down and soc_pct <= reserve:
        assert flow.battery_w <= 1e-6
    if grid_is_down:
        assert flow.grid_w == 0


def test_a_full_battery_that_must_not_export_curtails_the_sun():
    flow = a_powerwall(100, **{EXPORT_RULE: "never"}).dispatch(500, 4000, 60, NOON)
    assert (flow.solar_w, flow.battery_w, flow.grid_w, flow.curtailed_w) == (500, 0, 0, 3500)


def test_below_the_reserve_the_grid_charges_slowly_unless_that_is_forbidden():
    assert a_powerwall(10, **{RESERVE: 50}).dispatch(600, 0, 60, NOON).battery_w == -1700
    assert a_powerwall(10, **{RESERVE: 50, GRID_CHARGING_FORBIDDEN: True}).dispatch(600, 0, 60, NOON).battery_w == 0


def test_backup_mode_charges_at_its_own_rate():
    assert a_powerwall(40, **{MODE: "backup"}).dispatch(600, 0, 60, NOON).battery_w == -3300


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
def test_the_meter_splits_every_flow_without_loss(solar, battery, grid, load):
    bucket = EnergyBucket()
    bucket.add(Flow(solar, battery, grid, load), 1.0)
    assert bucket.import_wh == max(0, grid)
    assert bucket.export_wh == max(0, -grid)
    assert bucket.solar_to_home_wh + bucket.battery_to_home_wh + bucket.grid_to_home_wh == load
    assert bucket.solar_to_battery_wh + bucket.grid_to_battery_wh == max(0, -battery)
    assert bucket.battery_to_home_wh + bucket.battery_to_grid_wh == max(0, battery)


def a_home(seed: int = 1, start: datetime = NOON) -> Household:
    place = place_in("Australia/Sydney")
    return Household(start, a_powerwall(), SolarArray(place, Sky(place, seed), 8000), HouseLoad(SYDNEY, seed))


def test_a_day_of_the_home_accounts_for_every_watt_hour():
    home = a_home()
    before = home.powerwall.pack.soc_pct
    home.step_to(NOON + timedelta(days=1))
    charge = sum(bucket.solar_to_battery_wh + bucket.grid_to_battery_wh for bucket in home.buckets.values())
    discharge = sum(bucket.battery_to_home_wh + bucket.battery_to_grid_wh for bucket in home.buckets.values())
    stored = charge * 0.95 - discharge / 0.95
    assert (home.powerwall.pack.soc_pct - before) / 100 * 13_500 == pytest.approx(stored, abs=1)
    assert len(home.readings) == 1440
    assert all(b.at - a.at == timedelta(minutes=1) for a, b in pairwise(home.readings))


def test_the_same_seed_lives_the_same_day_and_another_one_does_not():
    first, second, other = a_home(), a_home(), a_home(seed=2)
    for home in (first, second, other):
        home.step_to(NOON + timedelta(hours=20))
    assert list(first.readings) == list(second.readings)
    assert [reading.load_w for reading in first.readings] != [reading.load_w for reading in other.readings]


def test_an_earlier_instant_steps_nothing():
    home = a_home()
    home.step_to(NOON + timedelta(minutes=5))
    home.step_to(NOON)
    assert home.at == NOON + timedelta(minutes=5)


@pytest.mark.parametrize("zone", ["Australia/Sydney", "Australia/Adelaide", "Australia/Brisbane", "Australia/Perth", "Europe/London"])
def test_the_sun_is_highest_at_solar_noon_and_gone_at_midnight(zone):
    place = place_in(zone)
    array = SolarArray(place, Sky(place, 1), 8000)
    midnight = datetime(2026, 3, 21, tzinfo=UTC).timestamp() - place.longitude_deg / 15 * 3600
    shares = [array.clear_sky_share(midnight + minute * 60) for minute in range(1440)]
    assert shares[0] == shares[-1] == 0
    assert abs(shares.index(max(shares)) - 720) < 20
    assert 0.5 < max(shares) <= 1


def test_summer_days_are_longer_than_winter_days():
    place = place_in("Australia/Sydney")
    array = SolarArray(place, Sky(place, 1), 8000)

    def light_hours(month: int) -> float:
        start = datetime(2026, month, 21, tzinfo=UTC).timestamp()
        return sum(array.clear_sky_share(start + minute * 60) > 0 for minute in range(1440)) / 60

    assert light_hours(6) == pytest.approx(9.9, abs=0.5)
    assert light_hours(12) == pytest.approx(14.4, abs=0.5)
