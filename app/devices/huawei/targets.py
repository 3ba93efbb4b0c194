"""What each command means in the settings of a Huawei inverter with a battery."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.devices.huawei.export_limit import is_ours_to_narrow, narrowed
from app.devices.huawei.forced import TIMER
from app.devices.huawei.registers import (
    CHARGE,
    DISCHARGE,
    FORCED,
    FORCED_CHARGE_W,
    FORCED_DISCHARGE_W,
    FORCED_TO_CHARGE,
    GRID_CHARGE,
    LEAST_SOC_PCT,
    MODE,
    MOST_DISCHARGE_W,
    MOST_SOC_PCT,
    OFF,
    ON,
    RESERVE_PCT,
    SELF_CONSUMPTION,
    STOP,
)
from app.domain.opinions import BatteryCommand, BatteryLimits, Charge, Discharge, Hold, SelfConsume

LEAST_DISCHARGE_PCT: Final = 10  # no command sells the last tenth, whatever the owner's end of discharge is
USUAL_W: Final = 5_000.0  # where the inverter does not tell what its battery is good for


@dataclass(frozen=True, slots=True)
class Ratings:
    """What a target depends on besides the settings. `rated_w` is the inverter's, None: not known."""

    most_charge_w: float = USUAL_W
    most_discharge_w: float = USUAL_W
    rated_w: float | None = None
    highest_empty_pct: int = 20
    lowest_full_pct: int = 90


def target_settings(command: BatteryCommand | None, limits: BatteryLimits, baseline: Mapping[str, Any], ratings: Ratings) -> dict[str, Any]:
    """The complete settings for `command` within `limits`; what they do not mention is the baseline's.

    A command without a power runs at what the battery is good for; one of less than a watt holds it. The owner's working mode stays while a
    charge or discharge is forced, so that the inverter goes back to it when the time is out. The owner's export limit is never lifted: with
    one of 0 a discharge serves the home alone."""
    meaning = _meaning(command, limits, baseline, ratings)
    wanted = {**baseline, **{name: value for name, value in meaning.items() if name in baseline or name == TIMER}}
    if limits.grid_charging_allowed is False and GRID_CHARGE in wanted:
        wanted[GRID_CHARGE] = OFF
    _keep_charge_within(limits, wanted, ratings)
    return wanted if limits.max_export_w is None else narrowed(wanted, limits.max_export_w, ratings.rated_w)


def _meaning(command: BatteryCommand | None, limits: BatteryLimits, baseline: Mapping[str, Any], ratings: Ratings) -> dict[str, Any]:
    match command:
        case SelfConsume():
            return {MODE: SELF_CONSUMPTION, FORCED: STOP}
        case Discharge() if limits.max_export_w == 0 and not is_ours_to_narrow(baseline):
            return {MODE: SELF_CONSUMPTION, FORCED: STOP}
        case Charge(power_w) if (charge_w := _at_most(power_w, ratings.most_charge_w)) >= 1:
            return {**_forced(CHARGE), FORCED_CHARGE_W: charge_w, GRID_CHARGE: ON}
        case Discharge(power_w) if (discharge_w := _at_most(power_w, ratings.most_discharge_w)) >= 1:
            floor = max(baseline.get(LEAST_SOC_PCT, 0), min(LEAST_DISCHARGE_PCT, ratings.highest_empty_pct))
            return {**_forced(DISCHARGE), FORCED_DISCHARGE_W: discharge_w, LEAST_SOC_PCT: floor}
        case Hold() | Charge() | Discharge():
            return {MODE: SELF_CONSUMPTION, FORCED: STOP, MOST_DISCHARGE_W: 0}
        case _:
            return {}


def _forced(command: int) -> dict[str, Any]:
    return {FORCED: command, FORCED_TO_CHARGE: OFF, TIMER: 1}


def _at_most(asked_w: int | None, most_w: float) -> int:
    return math.floor(min(asked_w if asked_w is not None else most_w, most_w))


def _keep_charge_within(limits: BatteryLimits, wanted: dict[str, Any], ratings: Ratings) -> None:
    """The end of a discharge as far up as the inverter takes it, and the backup reserve beyond that."""
    if limits.min_soc_pct is not None:
        least_pct = min(100, math.ceil(limits.min_soc_pct))
        if LEAST_SOC_PCT in wanted:
            wanted[LEAST_SOC_PCT] = max(wanted[LEAST_SOC_PCT], min(ratings.highest_empty_pct, least_pct))
        if RESERVE_PCT in wanted:
            wanted[RESERVE_PCT] = max(wanted[RESERVE_PCT], least_pct)
    if limits.max_soc_pct is not None and MOST_SOC_PCT in wanted:
        wanted[MOST_SOC_PCT] = min(wanted[MOST_SOC_PCT], max(ratings.lowest_full_pct, math.floor(limits.max_soc_pct)))
