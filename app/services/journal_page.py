"""The journal as an owner reads it: sentences, facts, how far each change got, and what waits for a decision."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, defer

from app.control import journal
from app.domain.reasons import because
from app.models.control import JournalEntry, StandDown
from app.models.site import Site
from app.services import wishes
from app.services.journal_page_words import Fact, Progress, facts_of, progress_of, sentence_of

ENTRIES_READ = 200  # at most per page, before price updates are put together
BLOCKS_SHOWN = 20


class Show(StrEnum):
    """Which entries."""

    ALL = "all"
    PROBLEMS = "problems"
    YOURS = "yours"


class NotOpen(Exception):
    """The entry is not one that the owner can decide, or not any more."""


@dataclass(frozen=True, slots=True)
class Told:
    """One entry of the journal."""

    id: int
    at: datetime
    sentence: str
    facts: tuple[Fact, ...]
    progress: tuple[Progress, ...]
    is_watched: bool  # decided and not sent, as control was off
    is_still_on: bool
    is_open: bool  # waits for the owner
    is_kept: bool  # the owner kept the change; PowerSync may take it back later


@dataclass(frozen=True, slots=True)
class Update:
    """One of several price updates that are shown together."""

    at: datetime
    sentence: str
    confirmed_after: timedelta | None


@dataclass(frozen=True, slots=True)
class Updates:
    """Consecutive price updates, all confirmed, newest first."""

    since: datetime
    until: datetime
    updates: tuple[Update, ...]
    is_still_on: bool


@dataclass(frozen=True, slots=True)
class JournalPage:
    """One page of the journal, newest first."""

    now: datetime
    zone: ZoneInfo
    show: Show
    blocks: tuple[Told | Updates, ...]
    count_today: int
    earlier_before: int | None  # where the next page begins; None at the end
    is_first: bool


def journal_page(session: Session, site: Site, now: datetime, show: Show = Show.ALL, before: int | None = None) -> JournalPage:
    """The newest entries, or those older than entry `before`."""
    query = _chosen(site.id, show).options(defer(JournalEntry.snapshot)).order_by(JournalEntry.id.desc()).limit(ENTRIES_READ + 1)
    found_all: list[JournalEntry] = list(session.scalars(query.where(JournalEntry.id < before) if before is not None else query))
    more, entries = found_all[ENTRIES_READ:], found_all[:ENTRIES_READ]
    stood_down = stood_down_fields(session, site.id)
    zone = ZoneInfo(site.timezone)
    on_id = _still_on(session, site.id)
    blocks, last_id = list[Told | Updates](), None
    groups = [list(group) for _, group in groupby(enumerate(entries), key=_group_key)]
    for group in groups[:BLOCKS_SHOWN]:
        found = [entry for _, entry in group]
        blocks.append(_updates(found, zone, on_id) if len(found) > 1 else _told(found[0], zone, stood_down, on_id))
        last_id = found[-1].id
    has_more = bool(more) or len(groups) > BLOCKS_SHOWN
    return JournalPage(
        now=now,
        zone=zone,
        show=show,
        blocks=tuple(blocks),
        count_today=_count_since(session, site.id, show, _midnight(now, zone)),
        earlier_before=last_id if has_more else None,
        is_first=before is None,
    )


def open_count(session: Session, site_id: int) -> int:
    """How many changes wait for the owner's decision."""
    entries = session.scalars(
        select(JournalEntry)
        .options(defer(JournalEntry.snapshot))
        .where(JournalEntry.site_id == site_id, JournalEntry.needs_owner.is_(True))
    ).all()
    stood_down = stood_down_fields(session, site_id) if entries else frozenset()
    return sum(bool(fields_of(entry) & stood_down) for entry in entries)


def take_back(session: Session, site: Site, entry_id: int, now: datetime) -> str:
    """PowerSync sets again what somebody changed. Returns what, in words. Commits. Raises NotOpen."""
    entry, policies = _decidable(session, site, entry_id)
    _close(session, site, fields_of(entry))
    journal.write(session, site.id, now, "owner", because("owner_took_back", what=what_changed(entry)), "told")
    for policy in policies:
        wishes.take_back(session, site.id, policy)
    session.commit()
    return what_changed(entry)


def keep(session: Session, site: Site, entry_id: int, now: datetime) -> str:
    """The change stays as the owner's; what needs that setting goes on waiting. Returns what, in words. Commits. Raises NotOpen."""
    entry, _ = _decidable(session, site, entry_id)
    _close(session, site, fields_of(entry))
    journal.write(session, site.id, now, "owner", because("owner_kept", what=what_changed(entry)), "told")
    session.commit()
    return what_changed(entry)


