"""What the plan takes the battery to be: what the owner entered, else what its records show, else what it says of itself."""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.control.connections import load
from app.control.forecasts.battery import learnt_battery
from app.domain.forecasts.battery_fit import BatteryFit
from app.domain.reasons import Reason, because
from app.domain.settings import SettingsBook
from app.domain.settings.optimizer import Optimizer
from app.domain.settings.own_battery import OwnBattery
from app.models.control import Baseline, DeviceState
from app.optimizer.problem import BatterySpec

USUAL_EFFICIENCY = 0.95  # each way, where nothing is known at all
RESERVES = ("reserve_pct", "least_soc_pct")  # how drivers name the charge that the owner keeps


def battery_spec(
    settings: Optimizer, own: OwnBattery, facts: Mapping[str, Any], fit: BatteryFit, owners: Mapping[str, Any]
) -> BatterySpec | Reason:
    """The battery for the problem, or what is not known of it. `owners`: the owner's own settings, whose reserve holds."""
    capacity_wh = own.usable_wh or fit.usable_wh or facts.get("capacity_wh")
    charge_w = own.max_charge_w or facts.get("max_charge_w") or fit.max_charge_w
    discharge_w = own.max_discharge_w or facts.get("max_discharge_w") or fit.max_discharge_w
    each_way = math.sqrt(own.round_trip_pct / 100)
    if not capacity_wh:
        return because("plan_needs_capacity")
    if not charge_w or not discharge_w:
        return because("plan_needs_power")
    kept_pct = max([settings.least_soc_pct, *(float(owners[name]) for name in RESERVES if isinstance(owners.get(name), int | float))])
    most_pct = max(settings.most_soc_pct, kept_pct)
    return BatterySpec(
        capacity_kwh=capacity_wh / 1000,
        max_charge_kw=charge_w / 1000,
        max_discharge_kw=discharge_w / 1000,
        efficiency_charge=fit.efficiency_charge or each_way,
        efficiency_discharge=fit.efficiency_discharge or each_way,
        soc_min=min(kept_pct, 100.0) / 100,
        soc_max=most_pct / 100,
    )


def battery_of(session: Session, site_id: int, settings: SettingsBook, now: datetime) -> BatterySpec | Reason:
    """The battery of a site as its connection, its records and the owner's settings know it, or what is not known of it."""
    connection = load(session, site_id, "battery")
    if connection is None:
        return battery_spec(settings.of(Optimizer), settings.of(OwnBattery), {}, learnt_battery(session, site_id, now), {})
    baseline, state = session.get(Baseline, connection.id), session.get(DeviceState, connection.id)
    owners = baseline.settings if baseline is not None else (state.found if state is not None else None) or {}
    fit = learnt_battery(session, site_id, now)
    found = battery_spec(settings.of(Optimizer), settings.of(OwnBattery), connection.facts or {}, fit, owners)
    if isinstance(found, Reason) and connection.facts_at is None:
        return because("plan_needs_first_reading")  # it may tell in a moment: nothing for the owner to enter yet
    return found
