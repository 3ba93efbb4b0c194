"""Homes with a plan: that of the Now page's tests, with the optimizer on and plans in the table."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from app.control.planning import store
from app.domain.battery_plan import BatteryPlan, PlannedAction
from app.domain.day_costs import Way
from app.domain.reasons import Reason, because
from app.models.energy import EnergyInterval
from app.models.summary import DayCost, DaySummary
from app.models.user import User
from app.services import sites
from tests.conftest import NOW
from tests.domain.battery_plans import a_plan_of, a_step
from tests.services.overview.homes import Home, running_home

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
CHARGE, EXPORT, RUN, HOLD = PlannedAction.CHARGE, PlannedAction.EXPORT, PlannedAction.SELF_CONSUME, PlannedAction.HOLD


@dataclass(frozen=True)
class Made:
    """As the planner hands it over."""

    plan: BatteryPlan
    lost: float = 0.0


def optimizer(home: Home, **values: Any) -> Home:
    """The optimizer on, to be carried out unless said otherwise."""
    sites.save_policy(home.session, home.site.id, "optimizer", {"enabled": True, "mode": "control"} | values, home.now)
    home.session.commit()
    return home


def keep(home: Home, plan: BatteryPlan) -> None:
    """In the table, as if it had just been made."""
    store.keep(home.session, home.site.id, Made(plan))
    home.session.commit()


def problem(home: Home, reason: Reason) -> None:
    """Why the last try made none."""
    store.note_problem(home.session, home.site.id, reason, home.now)
    home.session.commit()


def two_days(made_at: datetime = NOW - 2 * MINUTE, **more: Any) -> BatteryPlan:
    """Hold until 18:40, run the home until 22:40, charge until 00:40, hold for the rest of two days."""
    return a_plan_of(
        [
            a_step(HOLD, 120, import_c_per_kwh=39.5, stored_value_c_per_kwh=42.0),
            a_step(RUN, 240, battery_w=1000.0, import_c_per_kwh=55.0, stored_value_c_per_kwh=42.0, soc_end_pct=27.0),
            a_step(CHARGE, 120, battery_w=-4000.0, import_c_per_kwh=18.0, soc_end_pct=80.0),
            *(a_step(HOLD, soc_end_pct=80.0) for _ in range(80)),
        ],
        start=made_at,
        **more,
    )


def whole_day(midnight: datetime, made_at: datetime, battery_w: float = 0.0) -> BatteryPlan:
    """From `made_at` on 30 c for each hour of 1 kW, until the day after."""
    hours = [a_step(HOLD, 60, battery_w=battery_w, soc_end_pct=55.0) for _ in range(24)]
    first = a_step(HOLD, round((midnight + HOUR - made_at) / MINUTE), battery_w=battery_w, soc_end_pct=55.0)
    return a_plan_of([first, *hours], start=made_at)


def metered(home: Home, day: date, import_c: float, feed_in_c: float = 0.0, priced_s: int = 86_400) -> None:
    """What the roll-up says of a day."""
    flows = dict.fromkeys(("solar_wh", "import_wh", "export_wh", "charge_wh", "discharge_wh", "load_wh"), 1000.0)
    home.session.add(
        DaySummary(
            site_id=home.site.id, day=day, covered_s=priced_s, priced_s=priced_s, soc_last_pct=48.0, basis="x", made_at=home.now, **flows
        )
    )
    home.session.flush()
    figures = dict.fromkeys(("import_wh", "export_wh", "credit_c", "free_wh"), 0.0)
    home.session.add(
        DayCost(site_id=home.site.id, day=day, way=Way.METERED.value, import_c=import_c, feed_in_c=feed_in_c, peaks=[], **figures)
    )
    home.session.commit()


def measured_until(home: Home, end: datetime, minutes: int, **flows: float) -> None:
    """5-minute records before `end`; energies of each."""
    usual: dict[str, Any] = dict.fromkeys(("solar_wh", "import_wh", "export_wh", "charge_wh", "discharge_wh", "load_wh"), 0.0)
    for number in range(1, minutes // 5 + 1):
        start = end - number * 5 * MINUTE
        home.session.merge(EnergyInterval(site_id=home.site.id, minutes=5, start=start, covered_s=300, soc_pct=62.0, **(usual | flows)))
    home.session.commit()


def planned_home(session: Any, user: User | None = None, **values: Any) -> Home:
    """A home in which all is well, with a plan of two minutes ago."""
    home = optimizer(running_home(session, user), **values)
    keep(home, two_days())
    return home


def no_prices() -> Reason:
    return because("plan_needs_prices")
