"""From the figures of a Huawei inverter to the app's signs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from app.devices.huawei.link import VENDOR
from app.devices.huawei.registers import METER_ANSWERS, OFF_GRID_STATES, OFFLINE
from app.domain.power import LiveReading
from app.transports.errors import AnswerNotUnderstood

SOURCE: Final = "huawei"


def live_reading_from(found: Mapping[str, Any], now: datetime) -> LiveReading:
    """The load is what the inverter gives and the home does not export; where the inverter does not tell that, what the others add up
    to. Raises AnswerNotUnderstood when nothing that has a "not available" of its own is there."""
    if all(found[name] is None for name in ("state", "battery_state", "soc_pct")):
        raise AnswerNotUnderstood(VENDOR, "its figures cannot be; has its dongle lost the inverter?")
    is_offline = found["battery_state"] == OFFLINE  # its figures are then 0, which means nothing
    grid_w, battery_w, ac_w = grid_w_in(found), None if is_offline else found["battery_w"], found["ac_w"]
    solar_w = max(0.0, found["solar_w"]) if found["solar_w"] is not None else None
    load_w = None
    if ac_w is not None and grid_w is not None:
        load_w = max(0.0, ac_w + grid_w)
    elif solar_w is not None and grid_w is not None and battery_w is not None:
        load_w = max(0.0, solar_w + grid_w + battery_w)
    return LiveReading(
        taken_at=now,
        source=SOURCE,
        solar_w=solar_w,
        grid_w=grid_w,
        battery_w=battery_w,
        load_w=load_w,
        soc_pct=None if is_offline else found["soc_pct"],
        on_grid=None if found["state"] is None else round(found["state"]) not in OFF_GRID_STATES,
    )


def grid_w_in(found: Mapping[str, Any]) -> float | None:
    """+ import; None while the inverter does not hear its meter."""
    if found["meter_state"] is not None and round(found["meter_state"]) != METER_ANSWERS:
        return None
    return None if found["meter_w"] is None else -found["meter_w"]
