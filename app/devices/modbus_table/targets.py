"""What each command means in the settings of a register table. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.devices.modbus_table.plan import Plan, Step
from app.devices.modbus_table.points import UNITS
from app.devices.modbus_table.steps import OF_LIMIT, OF_POWER, Filled
from app.devices.modbus_table.table import TIMER, Setting
from app.domain.opinions import BatteryCommand, BatteryLimits, Charge, Discharge, Hold, SelfConsume

SEQUENCE: Final = "sequence"
"""Names, in a target, the sequence by whose order it is written. No device shows it, so that it is never a difference."""

LEAST_DISCHARGE_PCT: Final = 10.0  # no command sells the last tenth, whatever the owner's lowest charge is
FULL_PCT: Final = 100.0


@dataclass(frozen=True, slots=True)
class Ratings:
    """What a target depends on besides the settings, W; None where neither the device nor the table tells it."""

    rated_w: float | None = None
    max_charge_w: float | None = None
    max_discharge_w: float | None = None


class _TooLittle(Exception):
    """Less power than the device can be told: more than was asked for may break a limit of the home."""


def battery_settings(
    plan: Plan, command: BatteryCommand | None, limits: BatteryLimits, baseline: Mapping[str, Any], ratings: Ratings
) -> dict[str, Any]:
    """The complete settings for `command` within `limits`; what they do not mention is the baseline's.

    A power that is smaller than the device takes becomes a hold. Where the export cannot be limited, a discharge that may not feed in
    serves the home alone. The owner's export limit is never lifted."""
    wanted = dict(baseline)
    if limits.max_export_w is not None and "limit_export" in plan.sequences:
        wanted |= limit_settings(plan, "limit_export", limits.max_export_w, baseline, ratings)
    sequence = _sequence_of(plan, command, limits)
    if sequence is not None:
        wanted |= _carried_out(plan, sequence, command, limits, baseline, ratings)
    return _within(plan, limits, wanted, is_discharge=wanted.get(SEQUENCE) == "discharge")


def limit_settings(plan: Plan, sequence: str, max_w: float, baseline: Mapping[str, Any], ratings: Ratings) -> dict[str, Any]:
    """The settings of a limit of `max_w`, or as near to it as the device takes; an owner's limit below that stays. Empty where the baseline
    lacks one of them."""
    steps = plan.sequences[sequence]
    if any(step.setting not in baseline for step in steps):
        return {}
    wanted: dict[str, Any] = {step.setting: step.value for step in steps}
    for step in steps:
        if step.filled is not None:
            asked = max_w if step.filled.placeholder == "max_w" else _share_pct(max_w, ratings)
            limit = _nearest(plan.setting(step.setting), asked)
            wanted[step.setting] = min(limit, baseline[step.setting]) if is_limited(plan, sequence, baseline) else limit
    return wanted


def is_limited(plan: Plan, sequence: str, settings: Mapping[str, Any]) -> bool:
    """Whether the limit of a sequence is in force: whatever switches it on is as the sequence writes it."""
    constants = {step.setting: step.value for step in plan.sequences[sequence] if step.value is not None}
    return not plan.settings.differing(constants, settings) and constants.keys() <= settings.keys()


def limit_in_force_w(plan: Plan, sequence: str, settings: Mapping[str, Any], ratings: Ratings) -> float | None:
    """What a limit allows now, W; None where none is in force, or none that can be told. The most that the setting takes is no limit."""
    step = next(step for step in plan.sequences[sequence] if step.filled is not None and step.filled.placeholder in OF_LIMIT)
    entry, value = plan.setting(step.setting), settings.get(step.setting)
    if value is None or not is_limited(plan, sequence, settings) or value >= entry.most * UNITS[entry.unit]:
        return None
    if entry.unit != "%":
        return float(value)
    return None if ratings.rated_w is None or value >= FULL_PCT else value / FULL_PCT * ratings.rated_w


def _sequence_of(plan: Plan, command: BatteryCommand | None, limits: BatteryLimits) -> str | None:
    match command:
        case SelfConsume():
            name = "self_consume"
        case Hold():
            name = "hold"
        case Charge():
            name = "charge"
        case Discharge():
            is_free = limits.max_export_w is None or "limit_export" in plan.sequences
            name = "discharge" if is_free or (limits.max_export_w and plan.has_power_setpoint) else "self_consume"
        case _:
            return None
    return name if name in plan.sequences else None


