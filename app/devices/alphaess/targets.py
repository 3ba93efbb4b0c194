"""What each command means in the settings of an AlphaESS inverter."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.devices.alphaess.dispatch import DISPATCH, MODE, ON, POWER_W, TIMER, UNTIL_PCT
from app.devices.alphaess.registers import FEED_IN_PCT, LARGEST_W, MOST_SOC_PCT, OFF, PERIODS, RESERVE_PCT, TO_A_CHARGE
from app.domain.opinions import BatteryCommand, BatteryLimits, Charge, Discharge, Hold, SelfConsume

LEAST_DISCHARGE_PCT: Final = 10  # no command sells the last tenth, whatever the owner's reserve is
USUAL_W: Final = 5_000.0  # where the inverter does not tell what its battery is good for
FREE_PCT: Final = 100


@dataclass(frozen=True, slots=True)
class Ratings:
    """What a target depends on besides the settings. `full_feed_in_w` is what a feed-in limit of 100 % stands for, `panels_w` the most that
    the sun gives; None: not known."""

    most_charge_w: float = USUAL_W
    most_discharge_w: float = USUAL_W
    panels_w: float | None = None
    full_feed_in_w: float | None = None
    keeps_limit_in_command: bool = False


def target_settings(command: BatteryCommand | None, limits: BatteryLimits, baseline: Mapping[str, Any], ratings: Ratings) -> dict[str, Any]:
    """The complete settings for `command` within `limits`; what they do not mention is the baseline's.

    While a dispatch runs, the inverter may ignore its feed-in limit: a command that could feed in more than the limit is left out, and the
    home runs from sun and battery instead."""
    wanted = _within(limits, dict(baseline), ratings)
    if isinstance(command, SelfConsume):
        return {**wanted, DISPATCH: OFF, **({PERIODS: OFF} if PERIODS in baseline else {})}
    if not isinstance(command, Charge | Discharge | Hold):
        return wanted
    power_w = _power_w(command, limits, baseline, wanted, ratings)
    if power_w is None:
        return {**wanted, DISPATCH: OFF}
    until_pct = _floor_pct(wanted) if power_w > 0 else _ceiling_pct(limits)
    return {**wanted, DISPATCH: ON, POWER_W: power_w, MODE: TO_A_CHARGE, UNTIL_PCT: until_pct, TIMER: 1}


def _power_w(
    command: Charge | Discharge | Hold, limits: BatteryLimits, baseline: Mapping[str, Any], wanted: Mapping[str, Any], ratings: Ratings
) -> int | None:
    """+ discharging; None where nothing may be dispatched. PowerSync's own export limit is kept by the power that it asks for, moment by
    moment; of the owner's in the inverter nobody else knows, so that against it the strongest sun counts."""
    asked_w = _asked_w(command, ratings)
    if ratings.keeps_limit_in_command or wanted.get(FEED_IN_PCT, FREE_PCT) >= FREE_PCT:
        return asked_w
    limit_w, owners_w = (_limit_w(settings, ratings) for settings in (wanted, baseline))
    sun_w = ratings.panels_w if ratings.panels_w is not None else math.inf
    if asked_w <= 0:
        return asked_w if sun_w + asked_w <= limit_w else None
    most_w = min(asked_w, limit_w, owners_w - sun_w if baseline[FEED_IN_PCT] < FREE_PCT else math.inf)
    return math.floor(most_w) if most_w >= 1 else None


def _asked_w(command: Charge | Discharge | Hold, ratings: Ratings) -> int:
    match command:
        case Charge(power_w):
            return -_at_most(power_w, ratings.most_charge_w)
        case Discharge(power_w):
            return _at_most(power_w, ratings.most_discharge_w)
    return 0


def _at_most(asked_w: int | None, most_w: float) -> int:
    return math.floor(min(asked_w if asked_w is not None else most_w, most_w, LARGEST_W))


def _limit_w(settings: Mapping[str, Any], ratings: Ratings) -> float:
    """What may be fed in at most, W; nothing where nobody knows of what the limit is a percentage."""
    return float(settings[FEED_IN_PCT]) / FREE_PCT * (ratings.full_feed_in_w or 0)


def _floor_pct(wanted: Mapping[str, Any]) -> float:
    return max(float(wanted.get(RESERVE_PCT, 0)), LEAST_DISCHARGE_PCT)


def _ceiling_pct(limits: BatteryLimits) -> float:
    return math.floor(limits.max_soc_pct) if limits.max_soc_pct is not None else 100


def _within(limits: BatteryLimits, wanted: dict[str, Any], ratings: Ratings) -> dict[str, Any]:
    if limits.min_soc_pct is not None and RESERVE_PCT in wanted:
        wanted[RESERVE_PCT] = max(wanted[RESERVE_PCT], math.ceil(limits.min_soc_pct))
    if limits.max_soc_pct is not None and MOST_SOC_PCT in wanted:
        wanted[MOST_SOC_PCT] = min(wanted[MOST_SOC_PCT], math.floor(limits.max_soc_pct))
    if limits.max_export_w is not None and FEED_IN_PCT in wanted:
        share = limits.max_export_w / ratings.full_feed_in_w if ratings.full_feed_in_w else 0
        wanted[FEED_IN_PCT] = min(wanted[FEED_IN_PCT], math.floor(FREE_PCT * min(1, share)))
    return wanted
