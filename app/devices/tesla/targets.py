"""What each command means in a Powerwall's settings. There is no "charge at N kW now": mode, reserve, grid rules and a plan make its own
optimiser do it."""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.devices.tesla.settings import (
    AUTONOMOUS,
    BACKUP,
    EXPORT_EVERYTHING,
    EXPORT_NOTHING,
    EXPORT_RULE,
    GRID_CHARGING,
    MODE,
    RESERVE,
    SELF_CONSUMPTION,
    TARIFF,
    reserve_of_at_least,
    sendable_reserve,
)
from app.devices.tesla.tariff import charge_tariff, compile_tariff, discharge_tariff
from app.domain.opinions import BatteryCommand, BatteryLimits, Charge, Discharge, FollowTariff, Hold, SelfConsume

LEAST_DISCHARGE_RESERVE_PCT: Final = 10  # no command sells the last tenth, whatever reserve the owner keeps


def target_settings(
    command: BatteryCommand | None,
    limits: BatteryLimits,
    baseline: Mapping[str, Any],
    *,
    now: datetime,
    until: datetime | None,
    zone: ZoneInfo,
) -> dict[str, Any]:
    """The complete settings for `command` within `limits`; what they do not mention is the baseline's.

    A setting that the baseline lacks is left alone, as it could not be given back. The plan is the exception: an unknown or missing one is
    given back as none, for which a neutral plan stands in."""
    wanted = {TARIFF: {}, **baseline}
    wanted |= {
        field: value for field, value in _meaning(command, baseline, now, until, zone).items() if field in baseline or field == TARIFF
    }
    return _within(limits, wanted)


def _meaning(
    command: BatteryCommand | None, baseline: Mapping[str, Any], now: datetime, until: datetime | None, zone: ZoneInfo
) -> dict[str, Any]:
    """The settings that the command itself decides."""
    currency = (baseline.get(TARIFF) or {}).get("currency")
    match command:
        case None:
            return {}
        case FollowTariff(tariff=tariff):
            return {TARIFF: compile_tariff(tariff)}
        case SelfConsume():
            return {MODE: SELF_CONSUMPTION}
        case Hold():
            # Never discharges, at any charge, and without the grid only the sun charges.
            return {MODE: BACKUP, GRID_CHARGING: False}
        case Charge():
            return {MODE: AUTONOMOUS, GRID_CHARGING: True, RESERVE: 100, TARIFF: charge_tariff(now, until, zone, currency)}
        case Discharge():
            return {
                MODE: AUTONOMOUS,
                GRID_CHARGING: False,
                EXPORT_RULE: EXPORT_EVERYTHING,
                RESERVE: max(baseline.get(RESERVE, 0), LEAST_DISCHARGE_RESERVE_PCT),
                TARIFF: discharge_tariff(now, until, zone, currency),
            }


def _within(limits: BatteryLimits, wanted: dict[str, Any]) -> dict[str, Any]:
    """What a Powerwall can be told of the limits: no grid charging, a floor of charge, no export. It has no setting for the others."""
    if limits.grid_charging_allowed is False and GRID_CHARGING in wanted:
        wanted[GRID_CHARGING] = False
    if limits.min_soc_pct is not None and RESERVE in wanted and sendable_reserve(wanted[RESERVE]) < math.ceil(limits.min_soc_pct):
        wanted[RESERVE] = reserve_of_at_least(limits.min_soc_pct)
    if limits.max_export_w is not None and limits.max_export_w <= 0 and EXPORT_RULE in wanted:
        wanted[EXPORT_RULE] = EXPORT_NOTHING
    return wanted
