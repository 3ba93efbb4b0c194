"""The problem: one battery behind one meter, intervals of equal length, prices, sun and load known for each.

kW are AC powers, kWh of storage are inside the battery, prices are major units of the currency per kWh."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, slots=True)
class BatterySpec:
    """What the battery can do. Efficiencies are shares: stored kWh per charged AC kWh, AC kWh per discharged stored kWh."""

    capacity_kwh: float
    max_charge_kw: float
    max_discharge_kw: float
    efficiency_charge: float = 1.0
    efficiency_discharge: float = 1.0
    soc_min: float = 0.0  # share of the capacity
    soc_max: float = 1.0


@dataclass(frozen=True, slots=True)
class GridLimits:
    """What may flow through the meter."""

    max_import_kw: float
    max_export_kw: float


@dataclass(frozen=True)
class SoftBand:
    """Where the stored energy should be after each interval; outside costs `price_per_kwh` for each kWh and interval.

    So a floor per slot or a target at a deadline makes no problem unsolvable. `low_kwh`, `high_kwh`: one value per interval."""

    low_kwh: Sequence[float]
    high_kwh: Sequence[float]
    price_per_kwh: float


@dataclass(frozen=True)
class Problem:
    """Minimise what the meter costs, plus wear, plus the demand charge, minus the value of what is left in the battery.

    `soc_initial` is a share of the capacity. A start outside `soc_min`..`soc_max` widens the band to the start."""

    interval_h: float
    battery: BatterySpec
    grid: GridLimits
    soc_initial: float
    import_price_per_kwh: Sequence[float]
    export_price_per_kwh: Sequence[float]  # negative: exporting costs money
    solar_kw: Sequence[float]
    load_kw: Sequence[float]
    terminal_value_per_kwh: float = 0.0
    cycle_cost_per_kwh: float = 0.0  # for each AC kWh discharged
    is_solar_curtailable: bool = True
    demand_charge_per_kw: float = 0.0
    demand_window: Sequence[bool] = ()  # where the highest import is charged; () is nowhere
    demand_peak_so_far_kw: float = 0.0  # a peak that is charged anyway
    soft_band: SoftBand | None = None

    def __len__(self) -> int:
        return len(self.import_price_per_kwh)

    @cached_property
    def energy_initial_kwh(self) -> float:
        """What is stored at the start."""
        return self.soc_initial * self.battery.capacity_kwh

    @cached_property
    def energy_min_kwh(self) -> float:
        """The floor: `soc_min`, or the start where that is lower."""
        return min(self.battery.soc_min, self.soc_initial) * self.battery.capacity_kwh

    @cached_property
    def energy_max_kwh(self) -> float:
        """The ceiling: `soc_max`, or the start where that is higher."""
        return max(self.battery.soc_max, self.soc_initial) * self.battery.capacity_kwh

    @cached_property
    def has_demand_charge(self) -> bool:
        """Whether some interval's import can raise a demand charge."""
        return self.demand_charge_per_kw > 0 and any(self.demand_window)
