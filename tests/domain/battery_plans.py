"""Plans of the battery for tests: steps in a row, each with what it is about."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from app.domain.battery_plan import BatteryPlan, PlannedAction, PlannedBattery, PlanStep
from app.domain.reasons import because
from tests.domain.builders import NOW

MINUTE = timedelta(minutes=1)
BATTERY = PlannedBattery(
    capacity_wh=13_500,
    soc_pct=60.0,
    least_soc_pct=10.0,
    most_soc_pct=100.0,
    efficiency_charge=0.9,
    efficiency_discharge=0.9,
    wear_c_per_kwh=2.0,
)


def a_step(action: PlannedAction, minutes: int = 30, battery_w: float = 0.0, **more: Any) -> dict[str, Any]:
    """A step of a plan: 1 kW for the home, no sun, 30 c to buy, 8 c to sell, a stored kWh worth 25 c. Without a start."""
    usual = {
        "solar_w": 0.0,
        "load_w": 1000.0,
        "soc_end_pct": 60.0,
        "import_c_per_kwh": 30.0,
        "feed_in_c_per_kwh": 8.0,
        "stored_value_c_per_kwh": 25.0,
    }
    return {"action": action, "minutes": minutes, "battery_w": battery_w} | usual | more


def a_plan_of(steps: Sequence[dict[str, Any]], start: datetime = NOW, **more: Any) -> BatteryPlan:
    """The steps one after the other; what flows at the grid follows from them."""
    placed, at = [], start
    for each in steps:
        told = dict(each)
        end = at + told.pop("minutes") * MINUTE
        placed.append(PlanStep(start=at, end=end, grid_w=told["load_w"] - told["solar_w"] - told["battery_w"], **told))
        at = end
    usual: dict[str, Any] = {
        "made_at": start,
        "command": placed[0].action,
        "command_w": None,
        "reason": because("plan_self_consume", import_c=30.0),
        "cost_c": 120.0,
        "without_plan_c": 200.0,
        "without_battery_c": 350.0,
        "battery": BATTERY,
    }
    return BatteryPlan(steps=tuple(placed), **(usual | more))
