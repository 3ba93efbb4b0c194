"""The journal entry by entry, for programs: the same sentences and facts as on the page of decisions."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from app.models.control import JournalEntry
from app.models.site import Site
from app.services.journal_page_words import Fact, facts_of, sentence_of


def entries(session: Session, site: Site, limit: int, before: int | None = None) -> Sequence[JournalEntry]:
    """The newest entries of a site, or those older than entry `before`; the newest first."""
    query = select(JournalEntry).where(JournalEntry.site_id == site.id).options(defer(JournalEntry.snapshot))
    if before is not None:
        query = query.where(JournalEntry.id < before)
    return session.scalars(query.order_by(JournalEntry.id.desc()).limit(limit)).all()


def in_words(entry: JournalEntry, site: Site) -> tuple[str, tuple[Fact, ...]]:
    """Its sentence and its facts, on the site's clock."""
    zone = ZoneInfo(site.timezone)
    return sentence_of(entry, zone), tuple(facts_of(entry, zone))
