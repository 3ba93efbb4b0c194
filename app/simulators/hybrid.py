"""A hybrid inverter's physics: sun, house, battery and meter, and what it makes of its orders. Brands put their registers on top.

Signs as everywhere: `grid_w` + import, `battery_w` + discharging."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, auto

from app.simulators.battery import BatteryPack
from app.simulators.load import HouseLoad
from app.simulators.powerwall import Flow
from app.simulators.sun import SolarArray

_LONGEST_STEP_S = 60.0


class Work(Enum):
    """What the battery does."""

    SELF_CONSUMPTION = auto()
    CHARGE = auto()  # from sun and grid, at the asked power
    CHARGE_FROM_SUN = auto()  # never from the grid
    DISCHARGE = auto()  # at the asked power, into the grid where the house does not need it
    IDLE = auto()


@dataclass
class Orders:
    """What the inverter was told. Powers W, ≥ 0; None: no limit."""

    work: Work = Work.SELF_CONSUMPTION
    power_w: float = 0.0
    most_charge_w: float | None = None
    most_discharge_w: float | None = None
    most_export_w: float | None = None
    most_import_w: float | None = None
    most_solar_w: float | None = None
    least_soc_pct: float = 0.0
    most_soc_pct: float = 100.0
    is_running: bool = True
    until: datetime | None = None  # then the orders `after` hold: the device's own timer


@dataclass
class HybridPlant:
    """One home with a hybrid inverter, stepped to the present whenever somebody looks. Safe to share between threads."""

    started_at: datetime
    sun: SolarArray
    load: HouseLoad
    pack: BatteryPack = field(default_factory=BatteryPack)
    orders: Orders = field(default_factory=Orders)
    after: Orders = field(default_factory=Orders)
    on_grid: bool = True
    extra_solar_w: float = 0.0  # of an inverter that is not this one
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.at = self.started_at.astimezone(UTC)
        self.imported_wh = self.exported_wh = self.charged_wh = self.discharged_wh = self.solar_wh = self.load_wh = 0.0
        self.flow = self._flow(self.at, 1.0)

    def step_to(self, now: datetime) -> Flow:
        """Integrate to `now`; an earlier one does nothing. Returns the powers of the moment."""
        with self.lock:
            while self.at < now:
                end = min(now, self.at + timedelta(seconds=_LONGEST_STEP_S))
                if self.orders.until is not None and self.at < self.orders.until < end:
                    end = self.orders.until
                self._step((end - self.at).total_seconds())
                self.at = end
                if self.orders.until is not None and self.at >= self.orders.until:
                    self.orders = self.after
            self.flow = self._flow(self.at, 1.0)
            return self.flow

    def _step(self, seconds: float) -> None:
        flow = self._flow(self.at, seconds)
        self.pack.run(flow.battery_w, seconds)
        hours = seconds / 3600
        self.imported_wh += max(0.0, flow.grid_w) * hours
        self.exported_wh += max(0.0, -flow.grid_w) * hours
        self.charged_wh += max(0.0, -flow.battery_w) * hours
        self.discharged_wh += max(0.0, flow.battery_w) * hours
        self.solar_wh += flow.solar_w * hours
        self.load_wh += flow.load_w * hours

    def _flow(self, at: datetime, seconds: float) -> Flow:
        orders, load_w = self.orders, self.load.power_w(at)
        if not orders.is_running:
            return Flow(self.extra_solar_w, 0.0, load_w - self.extra_solar_w, load_w)
        solar_w = self.sun.power_w(at)
        if orders.most_solar_w is not None:
            solar_w = min(solar_w, orders.most_solar_w)
        net_w = load_w - solar_w - self.extra_solar_w
        most_in_w = _least(self.pack.charge_limit_w(seconds, orders.most_soc_pct), orders.most_charge_w)
        most_out_w = _least(self.pack.discharge_limit_w(seconds, orders.least_soc_pct), orders.most_discharge_w)
        battery_w = self._wanted_w(net_w, most_in_w, most_out_w)
        if not self.on_grid:
            battery_w = max(-most_in_w, min(most_out_w, net_w))
            solar_w = min(solar_w, max(0.0, load_w - battery_w - self.extra_solar_w)) if net_w < battery_w else solar_w
            return Flow(solar_w + self.extra_solar_w, battery_w, 0.0, load_w)
        if orders.most_import_w is not None and net_w - battery_w > orders.most_import_w:
            battery_w = min(most_out_w, max(battery_w, net_w - orders.most_import_w))
        if orders.most_export_w is not None:
            battery_w, solar_w = self._within_export(net_w, battery_w, solar_w, most_in_w, orders.most_export_w)
        solar_w += self.extra_solar_w
        return Flow(solar_w, battery_w, load_w - solar_w - battery_w, load_w)

    def _wanted_w(self, net_w: float, most_in_w: float, most_out_w: float) -> float:
        orders = self.orders
        match orders.work:
            case Work.SELF_CONSUMPTION:
                return max(-most_in_w, min(most_out_w, net_w))
            case Work.CHARGE:
                return -min(most_in_w, orders.power_w)
            case Work.CHARGE_FROM_SUN:
                return -min(most_in_w, orders.power_w, max(0.0, -net_w))
            case Work.DISCHARGE:
                return min(most_out_w, orders.power_w)
            case Work.IDLE:
                return 0.0

    def _within_export(self, net_w: float, battery_w: float, solar_w: float, most_in_w: float, most_export_w: float) -> tuple[float, float]:
        """First less discharge, then more charge where the mode allows it, then less sun."""
        over_w = -(net_w - battery_w) - most_export_w
        if over_w <= 0:
            return battery_w, solar_w
        less_w = min(over_w, max(0.0, battery_w))
        battery_w, over_w = battery_w - less_w, over_w - less_w
        if over_w > 0 and self.orders.work is not Work.IDLE:
            more_w = min(over_w, max(0.0, most_in_w + battery_w))
            battery_w, over_w = battery_w - more_w, over_w - more_w
        return battery_w, max(0.0, solar_w - over_w)


def _least(value: float, limit: float | None) -> float:
    return value if limit is None else min(value, limit)
