"""Whose setting is it? A value that PowerSync neither confirmed nor sent was set by somebody else: it becomes the owner's, and a wish that
needs that setting stands down until the owner decides. What a device changes by itself, and what a limit forbids, is put right instead."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.control import journal
from app.control.lease import Grant
from app.control.steered import Steered
from app.devices.capabilities import Settings
from app.domain.codec import to_json
from app.domain.opinions import NO_LIMITS, BatteryLimits, Command, Priority
from app.domain.reasons import because
from app.domain.reconcile import ForeignChange, foreign_changes
from app.models.control import Baseline, DeviceState, StandDown

DRIFT_WINDOW, DRIFTS_PUT_RIGHT = timedelta(minutes=30), 2
LIMIT_EVERY, LIMIT_ROUNDS = timedelta(minutes=5), 3
AFTER_REPLAN = timedelta(minutes=10)


class Ordered(Protocol):
    """What is asked of the device (see `act.Order`)."""

    @property
    def grant(self) -> Grant: ...
    @property
    def connection_id(self) -> int: ...
    @property
    def zone(self) -> ZoneInfo: ...
    @property
    def command(self) -> Command | None: ...
    @property
    def firm_limits(self) -> BatteryLimits: ...
    @property
    def yielding(self) -> Mapping[str, BatteryLimits]: ...
    @property
    def policy(self) -> str: ...
    @property
    def priority(self) -> Priority | None: ...
    @property
    def began_at(self) -> datetime: ...
    @property
    def until(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Needs:
    """The settings that the wish, and that the limits, hold apart from the owner's."""

    wish: frozenset[str]
    limits: frozenset[str]
    yielding: Mapping[str, frozenset[str]]  # policy → what its limit holds, where the owner's hand suspends it

    def holds(self, field: str) -> bool:
        """Whether anything wanted needs this setting apart from the owner's own."""
        return field in self.wish or field in self.limits or any(field in held for held in self.yielding.values())


def settle(session: Session, device: Steered, order: Ordered, now: datetime) -> bool:
    """Account for every difference between what was confirmed and what is found; what nobody of us set becomes the owner's.

    Returns whether the order's wish, or a limit that gives way, needs such a setting and stands down. The caller commits."""
    state = session.get(DeviceState, order.connection_id)
    if state is None or state.found is None or state.confirmed is None:
        return False
    changes = unexplained(device, state)
    baseline = session.get(Baseline, order.connection_id)
    if baseline is None:
        state.confirmed = {**state.confirmed, **state.found} if changes else state.confirmed
        return False
    owners = baseline.settings
    needs = what_is_needed(device, order, owners)
    adopted = tuple(change for change in changes if not _is_put_right(change, device, state, needs, now))
    for change in adopted:
        baseline.settings = {**baseline.settings, change.field: change.now}
        baseline.refused = {field: why for field, why in baseline.refused.items() if field != change.field}
        baseline.changed_at = now
        state.confirmed = {**state.confirmed, change.field: change.now}
    suspended = _suspended(order, needs, {change.field for change in adopted})
    told = tuple(change for change in adopted if needs.holds(change.field) or not _is_the_owners_already(change, device, owners))
    if told:
        _tell(session, device, order, told, suspended, now)
    return bool(suspended)


def _suspended(order: Ordered, needs: Needs, changed: set[str]) -> dict[str, Priority]:
    """The policies that wait for the owner now, each with the rank that it had. A suspended limit waits for the owner alone."""
    suspended = {policy: Priority.OWNER for policy, held in needs.yielding.items() if held & changed}
    if order.priority is not None and needs.wish & changed:
        suspended[order.policy] = order.priority
    return suspended


def unexplained(device: Steered, state: DeviceState) -> tuple[ForeignChange, ...]:
    """What differs from what was confirmed and is neither a value that was sent since nor one of PowerSync's own plans."""
    found, confirmed = state.found or {}, state.confirmed or {}
    newest = {field: values[-1] for field, values in state.sent.items()}
    shown = frozenset(field for field, values in state.sent.items() if any(not device.differing({field: value}, found) for value in values))
    owners = device.owners(found)
    return tuple(
        change for change in foreign_changes(confirmed, found, device.differing(confirmed, found), newest, shown) if change.field in owners
    )


def what_is_needed(device: Steered, order: Ordered, owners: Settings) -> Needs:
    """Which settings the order holds apart from the owner's own."""

    def apart(command: Command | None, limits: BatteryLimits) -> frozenset[str]:
        target = device.target(command, limits, owners, now=order.began_at, until=order.until, zone=order.zone)
        return device.differing(target, owners) | (frozenset(target) - frozenset(owners))

    return Needs(
        apart(order.command, NO_LIMITS) if order.command else frozenset(),
        apart(None, order.firm_limits),
        {policy: apart(None, limits) for policy, limits in order.yielding.items()},
    )


def _is_the_owners_already(change: ForeignChange, device: Steered, owners: Settings) -> bool:
    """Whether the device went back to what the owner has anyway, as at the end of its own timer."""
    return change.field in owners and not device.differing({change.field: change.now}, owners)


def _is_put_right(change: ForeignChange, device: Steered, state: DeviceState, needs: Needs, now: datetime) -> bool:
    """Whether this difference is the device's own drift or against a limit, and may be put right once more."""
    earlier = [datetime.fromisoformat(at) for field, at in state.drifts if field == change.field]
    if change.field in needs.limits:
        if len(earlier) >= LIMIT_ROUNDS:
            return False
    else:
        just_replanned = state.replanned_at is not None and now - state.replanned_at <= AFTER_REPLAN
        is_a_drift = change.now in device.abilities.drifts.get(change.field, ())
        is_held = change.field in needs.wish or any(change.field in held for held in needs.yielding.values())
        if not is_a_drift or not (is_held or just_replanned):
            return False
        if sum(now - at <= DRIFT_WINDOW for at in earlier) >= DRIFTS_PUT_RIGHT:
            return False
    if not earlier or now - earlier[-1] >= LIMIT_EVERY or change.field not in needs.limits:
        state.drifts = [*state.drifts, [change.field, now.isoformat()]][-12:]
    return True


def _tell(
    session: Session,
    device: Steered,
    order: Ordered,
    adopted: tuple[ForeignChange, ...],
    suspended: Mapping[str, Priority],
    now: datetime,
) -> None:
    """An entry for the owner, and what needs the changed settings stands down."""
    labels = device.abilities.settable
    what = " and the ".join(labels.get(change.field, change.field) for change in adopted)
    rows = [_in_words(device, change) for change in adopted]
    for policy, priority in suspended.items():
        site_id = order.grant.site_id
        row = session.get(StandDown, (site_id, policy))
        if row is None:
            session.add(StandDown(site_id=site_id, policy=policy, changes=rows, priority=int(priority), seen_at=now))
        else:
            row.changes, row.seen_at = [*row.changes, *rows], now
    journal.write(
        session,
        order.grant.site_id,
        now,
        "owner",
        because("owner_changed" if suspended else "owner_changed_adopted", what=what),
        "told",
        connection_id=order.connection_id,
        detail={"changes": rows, "policy": next(iter(suspended), order.policy)},
        needs_owner=bool(suspended),
    )


def _in_words(device: Steered, change: ForeignChange) -> Mapping[str, Any]:
    label = device.abilities.settable.get(change.field, change.field)
    was = device.in_words({change.field: change.was}) if change.was is not None else {}
    now = device.in_words({change.field: change.now})
    return {
        "field": change.field,
        "label": label,
        "was": to_json(was.get(label, "")),
        "now": to_json(now.get(label, "")),
    }
