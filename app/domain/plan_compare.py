"""A plan beside what came: what the battery did by its meter, and what a plan expected of a stretch of time. Pure."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.battery_plan import BatteryPlan, PlannedAction
from app.domain.plan_words import grid_cost_c

NOISE_W = 100.0  # below this the battery rests: what it takes for itself, and rounding


def action_measured(solar_wh: float, load_wh: float, charge_wh: float, discharge_wh: float, seconds: float) -> PlannedAction | None:
    """What the battery did in a measured stretch, in the words of a plan; None of nothing measured.

    More out than the home lacked is sold, more in than the sun left over is bought. At rest it ran the home where there was nothing to
    give or take, and held its charge otherwise."""
    if seconds <= 0:
        return None
    noise_wh = NOISE_W * seconds / 3600.0
    lacking_wh, given_wh = load_wh - solar_wh, discharge_wh - charge_wh
    if given_wh > max(lacking_wh, 0.0) + noise_wh:
        return PlannedAction.EXPORT
    if -given_wh > max(-lacking_wh, 0.0) + noise_wh:
        return PlannedAction.CHARGE
    is_idle = abs(given_wh) <= noise_wh
    return PlannedAction.HOLD if is_idle and abs(lacking_wh) > noise_wh else PlannedAction.SELF_CONSUME


@dataclass(frozen=True, slots=True)
class Expected:
    """What a plan expects of a stretch of time, as far as it covers that."""

    covered_s: float
    cost_c: float  # at the meter, without wear, demand and supply charges
    grid_wh: float  # + import
    soc_end_pct: float | None  # at the end of what is covered
    action: PlannedAction | None  # for most of the time


def expected(plan: BatteryPlan, start: datetime, end: datetime) -> Expected:
    """Of `[start, end)`; a step that reaches beyond counts by its share."""
    covered_s = cost_c = grid_wh = 0.0
    soc_end_pct: float | None = None
    lasted: dict[PlannedAction, float] = {}
    for step in plan.steps:
        inside_s = (min(step.end, end) - max(step.start, start)).total_seconds()
        if inside_s <= 0:
            continue
        covered_s += inside_s
        cost_c += grid_cost_c(step, step.grid_w) * inside_s / (step.end - step.start).total_seconds()
        grid_wh += step.grid_w * inside_s / 3600.0
        soc_end_pct = step.soc_end_pct
        lasted[step.action] = lasted.get(step.action, 0.0) + inside_s
    return Expected(covered_s, cost_c, grid_wh, soc_end_pct, max(lasted, key=lambda each: lasted[each], default=None))
