"""The power limit of a SunSpec inverter (model 123, immediate controls): its settings, and what a command means in them.

`limit_pct` counts while `limit_switch` is on; both fall back to no limit `revert_s` after the switch was last put on, 0: never."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.devices.register_settings import Setting, SettingsTable
from app.devices.registers import Point
from app.devices.solar import InverterCommand
from app.devices.sunspec_models import CONTROLS_LENGTH, Model
from app.domain.opinions import Curtail
from app.domain.sentences import percent

PCT, SWITCH, REVERT_S, TIMER = "limit_pct", "limit_switch", "revert_s", "timer"
ON, OFF = 1, 0
FULL_PCT: Final = 100.0
TERM_S: Final = 1200  # for which PowerSync sets a limit; it is set again from half of that on
PCT_OFFSET, REVERT_OFFSET, SWITCH_OFFSET, EXPONENT_OFFSET = 5, 7, 9, 23
_STEP_PCT: Final = 0.015  # a reading one hundredth beside what was written is the same


def _seconds(value: float) -> str:
    return "never" if value == 0 else f"{value:.0f} s"


def settings_at(model: Model, step_pct: float) -> SettingsTable:
    """The settings in this model. `step_pct` is what one step of its percentages is worth."""

    def at(name: str, offset: int, least: float, most: float, scale: float = 1.0) -> Point:
        return Point(name, model.address + offset, scale=scale, least=least, most=most)

    return SettingsTable(
        (
            Setting(at(SWITCH, SWITCH_OFFSET, 0, 1), "power limitation", lambda value: "on" if round(value) == ON else "off"),
            Setting(at(PCT, PCT_OFFSET, 0, 110, step_pct), "power limit", percent, _STEP_PCT),
            Setting(at(REVERT_S, REVERT_OFFSET, 0, 65_534), "power limit ends after", _seconds),
        )
    )


SETTINGS: Final = settings_at(Model(123, 0, CONTROLS_LENGTH), 0.01)  # for what does not depend on where they stand
LABELS: Final = {**SETTINGS.labels, TIMER: "timer of the power limit"}


@dataclass(frozen=True, slots=True)
class Rating:
    """What a limit depends on besides the settings: the power that 100 % are, and how finely percentages can be told."""

    rated_w: float
    step_pct: float = 0.01

    def percent(self, power_w: float) -> float:
        """In whole steps, rounded down: at most that much."""
        steps = round(FULL_PCT / self.step_pct)
        return max(0, min(steps, math.floor(steps * power_w / self.rated_w))) * FULL_PCT / steps


def target_settings(
    command: InverterCommand | None, baseline: Mapping[str, Any], rating: Rating, *, has_soft_limit: bool = False
) -> dict[str, Any]:
    """The complete settings for `command`; what it does not mention is the baseline's. The owner's own limit is never lifted, so that the
    timer, which ends every limit, is set only where the owner has none.

    `has_soft_limit`: the installer's export limit counts while the switch is off. Then a command puts it off, as far as the owner has it on
    without a limit of his own."""
    wanted = {name: value for name, value in baseline.items() if name != TIMER}
    if not isinstance(command, Curtail) or not {PCT, SWITCH} <= wanted.keys():
        return wanted
    most_pct, is_on = rating.percent(command.max_w), wanted[SWITCH] == ON
    if most_pct >= FULL_PCT:
        return wanted
    if has_soft_limit and (not is_on or wanted[PCT] >= FULL_PCT):
        return {**wanted, SWITCH: OFF}
    wanted[PCT] = min(wanted[PCT], most_pct) if is_on else most_pct
    wanted[SWITCH] = ON
    return wanted if is_on or REVERT_S not in wanted else {**wanted, REVERT_S: TERM_S, TIMER: 1}


def limit_w_from(settings: Mapping[str, Any], rated_w: float | None, *, has_soft_limit: bool = False) -> float | None:
    """What it may make, or feed in where the soft limit counts, W; None where no limit is in force, or none that can be told."""
    is_on = settings.get(SWITCH) == ON
    if has_soft_limit and not is_on:
        return 0.0
    pct = settings.get(PCT, FULL_PCT)
    return pct / FULL_PCT * rated_w if is_on and rated_w is not None and pct < FULL_PCT else None


def differing(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> frozenset[str]:
    """The settings that `found` has and shows otherwise; also the timer, where it wants renewing."""
    late = {TIMER} if TIMER in found and wanted.get(TIMER) not in (None, found[TIMER]) else set()
    return SETTINGS.differing(wanted, found) | late


def in_words(settings: Mapping[str, Any]) -> dict[str, str]:
    """Label → value, for people."""
    timer = {LABELS[TIMER]: "set" if settings[TIMER] else "to be set"} if TIMER in settings else {}
    return {**SETTINGS.in_words(settings), **timer}
