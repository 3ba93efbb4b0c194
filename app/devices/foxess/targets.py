"""What each command means in the settings of a FoxESS inverter."""

import math
from collections.abc import Mapping
from typing import Any, Final

from app.devices.foxess.families import LEAST_SOC_PCT, MODE, MOST_SOC_PCT
from app.devices.foxess.remote import OFF, ON, REMOTE, REMOTE_W, TIMER
from app.domain.opinions import BatteryCommand, BatteryLimits, Charge, Discharge, Hold, SelfConsume

LEAST_DISCHARGE_PCT: Final = 10  # no command sells the last tenth, whatever the owner's lowest charge is


def target_settings(
    command: BatteryCommand | None, limits: BatteryLimits, baseline: Mapping[str, Any], *, self_use: int, rated_w: int
) -> dict[str, Any]:
    """The complete settings for `command` within `limits`; what they do not mention is the baseline's.

    The work mode stays the owner's while the remote control runs, so that the inverter goes back to it when the time is out. Its feed-in
    cannot be limited: where nothing may be fed in, a discharge serves the home alone."""
    wanted = {**baseline, **_meaning(command, limits, baseline, self_use, rated_w)}
    if limits.min_soc_pct is not None and LEAST_SOC_PCT in wanted:
        wanted[LEAST_SOC_PCT] = max(wanted[LEAST_SOC_PCT], math.ceil(limits.min_soc_pct))
    if limits.max_soc_pct is not None and MOST_SOC_PCT in wanted:
        wanted[MOST_SOC_PCT] = min(wanted[MOST_SOC_PCT], max(LEAST_DISCHARGE_PCT, math.floor(limits.max_soc_pct)))
    return wanted


def _meaning(
    command: BatteryCommand | None, limits: BatteryLimits, baseline: Mapping[str, Any], self_use: int, rated_w: int
) -> dict[str, Any]:
    match command:
        case SelfConsume():
            return _self_use(baseline, self_use)
        case Discharge() if limits.max_export_w == 0:
            return _self_use(baseline, self_use)
        case Hold():
            return _remote(0)
        case Charge(power_w):
            return _remote(-_at_most(power_w, rated_w))
        case Discharge(power_w):
            floor = {LEAST_SOC_PCT: max(baseline[LEAST_SOC_PCT], LEAST_DISCHARGE_PCT)} if LEAST_SOC_PCT in baseline else {}
            return {**_remote(_at_most(power_w, rated_w)), **floor}
        case _:
            return {}


def _self_use(baseline: Mapping[str, Any], self_use: int) -> dict[str, Any]:
    return {REMOTE: OFF, **({MODE: self_use} if MODE in baseline else {})}


def _remote(power_w: int) -> dict[str, Any]:
    return {REMOTE: ON, REMOTE_W: power_w, TIMER: 1}


def _at_most(asked_w: int | None, rated_w: int) -> int:
    return rated_w if asked_w is None else min(asked_w, rated_w)
