"""How long a backtest takes: a whole year at 30 minutes, and a week at 5 minutes from which a year is reckoned.

python -m tests.bench_backtest"""

import time
from collections.abc import Sequence
from datetime import date, timedelta

from app.optimizer.backtest import Home, Strategy, days_of
from app.optimizer.past import Series
from app.optimizer.problem import GridLimits
from app.optimizer.scenarios import ForecastErrors
from tests.closed_loop.households import BATTERY, household

DAYS_OF_A_YEAR = 365
WEEK = 7
MOST_S, MOST_FINE_S = 60.0, 600.0
# Seasons that differ in how hard they are: prices below zero at midday are not convex and take longest.
SEASONS = ("summer", "clocks go back", "winter without solar", "spring, negative midday")
HOME = Home(BATTERY, GridLimits(15.0, 5.0), 0.02, False, ForecastErrors(0.0083, 0.048, 0.048, 0.2))  # as with a market's prices
COMPARED = (Strategy.SELF_CONSUMPTION, Strategy.OPTIMIZER, Strategy.PERFECT)


def days_in_seasons(days: int, minutes: int) -> Series:
    """`days` days of four seasons in equal parts, one after the other, with prices that nobody knew beforehand."""
    many = minutes // 5
    columns: list[list[float]] = [[], [], [], []]
    for number, season in enumerate(SEASONS):
        home = household(season, 1, (number + 1) * days // len(SEASONS) - number * days // len(SEASONS))
        for column, values in zip(columns, (home.load_kw, home.solar_kw, home.buy, home.sell), strict=True):
            column.extend(_means(values[: home.steps], many))
    count = len(columns[0])
    per_day = count // days
    dates = [date(2026, 1, 1) + timedelta(days=number // per_day) for number in range(count)]
    return Series(minutes / 60, range(count), dates, *columns, is_published=False)


def _means(values: Sequence[float], many: int) -> list[float]:
    return [sum(values[index : index + many]) / many for index in range(0, len(values), many)]


def seconds(series: Series) -> float:
    """Processor time of living through `series` with each of the usual strategies: one thread, which nothing but the processor holds up."""
    began = time.process_time()
    for strategy in COMPARED:
        for _ in days_of(series, HOME, strategy):
            pass
    return time.process_time() - began


def rows() -> list[tuple[str, str, str, bool, float | None]]:
    """What was measured: name, figure, limit, whether it is kept, and milliseconds."""
    year = seconds(days_in_seasons(DAYS_OF_A_YEAR, 30))
    # The first day is lived through without a forecast and costs nothing: eight days have a week of work.
    week = seconds(days_in_seasons(WEEK + 1, 5))
    fine = week / WEEK * DAYS_OF_A_YEAR
    return [
        (
            "Backtest of a year, 30-minute steps, three strategies",
            f"{year:.1f} s of a processor",
            f"≤ {MOST_S:g} s",
            year <= MOST_S,
            year * 1000,
        ),
        (
            "Backtest of a year, 5-minute steps, three strategies, reckoned from a week",
            f"{fine:.0f} s of a processor ({week:.1f} s for the week)",
            f"≤ {MOST_FINE_S:g} s",
            fine <= MOST_FINE_S,
            fine * 1000,
        ),
    ]


if __name__ == "__main__":
    for name, figure, limit, is_kept, _ in rows():
        print(f"{name}: {figure} (limit {limit}){'' if is_kept else ' missed'}")
