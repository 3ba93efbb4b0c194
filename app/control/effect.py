"""Did the meter move? What a device confirmed counts as effective once a later reading shows it; what shows nothing is told."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.control import journal
from app.domain.opinions import Axis
from app.domain.reasons import because
from app.domain.snapshot import Snapshot
from app.models.control import JournalEntry

LOOK_BACK = timedelta(hours=4)
MOVES_FROM_W = 100.0  # below this a flow is the noise of the meter
CURTAILED_WITHIN = 0.05  # an inverter keeps its limit to a twentieth of it
TOLD_AFTER = timedelta(minutes=5)


def note_effects(session: Session, site_id: int, snapshot: Snapshot) -> None:
    """Mark what the newest reading shows, and tell once what it does not show after 5 minutes. The caller commits."""
    live = snapshot.live
    if live is None:
        return
    newest: set[int | None] = set()
    for entry in _open(session, site_id, snapshot.now):
        if entry.connection_id in newest:
            continue  # a later command of the same device took its place
        newest.add(entry.connection_id)
        if entry.effective_at is not None or entry.confirmed_at is None or live.taken_at < entry.confirmed_at:
            continue
        is_shown = _is_shown(entry.detail, snapshot)
        if is_shown:
            entry.effective_at = live.taken_at
        elif is_shown is False and snapshot.now - entry.confirmed_at >= TOLD_AFTER and not entry.detail.get("no_effect_told"):
            entry.detail = {**entry.detail, "no_effect_told": True}
            reason = because("no_effect", wanted=journal.command_code(entry.detail))
            journal.write(session, site_id, snapshot.now, "notice", reason, "told", connection_id=entry.connection_id)


def _open(session: Session, site_id: int, now: datetime) -> list[JournalEntry]:
    """What was sent to devices lately, the newest first."""
    recent = (JournalEntry.site_id == site_id, JournalEntry.at > now - LOOK_BACK, JournalEntry.sent_at.is_not(None))
    return list(session.scalars(select(JournalEntry).where(*recent).order_by(JournalEntry.id.desc()).limit(20)))


def _is_shown(detail: Mapping[str, Any], snapshot: Snapshot) -> bool | None:
    """Whether the reading shows the command; None where a reading cannot show it."""
    live, command = snapshot.live, detail.get("command") or {}
    if live is None:
        return None
    battery_w, grid_w = live.battery_w, live.grid_w
    match command.get("is"):
        case "Charge":
            return None if battery_w is None else battery_w <= -MOVES_FROM_W
        case "Discharge":
            return None if battery_w is None else battery_w >= MOVES_FROM_W
        case "Hold":
            return None if battery_w is None else battery_w <= MOVES_FROM_W
        case "Curtail":
            return _is_curtailed(str(detail.get("axis", "")), float(command.get("max_w", 0)), snapshot)
        case None if detail.get("limits"):
            return None if grid_w is None else grid_w >= -MOVES_FROM_W
    return None


def _is_curtailed(axis: str, max_w: float, snapshot: Snapshot) -> bool | None:
    for inverter in snapshot.inverters:
        if str(Axis("inverter", inverter.key)) == axis:
            if inverter.ac_w is None:
                return None
            if inverter.limits_export:
                grid_w = snapshot.live.grid_w if snapshot.live else None
                return None if grid_w is None else grid_w >= -max_w - MOVES_FROM_W
            return inverter.ac_w <= max_w * (1 + CURTAILED_WITHIN) + MOVES_FROM_W
    return None
