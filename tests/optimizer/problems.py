"""Problems for the tests: one with harmless defaults, and random ones of every kind that is known to break optimizers."""

import math
import random
from dataclasses import replace
from typing import Any

from app.optimizer.problem import BatterySpec, GridLimits, Problem

KINDS = (
    "plain",
    "negative prices",
    "export above import",
    "no curtailment",
    "no export",
    "start below the floor",
    "tight limits",
    "ties",
    "demand charge",
    "all at once",
    "no losses",
    "all at once with a demand charge",
)
CONVEX_KINDS = frozenset({"plain", "no export", "start below the floor", "tight limits", "demand charge", "no losses"})


def a_battery(**changes: float) -> BatterySpec:
    return replace(BatterySpec(10.0, 5.0, 5.0, 0.9, 0.9, 0.1, 1.0), **changes)


def a_problem(import_price: list[float], export_price: list[float] | None = None, **changes: Any) -> Problem:
    """An hour per interval, no sun, a load of 1 kW, half a battery."""
    count = len(import_price)
    stated: dict[str, Any] = {
        "interval_h": 1.0,
        "battery": a_battery(),
        "grid": GridLimits(15.0, 5.0),
        "soc_initial": 0.5,
        "solar_kw": [0.0] * count,
        "load_kw": [1.0] * count,
    }
    return Problem(import_price_per_kwh=import_price, export_price_per_kwh=export_price or [0.0] * count, **{**stated, **changes})


def random_problem(seed: int, kind: str, count: int | None = None, interval_h: float | None = None) -> Problem:
    """A problem of that kind; the same seed gives the same one. Every problem can be solved within its limits."""
    draw = random.Random(f"{kind} {seed}")
    count = count or draw.choice([8, 16, 24, 36, 48])
    interval_h = interval_h or draw.choice([1 / 12, 0.25, 0.5, 1.0])
    buy = [draw.uniform(0.05, 0.6) for _ in range(count)]
    sell = [max(0.0, price - draw.uniform(0.01, 0.3)) for price in buy]
    solar = [6 * max(0.0, math.sin((index * interval_h % 24 - 6) / 12 * math.pi)) * draw.random() for index in range(count)]
    if interval_h * count <= 12:
        solar = [draw.uniform(0, 6) if draw.random() < 0.6 else 0.0 for _ in range(count)]
    load = [draw.uniform(0.2, 4) for _ in range(count)]
    battery = BatterySpec(
        capacity_kwh=draw.uniform(4, 20),
        max_charge_kw=draw.uniform(1, 8),
        max_discharge_kw=draw.uniform(1, 8),
        efficiency_charge=draw.uniform(0.8, 1),
        efficiency_discharge=draw.uniform(0.8, 1),
        soc_min=draw.choice([0, 0.1, 0.2]),
        soc_max=draw.choice([0.9, 1.0]),
    )
    soc_initial = draw.uniform(battery.soc_min, battery.soc_max)
    max_import_kw, max_export_kw = draw.uniform(8, 20), draw.uniform(2, 10)
    more: dict[str, Any] = {}
    if kind.startswith(("negative", "all")):
        buy = [price - draw.choice([0, 0.4]) for price in buy]
        sell = [price - 0.5 * draw.random() for price in buy]
    if kind.startswith(("export", "all")):
        sell = [price + draw.uniform(-0.1, 0.3) if draw.random() < 0.5 else sold for price, sold in zip(buy, sell, strict=True)]
    if kind == "no curtailment" or (kind.startswith("all") and draw.random() < 0.5):
        more["is_solar_curtailable"] = False
        sell = [price - draw.choice([0, 0.3]) for price in sell]
        max_export_kw = max(max_export_kw, max(solar) + 0.1)
    if kind == "no export":
        max_export_kw = 0.0
    if kind.startswith("start"):
        battery = replace(battery, soc_min=0.2)
        soc_initial = 0.2 * draw.random()
    if kind.startswith("tight"):
        max_import_kw, max_export_kw = max(load) + 0.3 * draw.random(), draw.uniform(0, 1)
    if kind == "ties":
        buy = [draw.choice([0.1, 0.3]) for _ in buy]
        sell = [draw.choice([0.1, 0.05]) for _ in sell]
        efficiency = draw.choice([1.0, 0.9])
        battery = replace(battery, efficiency_charge=efficiency, efficiency_discharge=efficiency)
    if kind == "no losses":
        battery = replace(battery, efficiency_charge=1.0, efficiency_discharge=1.0)
    if kind.endswith("demand charge"):
        first = draw.randrange(count)
        more["demand_charge_per_kw"] = draw.choice([0.05, 0.3, 1.0, 5.0])
        more["demand_window"] = tuple(first <= index < first + max(2, count // 3) for index in range(count))
    return Problem(
        interval_h,
        battery,
        GridLimits(max_import_kw, max_export_kw),
        soc_initial,
        buy,
        sell,
        solar,
        load,
        draw.choice([0, 0.1, 0.3]),
        draw.choice([0, 0, 0.03]),
        **more,
    )


def a_day(count: int, seed: int = 1, interval_h: float = 1 / 12, *, negative_midday: bool = False) -> Problem:
    """Volatile prices with evening spikes, sun and load, as a household has them."""
    draw = random.Random(seed)
    hours = [index * interval_h % 24 for index in range(count)]
    buy = [0.25 + 0.1 * math.sin((hour - 8) / 24 * math.tau) + draw.gauss(0, 0.03) for hour in hours]
    buy = [price + (0.6 if 17 < hour < 20 and draw.random() < 0.4 else 0.0) for price, hour in zip(buy, hours, strict=True)]
    if negative_midday:
        buy = [price - (0.3 if 10 < hour < 14 else 0.0) for price, hour in zip(buy, hours, strict=True)]
    sell = [price - (0.05 if negative_midday else 0.12) for price in buy]
    solar = [5 * max(0.0, math.sin((hour - 6) / 12 * math.pi)) * draw.uniform(0.5, 1) for hour in hours]
    load = [draw.uniform(0.5, 2.0) for _ in hours]
    battery = BatterySpec(13.5, 5.0, 5.0, 0.95, 0.95, 0.1, 1.0)
    return Problem(interval_h, battery, GridLimits(15.0, 5.0), 0.4, buy, sell, solar, load, 0.1)
