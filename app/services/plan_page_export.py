"""A plan as comma-separated values: every step as it was planned, none merged."""

import csv
import io
from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain.battery_plan import BatteryPlan
from app.domain.plan_words import effect_c, wh_of

COLUMNS = (
    *("start", "end", "battery_does", "stored_at_end_pct", "import_c_per_kwh", "feed_in_c_per_kwh"),
    *("battery_out_kwh", "grid_import_kwh", "solar_kwh", "home_kwh", "effect", "stored_value_c_per_kwh", "is_estimate"),
)
ACTIONS = {"charge": "charge", "export": "sell", "self_consume": "run home", "hold": "hold"}


def plan_csv(plan: BatteryPlan, since: datetime, zone: ZoneInfo) -> str:
    """The steps from `since` on. Battery + gives, grid + import; the effect in the currency's major unit, against a battery that rests."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for step in plan.steps:
        if step.end <= since:
            continue
        powers_w = (step.battery_w, step.grid_w, step.solar_w, step.load_w)
        value_c = step.stored_value_c_per_kwh
        writer.writerow(
            [
                step.start.astimezone(zone).isoformat(),
                step.end.astimezone(zone).isoformat(),
                ACTIONS[step.action.value],
                _figure(step.soc_end_pct, 1),
                _figure(step.import_c_per_kwh, 2),
                _figure(step.feed_in_c_per_kwh, 2),
                *(_figure(wh_of(step, power_w) / 1000.0, 3) for power_w in powers_w),
                _figure(effect_c(step) / 100.0, 4),
                "" if value_c is None else _figure(value_c, 2),
                "yes" if step.is_estimate else "no",
            ]
        )
    return out.getvalue()


def _figure(value: float, digits: int) -> str:
    return f"{round(value, digits) + 0.0:g}"
