"""What the meters of a home say at one moment."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class LiveReading:
    """One reading of the home; None where the device gave no value. W, percent of usable charge, Wh."""

    taken_at: datetime  # when the values were true at the device, not when they were fetched
    source: str
    solar_w: float | None = None  # ≥ 0
    grid_w: float | None = None  # + import, − export
    battery_w: float | None = None  # + discharging, − charging
    load_w: float | None = None  # solar + grid + battery
    soc_pct: float | None = None
    stored_wh: float | None = None
    capacity_wh: float | None = None
    on_grid: bool | None = None  # False in a grid outage
