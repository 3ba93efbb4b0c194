"""Living through a measured past again: what each day would have cost with another battery, other prices or another strategy.

The battery is told what the live loop would tell it, by the same code: `look_ahead`, `choose`, and `power_under` with the load and the sun
that really came. Over a gap in the past it keeps its charge, and nothing is counted. Units are those of the problem."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import groupby
from typing import Protocol

from app.optimizer.actions import Action
from app.optimizer.choosing import choose
from app.optimizer.commands import BatteryCommand, power_under, stored_after
from app.optimizer.issues import Issue
from app.optimizer.look_ahead import LookAhead, look_ahead
from app.optimizer.meter import meter_at
from app.optimizer.past import Series, foretold
from app.optimizer.problem import BatterySpec, GridLimits, Problem
from app.optimizer.scenarios import ForecastErrors
from app.optimizer.solve import solve

PLANNED_EVERY_H = 4.0  # how long the values of a look ahead are used: a forecast from the past changes little within hours
WINDOW_DAYS, BEYOND_DAYS = 30, 7  # of perfect foresight: solved at once, and how far it sees beyond, where the present hardly matters
NO_ERRORS = ForecastErrors()
TOLERANCE = 0.01  # major units per window, where intervals are not convex


class Strategy(StrEnum):
    """Who decides."""

    NO_BATTERY = "no-battery"
    SELF_CONSUMPTION = "self-consumption"
    OPTIMIZER = "optimizer"  # with forecasts made from the past alone
    PERFECT = "perfect"  # with all that came known beforehand: what no strategy can beat


@dataclass(frozen=True)
class Home:
    """What stays the same through the days. The battery begins at `soc_min`: no energy is given to it."""

    battery: BatterySpec
    grid: GridLimits
    cycle_cost_per_kwh: float = 0.0  # guides the optimizer and perfect foresight; it is in no cost of a day
    is_solar_curtailable: bool = False
    errors: ForecastErrors = NO_ERRORS  # how far the optimizer takes its forecasts to be off


@dataclass(frozen=True, slots=True)
class DayResult:
    """One local day at the meter, as far as it is in the series. `cost`: import less export, major units."""

    day: date
    cost: float
    import_kwh: float
    export_kwh: float
    discharged_kwh: float  # AC
    end_soc: float  # share of the capacity
    known_h: float
    unforeseen_h: float  # without a forecast: the optimizer left the battery to itself


class Decider(Protocol):
    """What the battery does in interval `index` with `energy_kwh` stored: kW AC, + charging."""

    def power_kw(self, index: int, energy_kwh: float) -> float: ...

    def was_blind(self) -> bool:
        """Whether the last decision was made without a forecast."""
        ...


def days_of(series: Series, home: Home, strategy: Strategy) -> Iterator[DayResult]:
    """Each day of the series as it would have gone, in order; the caller sees how far it is by the days that have come."""
    truth = _truth(series, home)
    decider = _decider(series, truth, home, strategy)
    energy = truth.energy_initial_kwh
    for day, indexes in groupby(range(len(series)), key=lambda index: series.days[index]):
        cost = imported = exported = discharged = known = blind = 0.0
        for index in indexes:
            power = decider.power_kw(index, energy)
            grid = meter_at(truth, index).grid_kw(power) * truth.interval_h
            cost += grid * (truth.import_price_per_kwh[index] if grid > 0 else truth.export_price_per_kwh[index])
            imported, exported = imported + max(grid, 0.0), exported + max(-grid, 0.0)
            discharged += max(-power, 0.0) * truth.interval_h
            known += truth.interval_h
            blind += truth.interval_h if decider.was_blind() else 0.0
            energy = stored_after(truth, energy, power)
        yield DayResult(day, cost, imported, exported, discharged, energy / home.battery.capacity_kwh, known, blind)


def _truth(series: Series, home: Home) -> Problem:
    return Problem(
        series.interval_h,
        home.battery,
        home.grid,
        home.battery.soc_min,
        series.import_price_per_kwh,
        series.export_price_per_kwh,
        series.solar_kw,
        series.load_kw,
        cycle_cost_per_kwh=home.cycle_cost_per_kwh,
        is_solar_curtailable=home.is_solar_curtailable,
    )


def _decider(series: Series, truth: Problem, home: Home, strategy: Strategy) -> Decider:
    match strategy:
        case Strategy.NO_BATTERY:
            return _OneCommand(truth, BatteryCommand(Action.IDLE))
        case Strategy.SELF_CONSUMPTION:
            return _OneCommand(truth, BatteryCommand(Action.SELF_CONSUMPTION))
        case Strategy.OPTIMIZER:
            return _Optimizer(series, truth, home.errors)
        case Strategy.PERFECT:
            return _Perfect(truth)


def _power(truth: Problem, index: int, command: BatteryCommand, energy_kwh: float) -> float:
    return power_under(command, truth.load_kw[index] - truth.solar_kw[index], truth, energy_kwh)


class _OneCommand:
    """Always told the same."""

    def __init__(self, truth: Problem, command: BatteryCommand) -> None:
        self._truth, self._command = truth, command

    def power_kw(self, index: int, energy_kwh: float) -> float:
        return _power(self._truth, index, self._command, energy_kwh)

    def was_blind(self) -> bool:
        return False


class _Optimizer:
    """The live loop: it looks ahead every few hours and chooses in each interval by the present price and the last measured powers."""

    def __init__(self, series: Series, truth: Problem, errors: ForecastErrors) -> None:
        self._series, self._truth, self._errors = series, truth, errors
        self._issue: Issue | None = None
        self._ahead: LookAhead | None = None
        self._terminal: float | None = None
        self._looked_at: int | None = None
        self._present: BatteryCommand | None = None
        self._lost = 0.0

    def power_kw(self, index: int, energy_kwh: float) -> float:
        slot = self._series.slots[index]
        if self._looked_at is None or slot - self._looked_at >= PLANNED_EVERY_H / self._series.interval_h:
            self._look(slot, energy_kwh)
        if self._ahead is None or self._issue is None:
            self._present, self._lost = BatteryCommand(Action.SELF_CONSUMPTION), 0.0
        else:
            present = self._known_now(self._issue, index, energy_kwh)
            choice = choose(self._ahead.outlooks(present, slot), energy_kwh, self._present, self._lost)
            self._present, self._lost = choice.command, choice.lost
        return _power(self._truth, index, self._present, energy_kwh)

    def was_blind(self) -> bool:
        return self._ahead is None

    def _look(self, slot: int, energy_kwh: float) -> None:
        def problem_of(buy: Sequence[float], sell: Sequence[float], solar: Sequence[float], load: Sequence[float]) -> Problem:
            soc = energy_kwh / self._truth.battery.capacity_kwh
            return replace(self._truth, soc_initial=soc, import_price_per_kwh=buy, export_price_per_kwh=sell, solar_kw=solar, load_kw=load)

        self._looked_at = slot
        self._issue = foretold(self._series, slot, problem_of)
        self._ahead = look_ahead(self._issue, (), self._errors, self._terminal) if self._issue else None
        self._terminal = self._ahead.terminal_value_per_kwh if self._ahead else None

    def _known_now(self, issue: Issue, index: int, energy_kwh: float) -> Problem:
        """The forecast from now on: the price of this interval is known, sun and load are those measured just before it."""
        series, foreseen = self._series, issue.problem
        elapsed = series.slots[index] - issue.begin
        before = series.at(series.slots[index] - 1)
        solar, load = list(foreseen.solar_kw[elapsed:]), list(foreseen.load_kw[elapsed:])
        if before is not None:
            solar[0], load[0] = series.solar_kw[before], series.load_kw[before]
        return replace(
            self._truth,
            soc_initial=energy_kwh / self._truth.battery.capacity_kwh,
            import_price_per_kwh=[series.import_price_per_kwh[index], *foreseen.import_price_per_kwh[elapsed + 1 :]],
            export_price_per_kwh=[series.export_price_per_kwh[index], *foreseen.export_price_per_kwh[elapsed + 1 :]],
            solar_kw=solar,
            load_kw=load,
        )


class _Perfect:
    """The best course through what came, found a month at a time so that a year of 5 minutes needs little memory."""

    def __init__(self, truth: Problem) -> None:
        self._truth, self._begin, self._powers = truth, 0, list[float]()
        self._step = round(WINDOW_DAYS * 24 / truth.interval_h)
        self._beyond = round(BEYOND_DAYS * 24 / truth.interval_h)

    def power_kw(self, index: int, energy_kwh: float) -> float:
        if index >= self._begin + len(self._powers):
            self._begin, self._powers = index, self._window(index, energy_kwh)
        return self._powers[index - self._begin]

    def was_blind(self) -> bool:
        return False

    def _window(self, begin: int, energy_kwh: float) -> list[float]:
        truth, end = self._truth, begin + self._step + self._beyond
        plan = solve(
            replace(
                truth,
                soc_initial=energy_kwh / truth.battery.capacity_kwh,
                import_price_per_kwh=truth.import_price_per_kwh[begin:end],
                export_price_per_kwh=truth.export_price_per_kwh[begin:end],
                solar_kw=truth.solar_kw[begin:end],
                load_kw=truth.load_kw[begin:end],
            ),
            TOLERANCE,
        )
        powers = [charge - discharge for charge, discharge in zip(plan.charge_kw, plan.discharge_kw, strict=True)]
        return powers if end >= len(truth) else powers[: self._step]
