"""What each command means in the settings of a GEN24's battery."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.devices.fronius.storage_registers import (
    CHARGE_BIT,
    CHARGE_PCT,
    DISCHARGE_BIT,
    DISCHARGE_PCT,
    FROM_SUN,
    GRID_CHARGING,
    MODE,
    RESERVE_PCT,
)
from app.domain.opinions import BatteryCommand, BatteryLimits, Charge, Discharge, Hold, SelfConsume

FULL_PCT: Final = 100.0
LEAST_DISCHARGE_PCT: Final = 10  # no command sells the last tenth, whatever the owner's reserve is


@dataclass(frozen=True, slots=True)
class Ratings:
    """What a target depends on besides the settings. `most_w` is the power that 100 % are, into the battery and out of it;
    `most_discharge_w` what the inverter can take out of it, None: that much. `step_pct` is how finely percentages can be told."""

    most_w: float
    most_discharge_w: float | None = None
    step_pct: float = 0.01

    def percent(self, power_w: float) -> float:
        """In whole steps, rounded down: at most that much."""
        steps = round(FULL_PCT / self.step_pct)
        return max(0, min(steps, math.floor(steps * power_w / self.most_w))) * FULL_PCT / steps


@dataclass(frozen=True, slots=True)
class _Bounds:
    """What the battery may do at most, percent; None: no bound."""

    charge_pct: float | None
    discharge_pct: float | None

    def settings(self) -> dict[str, Any]:
        """As the inverter has them."""
        bits = (CHARGE_BIT if self.charge_pct is not None else 0) | (DISCHARGE_BIT if self.discharge_pct is not None else 0)
        return {
            MODE: bits,
            CHARGE_PCT: FULL_PCT if self.charge_pct is None else self.charge_pct,
            DISCHARGE_PCT: FULL_PCT if self.discharge_pct is None else self.discharge_pct,
        }


def target_settings(command: BatteryCommand | None, limits: BatteryLimits, baseline: Mapping[str, Any], ratings: Ratings) -> dict[str, Any]:
    """The complete settings for `command` within `limits`; what they do not mention is the baseline's.

    The owner's own bounds stay. Whether the battery may be charged from the grid is the owner's to allow; a command never does. The
    inverter has no export limit of the battery alone: within one, a discharge is as strong as may be fed in, and where that is nothing, it
    serves the home alone."""
    wanted = {**baseline, **_meaning(command, limits, _owners_bounds(baseline), ratings)}
    if isinstance(command, Discharge) and RESERVE_PCT in wanted:
        wanted[RESERVE_PCT] = max(wanted[RESERVE_PCT], LEAST_DISCHARGE_PCT)
    if limits.min_soc_pct is not None and RESERVE_PCT in wanted:
        wanted[RESERVE_PCT] = max(wanted[RESERVE_PCT], min(FULL_PCT, math.ceil(limits.min_soc_pct)))
    if limits.grid_charging_allowed is False and GRID_CHARGING in wanted:
        wanted[GRID_CHARGING] = FROM_SUN
    return wanted


def _meaning(command: BatteryCommand | None, limits: BatteryLimits, owners: _Bounds, ratings: Ratings) -> dict[str, Any]:
    hold = _Bounds(owners.charge_pct, 0.0)
    match command:
        case SelfConsume():
            return owners.settings()
        case Hold():
            return hold.settings()
        case Charge(power_w):
            pct = _share(power_w, ratings.most_w, owners.charge_pct, ratings)
            return _Bounds(owners.charge_pct, -pct).settings() if pct > 0 else hold.settings()
        case Discharge(power_w):
            most_w = ratings.most_discharge_w if ratings.most_discharge_w is not None else ratings.most_w
            if limits.max_export_w is not None:
                most_w = min(most_w, limits.max_export_w)
            pct = _share(power_w, most_w, owners.discharge_pct, ratings)
            if pct > 0:
                return _Bounds(-pct, owners.discharge_pct).settings()
            return owners.settings() if limits.max_export_w is not None else hold.settings()
        case _:
            return {}


def _share(asked_w: int | None, most_w: float, owners_pct: float | None, ratings: Ratings) -> float:
    pct = ratings.percent(min(asked_w if asked_w is not None else most_w, most_w))
    return pct if owners_pct is None else min(pct, owners_pct)


def _owners_bounds(baseline: Mapping[str, Any]) -> _Bounds:
    """A bound above nothing is a limit of the owner's. One of nothing, or in the other direction, is a command of somebody else's."""

    def bound(name: str, bit: int) -> float | None:
        is_set = bool(round(baseline.get(MODE, 0)) & bit)
        return float(baseline[name]) if is_set and 0 < baseline.get(name, 0) < FULL_PCT else None

    return _Bounds(bound(CHARGE_PCT, CHARGE_BIT), bound(DISCHARGE_PCT, DISCHARGE_BIT))