def what_changed(entry: JournalEntry) -> str:
    """ "backup reserve and the grid charging"."""
    return " and the ".join(str(change["label"]) for change in entry.detail.get("changes", ())) or "setting"


def fields_of(entry: JournalEntry) -> frozenset[str]:
    """The settings that somebody changed, as the driver names them."""
    return frozenset(str(change["field"]) for change in entry.detail.get("changes", ()))


def stood_down_fields(session: Session, site_id: int) -> frozenset[str]:
    """The settings because of which a policy waits for the owner."""
    rows = session.scalars(select(StandDown).where(StandDown.site_id == site_id))
    return frozenset(str(change["field"]) for row in rows for change in row.changes)


def _decidable(session: Session, site: Site, entry_id: int) -> tuple[JournalEntry, list[str]]:
    """The entry, if it is this site's and a policy still waits because of it, and those policies."""
    entry = session.get(JournalEntry, entry_id)
    if entry is None or entry.site_id != site.id:
        raise NotOpen
    fields = fields_of(entry)
    rows = session.scalars(select(StandDown).where(StandDown.site_id == site.id))
    policies = [row.policy for row in rows if fields & {str(change["field"]) for change in row.changes}]
    if not policies:
        raise NotOpen
    return entry, policies


def _close(session: Session, site: Site, fields: frozenset[str]) -> None:
    """The decision counts for every open entry about the same settings."""
    waiting = select(JournalEntry).where(JournalEntry.site_id == site.id, JournalEntry.needs_owner.is_(True))
    for entry in session.scalars(waiting):
        if fields_of(entry) & fields:
            entry.needs_owner = False


# Which entries


def _chosen(site_id: int, show: Show) -> Select[Any]:
    return select(JournalEntry).where(JournalEntry.site_id == site_id, *_condition(show))


def _condition(show: Show) -> tuple[ColumnElement[bool], ...]:
    match show:
        case Show.ALL:
            return ()
        case Show.PROBLEMS:
            troubled = or_(JournalEntry.state == "failed", JournalEntry.failure.is_not(None), JournalEntry.attempts > 1)
            return (or_(troubled, JournalEntry.kind == "notice", JournalEntry.needs_owner.is_(True)),)
        case Show.YOURS:
            return (or_(JournalEntry.kind == "owner", JournalEntry.code.startswith("owner_", autoescape=True)),)


def _count_since(session: Session, site_id: int, show: Show, since: datetime) -> int:
    query = select(func.count()).select_from(JournalEntry).where(JournalEntry.site_id == site_id, JournalEntry.at >= since)
    return session.scalar(query.where(*_condition(show))) or 0


def _midnight(now: datetime, zone: ZoneInfo) -> datetime:
    return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)


def _still_on(session: Session, site_id: int) -> int | None:
    """The newest change that is in force: the last one that was sent and confirmed and has not ended; a restore ends it."""
    query = select(JournalEntry.id, JournalEntry.kind, JournalEntry.ended_at).where(
        and_(JournalEntry.site_id == site_id, JournalEntry.confirmed_at.is_not(None))
    )
    newest = session.execute(query.order_by(JournalEntry.id.desc()).limit(1)).first()
    if newest is None or newest.kind == "restore" or newest.ended_at is not None:
        return None
    return int(newest.id)


def _group_key(item: tuple[int, JournalEntry]) -> Any:
    """Alike for price updates that went well; its own for everything else."""
    index, entry = item
    is_plain = entry.kind == "tariff" and entry.confirmed_at is not None and entry.failure is None and not entry.needs_owner
    return ("tariff", entry.code) if is_plain and entry.attempts <= 1 else index


# What is told


def _told(entry: JournalEntry, zone: ZoneInfo, stood_down: frozenset[str], on_id: int | None) -> Told:
    waits = bool(fields_of(entry) & stood_down) and entry.code == "owner_changed"
    return Told(
        id=entry.id,
        at=entry.at,
        sentence=sentence_of(entry, zone),
        facts=tuple(facts_of(entry, zone)),
        progress=tuple(progress_of(entry)),
        is_watched=entry.state == "watched",
        is_still_on=entry.id == on_id,
        is_open=waits and entry.needs_owner,
        is_kept=waits and not entry.needs_owner,
    )


def _updates(entries: Sequence[JournalEntry], zone: ZoneInfo, on_id: int | None) -> Updates:
    return Updates(
        since=entries[-1].at,
        until=entries[0].at,
        updates=tuple(_each(entries, zone)),
        is_still_on=entries[0].id == on_id,
    )


def _each(entries: Sequence[JournalEntry], zone: ZoneInfo) -> Iterator[Update]:
    for entry in entries:
        sent_at = entry.sent_at or entry.at
        yield Update(entry.at, sentence_of(entry, zone), entry.confirmed_at - sent_at if entry.confirmed_at else None)
