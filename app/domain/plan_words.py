"""A plan in the rows that people read: stretches in which the battery does the same, what each is worth, and why. Pure.

Prices are compared per kWh that is stored, after the losses and the wear that the plan counted with. Only what these figures show is
claimed: where they do not explain a step (a limit, a target, a tie), its reason says no more than what happens."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.battery_plan import BatteryPlan, PlannedAction, PlannedBattery, PlanStep
from app.domain.reasons import Reason, because
from app.domain.units import cost_c, wh_from_w

LEAST = timedelta(minutes=15)  # shorter rows join the one before, unless something is bought or sold
NEXT_TO_NOTHING_WH = 50.0
BOUND_PCT = 0.5  # so near to full or empty counts as that
_ALWAYS_TOLD = (PlannedAction.CHARGE, PlannedAction.EXPORT)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some steps that follow one another and are told as one."""

    action: PlannedAction
    steps: tuple[PlanStep, ...]
    soc_start_pct: float | None  # None where the plan does not say

    @property
    def start(self) -> datetime:
        return self.steps[0].start

    @property
    def end(self) -> datetime:
        return self.steps[-1].end

    @property
    def soc_end_pct(self) -> float:
        return self.steps[-1].soc_end_pct

    @property
    def charged_wh(self) -> float:
        """AC, into the battery."""
        return sum(wh_of(each, -each.battery_w) for each in self.steps if each.battery_w < 0)

    @property
    def discharged_wh(self) -> float:
        """AC, out of the battery."""
        return sum(wh_of(each, each.battery_w) for each in self.steps if each.battery_w > 0)

    @property
    def import_c_per_kwh(self) -> tuple[float, float]:
        """The lowest and the highest price in it."""
        return _range(each.import_c_per_kwh for each in self.steps)

    @property
    def feed_in_c_per_kwh(self) -> tuple[float, float]:
        """The lowest and the highest price in it."""
        return _range(each.feed_in_c_per_kwh for each in self.steps)

    @property
    def effect_c(self) -> float:
        """What it saves (+) or costs (−) at the meter against a battery that rests; wear and what stays stored are not counted."""
        return sum(effect_c(each) for each in self.steps)

    @property
    def is_estimate(self) -> bool:
        """A price or the sun in it is estimated."""
        return any(each.is_estimate for each in self.steps)


def stretches(plan: BatteryPlan, since: datetime) -> tuple[Stretch, ...]:
    """The plan from the step on that runs at `since`."""
    socs = [plan.battery.soc_pct if plan.battery else None, *(step.soc_end_pct for step in plan.steps)]
    found: list[Stretch] = []
    for step, soc_pct in zip(plan.steps, socs[:-1], strict=True):
        if step.end <= since:
            continue
        if found and step.action is found[-1].action:
            found[-1] = _joined(found[-1], (step,))
        else:
            found.append(Stretch(step.action, (step,), soc_pct))
    return _without_short_ones(found)


def _without_short_ones(found: Sequence[Stretch]) -> tuple[Stretch, ...]:
    kept: list[Stretch] = []
    for each in found:
        is_short = each.end - each.start < LEAST and each.action not in _ALWAYS_TOLD
        if kept and (each.action is kept[-1].action or (is_short and kept[-1].action not in _ALWAYS_TOLD)):
            kept[-1] = _joined(kept[-1], each.steps)
        else:
            kept.append(each)
    return tuple(kept)


def _joined(before: Stretch, steps: tuple[PlanStep, ...]) -> Stretch:
    return Stretch(before.action, before.steps + steps, before.soc_start_pct)


def wh_of(step: PlanStep, power_w: float) -> float:
    """Energy of a power over the step."""
    return wh_from_w(power_w, (step.end - step.start).total_seconds())


def grid_cost_c(step: PlanStep, grid_w: float) -> float:
    """What `grid_w` (+ import) over the step costs; − what it earns."""
    return cost_c(wh_of(step, grid_w), step.import_c_per_kwh if grid_w > 0 else step.feed_in_c_per_kwh)


def effect_c(step: PlanStep) -> float:
    """What the step saves (+) or costs (−) at the meter against a battery that rests."""
    return grid_cost_c(step, step.load_w - step.solar_w) - grid_cost_c(step, step.grid_w)


