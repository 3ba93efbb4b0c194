"""Power and charge as last read."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.sentences import clock, kilowatts, percent
from app.services.overview.freshness import Freshness
from app.services.overview.stored import Stored

IDLE_BELOW_W = 50
UNEXPLAINED_W, UNEXPLAINED_SHARE = 150.0, 0.05


@dataclass(frozen=True, slots=True)
class PowerNow:
    """W, signs as in the app; None where not known or no longer to be shown."""

    state: Freshness
    at: datetime | None
    solar_w: int | None = None  # ≥ 0
    grid_w: int | None = None  # + import
    battery_w: int | None = None  # + discharging
    load_w: int | None = None
    soc_pct: float | None = None
    is_outage: bool = False
    unexplained_w: float | None = None  # what the four figures leave open, where that is too much to be noise

    @property
    def in_words(self) -> str:
        """The picture as text."""
        if self.state in (Freshness.LOST, Freshness.NONE):
            return "No reading of the power in your home."
        return " ".join(
            (
                _solar_words(self.solar_w),
                "The grid is away." if self.is_outage else _grid_words(self.grid_w),
                "How much your home uses is not known." if self.load_w is None else f"Your home uses {kilowatts(self.load_w)}.",
                _battery_words(self.battery_w, self.soc_pct),
            )
        )


def power_now(stored: Stored) -> PowerNow:
    """The newest reading, without figures once it is lost."""
    row, state = stored.reading, stored.reading_state
    if row is None or stored.battery is None:
        return PowerNow(Freshness.NONE, None)
    if state is Freshness.LOST:
        return PowerNow(state, row.taken_at)
    return PowerNow(
        state=state,
        at=row.taken_at,
        solar_w=row.solar_w,
        grid_w=row.grid_w,
        battery_w=row.battery_w,
        load_w=row.load_w,
        soc_pct=row.soc_pct,
        is_outage=row.on_grid is False,
        unexplained_w=unexplained_w(row.solar_w, row.grid_w, row.battery_w, row.load_w),
    )


def unexplained_w(solar_w: float | None, grid_w: float | None, battery_w: float | None, load_w: float | None) -> float | None:
    """solar + grid + battery − load where it is beyond both 150 W and 5 % of what flows; None otherwise, or where a figure is missing."""
    if solar_w is None or grid_w is None or battery_w is None or load_w is None:
        return None
    open_w = solar_w + grid_w + battery_w - load_w
    flowing_w = max(sum(max(each, 0) for each in (solar_w, grid_w, battery_w)), load_w)
    return open_w if abs(open_w) > max(UNEXPLAINED_W, UNEXPLAINED_SHARE * flowing_w) else None


def is_idle(power_w: float | None) -> bool:
    """Too little to be called a flow."""
    return power_w is None or abs(power_w) < IDLE_BELOW_W


def _solar_words(solar_w: int | None) -> str:
    if solar_w is None:
        return "What solar produces is not known."
    return "Solar produces nothing." if is_idle(solar_w) else f"Solar produces {kilowatts(solar_w)}."


def _grid_words(grid_w: int | None) -> str:
    if grid_w is None:
        return "What the grid supplies is not known."
    if is_idle(grid_w):
        return "Nothing flows to or from the grid."
    return f"The grid supplies {kilowatts(grid_w)}." if grid_w > 0 else f"The grid takes {kilowatts(-grid_w)}."


def _battery_words(battery_w: int | None, soc_pct: float | None) -> str:
    at = "" if soc_pct is None else f" at {percent(soc_pct)}"
    if battery_w is None:
        return "What the battery does is not known."
    if is_idle(battery_w):
        return f"The battery rests{at}."
    return f"The battery gives {kilowatts(battery_w)}{at}." if battery_w > 0 else f"The battery takes {kilowatts(-battery_w)}{at}."


@dataclass(frozen=True, slots=True)
class Charge:
    """What the battery holds. `was` is the last value in words once it is lost."""

    state: Freshness
    at: datetime | None
    soc_pct: float | None = None
    stored_wh: float | None = None
    capacity_wh: float | None = None
    reserve_pct: float | None = None  # the owner's
    above_reserve_wh: float | None = None
    was: str = ""


def charge(stored: Stored) -> Charge | None:
    """None where there is no battery."""
    if stored.battery is None:
        return None
    row, state = stored.reading, stored.reading_state
    capacity_wh, reserve_pct = stored.battery.facts.get("capacity_wh"), _reserve_pct(stored)
    if row is None or row.soc_pct is None:
        return Charge(Freshness.NONE if row is None else state, row.taken_at if row else None, reserve_pct=reserve_pct)
    if state is Freshness.LOST:
        was = f"Was {percent(row.soc_pct)} at {clock(row.taken_at, stored.zone)}"
        return Charge(state, row.taken_at, capacity_wh=capacity_wh, reserve_pct=reserve_pct, was=was)
    stored_wh = row.soc_pct / 100 * capacity_wh if capacity_wh else None
    above_wh = (row.soc_pct - reserve_pct) / 100 * capacity_wh if capacity_wh and reserve_pct is not None else None
    return Charge(state, row.taken_at, row.soc_pct, stored_wh, capacity_wh, reserve_pct, above_wh)


def _reserve_pct(stored: Stored) -> float | None:
    """The owner's reserve: what will be given back where PowerSync steers, else what the device holds."""
    settings = stored.baseline.settings if stored.baseline else (stored.device.found if stored.device else None)
    value = (settings or {}).get("reserve_pct")
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
