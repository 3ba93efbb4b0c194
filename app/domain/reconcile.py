"""From what is wanted and what is in force to the few steps that are needed. The steps are data: a test can attack every order of crash."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Settings = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RememberOwner:
    """Store the owner's own settings. Committed before the first command goes out."""

    settings: Settings


@dataclass(frozen=True, slots=True)
class Write:
    """Write these fields of the target; what is sent is stored before the device is called."""

    target: Settings
    fields: frozenset[str]
    until: datetime | None
    is_restore: bool


@dataclass(frozen=True, slots=True)
class ForgetOwner:
    """The device shows the owner's settings again: delete the stored ones. Only after that was read back."""


Step = RememberOwner | Write | ForgetOwner


@dataclass(frozen=True, slots=True)
class Intent:
    """What the battery should hold: the complete target of a command, or the owner's own settings (`is_restore`)."""

    target: Settings
    is_restore: bool
    until: datetime | None = None


def reconcile(intent: Intent, different: frozenset[str], baseline: Settings | None, owners_now: Settings) -> list[Step]:
    """Pure. `different`: the fields of the target that the device does not show; `owners_now`: what it holds, without what PowerSync wrote.

    Nothing to change means no step. With nobody wishing anything and nothing remembered, the device is the owner's and is left alone."""
    if intent.is_restore:
        if baseline is None:
            return []
        return [Write(intent.target, different, None, is_restore=True)] if different else [ForgetOwner()]
    if not different and baseline is None:
        # The device already does what is wanted by the owner's own settings: nothing to remember, nothing to write.
        return []
    steps: list[Step] = [] if baseline is not None else [RememberOwner(owners_now)]
    if different:
        steps.append(Write(intent.target, different, intent.until, is_restore=False))
    return steps


@dataclass(frozen=True, slots=True)
class ForeignChange:
    """A setting that somebody else changed: from what was confirmed to what is found."""

    field: str
    was: Any
    now: Any


def foreign_changes(
    confirmed: Settings | None, found: Settings, differing_from_confirmed: frozenset[str], sent: Settings, shows_sent: frozenset[str]
) -> tuple[ForeignChange, ...]:
    """Pure: the fields that differ from what was confirmed and are not what PowerSync sent since.

    `shows_sent`: the fields of `sent` that `found` shows in meaning: a write of ours that took after all is not the owner's change."""
    if confirmed is None:
        return ()
    ours = {field for field in sent if field in shows_sent}
    return tuple(
        ForeignChange(field, confirmed.get(field), found.get(field)) for field in sorted(differing_from_confirmed - ours) if field in found
    )
