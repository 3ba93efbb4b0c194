"""Everything that the Plan page shows, as frozen values; the page only words and draws."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.control.planning.store import plan_of
from app.domain.battery_plan import BatteryPlan
from app.domain.plan_words import Stretch, reasons, stretches, would_change
from app.domain.reasons import Reason
from app.domain.settings.optimizer import CONTROL, Optimizer
from app.models.site import Site
from app.services.overview.freshness import Freshness
from app.services.overview.lead import Lead, lead
from app.services.overview.stored import Stored
from app.services.plan_page_past import Today, today_so_far
from app.services.plan_page_truth import Truth, truth


class PlanState(StrEnum):
    """What there is to show."""

    OFF = "off"  # the owner does not want plans
    MISSING = "missing"  # none could be made
    LOST = "lost"  # the last one is too old to be followed
    LATE = "late"
    FRESH = "fresh"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table: a stretch, and why the battery does that and nothing else."""

    stretch: Stretch
    why: tuple[Reason, ...]


@dataclass(frozen=True)
class PlanPage:
    """The Plan page of one home at one moment."""

    site: Site
    now: datetime
    state: PlanState
    settings: Optimizer
    is_control_on: bool
    lead: Lead
    plan: BatteryPlan | None
    problem: Reason | None  # why the last try made no plan
    rows: tuple[Row, ...]
    would_change: Reason | None
    today: Today
    truth: Truth

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.site.timezone)

    @property
    def is_carried_out(self) -> bool:
        """The plan may steer the battery."""
        return self.is_control_on and self.settings.mode == CONTROL

    @property
    def effect_c(self) -> float:
        """Of all rows together."""
        return sum(each.stretch.effect_c for each in self.rows)


def plan_page(session: Session, found: Stored) -> PlanPage:
    """Put together from what is stored; nothing is planned here."""
    plan = _plan(found)
    rows = stretches(plan, found.now) if plan is not None else ()
    problem = found.plan_problem
    return PlanPage(
        site=found.site,
        now=found.now,
        state=_state(found, plan),
        settings=found.settings.of(Optimizer),
        is_control_on=found.is_control_on,
        lead=lead(found),
        plan=plan,
        problem=Reason(problem.code, problem.params) if problem is not None else None,
        rows=tuple(Row(each, reasons(each, plan)) for each in rows) if plan is not None else (),
        would_change=would_change(plan, found.now) if plan is not None else None,
        today=today_so_far(session, found),
        truth=truth(session, found.site, found.now),
    )


def _plan(found: Stored) -> BatteryPlan | None:
    """The newest, while any of it is still to come."""
    plan = plan_of(found.plan) if found.plan is not None else None
    return plan if plan is not None and plan.until > found.now else None


def _state(found: Stored, plan: BatteryPlan | None) -> PlanState:
    if not found.settings.of(Optimizer).enabled:
        return PlanState.OFF
    if plan is None:
        return PlanState.MISSING
    return {Freshness.FRESH: PlanState.FRESH, Freshness.LATE: PlanState.LATE}.get(found.plan_state, PlanState.LOST)
