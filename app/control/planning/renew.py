"""When a plan is made anew, and making it: at new prices, at another charge than planned, and every five minutes."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.control.observe import observe, settings_of
from app.control.planning import store
from app.control.planning.memory import PlanMemory
from app.control.planning.planner import make
from app.control.surroundings import Surroundings
from app.domain.battery_plan import BatteryPlan
from app.domain.reasons import Reason
from app.domain.settings.optimizer import Optimizer
from app.models.energy import Reading
from app.models.site import Site

log = structlog.get_logger(__name__)

EVERY = timedelta(minutes=5)
SOC_OFF_PCT = 3.0
JUST_MADE = timedelta(seconds=20)


def renew_due(
    around: Surroundings, site_id: int, clock: Callable[[], datetime], memory: PlanMemory | None = None, *, has_news: bool = False
) -> bool:
    """Make the plan of a site if it is due; `has_news`: prices or forecasts have changed. Returns whether one was made. Commits.

    `memory`: what the plans before have left to this process."""
    now = clock()
    with around.session() as session:
        site = session.get(Site, site_id)
        if site is None or not settings_of(session, site_id).of(Optimizer).enabled:
            return False
        row = store.newest_row(session, site_id, now)
        earlier = store.plan_of(row) if row is not None else None
        if earlier is not None and not _is_due(session, site_id, earlier, now, has_news=has_news):
            return False
        lost = row.lost_c / 100 if row is not None else 0.0
        made = make(session, site, observe(session, site, now), earlier, lost, memory or PlanMemory(), around.pace)
        if isinstance(made, Reason):
            store.note_problem(session, site_id, made, now)
            session.commit()
            return False
        store.keep(session, site_id, made)
        session.commit()
    log.debug("planned", site=site_id, ms=made.plan.solve_ms)
    return True


def _is_due(session: Session, site_id: int, plan: BatteryPlan, now: datetime, *, has_news: bool) -> bool:
    age = now - plan.made_at
    if age >= EVERY or plan.at(now) is None:
        return True
    if age < JUST_MADE:
        return False
    return has_news or _soc_is_off(session, site_id, plan, now)


def _soc_is_off(session: Session, site_id: int, plan: BatteryPlan, now: datetime) -> bool:
    """Whether the charge is far from where the plan expects it by the end of the running step."""
    step = plan.at(now)
    query = select(Reading.soc_pct).where(Reading.site_id == site_id, Reading.taken_at <= now).order_by(Reading.taken_at.desc()).limit(1)
    soc_pct = session.scalar(query)
    if step is None or soc_pct is None:
        return False
    before = plan.at(step.start - timedelta(seconds=1))
    bounds = [step.soc_end_pct, before.soc_end_pct if before is not None else soc_pct]
    return not min(bounds) - SOC_OFF_PCT <= soc_pct <= max(bounds) + SOC_OFF_PCT
