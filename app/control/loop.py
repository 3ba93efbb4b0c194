"""One tick of one site: observe → decide → record what was decided → order the battery to follow."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.control import journal
from app.control.act import Order
from app.control.effect import note_effects
from app.control.lease import Grant
from app.control.observe import observe
from app.domain.arbiter import OWNER, Chosen, Decision, decide
from app.domain.codec import from_json, to_json
from app.domain.opinions import BATTERY, NO_LIMITS, Axis, Command, FollowTariff, Limit, Unknown, Wish
from app.domain.policies import opinions_on
from app.domain.reasons import Reason, because
from app.domain.snapshot import Snapshot
from app.domain.told import told_since
from app.domain.wish_ends import EndsWhen, ended_by
from app.models.connection import Connection
from app.models.control import Baseline, LastDecision, OwnerWish, PolicyWish, StandDown
from app.models.site import Site


@dataclass(frozen=True)
class Judgement:
    """What a tick saw and decided, and the orders that follow: one for each device that is to be told or given back something."""

    snapshot: Snapshot
    decision: Decision
    orders: tuple[Order, ...]


def judge(snapshot: Snapshot) -> Decision:
    """Pure: every policy's opinion, and the decision. The same for the loop, the preview, a dry run and a replay."""
    return decide(snapshot, opinions_on(snapshot))


def tick(session: Session, site: Site, now: datetime, grant: Grant) -> Judgement:
    """Observe, decide and record. The caller hands the orders to the devices' workers; nothing here calls a vendor. Commits."""
    snapshot = observe(session, site, now)
    if end_met_wishes(session, site.id, snapshot):
        snapshot = observe(session, site, now)
    decision = judge(snapshot)
    if resume_where_outranked(session, site.id, snapshot, decision):
        snapshot = observe(session, site, now)
        decision = judge(snapshot)
    remember(session, site.id, decision)
    record(session, site, snapshot, decision)
    note_effects(session, site.id, snapshot)
    orders = orders_for(session, site.id, grant, snapshot, decision)
    session.commit()
    return Judgement(snapshot, decision, orders)


def end_met_wishes(session: Session, site_id: int, snapshot: Snapshot) -> bool:
    """End the owner's wishes whose charge or price has come, and tell why. Returns whether one ended."""
    conditional = (OwnerWish.until_soc_pct.is_not(None)) | (OwnerWish.until_price_c.is_not(None))
    alive = (OwnerWish.site_id == site_id, OwnerWish.ended_at.is_(None), OwnerWish.expires_at > snapshot.now, conditional)
    ended = False
    for row in session.scalars(select(OwnerWish).where(*alive)).all():
        command: Command = from_json(Command, row.command)  # type: ignore[arg-type]
        why = ended_by(command, EndsWhen(row.until_soc_pct, row.until_price_c), snapshot)
        if why is not None:
            row.ended_at, ended = snapshot.now, True
            journal.write(session, site_id, snapshot.now, "owner", why, "told")
    return ended


def resume_where_outranked(session: Session, site_id: int, snapshot: Snapshot, decision: Decision) -> bool:
    """A wish of higher rank that begins ends the standing down of lower ones: they may wish again after it."""
    if not snapshot.owner_wishes:
        session.execute(delete(StandDown).where(StandDown.site_id == site_id, StandDown.policy == OWNER))
    chosen = decision.battery
    if chosen is None or not decision.stood_down:
        return False
    ended = session.execute(
        delete(StandDown).where(
            StandDown.site_id == site_id, StandDown.priority < int(chosen.wish.priority), StandDown.seen_at <= chosen.began_at
        )
    )
    return bool(ended.rowcount)  # type: ignore[attr-defined]


def remember(session: Session, site_id: int, decision: Decision) -> None:
    """Keep each policy's wish, or limit that ends, for the next tick; what nobody wishes any more is deleted."""
    rows = {row.policy: row for row in session.query(PolicyWish).filter_by(site_id=site_id)}
    kept: dict[str, tuple[Wish | Limit, datetime, datetime]] = {
        policy: (standing.wish, standing.began_at, standing.wish.expires_at) for policy, standing in decision.standing.items()
    }
    for policy, bound in decision.standing_limits.items():
        if bound.limit.expires_at is not None:
            kept[policy] = (bound.limit, bound.began_at, bound.limit.expires_at)
    for policy, (opinion, began_at, expires_at) in kept.items():
        row = rows.pop(policy, None)
        if row is None:
            row = PolicyWish(site_id=site_id, policy=policy)
            session.add(row)
        row.wish, row.began_at, row.expires_at = to_json(opinion), began_at, expires_at
    for row in rows.values():
        session.delete(row)