def _carried_out(
    plan: Plan, sequence: str, command: BatteryCommand | None, limits: BatteryLimits, baseline: Mapping[str, Any], ratings: Ratings
) -> dict[str, Any]:
    """The settings of a sequence, with its name and its timer; nothing where the baseline lacks one of them: it could not be given back."""
    steps = plan.sequences[sequence]
    if any(step.setting not in baseline for step in steps):
        return {}
    try:
        wanted: dict[str, Any] = {step.setting: _value(plan, step, command, limits, baseline, ratings) for step in steps}
    except _TooLittle:
        calmer = "hold" if "hold" in plan.sequences else "self_consume"
        return _carried_out(plan, calmer, Hold(), limits, baseline, ratings)
    timed = {TIMER: 1} if sequence in plan.table.timed() else {}
    return {**wanted, SEQUENCE: sequence, **timed}


def _value(
    plan: Plan, step: Step, command: BatteryCommand | None, limits: BatteryLimits, baseline: Mapping[str, Any], ratings: Ratings
) -> float | None:
    if step.filled is None:
        return step.value
    entry, filled = plan.setting(step.setting), step.filled
    if filled.placeholder in OF_POWER:
        asked_w = command.power_w if isinstance(command, Charge | Discharge) else None
        most_w = ratings.max_charge_w if isinstance(command, Charge) else ratings.max_discharge_w
        return _power(entry, filled, asked_w, most_w, ratings)
    if filled.placeholder == "floor_pct":
        return _nearest(entry, _floor_pct(plan, limits, baseline) * filled.scale, up=True)
    return _nearest(entry, (limits.max_soc_pct if limits.max_soc_pct is not None else FULL_PCT) * filled.scale)


def _power(entry: Setting, filled: Filled, asked_w: int | None, most_w: float | None, ratings: Ratings) -> float:
    """Never more than was asked for. Raises _TooLittle where the least that the device takes is more, or nothing."""
    known_w = [each for each in (asked_w, most_w, ratings.rated_w) if each is not None]
    if filled.placeholder == "power_pct":
        magnitude = _share_pct(min(known_w), ratings) if known_w else FULL_PCT
    else:
        magnitude = min(known_w) if known_w else math.inf
    least, most = sorted((entry.least * UNITS[entry.unit] / filled.scale, entry.most * UNITS[entry.unit] / filled.scale))
    value = _stepped(entry, min(magnitude, most) * abs(filled.scale))
    if value <= 0 or value / abs(filled.scale) < least:
        raise _TooLittle
    return math.copysign(value, filled.scale)


def _share_pct(power_w: float, ratings: Ratings) -> float:
    return min(FULL_PCT, FULL_PCT * power_w / ratings.rated_w) if ratings.rated_w else 0.0


def _floor_pct(plan: Plan, limits: BatteryLimits, baseline: Mapping[str, Any]) -> float:
    owners = baseline.get(plan.table.limits.min_soc_pct or "", 0.0)
    return max(LEAST_DISCHARGE_PCT, float(owners), limits.min_soc_pct or 0.0)


def _stepped(entry: Setting, value: float, *, up: bool = False) -> float:
    """A value ≥ 0 in whole steps of the register, towards 0 or up."""
    if entry.kind == "f32":
        return value
    step = entry.scale * UNITS[entry.unit]
    steps = math.ceil(value / step - 1e-9) if up else math.floor(value / step + 1e-9)
    return round(steps * step, 9)


def _nearest(entry: Setting, value: float, *, up: bool = False) -> float:
    factor = UNITS[entry.unit]
    return min(entry.most * factor, max(entry.least * factor, _stepped(entry, value, up=up)))


def _within(plan: Plan, limits: BatteryLimits, wanted: dict[str, Any], *, is_discharge: bool) -> dict[str, Any]:
    told = plan.table.limits
    floors = [each for each in (limits.min_soc_pct, LEAST_DISCHARGE_PCT if is_discharge else None) if each is not None]
    if told.min_soc_pct in wanted and floors:
        floor = _nearest(plan.setting(told.min_soc_pct), max(floors), up=True)
        wanted[told.min_soc_pct] = max(wanted[told.min_soc_pct], floor)
    if told.max_soc_pct in wanted and limits.max_soc_pct is not None:
        wanted[told.max_soc_pct] = min(wanted[told.max_soc_pct], _nearest(plan.setting(told.max_soc_pct), limits.max_soc_pct))
    return wanted
