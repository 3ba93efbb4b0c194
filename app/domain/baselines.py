"""What the meter would have counted with the same sun and the same use, without the battery or with the battery left to itself. Pure.

One simulator for both, on metered energy. A battery left to itself takes what the sun leaves over and gives what the home lacks; it never
buys for its charge and never sells from it. What was not measured is not simulated: over a gap it keeps its charge."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.units import wh_from_w


@dataclass(frozen=True, slots=True)
class BatteryModel:
    """A battery for a simulation. Powers and what flows are AC."""

    usable_wh: float
    floor_wh: float  # kept for an outage: it is not discharged below
    max_charge_w: float
    max_discharge_w: float
    round_trip_pct: float  # of what is charged, what comes back; half of the loss falls on each way

    @property
    def one_way(self) -> float:
        """The share that is left after charging, or after discharging."""
        return math.sqrt(self.round_trip_pct / 100.0)


@dataclass(frozen=True, slots=True)
class Metered:
    """What flowed in one stretch of time, as far as it was measured: `covered_s` of it. Wh, AC."""

    start: datetime  # UTC
    covered_s: float
    import_wh: float
    export_wh: float
    charge_wh: float
    discharge_wh: float

    @property
    def need_wh(self) -> float:
        """Use minus sun: + what the home lacks without a battery, − what the sun leaves over. From the meters of grid and battery, since
        use = solar + grid + battery."""
        return self.import_wh - self.export_wh + self.discharge_wh - self.charge_wh


@dataclass(frozen=True, slots=True)
class AtTheMeter:
    """What the grid meter counts in one stretch of time; `stored_wh` is left in the battery at its end, None without one."""

    start: datetime  # UTC
    covered_s: float
    import_wh: float
    export_wh: float
    stored_wh: float | None = None


def simulate(metered: Sequence[Metered], battery: BatteryModel | None, stored_wh: float = 0.0) -> list[AtTheMeter]:
    """The meter for each stretch of `metered`, in order. `battery` None: without one. `stored_wh`: its charge at the beginning.

    Inside a stretch sun and use are set off against each other, so the shorter the stretches the better."""
    if battery is None:
        return [AtTheMeter(each.start, each.covered_s, max(each.need_wh, 0.0), max(-each.need_wh, 0.0)) for each in metered]
    stored_wh = min(max(stored_wh, 0.0), battery.usable_wh)
    found = []
    for each in metered:
        battery_wh = _discharged_wh(battery, each, stored_wh) - _charged_wh(battery, each, stored_wh)
        stored_wh += -battery_wh * battery.one_way if battery_wh < 0 else -battery_wh / battery.one_way
        grid_wh = each.need_wh - battery_wh
        found.append(AtTheMeter(each.start, each.covered_s, max(grid_wh, 0.0), max(-grid_wh, 0.0), stored_wh))
    return found


def _charged_wh(battery: BatteryModel, metered: Metered, stored_wh: float) -> float:
    """Of what the sun leaves over, what the battery takes."""
    room_wh = max(battery.usable_wh - stored_wh, 0.0) / battery.one_way
    return min(max(-metered.need_wh, 0.0), wh_from_w(battery.max_charge_w, metered.covered_s), room_wh)


def _discharged_wh(battery: BatteryModel, metered: Metered, stored_wh: float) -> float:
    """Of what the home lacks, what the battery gives."""
    held_wh = max(stored_wh - battery.floor_wh, 0.0) * battery.one_way
    return min(max(metered.need_wh, 0.0), wh_from_w(battery.max_discharge_w, metered.covered_s), held_wh)