def record(session: Session, site: Site, snapshot: Snapshot, decision: Decision) -> None:
    """What the pages show as present, and an entry in the journal when what is shown changes."""
    reason, problems = headline(snapshot, decision), problems_of(snapshot, decision)
    chosen = decision.battery
    row = session.get(LastDecision, site.id)
    was_code = row.code if row is not None else None
    was_problems = [each["code"] for each in row.problems] if row is not None else []
    if row is None:
        row = LastDecision(site_id=site.id)
        session.add(row)
    row.at = snapshot.now
    row.policy = chosen.policy if chosen else None
    row.command = journal.short_command(chosen.command) if chosen else None
    row.code, row.params = reason.code, to_json(reason.params)
    row.began_at, row.expires_at = (chosen.began_at, chosen.wish.expires_at) if chosen else (None, None)
    row.wishes = journal.wishes_of(decision.opinions)
    row.limits = to_json(decision.limits)
    row.problems = [to_json(problem) for problem in problems]
    _note_changes(session, site, snapshot, decision, was_code, was_problems)


def _note_changes(
    session: Session, site: Site, snapshot: Snapshot, decision: Decision, was_code: str | None, was_problems: list[str]
) -> None:
    for problem in problems_of(snapshot, decision):
        if problem.code not in was_problems:
            journal.write(
                session,
                site.id,
                snapshot.now,
                "notice",
                problem,
                "told",
                detail=journal.detail_of(decision),
                snapshot=journal.pack(snapshot),
            )
    chosen = decision.battery
    if snapshot.is_control_on or chosen is None or was_code == chosen.wish.reason.code:
        return
    journal.write(
        session,
        site.id,
        snapshot.now,
        "decision",
        chosen.wish.reason,
        "watched",
        detail=journal.detail_of(decision) | {"ages": journal.ages(snapshot)},
        snapshot=journal.pack(snapshot),
    )


def headline(snapshot: Snapshot, decision: Decision) -> Reason:
    """The one reason that stands above everything on the page."""
    if decision.battery is not None:
        return decision.battery.wish.reason
    return because("owners_settings")


def problems_of(snapshot: Snapshot, decision: Decision) -> list[Reason]:
    """What holds something back: opinions that do not know, and a mode that ignores what is sent."""
    problems = [opinion.reason for opinion in decision.opinions.values() if isinstance(opinion, Unknown)]
    chosen = decision.battery
    if chosen is not None and isinstance(chosen.command, FollowTariff) and snapshot.battery is not None:
        mode = (snapshot.battery.settings or {}).get("mode")
        if mode is not None and mode in snapshot.battery.modes_that_ignore_tariffs:
            problems.append(because("mode_ignores_tariffs", mode=snapshot.battery.modes_that_ignore_tariffs[mode]))
    return problems


def orders_for(session: Session, site_id: int, grant: Grant, snapshot: Snapshot, decision: Decision) -> tuple[Order, ...]:
    """What the workers are told. A device that nobody wishes anything of, and that has nothing to be given back, is told nothing; the
    battery is, while control is on, as limits hold for it without a wish."""
    devices = session.execute(
        select(Connection.id, Connection.role, Baseline.connection_id)
        .outerjoin(Baseline, Baseline.connection_id == Connection.id)
        .where(Connection.site_id == site_id, Connection.role.in_(("battery", "inverter")))
        .order_by(Connection.id)
    ).all()
    orders, batteries = [], 0
    for connection_id, role, has_baseline in devices:
        axis = BATTERY if role == "battery" else Axis(role, str(connection_id))
        batteries += role == "battery"
        if role == "battery" and batteries > 1:
            continue  # a site steers one battery
        is_told = snapshot.is_control_on and (axis == BATTERY or axis in decision.chosen)
        if is_told or has_baseline is not None:
            orders.append(_order(connection_id, axis, grant, snapshot, decision))
    return tuple(orders)


def _order(connection_id: int, axis: Axis, grant: Grant, snapshot: Snapshot, decision: Decision) -> Order:
    chosen = decision.chosen.get(axis)
    is_battery = axis == BATTERY
    detail: dict[str, Any] = journal.detail_of(decision, axis) | {"ages": journal.ages(snapshot)}
    return Order(
        grant=grant,
        connection_id=connection_id,
        now=snapshot.now,
        zone=snapshot.zone,
        may_command=snapshot.is_control_on,
        command=chosen.command if chosen else None,
        limits=decision.limits if is_battery else NO_LIMITS,
        firm_limits=decision.firm_limits if is_battery else NO_LIMITS,
        yielding=decision.yielding if is_battery else {},
        policy=chosen.policy if chosen else "",
        priority=chosen.wish.priority if chosen else None,
        reason=chosen.wish.reason if chosen else _why_narrowed(decision) if is_battery else because("owners_settings"),
        began_at=told_since(chosen.began_at, chosen.wish.told_until) if chosen else snapshot.now,
        until=_told_until(chosen),
        detail=detail,
        snapshot=snapshot,
    )


def _told_until(chosen: Chosen | None) -> datetime | None:
    """The end that a device is told: the owner's minute, or what a policy has chosen for devices that plan by time."""
    if chosen is None:
        return None
    return chosen.wish.told_until or (chosen.wish.expires_at if chosen.policy == OWNER else None)


def _why_narrowed(decision: Decision) -> Reason:
    """Without a wish, a limit that is more than the site's own caps is why something changes."""
    return decision.limit_reasons[0] if decision.limit_reasons else because("owners_settings")
