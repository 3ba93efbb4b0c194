"""What each command means in the settings of a GoodWe hybrid inverter."""

import math
from collections.abc import Mapping
from typing import Any, Final

from app.devices.goodwe.export_limit import narrowed
from app.devices.goodwe.registers import (
    AUTO,
    CHARGE,
    CHARGE_FROM_SUN,
    DEPTH_PCT,
    DISCHARGE,
    EMS,
    FULL_PCT,
    GENERAL,
    LEAST_SOC_PCT,
    MOST_SOC_PCT,
    SELF_USE,
    WORK_MODE,
    ems_mode_of,
    ems_of,
)
from app.domain.opinions import BatteryCommand, BatteryLimits, Charge, Discharge, Hold, SelfConsume

LEAST_DISCHARGE_PCT: Final = 10  # no command sells the last tenth, whatever the owner's lowest charge is
USUAL_W: Final = 5_000.0  # where the inverter does not tell its rated power


def target_settings(
    command: BatteryCommand | None, limits: BatteryLimits, baseline: Mapping[str, Any], rated_w: float | None
) -> dict[str, Any]:
    """The complete settings for `command` within `limits`; what they do not mention is the baseline's.

    A command without a power runs at what the inverter is rated for; one of less than a watt holds the battery. The owner's export limit is
    never lifted: with a limit of 0 a discharge serves the home alone."""
    meaning = _meaning(command, baseline, rated_w or USUAL_W)
    wanted = {**baseline, **{name: value for name, value in meaning.items() if name in baseline}}
    if isinstance(command, Discharge):
        _keep_at_least(wanted, LEAST_DISCHARGE_PCT)
    if limits.min_soc_pct is not None:
        _keep_at_least(wanted, math.ceil(limits.min_soc_pct))
    if limits.max_soc_pct is not None and MOST_SOC_PCT in wanted:
        wanted[MOST_SOC_PCT] = min(wanted[MOST_SOC_PCT], max(LEAST_DISCHARGE_PCT, math.floor(limits.max_soc_pct)))
    return wanted if limits.max_export_w is None else narrowed(wanted, limits.max_export_w, rated_w)


def _meaning(command: BatteryCommand | None, baseline: Mapping[str, Any], most_w: float) -> dict[str, Any]:
    match command:
        case SelfConsume():
            return _self_consumption(baseline)
        case Charge(power_w) | Discharge(power_w) if _power(power_w, most_w) < 1:
            return {EMS: ems_of(CHARGE_FROM_SUN, 0)}
        case Hold():
            return {EMS: ems_of(CHARGE_FROM_SUN, 0)}
        case Charge(power_w):
            return {EMS: ems_of(CHARGE, _power(power_w, most_w))}
        case Discharge(power_w):
            return {EMS: ems_of(DISCHARGE, _power(power_w, most_w))}
        case _:
            return {}


def _self_consumption(baseline: Mapping[str, Any]) -> dict[str, Any]:
    """In the automatic mode the work mode decides, so an owner's eco or backup mode gives way too."""
    ems = baseline.get(EMS, 0)
    return {
        EMS: ems if ems_mode_of(ems) == AUTO else ems_of(AUTO, 0),
        WORK_MODE: baseline[WORK_MODE] if baseline.get(WORK_MODE) in (GENERAL, SELF_USE) else GENERAL,
    }


def _power(asked_w: int | None, most_w: float) -> int:
    return math.floor(min(asked_w if asked_w is not None else most_w, most_w))


def _keep_at_least(wanted: dict[str, Any], soc_pct: int) -> None:
    if LEAST_SOC_PCT in wanted:
        wanted[LEAST_SOC_PCT] = max(wanted[LEAST_SOC_PCT], soc_pct)
    if DEPTH_PCT in wanted:
        wanted[DEPTH_PCT] = min(wanted[DEPTH_PCT], FULL_PCT - soc_pct)
