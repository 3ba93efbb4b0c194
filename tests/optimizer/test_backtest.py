"""Living through the past again: money against an independent computation, no strategy beats perfect foresight, no forecast peeks ahead."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.baselines import BatteryModel, Metered, simulate
from app.optimizer.backtest import WINDOW_DAYS, Home, Strategy, days_of
from app.optimizer.past import Series, foretold
from app.optimizer.problem import BatterySpec, GridLimits, Problem
from app.optimizer.scenarios import ForecastErrors
from tests.closed_loop.households import household

MONDAY = date(2026, 1, 12)
BATTERY = BatterySpec(10.0, 5.0, 5.0, 0.95, 0.95, 0.1, 1.0)
HOME = Home(BATTERY, GridLimits(30.0, 30.0))
FEW_ERRORS = ForecastErrors(0.0, 0.0, 0.05, 0.2)


def a_series(
    load: Sequence[float], solar: Sequence[float], buy: Sequence[float], sell: Sequence[float], *, is_published: bool = True
) -> Series:
    """Half-hours from midnight on."""
    days = [MONDAY + timedelta(days=index // 48) for index in range(len(load))]
    return Series(0.5, range(1000, 1000 + len(load)), days, load, solar, buy, sell, is_published)


def usual_days(name: str = "time of use", days: int = 4, *, is_published: bool = True) -> Series:
    home = household(name, 1, days)

    def halves(values: Sequence[float]) -> list[float]:
        return [sum(values[index : index + 6]) / 6 for index in range(0, days * 288, 6)]

    return a_series(*map(halves, (home.load_kw, home.solar_kw, home.buy, home.sell)), is_published=is_published)


def without(series: Series, gap: range) -> Series:
    kept = [index for index in range(len(series)) if index not in gap]
    columns = ("slots", "days", "load_kw", "solar_kw", "import_price_per_kwh", "export_price_per_kwh")
    return replace(series, **{name: [getattr(series, name)[index] for index in kept] for name in columns})


def cost(series: Series, home: Home, strategy: Strategy) -> float:
    return sum(day.cost for day in days_of(series, home, strategy))


powers = st.floats(0.0, 6.0).map(lambda power: round(power, 2))
prices = st.floats(-0.3, 1.5).map(lambda price: round(price, 3))


@st.composite
def any_series(draw: st.DrawFn) -> Series:
    count = draw(st.integers(1, 60))
    lists = [draw(st.lists(values, min_size=count, max_size=count)) for values in (powers, powers, prices, prices)]
    return a_series(*lists)


@settings(max_examples=60)
@given(any_series(), st.booleans())
def test_perfect_foresight_is_never_worse_than_another_strategy(series: Series, is_curtailable: bool) -> None:
    home = replace(HOME, is_solar_curtailable=is_curtailable)
    best = cost(series, home, Strategy.PERFECT)
    for other in (Strategy.NO_BATTERY, Strategy.SELF_CONSUMPTION, Strategy.OPTIMIZER):
        assert best <= cost(series, home, other) + 0.011  # what intervals that are not convex may leave


@settings(max_examples=60)
@given(any_series())
def test_the_money_of_simple_strategies_is_that_of_the_bill(series: Series) -> None:
    """`app.domain.baselines` counts the same two ways on metered energy, in other units and by other code."""
    start = datetime.fromisoformat("2026-01-12T00:00Z")
    metered = [
        Metered(start + index * timedelta(minutes=30), 1800, load * 500, solar * 500, 0.0, 0.0)
        for index, (load, solar) in enumerate(zip(series.load_kw, series.solar_kw, strict=True))
    ]
    battery = BatteryModel(10_000.0, 1_000.0, 5_000.0, 5_000.0, 100 * 0.95**2)
    for strategy, model in ((Strategy.NO_BATTERY, None), (Strategy.SELF_CONSUMPTION, battery)):
        flows = simulate(metered, model, 1_000.0)
        bill = sum(
            flow.import_wh / 1000 * buy - flow.export_wh / 1000 * sell
            for flow, buy, sell in zip(flows, series.import_price_per_kwh, series.export_price_per_kwh, strict=True)
        )
        days = list(days_of(series, HOME, strategy))
        assert sum(day.cost for day in days) == pytest.approx(bill, abs=1e-6)
        assert sum(day.import_kwh for day in days) == pytest.approx(sum(flow.import_wh for flow in flows) / 1000, abs=1e-6)
        if model is not None:
            assert days[-1].end_soc * 10_000 == pytest.approx(flows[-1].stored_wh, abs=1e-3)


@pytest.mark.parametrize("strategy", Strategy)
def test_every_day_is_told_once_and_its_energy_adds_up(strategy: Strategy) -> None:
    series = usual_days()
    home, stored = replace(HOME, errors=FEW_ERRORS), BATTERY.soc_min * 10
    days = list(days_of(series, home, strategy))
    assert [day.day for day in days] == sorted(set(series.days))
    assert [day.known_h for day in days] == [24.0] * 4
    for number, day in enumerate(days):
        hours = slice(48 * number, 48 * (number + 1))
        use = sum(series.load_kw[hours]) / 2 - sum(series.solar_kw[hours]) / 2
        gained = day.end_soc * 10 - stored
        stored = day.end_soc * 10
        # import − export = use + what went in − what came out; of what went in 95 % are stored
        charged = (gained + day.discharged_kwh / 0.95) / 0.95
        assert day.import_kwh - day.export_kwh == pytest.approx(use + charged - day.discharged_kwh, abs=1e-6)


def test_the_optimizer_earns_where_prices_differ_and_knows_nothing_on_the_first_day() -> None:
    series = usual_days(days=6)
    home = replace(HOME, errors=FEW_ERRORS)
    days = list(days_of(series, home, Strategy.OPTIMIZER))
    assert days[0].unforeseen_h == 24.0
    assert days[0].cost == next(iter(days_of(series, home, Strategy.SELF_CONSUMPTION))).cost
    assert all(day.unforeseen_h == 0.0 for day in days[1:])
    spent = {strategy: cost(series, home, strategy) for strategy in Strategy}
    possible = spent[Strategy.SELF_CONSUMPTION] - spent[Strategy.PERFECT]
    assert spent[Strategy.SELF_CONSUMPTION] - spent[Strategy.OPTIMIZER] > 0.5 * possible > 0


def test_the_optimizer_decides_the_same_whatever_comes_later() -> None:
    """No forecast peeks: the first days stay as they were when everything after them is changed."""
    series = usual_days("summer", days=4, is_published=False)
    cut = 3 * 48
    other = replace(
        series,
        **{
            name: [*getattr(series, name)[:cut], *(9.0 - value for value in getattr(series, name)[cut:])]
            for name in ("load_kw", "solar_kw", "import_price_per_kwh", "export_price_per_kwh")
        },
    )
    home = replace(HOME, errors=FEW_ERRORS)
    assert list(days_of(series, home, Strategy.OPTIMIZER))[:3] == list(days_of(other, home, Strategy.OPTIMIZER))[:3]


def test_a_forecast_is_the_past_and_published_prices() -> None:
    def problem_of(buy: list[float], sell: list[float], solar: list[float], load: list[float]) -> Problem:
        return Problem(0.5, BATTERY, GridLimits(9, 9), 0.5, buy, sell, solar, load)

    load = [float(day + 1) for day in range(3) for _ in range(48)]
    buy = [0.1 * (day + 1) for day in range(3) for _ in range(48)]
    published, market = (a_series(load, load, buy, buy, is_published=known) for known in (True, False))
    issue = foretold(published, 1000 + 96, problem_of)
    assert issue is not None
    assert issue.problem.load_kw == [1.5] * 96  # the mean of two days
    assert issue.problem.solar_kw == [2.0] * 96  # the newest
    assert issue.problem.import_price_per_kwh == pytest.approx([0.3] * 48 + [0.2] * 48)
    assert list(issue.is_known) == [True] * 48 + [False] * 48
    naive = foretold(market, 1000 + 96, problem_of)
    assert naive is not None
    assert naive.problem.import_price_per_kwh == pytest.approx([0.3] + [0.2] * 95)
    assert foretold(market, 1000 + 47, problem_of) is None


@pytest.mark.parametrize("strategy", Strategy)
def test_over_a_gap_the_battery_keeps_its_charge_and_nothing_is_counted(strategy: Strategy) -> None:
    series = without(usual_days(), range(60, 130))
    days = list(days_of(series, replace(HOME, errors=FEW_ERRORS), strategy))
    assert [day.known_h for day in days] == [24.0, 6.0, 7.0, 24.0]
    assert sum(day.known_h for day in days) == len(series) / 2


def test_a_long_past_is_solved_in_parts_that_lose_next_to_nothing() -> None:
    series = usual_days(days=WINDOW_DAYS + 12)
    in_parts = cost(series, HOME, Strategy.PERFECT)
    whole = a_whole(series)
    assert whole - 1e-6 <= in_parts <= whole + 0.02


def a_whole(series: Series) -> float:
    from app.optimizer.solve import solve

    return solve(
        Problem(
            *(0.5, BATTERY, HOME.grid, BATTERY.soc_min, series.import_price_per_kwh, series.export_price_per_kwh),
            *(series.solar_kw, series.load_kw),
            is_solar_curtailable=False,
        )
    ).objective
