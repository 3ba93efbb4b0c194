"""The export limit of a GoodWe hybrid inverter: a figure and a switch. PowerSync narrows the owner's limit and never lifts it."""

import math
from collections.abc import Mapping
from typing import Any, Final

from app.devices.goodwe.registers import EXPORT_LIMIT_PCT, EXPORT_LIMIT_W, EXPORT_SWITCH, FULL_PCT, LARGEST_W, ON

LIMIT_ORDER: Final = (EXPORT_LIMIT_W, EXPORT_LIMIT_PCT, EXPORT_SWITCH)


def narrowed(settings: Mapping[str, Any], limit_w: float, rated_w: float | None) -> dict[str, Any]:
    """`settings` with an export of at most `limit_w`; an owner's limit below that stays. `rated_w` is what 100 % are: where it is not
    known, a limit in percent is one of nothing."""
    wanted = dict(settings)
    if EXPORT_LIMIT_PCT in wanted:
        _narrow(wanted, EXPORT_LIMIT_PCT, min(FULL_PCT, math.floor(FULL_PCT * limit_w / rated_w)) if rated_w else 0)
    elif EXPORT_LIMIT_W in wanted:
        _narrow(wanted, EXPORT_LIMIT_W, min(LARGEST_W, math.floor(limit_w)))
    return wanted


def _narrow(wanted: dict[str, Any], name: str, limit: float) -> None:
    if EXPORT_SWITCH in wanted:
        wanted[name] = min(wanted[name], limit) if wanted[EXPORT_SWITCH] == ON else limit
        wanted[EXPORT_SWITCH] = ON


def limit_w_in(settings: Mapping[str, Any], rated_w: float | None) -> float | None:
    """The limit in force, W; None where there is none, or none that can be told."""
    if settings.get(EXPORT_SWITCH) != ON:
        return None
    if EXPORT_LIMIT_PCT in settings:
        return settings[EXPORT_LIMIT_PCT] / FULL_PCT * rated_w if rated_w else None
    limit_w: float | None = settings.get(EXPORT_LIMIT_W)
    return limit_w
