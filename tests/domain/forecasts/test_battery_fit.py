"""What is learnt of a battery: what it was built to be, from its meter and its charge alone."""

from datetime import UTC, datetime, timedelta
from math import sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.forecasts.battery_fit import BatteryFit, BatterySample, fit_battery

START = datetime(2026, 11, 1, tzinfo=UTC)
FIVE_MINUTES = timedelta(minutes=5)


def cycles(
    count: int, usable_wh: float = 13_500, each_way: float = 0.95, charge_w: float = 5000, discharge_w: float = 4000, digits: int = 1
) -> list[BatterySample]:
    """Up to 95 % and down to 5 %, with rests between, the charge rounded as a device shows it."""
    samples, soc_pct, at = [], 50.0, START

    def step(power_w: float) -> None:
        nonlocal soc_pct, at
        energy_wh = power_w / 12
        soc_pct += 100 * (energy_wh * each_way if energy_wh > 0 else energy_wh / each_way) / usable_wh
        samples.append(BatterySample(at, max(0.0, energy_wh), max(0.0, -energy_wh), round(soc_pct, digits)))
        at += FIVE_MINUTES

    for _ in range(count):
        while soc_pct < 95 - 100 * charge_w / 12 / usable_wh:
            step(charge_w)
        for _ in range(6):
            step(0)
        while soc_pct > 5 + 100 * discharge_w / 12 / each_way / usable_wh:
            step(-discharge_w)
        for _ in range(6):
            step(0)
    return samples


def test_capacity_efficiency_and_power_come_out_as_they_are() -> None:
    fit = fit_battery(cycles(6))
    assert fit.usable_wh == pytest.approx(13_500, rel=0.005)
    assert fit.efficiency_charge == pytest.approx(0.95, rel=0.005)
    assert fit.efficiency_discharge == fit.efficiency_charge
    assert fit.max_charge_w == pytest.approx(5000)
    assert fit.max_discharge_w == pytest.approx(4000)


def test_a_charge_in_whole_percent_is_good_enough() -> None:
    fit = fit_battery(cycles(8, digits=0))
    assert fit.usable_wh == pytest.approx(13_500, rel=0.02)
    assert fit.efficiency_charge == pytest.approx(0.95, rel=0.02)


def test_two_cycles_are_not_enough_for_capacity() -> None:
    fit = fit_battery(cycles(1))
    assert (fit.usable_wh, fit.efficiency_charge, fit.efficiency_discharge) == (None, None, None)


def test_nothing_says_nothing() -> None:
    assert fit_battery([]) == BatteryFit(None, None, None, None, None)


def test_a_gap_ends_a_run() -> None:
    whole = cycles(6)
    holed = [sample for number, sample in enumerate(whole) if number % 3]
    fit = fit_battery(holed)
    assert fit.usable_wh is None, "no stretch of 10 percent points is left"


def test_a_battery_that_gives_more_than_it_takes_is_not_believed() -> None:
    wrong = [BatterySample(each.start, each.charge_wh * 0.7, each.discharge_wh, each.soc_end_pct) for each in cycles(6)]
    fit = fit_battery(wrong)
    assert (fit.usable_wh, fit.efficiency_charge) == (None, None)
    assert fit.max_discharge_w == pytest.approx(4000), "its power is still what was seen"


def test_one_absurd_reading_is_no_power() -> None:
    samples = cycles(6)
    samples.append(BatterySample(samples[-1].start + FIVE_MINUTES, 40_000, 0.0, 50.0))
    assert fit_battery(samples).max_charge_w == pytest.approx(5000)


@settings(max_examples=25)
@given(st.floats(4000, 60_000), st.floats(0.85, 0.995), st.floats(0.1, 0.5), st.floats(0.1, 0.5))
def test_any_battery_is_found(usable_wh: float, each_way: float, up: float, down: float) -> None:
    fit = fit_battery(cycles(12, usable_wh, each_way, up * usable_wh, down * usable_wh))
    assert fit.usable_wh == pytest.approx(usable_wh, rel=0.02)
    assert fit.efficiency_charge == pytest.approx(each_way, rel=0.01)
    assert fit.efficiency_charge is not None
    assert fit.efficiency_charge**2 <= 1
    assert sqrt(0.6) <= fit.efficiency_charge
