"""What flows through the meter for a given battery power, and what it costs: curtailing is chosen so that it costs least."""

from dataclasses import dataclass

from app.optimizer.problem import Problem


@dataclass(frozen=True, slots=True)
class Meter:
    """One interval at the meter. `sheddable_kw`: solar that may be curtailed. `penalty_per_kwh`: for what lies outside the limits."""

    net_load_kw: float  # load − solar, before curtailing
    sheddable_kw: float
    import_price_per_kwh: float
    export_price_per_kwh: float
    max_import_kw: float
    max_export_kw: float
    penalty_per_kwh: float = 0.0

    def grid_kw(self, battery_kw: float) -> float:
        """+ import − export at the least cost with the battery at `battery_kw` (+ charging); the least curtailing among equals."""
        least = self.net_load_kw + battery_kw
        most = least + self.sheddable_kw
        if least > self.max_import_kw:
            return least
        if most < -self.max_export_kw:
            return most
        least = max(least, -self.max_export_kw)
        most = min(most, self.max_import_kw)
        if self.import_price_per_kwh >= 0:
            return least if self.export_price_per_kwh >= 0 else min(max(0.0, least), most)
        if self.export_price_per_kwh < 0:
            return most
        return most if self._price(most) < self._price(least) else least

    def cost_per_h(self, battery_kw: float) -> float:
        """What the meter costs in an hour of this, with the penalty."""
        grid_kw = self.grid_kw(battery_kw)
        outside = max(0.0, grid_kw - self.max_import_kw) + max(0.0, -self.max_export_kw - grid_kw)
        return self._price(grid_kw) + outside * self.penalty_per_kwh

    def switch_kw(self) -> float | None:
        """Where curtailing everything begins to pay more than curtailing nothing: only where importing is paid and exporting too."""
        if not (self.import_price_per_kwh < 0 <= self.export_price_per_kwh and self.sheddable_kw > 0):
            return None
        # −export·net = −import·(net + sheddable): the line of selling all and the line of importing all meet.
        difference = self.export_price_per_kwh - self.import_price_per_kwh
        return self.import_price_per_kwh * self.sheddable_kw / difference - self.net_load_kw

    def _price(self, grid_kw: float) -> float:
        return grid_kw * (self.import_price_per_kwh if grid_kw > 0 else self.export_price_per_kwh)


def meter_at(problem: Problem, index: int, max_import_kw: float | None = None, penalty_per_kwh: float = 0.0) -> Meter:
    """The meter of interval `index`; `max_import_kw` narrows the limit of the grid."""
    solar_kw = problem.solar_kw[index]
    return Meter(
        problem.load_kw[index] - solar_kw,
        solar_kw if problem.is_solar_curtailable else 0.0,
        problem.import_price_per_kwh[index],
        problem.export_price_per_kwh[index],
        problem.grid.max_import_kw if max_import_kw is None else min(max_import_kw, problem.grid.max_import_kw),
        problem.grid.max_export_kw,
        penalty_per_kwh,
    )
