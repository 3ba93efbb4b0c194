"""The same problem as a mixed-integer program with a binary variable for every exclusion, for HiGHS through scipy: slow, and right without
any idea."""

from collections.abc import Iterable

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from app.optimizer.problem import Problem

BOUGHT, SOLD, CURTAILED, CHARGE, DISCHARGE, STORED, CHARGES, BUYS = range(8)


class Program:
    """Rows, bounds and cost of the problem; the last variable is the peak."""

    def __init__(self, problem: Problem) -> None:
        count = len(problem)
        self.count, self.problem = count, problem
        self.size = 8 * count + 1
        self.cost = np.zeros(self.size)
        self.least, self.most = np.zeros(self.size), np.full(self.size, np.inf)
        self.whole = np.zeros(self.size)
        self._entries: list[tuple[int, int, float]] = []
        self._rows: list[tuple[float, float]] = []
        for index in range(count):
            self._balance(index)
            self._exclusions(index)
        self.cost[self.at(STORED, count - 1)] -= problem.terminal_value_per_kwh
        self.cost[-1] = problem.demand_charge_per_kw
        self.most[-1] = 1e6
        self.matrix = csr_array(
            ([value for *_, value in self._entries], ([row for row, *_ in self._entries], [column for _, column, _ in self._entries])),
            shape=(len(self._rows), self.size),
        )
        self.row_least, self.row_most = (np.array(side) for side in zip(*self._rows, strict=True))

    def at(self, kind: int, index: int) -> int:
        return kind * self.count + index

    def _row(self, terms: Iterable[tuple[int, float]], least: float, most: float) -> None:
        self._entries += [(len(self._rows), column, value) for column, value in terms]
        self._rows.append((least, most))

    def _balance(self, index: int) -> None:
        problem, battery = self.problem, self.problem.battery
        hours, net = problem.interval_h, problem.load_kw[index] - problem.solar_kw[index]
        bought, sold, curtailed, charge, discharge, stored = (self.at(kind, index) for kind in range(6))
        self.cost[bought] = problem.import_price_per_kwh[index] * hours
        self.cost[sold] = -problem.export_price_per_kwh[index] * hours
        self.cost[discharge] = problem.cycle_cost_per_kwh * hours
        self.most[curtailed] = problem.solar_kw[index] if problem.is_solar_curtailable else 0.0
        self.most[charge], self.most[discharge] = battery.max_charge_kw, battery.max_discharge_kw
        self.most[bought] = min(problem.grid.max_import_kw, problem.load_kw[index] + battery.max_charge_kw)
        self.most[sold] = min(problem.grid.max_export_kw, problem.solar_kw[index] + battery.max_discharge_kw)
        self.least[stored] = min(battery.soc_min, problem.soc_initial) * battery.capacity_kwh
        self.most[stored] = max(battery.soc_max, problem.soc_initial) * battery.capacity_kwh
        self._row([(bought, 1), (sold, -1), (curtailed, -1), (discharge, 1), (charge, -1)], net, net)
        terms = [(stored, 1.0), (charge, -hours * battery.efficiency_charge), (discharge, hours / battery.efficiency_discharge)]
        start = problem.soc_initial * battery.capacity_kwh
        if index:
            terms.append((self.at(STORED, index - 1), -1.0))
            start = 0.0
        self._row(terms, start, start)
        if problem.demand_window and problem.demand_window[index]:
            self._row([(bought, 1), (self.size - 1, -1)], -np.inf, 0)

    def _exclusions(self, index: int) -> None:
        for kind, one, other in ((CHARGES, CHARGE, DISCHARGE), (BUYS, BOUGHT, SOLD)):
            switch, first, second = self.at(kind, index), self.at(one, index), self.at(other, index)
            self.whole[switch] = self.most[switch] = 1
            self._row([(first, 1), (switch, -self.most[first])], -np.inf, 0)
            self._row([(second, 1), (switch, self.most[second])], -np.inf, self.most[second])


def best_cost(problem: Problem) -> float:
    """The least objective, proven to a gap of zero."""
    program = Program(problem)
    found = milp(
        program.cost,
        constraints=LinearConstraint(program.matrix, program.row_least, program.row_most),
        integrality=program.whole,
        bounds=Bounds(program.least, program.most),
        options={"mip_rel_gap": 0, "time_limit": 60},
    )
    assert found.status == 0, found.message
    return float(found.fun)