@dataclass(frozen=True, slots=True)
class PerStoredKwh:
    """What a stored kWh costs, saves or earns in a stretch, and what it is worth if it is kept. Minor units a kWh in the battery."""

    buy_c: float
    sun_c: float  # what storing surplus sun gives up
    use_c: float
    sell_c: float
    value_c: float


def per_stored_kwh(import_c: float, feed_in_c: float, value_c: float, battery: PlannedBattery) -> PerStoredKwh:
    """From prices at the meter."""
    return PerStoredKwh(
        buy_c=import_c / battery.efficiency_charge,
        sun_c=feed_in_c / battery.efficiency_charge,
        use_c=(import_c - battery.wear_c_per_kwh) * battery.efficiency_discharge,
        sell_c=(feed_in_c - battery.wear_c_per_kwh) * battery.efficiency_discharge,
        value_c=value_c,
    )


def reasons(stretch: Stretch, plan: BatteryPlan) -> tuple[Reason, ...]:
    """Why the battery does this, then why nothing else."""
    value_c, battery = _mean(stretch, "stored_value_c_per_kwh"), plan.battery
    import_c, feed_in_c = _mean(stretch, "import_c_per_kwh"), _mean(stretch, "feed_in_c_per_kwh")
    if battery is None or value_c is None or import_c is None or feed_in_c is None:
        return (because("step_hold"),) if stretch.action is PlannedAction.HOLD else ()
    stored = per_stored_kwh(import_c, feed_in_c, value_c, battery)
    match stretch.action:
        case PlannedAction.CHARGE:
            return (*_bought(stretch, plan, stored, import_c), *_bound(stretch, battery))
        case PlannedAction.EXPORT:
            return (*_sold(stored, feed_in_c), *_bound(stretch, battery))
        case PlannedAction.SELF_CONSUME:
            return (*_home_runs(stretch, stored, import_c, feed_in_c), *_bound(stretch, battery))
        case PlannedAction.HOLD:
            return _kept(stretch, plan, stored, battery, feed_in_c)


def _bought(stretch: Stretch, plan: BatteryPlan, stored: PerStoredKwh, import_c: float) -> tuple[Reason, ...]:
    if stored.buy_c > stored.value_c:
        return (because("step_charge_for_later", import_c=import_c, **_dearest(plan, stretch.end)),)
    return (because("step_charge", import_c=import_c, buy_c=stored.buy_c, value_c=stored.value_c, **_dearest(plan, stretch.end)),)


def _sold(stored: PerStoredKwh, feed_in_c: float) -> tuple[Reason, ...]:
    if stored.sell_c < stored.value_c:
        return (because("step_sell_now", feed_in_c=feed_in_c),)
    return (because("step_sell", feed_in_c=feed_in_c, sell_c=stored.sell_c, value_c=stored.value_c),)


def _home_runs(stretch: Stretch, stored: PerStoredKwh, import_c: float, feed_in_c: float) -> tuple[Reason, ...]:
    charged_wh, discharged_wh = stretch.charged_wh, stretch.discharged_wh
    if max(charged_wh, discharged_wh) < NEXT_TO_NOTHING_WH:
        return (because("step_even"),)
    if charged_wh > discharged_wh:
        is_clear = stored.sun_c <= stored.value_c
        return (because("step_store_sun", feed_in_c=feed_in_c, value_c=stored.value_c if is_clear else None),)
    if stored.use_c < stored.value_c:
        return (because("step_run_home_now", import_c=import_c),)
    why = because("step_run_home", import_c=import_c, use_c=stored.use_c, value_c=stored.value_c)
    return (why, *_not_sold(stored)) if stored.sell_c < stored.use_c else (why,)


