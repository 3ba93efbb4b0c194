"""What the live loop keeps between two forecasts: the plan by the forecast, and what stored energy is worth over several outlooks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.optimizer.choosing import Outlook
from app.optimizer.issues import Issue, blended, kept
from app.optimizer.plan import Plan, peak_kw
from app.optimizer.problem import Problem
from app.optimizer.scenarios import ForecastErrors, scenarios
from app.optimizer.solve import solve

SCENARIOS = 4
_DAY_H = 24.0
NO_ERRORS = ForecastErrors()


@dataclass(frozen=True)
class LookAhead:
    """Plans made at interval number `begin`, one per outlook, and the value that the next ones give to what is left at their end."""

    begin: int
    plans: Sequence[Plan]
    terminal_value_per_kwh: float
    errors: ForecastErrors = NO_ERRORS

    def outlooks(self, present: Problem, now: int) -> list[Outlook]:
        """The outlooks at interval number `now`, `present` being the problem from now on with what is measured."""
        elapsed = now - self.begin
        # Under a demand charge one kettle during a hold can cost more than the hold earns in a month.
        is_charged = present.has_demand_charge and present.demand_window[0]
        surprise_kw = self.errors.load_surprise_kw if is_charged else 0.0
        return [Outlook(present, plan.values[elapsed + 1], _cap_kw(plan), surprise_kw) for plan in self.plans]

    def lasts_until(self) -> int:
        """The last interval number for which there are outlooks."""
        return self.begin + len(self.plans[0].problem) - 1


def look_ahead(
    newest: Issue,
    earlier: Sequence[Issue],
    errors: ForecastErrors,
    terminal_value_per_kwh: float | None,
    count: int = SCENARIOS,
) -> LookAhead:
    """Plan each outlook. `terminal_value_per_kwh`: that of the last look ahead, None at first."""
    problem = blended(newest, kept(earlier, newest.begin))
    if terminal_value_per_kwh is None:
        middle = sorted(problem.import_price_per_kwh)[len(problem) // 2]
        first = solve(replace(problem, terminal_value_per_kwh=capped_terminal_value(problem, middle)))
        terminal_value_per_kwh = next_terminal_value(first)
    problem = replace(problem, terminal_value_per_kwh=capped_terminal_value(problem, terminal_value_per_kwh))
    plans = [solve(each) for each in scenarios(problem, errors, count, newest.begin)]
    worths = [next_terminal_value(plan) for plan in plans]
    return LookAhead(newest.begin, plans, sum(worths) / len(worths), errors)


def next_terminal_value(plan: Plan) -> float:
    """What stored energy is worth a day ahead: the end of a horizon of two days has that hour, so the next plan may end with it."""
    index = min(round(_DAY_H / plan.problem.interval_h), len(plan.problem)) - 1
    worth = plan.stored_value_per_kwh(index)
    return max(0.0, worth or 0.0)


def capped_terminal_value(problem: Problem, value_per_kwh: float) -> float:
    """At least 0, at most what the dearest kWh ahead could be replaced for."""
    most = max(problem.import_price_per_kwh) * problem.battery.efficiency_discharge
    return min(max(0.0, value_per_kwh), max(0.0, most))


def _cap_kw(plan: Plan) -> float | None:
    if not plan.problem.has_demand_charge:
        return None
    return peak_kw(plan.problem, plan.grid_import_kw)
