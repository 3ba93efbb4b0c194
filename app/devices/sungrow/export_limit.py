"""The export limit of a Sungrow hybrid inverter: a power and a switch. PowerSync narrows the owner's limit and never lifts it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.devices.sungrow.hybrid_registers import EXPORT_LIMIT, EXPORT_SWITCH, ON

DONGLE_LEAST_W: Final = 50  # a WiNet-S may decline an export limit of 0 W, or fail at it


@dataclass(frozen=True, slots=True)
class ExportRange:
    """The export limits that an inverter takes, W."""

    least_w: float = 0
    most_w: float = 65_534

    @classmethod
    def told(cls, least_w: float | None, most_w: float | None, *, is_winet_s: bool) -> "ExportRange":
        """From what the inverter says of itself; None where it does not."""
        least_w = max(least_w or 0, DONGLE_LEAST_W if is_winet_s else 0)
        return cls(least_w, max(least_w, most_w if most_w is not None else 65_534))

    def nearest(self, limit_w: float) -> float:
        """The limit of those that it takes which is nearest to `limit_w`."""
        return min(self.most_w, max(self.least_w, limit_w))


FREE: Final = ExportRange()


def narrowed(settings: Mapping[str, Any], limit_w: float, allowed: ExportRange) -> dict[str, Any]:
    """`settings` with an export of at most `limit_w`, or as near to it as the inverter takes; an owner's limit below that stays."""
    wanted = dict(settings)
    if {EXPORT_LIMIT, EXPORT_SWITCH} <= wanted.keys():
        limit_w = allowed.nearest(limit_w)
        is_limited = wanted[EXPORT_SWITCH] == ON
        wanted[EXPORT_LIMIT] = min(wanted[EXPORT_LIMIT], limit_w) if is_limited else limit_w
        wanted[EXPORT_SWITCH] = ON
    return wanted
