"""From what is known to the optimizer's problem: watts become kilowatts, cents become the currency's major unit."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from app.control.planning.inputs import STEP, Inputs
from app.domain.planning.price_course import PricePoint
from app.domain.settings.demand import Demand
from app.domain.settings.optimizer import SELF_CONSUMPTION, Optimizer
from app.domain.settings.solar_curtailment import SolarCurtailment
from app.domain.snapshot import Snapshot
from app.optimizer.problem import BatterySpec, GridLimits, Problem, SoftBand

C_PER_MAJOR = 100.0
STEP_H = STEP.total_seconds() / 3600
BELOW_A_TARGET_COSTS = 1.0  # major units for a kWh and hour: above any usual price, below what a broken limit would be worth
USUAL_DAYS_OF_A_MONTH = 30


def problem_of(snapshot: Snapshot, inputs: Inputs, battery: BatterySpec, soc_pct: float, peak_so_far_w: float) -> Problem:
    """The problem of the hours ahead; what is left at its end is worth nothing yet."""
    settings = snapshot.settings.of(Optimizer)
    demand = snapshot.settings.of(Demand)
    sells = settings.objective != SELF_CONSUMPTION
    return Problem(
        interval_h=STEP_H,
        battery=battery,
        grid=_grid(snapshot, inputs, battery),
        soc_initial=soc_pct / 100,
        import_price_per_kwh=[point.import_c_per_kwh / C_PER_MAJOR for point in inputs.prices],
        export_price_per_kwh=[_earned_c(point, sells=sells) / C_PER_MAJOR for point in inputs.prices],
        solar_kw=[power / 1000 for power in inputs.solar_w],
        load_kw=[power / 1000 for power in inputs.load_w],
        cycle_cost_per_kwh=settings.wear_c_per_kwh / C_PER_MAJOR,
        is_solar_curtailable=snapshot.settings.of(SolarCurtailment).enabled,
        demand_charge_per_kw=_demand_rate(demand),
        demand_window=_demand_window(demand, snapshot.zone, inputs.starts),
        demand_peak_so_far_kw=peak_so_far_w / 1000,
        soft_band=_soft_band(settings, snapshot.zone, inputs.starts, battery),
    )


def _earned_c(point: PricePoint, *, sells: bool) -> float:
    """What feeding in earns the plan: for self-consumption nothing, though it may cost."""
    return point.feed_in_c_per_kwh if sells else min(0.0, point.feed_in_c_per_kwh)


def _grid(snapshot: Snapshot, inputs: Inputs, battery: BatterySpec) -> GridLimits:
    """The owner's caps; without one, more than can ever flow."""
    free_kw = battery.max_charge_kw + battery.max_discharge_kw + (max(inputs.load_w) + max(inputs.solar_w)) / 1000 + 1
    limits = snapshot.limits
    return GridLimits(
        limits.max_import_w / 1000 if limits.max_import_w is not None else free_kw,
        limits.max_export_w / 1000 if limits.max_export_w is not None else free_kw,
    )


def _demand_rate(demand: Demand) -> float:
    """What a kW more of the peak costs, major units. A rate per kW and day counts for each day that is left of a month as its bill does:
    the peak is charged on all of them."""
    windows = demand.peak_windows
    if not demand.enabled or not windows:
        return 0.0
    rate_c = max(window.rate_c_per_kw for window in windows)
    return rate_c * (USUAL_DAYS_OF_A_MONTH if demand.unit == "day" else 1) / C_PER_MAJOR


def _demand_window(demand: Demand, zone: ZoneInfo, starts: Sequence[datetime]) -> list[bool]:
    if not demand.enabled:
        return [False] * len(starts)
    local = [start.astimezone(zone) for start in starts]
    return [any(window.covers(each.date(), each.time()) for window in demand.peak_windows) for each in local]


def _soft_band(settings: Optimizer, zone: ZoneInfo, starts: Sequence[datetime], battery: BatterySpec) -> SoftBand | None:
    """Reserves by the clock and targets: wanted, and given up where they cannot be had."""
    if not settings.reserves and not settings.targets:
        return None
    lows = [_low_pct(settings, start.astimezone(zone)) / 100 * battery.capacity_kwh for start in starts]
    return SoftBand(lows, [battery.capacity_kwh] * len(starts), BELOW_A_TARGET_COSTS * STEP_H)


def _low_pct(settings: Optimizer, local: datetime) -> float:
    held = [window.least_soc_pct for window in settings.reserves if window.covers(local.date(), local.time())]
    until = local + STEP
    held += [
        target.soc_pct
        for target in settings.targets
        if target.days.include(local.date()) and local.time() <= target.at and (until.date() > local.date() or target.at < until.time())
    ]
    return max(held, default=0.0)
