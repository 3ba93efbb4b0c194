"""Deciding again: a journal entry's snapshot is judged once more, and the decision compared with what the entry recorded."""

import zlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session, undefer

from app.control.journal import reason_of, short_command, unpack
from app.control.loop import headline, judge, problems_of
from app.domain.arbiter import Decision
from app.domain.codec import to_json
from app.domain.opinions import Wish
from app.domain.sentences import sentence
from app.domain.snapshot import Snapshot
from app.models.control import JournalEntry

# What is done towards the owner's settings is recorded under the code of the deed, not of the wish.
_RESTORES = frozenset({"restoring", "restored"})


class NotReplayable(Exception):
    """There is no such entry, or nothing is kept from which it could be decided again."""


@dataclass(frozen=True)
class Replay:
    """What an entry recorded, and what is decided from its snapshot now."""

    entry: JournalEntry
    snapshot: Snapshot
    decision: Decision

    @property
    def policy(self) -> str | None:
        """Whose wish the battery would follow."""
        return self.decision.battery.policy if self.decision.battery else None

    @property
    def is_same(self) -> bool:
        """Whether the decision has the code and the policy that the entry recorded."""
        return self._has_same_code() and self.policy == self.entry.detail.get("policy")

    def _has_same_code(self) -> bool:
        if self.entry.kind == "notice":
            return self.entry.code in {problem.code for problem in problems_of(self.snapshot, self.decision)}
        if self.entry.code in _RESTORES:
            return self.decision.battery is None or not self.snapshot.is_control_on
        return self.entry.code == headline(self.snapshot, self.decision).code

    def as_json(self) -> dict[str, Any]:
        """The value of `flask replay --json`."""
        chosen = self.decision.battery
        reason = headline(self.snapshot, self.decision)
        return {
            "entry": self.entry.id,
            "at": to_json(self.entry.at),
            "kind": self.entry.kind,
            "recorded": {"code": self.entry.code, "policy": self.entry.detail.get("policy")},
            "decided": {
                "code": reason.code,
                "policy": self.policy,
                "command": short_command(chosen.command) if chosen else None,
                "reason": sentence(reason, self.snapshot.zone),
                "clamped": [sentence(each, self.snapshot.zone) for each in chosen.clamped_by] if chosen else [],
                "until": to_json(chosen.wish.expires_at) if chosen else None,
            },
            "limits": {name: value for name, value in to_json(self.decision.limits).items() if value is not None},
            "opinions": [self._opinion(policy) for policy in sorted(self.decision.opinions)],
            "problems": [sentence(each, self.snapshot.zone) for each in problems_of(self.snapshot, self.decision)],
            "same": self.is_same,
        }

    def _opinion(self, policy: str) -> dict[str, Any]:
        opinion = self.decision.opinions[policy]
        reason = reason_of(opinion)
        return {
            "policy": policy,
            "opinion": type(opinion).__name__,
            "command": short_command(opinion.command) if isinstance(opinion, Wish) else None,
            "reason": sentence(reason, self.snapshot.zone) if reason else None,
        }

    def as_text(self) -> str:
        """The same for people."""
        told = self.as_json()
        decided = told["decided"]
        command = decided["command"]["is"] if decided["command"] else "the owner's own settings"
        lines = [
            f"Entry {told['entry']} of {told['at']}: {told['recorded']['code']} by {told['recorded']['policy'] or 'nobody'}",
            f"Decided again: {command} by {decided['policy'] or 'nobody'}",
            f"  {decided['reason']}",
            *(f"  {each}" for each in decided["clamped"]),
            *(f"limit: {name} {value}" for name, value in told["limits"].items()),
            *(f"{each['policy']}: {each['opinion']}" + (f", {each['reason']}" if each["reason"] else "") for each in told["opinions"]),
            *(f"problem: {each}" for each in told["problems"]),
            "The same as recorded" if told["same"] else "Not the same as recorded",
        ]
        return "\n".join(lines)


def replay(session: Session, entry_id: int) -> Replay:
    """Decide again what entry `entry_id` recorded. Raises NotReplayable."""
    entry = session.get(JournalEntry, entry_id, options=[undefer(JournalEntry.snapshot)])
    if entry is None:
        raise NotReplayable(f"there is no journal entry {entry_id}")
    if entry.snapshot is None:
        raise NotReplayable(
            f"journal entry {entry_id} has no snapshot: it is kept for 30 days, and what an owner or a device did by itself has none"
        )
    try:
        snapshot = unpack(entry.snapshot)
    except (zlib.error, ValueError, KeyError, TypeError):
        raise NotReplayable(f"the snapshot of journal entry {entry_id} was written by another version and cannot be read") from None
    return Replay(entry, snapshot, judge(snapshot))
