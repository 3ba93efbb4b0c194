"""Living through a household's days with an engine that sees only forecasts, and what that lost against knowing everything."""

import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from app.optimizer.actions import Action
from app.optimizer.commands import BatteryCommand, power_under, stored_after
from app.optimizer.meter import meter_at
from app.optimizer.problem import Problem
from app.optimizer.solve import solve
from tests.closed_loop.households import LOOK_AHEAD_DAYS, PER_DAY, Household
from tests.closed_loop.noise import Forecast, forecast, seen_spikes

HORIZON = 2 * PER_DAY
REDRAWN_EVERY = 6
LEAST_STAKE = 0.10  # major units a day: where a battery can hardly earn, its regret is measured against this


@dataclass(frozen=True)
class Moment:
    """What is known at the beginning of interval number `index`: a problem from now on, which of its prices are known, and whether it rests
    on a new forecast."""

    problem: Problem
    index: int
    is_known: Sequence[bool]
    is_new: bool


Engine = Callable[[Moment], BatteryCommand]


@dataclass
class Lived:
    """What came out: what it cost, how often the command changed, how long each solve took."""

    cost: float
    changes_a_day: float
    solve_ms: list[float] = field(default_factory=list)


def live(home: Household, engine: Engine, scale: float, seed: int) -> Lived:
    """Live through the days; the final energy is valued by what it is worth with perfect foresight."""
    draw = random.Random(f"forecasts {seed}")
    truth = true_problem(home)
    energy, cost, peak, changes = truth.energy_initial_kwh, 0.0, 0.0, 0
    last: BatteryCommand | None = None
    seen: Forecast | None = None
    lived = Lived(0.0, 0.0)
    for now in range(home.steps):
        is_new = now % REDRAWN_EVERY == 0
        if is_new or seen is None:
            seen = forecast(home, now, HORIZON, scale, draw)
        problem = problem_seen(home, seen, now, scale, energy, peak)
        began = time.perf_counter()
        command = engine(Moment(problem, now, prices_known(home, now, scale), is_new))
        lived.solve_ms.append((time.perf_counter() - began) * 1000)
        changes += last is not None and is_change(last, command)
        last = command
        net_kw = home.load_kw[now] - home.solar_kw[now]
        power = power_under(command, net_kw, truth, energy)
        grid = meter_at(truth, now).grid_kw(power)
        cost += grid * (home.buy[now] if grid > 0 else home.sell[now]) * truth.interval_h
        peak = max(peak, grid) if home.demand_window[now] else peak
        energy = stored_after(truth, energy, power)
    lived.cost = cost + home.demand_charge_per_kw * peak + value_of_end(home, energy)
    lived.changes_a_day = changes / home.days
    return lived


def prices_known(home: Household, now: int, scale: float) -> list[bool]:
    """Which prices of the horizon are no forecast: the present one, spikes in sight, published ones, and with perfect inputs all."""
    seen = seen_spikes(home, now, scale)
    is_sure = scale == 0 or not home.is_market
    return [
        is_sure or index == now or (index < seen and home.spike_buy[index] > 0) for index in range(now, min(now + HORIZON, len(home.buy)))
    ]


def is_change(before: BatteryCommand, after: BatteryCommand) -> bool:
    """Whether a device would be told something new."""
    return before.action is not after.action or abs(before.power_kw - after.power_kw) > 0.1


def self_consumption(_moment: Moment) -> BatteryCommand:
    """The engine that knows nothing."""
    return BatteryCommand(Action.SELF_CONSUMPTION)


def true_problem(home: Household, begin: int = 0, end: int | None = None) -> Problem:
    """The whole truth as one problem."""
    end = end or len(home.buy)
    return Problem(
        1 / 12,
        home.battery,
        home.grid,
        home.soc_initial,
        home.buy[begin:end],
        home.sell[begin:end],
        home.solar_kw[begin:end],
        home.load_kw[begin:end],
        demand_charge_per_kw=home.demand_charge_per_kw,
        demand_window=home.demand_window[begin:end],
    )


def value_of_end(home: Household, energy_kwh: float) -> float:
    """What the look-ahead days cost from `energy_kwh` with perfect foresight; what is over at their end is worth nothing."""
    problem = replace(true_problem(home, home.steps), soc_initial=energy_kwh / home.battery.capacity_kwh, demand_charge_per_kw=0.0)
    return solve(problem).objective


def perfect_cost(home: Household) -> float:
    """The cost with perfect foresight."""
    return solve(true_problem(home)).objective


def problem_seen(home: Household, seen: Forecast, now: int, scale: float, energy_kwh: float, peak_kw: float) -> Problem:
    """The problem as it is known at `now`: the forecast with the spikes in sight; the present price, sun and load are measured."""
    skip = now - seen.begin
    until = min(seen_spikes(home, now, scale), now + len(seen.buy) - skip)
    buy, sell = seen.buy[skip:], seen.sell[skip:]
    for index in range(now, until):
        buy[index - now] += home.spike_buy[index]
        sell[index - now] += home.spike_sell[index]
    buy[0], sell[0] = home.buy[now], home.sell[now]
    # Sun and load as they were measured a moment ago; with perfect inputs as they will be.
    measured = now if scale == 0 else max(0, now - 1)
    solar, load = seen.solar_kw[skip:], seen.load_kw[skip:]
    solar[0], load[0] = home.solar_kw[measured], home.load_kw[measured]
    return Problem(
        1 / 12,
        home.battery,
        home.grid,
        energy_kwh / home.battery.capacity_kwh,
        buy,
        sell,
        solar,
        load,
        demand_charge_per_kw=home.demand_charge_per_kw,
        demand_window=home.demand_window[now : now + len(buy)],
        demand_peak_so_far_kw=peak_kw,
    )


@dataclass(frozen=True)
class Judged:
    """One household's result beside what was possible."""

    regret: float
    saved: float  # major units a day against self-consumption
    possible: float
    changes_a_day: float
    median_ms: float
    p99_ms: float


def judge(home: Household, engine: Engine, scale: float, seed: int) -> Judged:
    """Live, and compare with perfect foresight and with self-consumption."""
    lived = live(home, engine, scale, seed)
    best, idle = perfect_cost(home), live(home, self_consumption, 0.0, seed).cost
    regret = (lived.cost - best) / max(idle - best, LEAST_STAKE * home.days)
    times = sorted(lived.solve_ms)
    p99 = times[int(len(times) * 0.99)]
    return Judged(regret, (idle - lived.cost) / home.days, (idle - best) / home.days, lived.changes_a_day, statistics.median(times), p99)


assert LOOK_AHEAD_DAYS * PER_DAY >= HORIZON, "the last day has a whole horizon"
