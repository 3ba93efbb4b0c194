"""A joint problem as rows of a mixed-integer linear program, in plain lists.

Binary variables stand only where a linear program would cheat: both directions at once pay where the price at the house can be negative or
export pays more than import (see `stage`)."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from app.optimizer.joint_problem import JointProblem, TaperedBattery, TaperPoint


class JointProgram:
    """Variables, rows and costs of a joint problem."""

    def __init__(self, problem: JointProblem) -> None:
        self.problem, self.house = problem, problem.house
        self.count = len(problem.house)
        self.cost: list[float] = []
        self.least: list[float] = []
        self.most: list[float] = []
        self.whole: list[int] = []
        self.rows: list[tuple[list[tuple[int, float]], float, float]] = []
        prices = (*self.house.import_price_per_kwh, *self.house.export_price_per_kwh)
        self.penalty = 100 * (1 + max(abs(price) for price in prices) + self.house.demand_charge_per_kw / self.house.interval_h)
        self.batteries = [self._battery(battery) for battery in problem.batteries]
        self.car = self._car_variables()
        self._meter()

    @property
    def size(self) -> int:
        return len(self.cost)

    def _variables(self, costs: Iterable[float], most: Iterable[float], least: float = 0.0, *, is_whole: bool = False) -> range:
        first = self.size
        self.cost += costs
        self.most += most
        self.least += [least] * (self.size - first)
        self.whole += [int(is_whole)] * (self.size - first)
        return range(first, self.size)

    def _row(self, terms: Iterable[tuple[int, float]], least: float, most: float) -> None:
        self.rows.append((list(terms), least, most))

    def _can_cheat(self, index: int) -> bool:
        buy, sell = self.house.import_price_per_kwh[index], self.house.export_price_per_kwh[index]
        return buy < max(sell, 0.0) or (sell < 0 and not self.house.is_solar_curtailable)

    def _exclude(self, one: int, other: int) -> None:
        """Never both: a binary variable decides which."""
        (switch,) = self._variables([0.0], [1.0], is_whole=True)
        self._row([(one, 1.0), (switch, -self.most[one])], -self.most[one], 0.0)
        self._row([(other, 1.0), (switch, self.most[other])], 0.0, self.most[other])

    def _battery(self, battery: TaperedBattery) -> tuple[range, range, range]:
        spec, hours, count = battery.spec, self.house.interval_h, self.count
        start = battery.soc_initial * spec.capacity_kwh
        charge = self._variables([0.0] * count, [spec.max_charge_kw] * count)
        discharge = self._variables([battery.cycle_cost_per_kwh * hours] * count, [spec.max_discharge_kw] * count)
        floor = min(spec.soc_min * spec.capacity_kwh, start)
        stored = self._variables([0.0] * count, [max(spec.soc_max * spec.capacity_kwh, start)] * count, floor)
        self.cost[stored[-1]] -= battery.terminal_value_per_kwh
        for index in range(count):
            terms = [
                (stored[index], 1.0),
                (charge[index], -hours * spec.efficiency_charge),
                (discharge[index], hours / spec.efficiency_discharge),
            ]
            before = [(stored[index - 1], -1.0)] if index else []
            fixed = 0.0 if index else start
            self._row([*terms, *before], fixed, fixed)
            for taper, flow in ((battery.charge_taper, charge), (battery.discharge_taper, discharge)):
                self._taper(taper, flow[index], stored[index - 1] if index else None, battery)
            if self._can_cheat(index):
                self._exclude(charge[index], discharge[index])
        return charge, discharge, stored

    def _taper(self, taper: Sequence[TaperPoint], flow: int, stored: int | None, battery: TaperedBattery) -> None:
        """flow ≤ each line of the taper at what is stored when the interval begins."""
        if taper:
            self.most[flow] = min(self.most[flow], max(power for _, power in taper))
        for (soc, power), (next_soc, next_power) in pairwise(taper):
            slope = (next_power - power) / ((next_soc - soc) * battery.spec.capacity_kwh)
            at_zero = power - slope * soc * battery.spec.capacity_kwh
            if stored is None:
                limit = at_zero + slope * battery.soc_initial * battery.spec.capacity_kwh
                self.most[flow] = min(self.most[flow], max(0.0, limit))
            else:
                self._row([(flow, 1.0), (stored, -slope)], -float("inf"), at_zero)

    def _car_variables(self) -> tuple[range, int] | None:
        car = self.problem.car
        if car is None:
            return None
        hours = self.house.interval_h
        usable = [car.max_charge_kw if is_there and index < car.deadline else 0.0 for index, is_there in enumerate(car.is_there)]
        flow = self._variables([0.0] * self.count, usable)
        (missing,) = self._variables([self.penalty], [car.energy_needed_kwh])
        self._row([*((each, hours * car.efficiency) for each in flow), (missing, 1.0)], car.energy_needed_kwh, car.energy_needed_kwh)
        return flow, missing

    def _meter(self) -> None:
        house, hours, count = self.house, self.house.interval_h, self.count
        drawn = sum(each.spec.max_charge_kw for each in self.problem.batteries) + (
            self.problem.car.max_charge_kw if self.problem.car else 0.0
        )
        given = sum(each.spec.max_discharge_kw for each in self.problem.batteries)
        most_bought = [min(house.grid.max_import_kw, load + drawn) for load in house.load_kw]
        most_sold = [min(house.grid.max_export_kw, solar + given) for solar in house.solar_kw]
        # No plan earns or costs more than this: what a relative gap is measured against.
        earned = (abs(buy) * most for buy, most in zip(house.import_price_per_kwh, most_bought, strict=True))
        paid = (abs(sell) * most for sell, most in zip(house.export_price_per_kwh, most_sold, strict=True))
        self.scale = (sum(earned) + sum(paid)) * hours
        bought = self._variables([price * hours for price in house.import_price_per_kwh], most_bought)
        sold = self._variables([-price * hours for price in house.export_price_per_kwh], most_sold)
        shed = self._variables([0.0] * count, house.solar_kw if house.is_solar_curtailable else [0.0] * count)
        # What no limit allows costs a penalty, so that a plan is always found.
        short = self._variables([self.penalty * hours] * count, [float("inf")] * count)
        spare = self._variables([self.penalty * hours] * count, [float("inf")] * count)
        for index in range(count):
            terms = [(bought[index], 1.0), (sold[index], -1.0), (shed[index], -1.0), (short[index], 1.0), (spare[index], -1.0)]
            for charge, discharge, _ in self.batteries:
                terms += [(discharge[index], 1.0), (charge[index], -1.0)]
            if self.car is not None:
                terms.append((self.car[0][index], -1.0))
            net = house.load_kw[index] - house.solar_kw[index]
            self._row(terms, net, net)
            if self._can_cheat(index):
                self._exclude(bought[index], sold[index])
        if house.has_demand_charge:
            (peak,) = self._variables([house.demand_charge_per_kw], [float("inf")], max(0.0, house.demand_peak_so_far_kw))
            for index, is_charged in enumerate(house.demand_window):
                if is_charged:
                    self._row([(bought[index], 1.0), (short[index], 1.0), (peak, -1.0)], -float("inf"), 0.0)
        self.bought = bought
