"""One tick of one site from end to end: refresh what is old, take the lease, decide, act, wait for the read-back, and tell."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from app.control import collect, lease, market_link
from app.control.act import Outcome, carry_out
from app.control.connections import REFUSALS, Opener, brand_of, load
from app.control.loop import judge, problems_of, tick
from app.control.observe import observe
from app.control.planning.renew import renew_due
from app.control.sample import sample
from app.control.sample_inverter import sample_inverter
from app.control.surroundings import Surroundings
from app.domain.arbiter import Decision
from app.domain.codec import to_json
from app.domain.opinions import Wish
from app.domain.reconcile import ForgetOwner, RememberOwner, Write
from app.domain.sentences import sentence
from app.domain.snapshot import Snapshot
from app.models.connection import Connection
from app.models.energy import Reading
from app.models.site import Site

HOLDER = "tick"


@dataclass
class Report:
    """What `flask tick` prints."""

    now: datetime
    live: dict[str, Any] | None
    wishes: list[dict[str, Any]]
    limits: dict[str, Any]
    desired: dict[str, Any] | None
    steps: list[str] = field(default_factory=list)
    confirmed: bool = True
    problems: list[str] = field(default_factory=list)
    refused: str | None = None  # a vendor that does not accept the owner's credentials

    def as_json(self) -> dict[str, Any]:
        """The value of `--json`."""
        return {
            "now": to_json(self.now),
            "live": self.live,
            "wishes": self.wishes,
            "limits": self.limits,
            "desired": self.desired,
            "steps": self.steps,
            "confirmed": self.confirmed,
            "problems": self.problems,
        }


def tick_once(around: Surroundings, site: Site, clock: Callable[[], datetime], *, is_dry_run: bool = False) -> Report:
    """Act once on `site`. Raises LeaseHeld while a live scheduler acts on it. Vendor errors are told in the report."""
    opener = Opener(around, clock)
    holder = lease.holder_name(HOLDER)
    if not is_dry_run:
        with around.session() as session:
            grant = lease.take(session, site.id, holder, clock())
    try:
        refresh(around, opener, site.id, clock)
        if is_dry_run:
            with around.session() as session:
                snapshot = observe(session, session.get_one(Site, site.id), clock())
            return _report(around, site.id, snapshot, judge(snapshot), [])
        with around.session() as session:
            judgement = tick(session, session.get_one(Site, site.id), clock(), grant)
        outcomes = [carry_out(around, opener, order, clock) for order in judgement.orders]
        return _report(around, site.id, judgement.snapshot, judgement.decision, outcomes)
    finally:
        if not is_dry_run:
            with around.session() as session:
                lease.release(session, holder, clock())


def refresh(around: Surroundings, opener: Opener, site_id: int, clock: Callable[[], datetime]) -> None:
    """Fetch prices and readings that are older than their cadence. Failures are kept at their connections."""
    with around.reading() as session:
        retailer, battery = load(session, site_id, "retailer"), load(session, site_id, "battery")
        read_at = session.scalar(select(func.max(Reading.taken_at)).where(Reading.site_id == site_id)) if battery else None
        inverters = session.scalars(select(Connection).where(Connection.site_id == site_id, Connection.role == "inverter")).all()
    now = clock()
    if retailer is not None:
        collect.fetch_due(around, opener, retailer.id, now)
        market_link.bring_market(around, opener, retailer.id, now)
    if battery is not None:
        poll = timedelta(seconds=brand_of("battery", battery.brand).as_linked(battery.config).poll_s)
        if read_at is None or not timedelta(0) <= now - read_at < poll:
            sample(around, opener, battery.id, now)
    for inverter in inverters:
        poll = timedelta(seconds=brand_of("inverter", inverter.brand).poll_s)
        if inverter.facts_at is None or not timedelta(0) <= now - inverter.facts_at < poll:
            sample_inverter(around, opener, inverter.id, now)
    renew_due(around, site_id, clock)


def _report(around: Surroundings, site_id: int, snapshot: Snapshot, decision: Decision, outcomes: list[Outcome]) -> Report:
    chosen = decision.battery
    problems = [sentence(reason, snapshot.zone) for reason in problems_of(snapshot, decision)]
    refused = None
    with around.session() as session:
        for connection in session.scalars(select(Connection).where(Connection.site_id == site_id)):
            if connection.problem:
                problems.append(connection.problem)
                if connection.problem_kind in REFUSALS:
                    refused = connection.problem
    problems += [each.problem for each in outcomes if each.problem and each.problem not in problems]
    return Report(
        now=snapshot.now,
        live=_live(snapshot),
        wishes=[
            {"policy": policy, "axis": str(wish.axis), "command": type(wish.command).__name__, "until": to_json(wish.expires_at)}
            for policy, wish in _wishes(snapshot, decision)
        ],
        limits={name: value for name, value in to_json(decision.limits).items() if value is not None},
        desired=(
            {
                "axis": "battery",
                "command": type(chosen.command).__name__,
                "policy": chosen.policy,
                "reason": sentence(chosen.wish.reason, snapshot.zone),
            }
            if chosen
            else None
        ),
        steps=[_step_in_words(step) for outcome in outcomes for step in outcome.steps],
        confirmed=all(outcome.is_confirmed and outcome.problem is None for outcome in outcomes),
        problems=problems,
        refused=refused,
    )


def _wishes(snapshot: Snapshot, decision: Decision) -> list[tuple[str, Wish]]:
    return [(policy, standing.wish) for policy, standing in decision.standing.items()] + [
        ("owner", pressed.wish) for pressed in snapshot.owner_wishes
    ]


def _step_in_words(step: RememberOwner | Write | ForgetOwner) -> str:
    match step:
        case RememberOwner():
            return "remember the owner's settings"
        case Write(fields=fields, is_restore=is_restore):
            return ("give back " if is_restore else "write ") + ", ".join(sorted(fields))
        case ForgetOwner():
            return "the owner's settings are back"


def _live(snapshot: Snapshot) -> dict[str, Any] | None:
    live = snapshot.live
    if live is None:
        return None
    return {
        "solar_w": live.solar_w,
        "grid_w": live.grid_w,
        "battery_w": live.battery_w,
        "load_w": live.load_w,
        "soc_pct": live.soc_pct,
        "taken_at": to_json(live.taken_at),
    }
