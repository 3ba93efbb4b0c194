"""The journal: one entry per change, with what was wanted and why, what became of it, and the snapshot to decide it again."""

import json
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.arbiter import Decision
from app.domain.codec import from_json, to_json
from app.domain.opinions import BATTERY, Axis, FollowTariff, Limit, Nothing, Opinion, Unknown, Wish
from app.domain.reasons import Reason
from app.domain.snapshot import Snapshot
from app.models.control import JournalEntry, TariffUpload


def write(session: Session, site_id: int, at: datetime, kind: str, reason: Reason, state: str, **more: Any) -> JournalEntry:
    """Add an entry; the caller commits."""
    entry = JournalEntry(
        site_id=site_id, at=at, kind=kind, code=reason.code, params=to_json(reason.params), state=state, **{"detail": {}, **more}
    )
    session.add(entry)
    session.flush()
    return entry


def last_sent(session: Session, connection_id: int) -> JournalEntry | None:
    """The newest entry of something that was sent to a device."""
    query = select(JournalEntry).where(JournalEntry.connection_id == connection_id, JournalEntry.sent_at.is_not(None))
    return session.scalars(query.order_by(JournalEntry.id.desc()).limit(1)).one_or_none()


def last_upload(session: Session, site_id: int) -> TariffUpload | None:
    """The newest tariff that was sent."""
    query = select(TariffUpload).where(TariffUpload.site_id == site_id)
    return session.scalars(query.order_by(TariffUpload.id.desc()).limit(1)).one_or_none()


def detail_of(decision: Decision, axis: Axis = BATTERY) -> dict[str, Any]:
    """Who wished what, which limits bound, what was clamped: as the owner reads it later."""
    chosen = decision.chosen.get(axis)
    return {
        "axis": str(axis),
        "command": short_command(chosen.command) if chosen else None,
        "began_at": to_json(chosen.began_at) if chosen else None,
        "wishes": wishes_of(decision.opinions),
        "limits": [to_json(reason) for reason in decision.limit_reasons],
        "clamped": [to_json(reason) for reason in chosen.clamped_by] if chosen else [],
        "policy": chosen.policy if chosen else None,
        "stood_down": sorted(decision.stood_down),
    }


def wishes_of(opinions: Mapping[str, Opinion]) -> list[dict[str, Any]]:
    """Each policy's opinion in short: its reason and what it wants, without the 48 slots of a tariff."""
    rows: list[dict[str, Any]] = []
    for policy, opinion in sorted(opinions.items()):
        reason = reason_of(opinion)
        if reason is None:
            continue
        row: dict[str, Any] = {"policy": policy, "opinion": type(opinion).__name__, "reason": to_json(reason)}
        if isinstance(opinion, Wish):
            row |= {"command": short_command(opinion.command), "until": to_json(opinion.expires_at)}
        rows.append(row)
    return rows


def reason_of(opinion: Opinion) -> Reason | None:
    """Why a policy holds this opinion."""
    match opinion:
        case Wish(reason=reason) | Limit(reason=reason) | Unknown(reason=reason):
            return reason
        case Nothing(reason=maybe):
            return maybe


def short_command(command: Any) -> dict[str, Any]:
    """A command as JSON without a tariff's slots."""
    if isinstance(command, FollowTariff):
        return {"is": "FollowTariff", "replan": command.replan}
    return to_json(command)  # type: ignore[no-any-return]


def command_code(detail: Mapping[str, Any]) -> str:
    """What an entry asked of its device: "Charge", or "limits" where it was a limit alone."""
    return str((detail.get("command") or {}).get("is", "limits"))


def pack(snapshot: Snapshot) -> bytes:
    """The snapshot, compressed: a few kilobytes."""
    return zlib.compress(json.dumps(to_json(snapshot), separators=(",", ":")).encode(), 6)


def unpack(packed: bytes) -> Snapshot:
    """The snapshot of an entry, from which the decision can be made again."""
    return from_json(Snapshot, json.loads(zlib.decompress(packed)))


def ages(snapshot: Snapshot) -> dict[str, float]:
    """How old the inputs were, seconds."""
    found: dict[str, float] = {}
    if snapshot.prices is not None:
        found["prices"] = (snapshot.now - snapshot.prices.as_of).total_seconds()
    if snapshot.live is not None:
        found["reading"] = (snapshot.now - snapshot.live.taken_at).total_seconds()
    return found


def reasons_from(stored: Sequence[Mapping[str, Any]]) -> list[Reason]:
    """Stored reasons as values."""
    return [Reason(each["code"], each.get("params", {})) for each in stored]
