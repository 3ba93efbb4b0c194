"""The battery that is simulated: it obeys its size, its power, its losses and its reserve, and makes no energy."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.baselines import BatteryModel, Metered, simulate

START = datetime(2026, 11, 20, tzinfo=UTC)
LOSSLESS = BatteryModel(10_000, 0, 5_000, 5_000, 100)


def metered(*need_wh: float, covered_s: float = 3600) -> list[Metered]:
    """Hours in which a home without a battery would take (+) or give (−) so much."""
    return [
        Metered(START + number * timedelta(hours=1), covered_s, max(each, 0.0), max(-each, 0.0), 0.0, 0.0)
        for number, each in enumerate(need_wh)
    ]


def test_without_a_battery_the_meter_counts_what_the_battery_covered() -> None:
    evening = Metered(START, 300, import_wh=10, export_wh=0, charge_wh=0, discharge_wh=200)
    noon = Metered(START, 300, import_wh=0, export_wh=50, charge_wh=300, discharge_wh=0)
    charged_at_night = Metered(START, 300, import_wh=400, export_wh=0, charge_wh=350, discharge_wh=0)
    found = simulate([evening, noon, charged_at_night], None)
    assert [(each.import_wh, each.export_wh) for each in found] == [(210, 0), (0, 350), (50, 0)]
    assert {each.stored_wh for each in found} == {None}


def test_left_to_itself_it_takes_the_surplus_and_gives_it_back() -> None:
    found = simulate(metered(-3000, 2000, 2000), LOSSLESS)
    assert [(each.import_wh, each.export_wh, each.stored_wh) for each in found] == [(0, 0, 3000), (0, 0, 1000), (1000, 0, 0)]


def test_power_bounds_each_way() -> None:
    slow = replace(LOSSLESS, max_charge_w=1_000, max_discharge_w=500)
    found = simulate(metered(-3000, 2000), slow, stored_wh=2000)
    assert [(each.import_wh, each.export_wh) for each in found] == [(0, 2000), (1500, 0)]


def test_only_the_measured_time_counts_for_the_power() -> None:
    (half,) = simulate(metered(-3000, covered_s=1800), LOSSLESS)
    assert (half.export_wh, half.stored_wh) == (500, 2500)


def test_a_full_battery_leaves_the_rest_to_the_grid() -> None:
    (found,) = simulate(metered(-3000), LOSSLESS, stored_wh=9000)
    assert (found.export_wh, found.stored_wh) == (2000, 10_000)


def test_the_reserve_is_kept_and_refilled_by_the_sun_alone() -> None:
    careful = replace(LOSSLESS, floor_wh=2000)
    found = simulate(metered(3000, -500, 3000), careful, stored_wh=2500)
    assert [(each.import_wh, each.stored_wh) for each in found] == [(2500, 2000), (0, 2500), (2500, 2000)]
    (below,) = simulate(metered(1000), careful, stored_wh=1000)
    assert (below.import_wh, below.stored_wh) == (1000, 1000)


def test_of_what_is_charged_the_round_trip_comes_back() -> None:
    lossy = replace(LOSSLESS, round_trip_pct=81)
    charged, given_back = simulate(metered(-1000, 5000), lossy)
    assert charged.stored_wh == pytest.approx(900)
    assert given_back.import_wh == pytest.approx(5000 - 810)


@given(
    st.lists(st.floats(-6000, 6000), min_size=1, max_size=40),
    st.floats(0, 10_000),
    st.floats(50, 100),
    st.floats(0, 4000),
)
def test_no_energy_comes_from_nowhere_and_none_is_lost_but_by_its_losses(
    needs: list[float], stored_wh: float, round_trip_pct: float, floor_wh: float
) -> None:
    model = BatteryModel(10_000, floor_wh, 3_000, 4_000, round_trip_pct)
    before = stored_wh
    for need_wh, each in zip(needs, simulate(metered(*needs), model, stored_wh), strict=True):
        assert each.stored_wh is not None
        assert min(each.import_wh, each.export_wh) == 0
        battery_wh = need_wh - each.import_wh + each.export_wh  # + given
        assert -3_000.001 <= battery_wh <= 4_000.001
        gained_wh = -battery_wh * model.one_way if battery_wh < 0 else -battery_wh / model.one_way
        assert each.stored_wh - before == pytest.approx(gained_wh, abs=0.01)
        assert -0.01 <= each.stored_wh <= 10_000.01
        # It never buys for its charge and never sells from it.
        assert battery_wh <= max(need_wh, 0) + 0.001
        assert -battery_wh <= max(-need_wh, 0) + 0.001
        before = each.stored_wh
