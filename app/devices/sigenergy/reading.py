"""From a plant's registers to the app's figures and signs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from app.devices.sigenergy.preflight import VENDOR
from app.domain.power import LiveReading
from app.transports.errors import AnswerNotUnderstood

SOURCE: Final = "sigenergy"


@dataclass(frozen=True, slots=True)
class EnergyTotals:
    """Since the plant was commissioned; None where it does not tell."""

    soh_pct: float | None
    solar_wh: float | None
    load_wh: float | None
    charged_wh: float | None
    discharged_wh: float | None
    imported_wh: float | None
    exported_wh: float | None


def totals_from(found: Mapping[str, Any]) -> EnergyTotals:
    """Raises AnswerNotUnderstood when nothing is there."""
    if all(figure is None for figure in found.values()):
        raise AnswerNotUnderstood(VENDOR, "it tells none of its counters; is the plant's unit id right?")
    return EnergyTotals(**found)


def live_reading_from(found: Mapping[str, Any], now: datetime) -> LiveReading:
    """The sun is its own panels and those of other inverters behind its meter. A load that an older firmware does not tell is what the
    others add up to. Raises AnswerNotUnderstood when nothing that has a "not available" of its own is there."""
    if all(found[name] is None for name in ("solar_w", "soc_pct", "off_grid")):
        raise AnswerNotUnderstood(VENDOR, "its figures cannot be; is the plant's unit id right?")
    solar_w, grid_w, battery_w, load_w = found["solar_w"], found["grid_w"], found["battery_w"], found["load_w"]
    if solar_w is not None:
        solar_w += found["other_solar_w"] or 0.0
    if load_w is None and None not in (solar_w, grid_w, battery_w):
        load_w = solar_w + grid_w + battery_w
    return LiveReading(
        taken_at=now,
        source=SOURCE,
        solar_w=solar_w,
        grid_w=grid_w,
        battery_w=battery_w,
        load_w=load_w,
        soc_pct=found["soc_pct"],
        on_grid=None if found["off_grid"] is None else found["off_grid"] == 0,
    )
