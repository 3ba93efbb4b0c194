"""What a limit means in the settings of a Sungrow string inverter."""

import math
from collections.abc import Mapping
from typing import Any

from app.devices.solar import InverterCommand
from app.devices.sungrow.string_registers import END, ON
from app.domain.opinions import Curtail

FULL_PCT = 100.0


def target_settings(
    command: InverterCommand | None, baseline: Mapping[str, Any], rated_w: float, *, is_stopped_at_zero: bool
) -> dict[str, Any]:
    """The complete settings for `command`; what it does not mention is the baseline's. The owner's own limit is never lifted.

    `rated_w` is what 100 % are."""
    wanted = dict(baseline)
    if not isinstance(command, Curtail):
        return wanted
    most_pct = _percent(command.max_w, rated_w)
    if most_pct < FULL_PCT and {"limit_switch", "limit_pct"} <= wanted.keys():
        is_limited = wanted["limit_switch"] == ON
        wanted["limit_pct"] = min(wanted["limit_pct"], most_pct) if is_limited else most_pct
        wanted["limit_switch"] = ON
    if command.max_w <= 0 and is_stopped_at_zero and "run" in wanted:
        wanted["run"] = END
    return wanted


def limit_from(settings: Mapping[str, Any], rated_w: float | None) -> float | None:
    """What it may make, W; None where no limit is in force, or none that can be told."""
    if settings.get("run") == END:
        return 0.0
    if settings.get("limit_switch") != ON or rated_w is None or settings.get("limit_pct", FULL_PCT) >= FULL_PCT:
        return None
    return float(settings["limit_pct"]) / 100 * rated_w


def _percent(power_w: float, rated_w: float) -> float:
    """In tenths, rounded down: at most that much. Whole figures are divided, so that no tenth is lost to rounding."""
    return max(0, min(1000, math.floor(1000 * power_w / rated_w))) / 10
