"""Plans in the table: the newest is followed, older ones are kept to be compared with what came."""

import json
import zlib
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Protocol

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.domain.battery_plan import BatteryPlan
from app.domain.codec import from_json, to_json
from app.domain.reasons import Reason
from app.models.plan import Plan, PlanProblem


class Made(Protocol):
    """A plan, and what staying with its command has lost so far, major units (see `planner.Made`)."""

    @property
    def plan(self) -> BatteryPlan: ...
    @property
    def lost(self) -> float: ...


DECIDES_FOR = timedelta(hours=2)  # what the loop and its journal need of a plan
ALL_KEPT, HOURLY_KEPT = timedelta(days=2), timedelta(days=30)


def keep(session: Session, site_id: int, made: Made) -> Plan:
    """Store a plan. The caller commits."""
    plan = made.plan
    session.execute(delete(PlanProblem).where(PlanProblem.site_id == site_id))
    row = Plan(
        site_id=site_id,
        made_at=plan.made_at,
        cost_c=plan.cost_c,
        without_plan_c=plan.without_plan_c,
        without_battery_c=plan.without_battery_c,
        body=zlib.compress(json.dumps(to_json(plan), separators=(",", ":")).encode(), 6),
        lost_c=made.lost * 100,
    )
    session.add(row)
    return row


def note_problem(session: Session, site_id: int, why: Reason, now: datetime) -> None:
    """Remember why there is no new plan. The caller commits."""
    session.merge(PlanProblem(site_id=site_id, at=now, code=why.code, params=to_json(why.params)))


def problem_of(session: Session, site_id: int) -> Reason | None:
    """Why the last try made no plan; None where it made one."""
    row = session.get(PlanProblem, site_id)
    return Reason(row.code, row.params) if row is not None else None


def newest_row(session: Session, site_id: int, now: datetime) -> Plan | None:
    """The newest plan that was made by `now`."""
    query = select(Plan).where(Plan.site_id == site_id, Plan.made_at <= now)
    return session.scalars(query.order_by(Plan.made_at.desc()).limit(1)).one_or_none()


def plan_of(row: Plan) -> BatteryPlan:
    """The whole plan."""
    return _unpacked(row.body)


@lru_cache(maxsize=256)  # each tick reads the same plan for some minutes
def _unpacked(body: bytes) -> BatteryPlan:
    return from_json(BatteryPlan, json.loads(zlib.decompress(body)))


def next_hours(plan: BatteryPlan, now: datetime) -> BatteryPlan:
    """The plan as far as a decision of now needs it."""
    return replace(plan, steps=tuple(step for step in plan.steps if now < step.end and step.start < now + DECIDES_FOR))


def forget_old(session: Session, now: datetime) -> None:
    """Keep all plans of two days, the first of each hour for 30 days. The caller commits."""
    session.execute(delete(Plan).where(Plan.made_at < now - HOURLY_KEPT))
    seen: set[tuple[int, datetime]] = set()
    rows = session.execute(select(Plan.id, Plan.site_id, Plan.made_at).where(Plan.made_at < now - ALL_KEPT).order_by(Plan.made_at))
    surplus = []
    for row in rows:
        hour = (row.site_id, row.made_at.replace(minute=0, second=0, microsecond=0))
        if hour in seen:
            surplus.append(row.id)
        seen.add(hour)
    for start in range(0, len(surplus), 500):
        session.execute(delete(Plan).where(Plan.id.in_(surplus[start : start + 500])))