def _kept(stretch: Stretch, plan: BatteryPlan, stored: PerStoredKwh, battery: PlannedBattery, feed_in_c: float) -> tuple[Reason, ...]:
    surplus_wh = sum(wh_of(each, each.solar_w - each.load_w) for each in stretch.steps)
    not_bought = (because("step_not_bought", buy_c=stored.buy_c),) if stored.buy_c > stored.value_c else ()
    if stretch.soc_end_pct <= battery.least_soc_pct + BOUND_PCT:
        return (because("step_empty", soc_pct=battery.least_soc_pct), *not_bought)
    if surplus_wh > NEXT_TO_NOTHING_WH:
        if (stretch.soc_start_pct or 0.0) >= battery.most_soc_pct - BOUND_PCT:
            return (because("step_full", soc_pct=battery.most_soc_pct, feed_in_c=feed_in_c),)
        if stored.sun_c >= stored.value_c:
            return (because("step_sun_sold", feed_in_c=feed_in_c, sun_c=stored.sun_c, value_c=stored.value_c),)
        return (because("step_hold"),)
    if stored.use_c > stored.value_c:
        return (because("step_hold"),)
    why = because("step_keep", use_c=stored.use_c, value_c=stored.value_c, **_dearest(plan, stretch.end))
    return (why, *not_bought, *(_not_sold(stored) if stored.sell_c < stored.value_c else ()))


def _not_sold(stored: PerStoredKwh) -> tuple[Reason, ...]:
    if stored.sell_c <= 0:
        return (because("step_not_sold_at_a_loss"),)
    return (because("step_not_sold", sell_c=stored.sell_c),)


def _bound(stretch: Stretch, battery: PlannedBattery) -> tuple[Reason, ...]:
    """Where the stretch leads to the end of what the battery holds."""
    if stretch.discharged_wh > stretch.charged_wh and stretch.soc_end_pct <= battery.least_soc_pct + BOUND_PCT:
        return (because("step_empties", soc_pct=battery.least_soc_pct),)
    if stretch.charged_wh > stretch.discharged_wh and stretch.soc_end_pct >= battery.most_soc_pct - BOUND_PCT:
        return (because("step_fills", soc_pct=battery.most_soc_pct),)
    return ()


def would_change(plan: BatteryPlan, now: datetime) -> Reason | None:
    """The prices of this moment at which the battery would do something else, by what a stored kWh is worth at its present charge."""
    step, battery = plan.at(now), plan.battery
    if step is None or battery is None or step.stored_value_c_per_kwh is None:
        return None
    value_c = step.stored_value_c_per_kwh
    buys_below_c = value_c * battery.efficiency_charge
    gives_above_c = value_c / battery.efficiency_discharge + battery.wear_c_per_kwh
    has_room = step.soc_end_pct < battery.most_soc_pct - BOUND_PCT
    has_some = step.soc_end_pct > battery.least_soc_pct + BOUND_PCT
    does = step.action
    return because(
        "plan_would_change",
        charges_below_c=buys_below_c if does is not PlannedAction.CHARGE and has_room else None,
        stops_charging_above_c=buys_below_c if does is PlannedAction.CHARGE else None,
        runs_home_above_c=gives_above_c if does is PlannedAction.HOLD and has_some else None,
        keeps_below_c=gives_above_c if does is PlannedAction.SELF_CONSUME and step.battery_w > 0 else None,
        sells_above_c=gives_above_c if does is not PlannedAction.EXPORT and has_some else None,
        stops_selling_below_c=gives_above_c if does is PlannedAction.EXPORT else None,
    )


def _dearest(plan: BatteryPlan, after: datetime) -> dict[str, object]:
    """The dearest hour to come in which the battery gives."""
    used = [step for step in plan.steps if step.start >= after and step.battery_w > NEXT_TO_NOTHING_WH]
    dearest = max(used, key=lambda step: step.import_c_per_kwh, default=None)
    return {} if dearest is None else {"dearest_at": dearest.start, "dearest_c": dearest.import_c_per_kwh}


def _mean(stretch: Stretch, name: str) -> float | None:
    """By time, over the steps that have a value; by what flows where the battery does anything."""
    found: list[tuple[float, PlanStep]] = [(getattr(each, name), each) for each in stretch.steps if getattr(each, name) is not None]
    if not found:
        return None
    weights = [abs(wh_of(each, each.battery_w)) for _, each in found]
    if sum(weights) < NEXT_TO_NOTHING_WH:
        weights = [(each.end - each.start).total_seconds() for _, each in found]
    return sum(value * weight for (value, _), weight in zip(found, weights, strict=True)) / sum(weights)


def _range(prices: Iterable[float]) -> tuple[float, float]:
    known = list(prices)
    return min(known), max(known)
