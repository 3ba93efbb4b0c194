"""The owner edits a policy: nothing is overwritten unseen, and what a change does to today's tariff can be seen before it is saved."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.control.observe import observe
from app.domain.settings import PolicySettingsType, SettingsBook, policy_settings
from app.domain.tariffs.half_hourly import Slot
from app.models.policy_settings import PolicySettings
from app.models.site import Site
from app.services import sites
from app.services.policy_forms import settings_from, stored_from
from app.services.signals import ring
from app.services.tariff_view import shaped_now

SHAPING = ("export_boost", "chip_mode", "spike_protection", "demand")  # what can change the tariff that the battery sees
_LEAST_CHANGE_C = 0.005  # below this a page shows the same figure twice


@dataclass(frozen=True, slots=True)
class Edited:
    """A policy's settings as stored, and the count of changes by which a stale form is known (0: never touched)."""

    kind: PolicySettingsType
    values: Mapping[str, Any]
    revision: int
    changed_at: datetime | None

    @property
    def is_default(self) -> bool:
        return self.values == stored_from(self.kind.name, {})


class ChangedMeanwhile(Exception):
    """Somebody changed these settings after the form was shown. `present` is what stands now."""

    def __init__(self, present: Edited) -> None:
        super().__init__(present.kind.name)
        self.present = present


@dataclass(frozen=True, slots=True)
class SlotChange:
    """A half-hour whose price the edited settings change, c/kWh."""

    start: datetime
    import_from_c: float
    import_to_c: float
    feed_in_from_c: float
    feed_in_to_c: float

    @property
    def changes_import(self) -> bool:
        return abs(self.import_to_c - self.import_from_c) >= _LEAST_CHANGE_C

    @property
    def changes_feed_in(self) -> bool:
        return abs(self.feed_in_to_c - self.feed_in_from_c) >= _LEAST_CHANGE_C


@dataclass(frozen=True, slots=True)
class Preview:
    """What edited settings change in the tariff that the battery would be given now, in order of time; or why nobody can say."""

    changes: tuple[SlotChange, ...] = ()
    problem: str | None = None


def available() -> tuple[PolicySettingsType, ...]:
    """The policies that can be switched on, tariff sync first."""
    kinds = list(policy_settings().values())
    order = ("tariff_sync", *SHAPING)
    return tuple(sorted(kinds, key=lambda kind: (order.index(kind.name) if kind.name in order else len(order), kind.title)))


def edited(session: Session, site_id: int, policy: str, *, to_change: bool = False) -> Edited:
    """What is stored; the defaults where nothing is. Raises KeyError for a policy that cannot be switched on."""
    kind = {each.name: each for each in available()}[policy]
    row = session.get(PolicySettings, (site_id, policy), with_for_update=to_change or None)
    if row is None:
        return Edited(kind, stored_from(policy, {}), 0, None)
    return Edited(kind, stored_from(policy, dict(row.values)), row.revision, row.changed_at)


def save(session: Session, site_id: int, policy: str, values: dict[str, Any], revision: int, now: datetime) -> None:
    """Store validated settings, if nobody changed them since `revision`, and wake the loop. Commits. Raises ChangedMeanwhile."""
    present = edited(session, site_id, policy, to_change=True)
    if present.revision != revision:
        session.rollback()
        raise ChangedMeanwhile(present)
    try:
        sites.save_policy(session, site_id, policy, values, now)
        session.flush()
    except IntegrityError:  # two first changes at once: one of them made the row
        session.rollback()
        raise ChangedMeanwhile(edited(session, site_id, policy)) from None
    ring(session, site_id)
    session.commit()


def restore_defaults(session: Session, site_id: int, policy: str, revision: int, now: datetime) -> None:
    """As if the owner had never touched the policy. Commits. Raises ChangedMeanwhile."""
    save(session, site_id, policy, stored_from(policy, {}), revision, now)


def preview(session: Session, site: Site, policy: str, values: dict[str, Any], now: datetime) -> Preview:
    """The same shaping as the upload, once with the stored and once with the edited settings."""
    snapshot = observe(session, site, now)
    book = SettingsBook({**snapshot.settings.by_name, policy: settings_from(policy, values)})
    before, after = shaped_now(snapshot), shaped_now(replace(snapshot, settings=book))
    if isinstance(before, str) or isinstance(after, str):
        return Preview(problem=before if isinstance(before, str) else str(after))
    pairs = zip(before.result.slots, after.result.slots, strict=True)
    changes = [change for old, new in pairs if (change := _change(old, new)) is not None]
    return Preview(tuple(sorted(changes, key=lambda change: change.start)))


def _change(old: Slot, new: Slot) -> SlotChange | None:
    change = SlotChange(new.start, old.import_c_per_kwh, new.import_c_per_kwh, old.feed_in_c_per_kwh, new.feed_in_c_per_kwh)
    return change if change.changes_import or change.changes_feed_in else None
