"""What each command means in the settings of a Sigenergy plant."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.devices.sigenergy.registers import (
    CHARGE_GRID_FIRST,
    CHARGE_SUN_FIRST,
    CHARGING_MODES,
    DISCHARGE_BATTERY_FIRST,
    EXPORT_LIMIT,
    LEAST_SOC,
    MOST_CHARGE,
    MOST_DISCHARGE,
    MOST_SOC,
    NEVER_CHARGES_FROM_GRID,
    REMOTE_EMS,
    REMOTE_MODE,
    RESERVE,
    SELF_CONSUMPTION,
    STANDBY,
)
from app.devices.sigenergy.tariff import TARIFF, plan_of
from app.domain.opinions import BatteryCommand, BatteryLimits, Charge, Discharge, FollowTariff, Hold, SelfConsume

MODE: Final = "mode"  # its own working mode, which PowerSync reads and never writes
LEAST_DISCHARGE_PCT: Final = 10  # no command sells the last tenth, whatever the owner's lowest charge is


@dataclass(frozen=True, slots=True)
class Plant:
    """What a target depends on besides the settings: what the battery is rated for, W (None: not told), and how the owner wants it
    charged."""

    charge_w: float | None = None
    discharge_w: float | None = None
    charges_grid_first: bool = False


def target_settings(command: BatteryCommand | None, limits: BatteryLimits, baseline: Mapping[str, Any], plant: Plant) -> dict[str, Any]:
    """The complete settings for `command` within `limits`; what they do not mention is the baseline's.

    The owner's own limits are narrowed and never lifted. The prices in Sigenergy's cloud belong to FollowTariff alone: the owner's own
    cannot be read there, so nothing else touches them."""
    wanted = {name: value for name, value in baseline.items() if name not in (TARIFF, MODE)}
    wanted |= {name: value for name, value in _meaning(command, baseline, plant).items() if name in baseline}
    if limits.grid_charging_allowed is False and _may_charge_from_grid(wanted, baseline):
        wanted |= {REMOTE_EMS: 1, REMOTE_MODE: SELF_CONSUMPTION}
    if wanted.get(REMOTE_EMS) == 1 and (command is not None or baseline.get(REMOTE_EMS) != 1) and {RESERVE, LEAST_SOC} <= wanted.keys():
        # Under remote control a discharge ends at the lowest charge; whether it ends at the backup reserve differs between firmwares.
        wanted[LEAST_SOC] = max(wanted[LEAST_SOC], wanted[RESERVE])
    _narrow(wanted, limits)
    if isinstance(command, FollowTariff):
        wanted[TARIFF] = plan_of(command.tariff)
    return wanted


def _meaning(command: BatteryCommand | None, baseline: Mapping[str, Any], plant: Plant) -> dict[str, Any]:
    match command:
        case FollowTariff():
            return {REMOTE_EMS: 0}
        case SelfConsume():
            return {REMOTE_EMS: 1, REMOTE_MODE: SELF_CONSUMPTION}
        case Hold():
            return {REMOTE_EMS: 1, REMOTE_MODE: STANDBY}
        case Charge(power_w):
            mode = CHARGE_GRID_FIRST if plant.charges_grid_first else CHARGE_SUN_FIRST
            return _forced(mode, MOST_CHARGE, power_w, plant.charge_w, baseline)
        case Discharge(power_w):
            floor = {LEAST_SOC: max(baseline.get(LEAST_SOC, 0), LEAST_DISCHARGE_PCT)}
            return floor | _forced(DISCHARGE_BATTERY_FIRST, MOST_DISCHARGE, power_w, plant.discharge_w, baseline)
        case _:
            return {}


def _forced(mode: int, limit: str, power_w: int | None, rated_w: float | None, baseline: Mapping[str, Any]) -> dict[str, Any]:
    """A mode that runs at the limit beside it, which is the owner's where that is lower. A firmware without the limit stands still rather
    than run at more than was asked for."""
    if power_w is None and rated_w is None:
        return {REMOTE_EMS: 1, REMOTE_MODE: mode}
    if limit not in baseline:
        runs = power_w is None or (rated_w is not None and power_w >= rated_w)
        return {REMOTE_EMS: 1, REMOTE_MODE: mode if runs else STANDBY}
    most_w = min(each for each in (power_w, rated_w, baseline[limit]) if each is not None)
    if most_w < 1:
        return {REMOTE_EMS: 1, REMOTE_MODE: STANDBY}
    return {REMOTE_EMS: 1, REMOTE_MODE: mode, limit: math.floor(most_w)}


def _may_charge_from_grid(wanted: Mapping[str, Any], baseline: Mapping[str, Any]) -> bool:
    """Its own modes but two may, as may some of remote control. Where the mode is not told, it may."""
    if wanted.get(REMOTE_EMS) == 1:
        return wanted.get(REMOTE_MODE) in CHARGING_MODES
    return REMOTE_EMS in wanted and baseline.get(MODE) not in NEVER_CHARGES_FROM_GRID


def _narrow(wanted: dict[str, Any], limits: BatteryLimits) -> None:
    if limits.min_soc_pct is not None:
        for name in {RESERVE, LEAST_SOC} & wanted.keys():
            wanted[name] = max(wanted[name], min(100, math.ceil(limits.min_soc_pct)))
    if limits.max_soc_pct is not None and MOST_SOC in wanted:
        wanted[MOST_SOC] = min(wanted[MOST_SOC], max(0, math.floor(limits.max_soc_pct)))
    if limits.max_export_w is not None and EXPORT_LIMIT in wanted:
        wanted[EXPORT_LIMIT] = min(wanted[EXPORT_LIMIT], max(0, limits.max_export_w))
