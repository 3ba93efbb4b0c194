"""What each command means in the settings of a SolarEdge inverter with a battery."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.devices.solaredge import site_limit
from app.devices.solaredge.storage import (
    CHARGE_W,
    COMMAND,
    CONTROL,
    DISCHARGE,
    DISCHARGE_W,
    FROM_SUN,
    FROM_SUN_AND_GRID,
    GRID_CHARGE,
    OFF,
    REMOTE,
    RESERVE_PCT,
    RUN_THE_HOME,
    SELF_CONSUMPTION,
    TIMER,
)
from app.domain.opinions import BatteryCommand, BatteryLimits, Charge, Discharge, Hold, SelfConsume

LEAST_DISCHARGE_PCT: Final = 10  # no command sells the last tenth, whatever the owner's reserve is
USUAL_W: Final = 5_000.0  # where the battery does not tell what it is good for


@dataclass(frozen=True, slots=True)
class Ratings:
    """What a target depends on besides the settings: what the batteries are good for."""

    most_charge_w: float = USUAL_W
    most_discharge_w: float = USUAL_W


def target_settings(command: BatteryCommand | None, limits: BatteryLimits, baseline: Mapping[str, Any], ratings: Ratings) -> dict[str, Any]:
    """The complete settings for `command` within `limits`; what they do not mention is the baseline's.

    A command without a power runs at what the battery is good for; one of less than a watt holds it. The owner's export limit is never
    lifted: with one of 0 a discharge serves the home alone. A highest charge cannot be set."""
    meaning = _meaning(command, limits, baseline, ratings)
    wanted = {**baseline, **{name: value for name, value in meaning.items() if name in baseline or name == TIMER}}
    if limits.grid_charging_allowed is False and GRID_CHARGE in wanted:
        wanted[GRID_CHARGE] = OFF
    if limits.min_soc_pct is not None and RESERVE_PCT in wanted:
        wanted[RESERVE_PCT] = max(wanted[RESERVE_PCT], min(100, math.ceil(limits.min_soc_pct)))
    return wanted if limits.max_export_w is None else site_limit.narrowed(wanted, limits.max_export_w)


def _meaning(command: BatteryCommand | None, limits: BatteryLimits, baseline: Mapping[str, Any], ratings: Ratings) -> dict[str, Any]:
    match command:
        case SelfConsume():
            return {CONTROL: SELF_CONSUMPTION}
        case Discharge() if limits.max_export_w == 0 and not site_limit.is_ours_to_narrow(baseline):
            return {CONTROL: SELF_CONSUMPTION}
        case Charge(power_w) if (charge_w := _at_most(power_w, ratings.most_charge_w)) >= 1:
            source = FROM_SUN if limits.grid_charging_allowed is False else FROM_SUN_AND_GRID
            return {**_remote(source), CHARGE_W: charge_w}
        case Discharge(power_w) if (discharge_w := _at_most(power_w, ratings.most_discharge_w)) >= 1:
            return {**_remote(DISCHARGE), DISCHARGE_W: discharge_w, RESERVE_PCT: max(baseline.get(RESERVE_PCT, 0), LEAST_DISCHARGE_PCT)}
        case Hold() | Charge() | Discharge():
            return {**_remote(RUN_THE_HOME), DISCHARGE_W: 0}
        case _:
            return {}


def _remote(command: int) -> dict[str, Any]:
    return {CONTROL: REMOTE, COMMAND: command, TIMER: 1}


def _at_most(asked_w: int | None, most_w: float) -> int:
    return math.floor(min(asked_w if asked_w is not None else most_w, most_w))
