"""From the figures of a GoodWe hybrid inverter to the app's signs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from app.devices.goodwe.registers import METER_ANSWERS, ON_GRID, PV_W
from app.domain.power import LiveReading
from app.transports.errors import AnswerNotUnderstood

SOURCE: Final = "goodwe"


def live_reading_from(vendor: str, found: Mapping[str, Any], now: datetime) -> LiveReading:
    """The load is what the others add up to: the inverter's own figure for it strays. Raises AnswerNotUnderstood when nothing that has a
    "not available" of its own is there."""
    solar_w, grid_w, battery_w = solar_w_in(found), grid_w_in(found), found["battery_w"]
    if solar_w is None and found["soc_pct"] is None and found["grid_state"] is None:
        raise AnswerNotUnderstood(vendor, "its figures cannot be; has its kit lost the inverter?")
    load_w = None
    if solar_w is not None and grid_w is not None and battery_w is not None:
        load_w = max(0.0, solar_w + grid_w + battery_w)
    return LiveReading(
        taken_at=now,
        source=SOURCE,
        solar_w=solar_w,
        grid_w=grid_w,
        battery_w=battery_w,
        load_w=load_w,
        soc_pct=found["soc_pct"],
        on_grid=None if found["grid_state"] is None else round(found["grid_state"]) == ON_GRID,
    )


def solar_w_in(found: Mapping[str, Any]) -> float | None:
    """All trackers together. An inverter that has fewer than four tells nothing of the others; every one has the first."""
    if found[PV_W[0].name] is None:
        return None
    return float(sum(found[point.name] or 0.0 for point in PV_W))


def grid_w_in(found: Mapping[str, Any]) -> float | None:
    """+ import; None while the inverter does not hear its meter."""
    if found["meter_state"] is not None and round(found["meter_state"]) != METER_ANSWERS:
        return None
    export_w = next((found[name] for name in ("meter_w", "old_meter_w", "export_w") if found[name] is not None), None)
    return None if export_w is None else -export_w
