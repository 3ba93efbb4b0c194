"""An independent judge: what a plan's flows break, and what they cost. It knows the problem and the answer and none of the engine."""

from collections.abc import Sequence
from typing import Any

from app.optimizer.problem import Problem

NEARLY = 1e-6


def broken_rules(problem: Problem, answer: dict[str, Any]) -> list[str]:
    """Each rule that an answer in the form of the file contract breaks."""
    battery, grid = problem.battery, problem.grid
    floor = min(battery.soc_min, problem.soc_initial)
    ceiling = max(battery.soc_max, problem.soc_initial)
    broken = []
    before = problem.soc_initial * battery.capacity_kwh
    for index in range(len(problem)):
        charge, discharge = answer["charge_kw"][index], answer["discharge_kw"][index]
        bought, sold = answer["grid_import_kw"][index], answer["grid_export_kw"][index]
        curtailed, soc = answer["curtailed_kw"][index], answer["soc"][index]
        solar, load = problem.solar_kw[index], problem.load_kw[index]
        rules = {
            "a negative flow": min(charge, discharge, bought, sold, curtailed) >= 0,
            "charge and discharge at once": charge == 0 or discharge == 0,
            "import and export at once": bought == 0 or sold == 0,
            "the balance": abs(bought - sold + solar - curtailed + discharge - charge - load) <= NEARLY,
            "the charge limit": charge <= battery.max_charge_kw + NEARLY,
            "the discharge limit": discharge <= battery.max_discharge_kw + NEARLY,
            "the import limit": bought <= grid.max_import_kw + NEARLY,
            "the export limit": sold <= grid.max_export_kw + NEARLY,
            "curtailing": curtailed <= (solar if problem.is_solar_curtailable else 0) + NEARLY,
            "the floor and the ceiling": floor - NEARLY <= soc <= ceiling + NEARLY,
        }
        stored = before + problem.interval_h * (charge * battery.efficiency_charge - discharge / battery.efficiency_discharge)
        rules["the storage"] = abs(stored - soc * battery.capacity_kwh) <= NEARLY
        before = soc * battery.capacity_kwh
        broken += [f"{rule} in interval {index}" for rule, is_kept in rules.items() if not is_kept]
    return broken


def cost(problem: Problem, answer: dict[str, Any]) -> float:
    """The objective of an answer."""
    hours = problem.interval_h
    total = _dot(answer["grid_import_kw"], problem.import_price_per_kwh) * hours
    total -= _dot(answer["grid_export_kw"], problem.export_price_per_kwh) * hours
    total += problem.cycle_cost_per_kwh * sum(answer["discharge_kw"]) * hours
    total -= problem.terminal_value_per_kwh * answer["soc"][-1] * problem.battery.capacity_kwh
    if any(problem.demand_window):
        inside = [bought for bought, is_in in zip(answer["grid_import_kw"], problem.demand_window, strict=True) if is_in]
        total += problem.demand_charge_per_kw * max(inside)
    return total


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))
