"""What each command means in the settings of a Sungrow hybrid inverter."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.devices.sungrow.export_limit import FREE, ExportRange, narrowed
from app.devices.sungrow.hybrid_registers import CHARGE, DISCHARGE, FORCED, HELD_W, SELF_CONSUMPTION, STOP
from app.domain.opinions import BatteryCommand, BatteryLimits, Charge, Discharge, Hold, SelfConsume

LEAST_FORCED_W = 200  # below it the inverter does nothing
LEAST_DISCHARGE_PCT = 10  # no command sells the last tenth, whatever the owner's lowest charge is
USUAL_W = 5_000.0  # where the inverter does not tell what its battery is rated for


@dataclass(frozen=True, slots=True)
class Ratings:
    """What a target depends on besides the settings: what the battery is rated for, and which export limits the inverter takes."""

    most_w: float = USUAL_W
    export: ExportRange = FREE


def target_settings(command: BatteryCommand | None, limits: BatteryLimits, baseline: Mapping[str, Any], ratings: Ratings) -> dict[str, Any]:
    """The complete settings for `command` within `limits`; what they do not mention is the baseline's.

    A command without a power runs at what the battery is rated for; one below what the inverter can do holds the battery, as more than was
    asked for may break a limit of the home. The owner's export limit is never lifted: with a limit of 0 a discharge serves the home
    alone."""
    wanted = {**baseline, **{name: value for name, value in _meaning(command, baseline, ratings.most_w).items() if name in baseline}}
    return _within(limits, wanted, ratings.export)


def _meaning(command: BatteryCommand | None, baseline: Mapping[str, Any], most_w: float) -> dict[str, Any]:
    match command:
        case SelfConsume():
            return {"mode": SELF_CONSUMPTION}
        case Charge(power_w) | Discharge(power_w) if _power(power_w, most_w) < LEAST_FORCED_W:
            return _hold(baseline)
        case Hold():
            return _hold(baseline)
        case Charge(power_w):
            return {"mode": FORCED, "command": CHARGE, "power_w": _power(power_w, most_w)}
        case Discharge(power_w):
            floor = max(baseline.get("least_soc_pct", 0), LEAST_DISCHARGE_PCT)
            return {"mode": FORCED, "command": DISCHARGE, "power_w": _power(power_w, most_w), "least_soc_pct": floor}
        case _:
            return {}


def _hold(baseline: Mapping[str, Any]) -> dict[str, Any]:
    """Self-consumption without discharge, so that the sun still charges. A firmware without that limit stands still, with a power all the
    same: some models take the forced mode only with one."""
    if "most_discharge_w" in baseline:
        return {"mode": SELF_CONSUMPTION, "most_discharge_w": HELD_W}
    return {"mode": FORCED, "command": STOP, "power_w": LEAST_FORCED_W}


def _power(asked_w: int | None, most_w: float) -> int:
    return math.floor(min(asked_w if asked_w is not None else most_w, most_w))


def _within(limits: BatteryLimits, wanted: dict[str, Any], export: ExportRange) -> dict[str, Any]:
    if limits.min_soc_pct is not None and "least_soc_pct" in wanted:
        wanted["least_soc_pct"] = max(wanted["least_soc_pct"], min(50, math.ceil(limits.min_soc_pct)))
    if limits.max_soc_pct is not None and "most_soc_pct" in wanted:
        wanted["most_soc_pct"] = min(wanted["most_soc_pct"], max(50, math.floor(limits.max_soc_pct)))
    return wanted if limits.max_export_w is None else narrowed(wanted, limits.max_export_w, export)
