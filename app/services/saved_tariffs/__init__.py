"""Saved tariffs: the owner's own tariffs of the battery, kept under names and given back when the owner wants.

Nothing here talks to the battery. A tariff that is to be used is written into the settings that are kept to be given back (the baseline),
and the loop gives them back: at once, or when no wish writes a tariff of its own any more."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.control.memory import before_name, free_name, keep_tariff
from app.control.surroundings import Surroundings
from app.devices.capabilities import Settings
from app.models.control import Baseline
from app.models.site import CONTROL_ON, Site
from app.models.tariffs import SavedTariff
from app.services.saved_tariffs.file import MOST_BYTES, as_file, file_name, pretty, refuse_unfit, understood
from app.services.saved_tariffs.holder import Holder, Owners, TariffRefused, holder_of, owners_of, why_none
from app.services.saved_tariffs.page import SavedPage, SavedRow, saved_page
from app.services.signals import ring

__all__ = [
    "MOST_BYTES",
    "NameRefused",
    "SavedPage",
    "SavedRow",
    "TariffRefused",
    "as_file",
    "delete",
    "file_name",
    "import_file",
    "pretty",
    "rename",
    "save_present",
    "saved_page",
    "saved_tariff",
    "set_default",
    "unset_default",
    "use",
]

LONGEST_NAME, LONGEST_NOTE = 80, 200
MOST_SAVED = 100


class NameRefused(TariffRefused):
    """The name is empty, too long, or another saved tariff's."""


def saved_tariff(session: Session, site_id: int, saved_id: int) -> SavedTariff | None:
    """The site's saved tariff of that number."""
    return session.scalars(select(SavedTariff).where(SavedTariff.id == saved_id, SavedTariff.site_id == site_id)).one_or_none()


# Keeping


def save_present(session: Session, around: Surroundings, site: Site, name: str, note: str, now: datetime) -> SavedTariff:
    """Save the tariff that is the owner's now, whatever PowerSync wrote meanwhile. Commits. Raises TariffRefused."""
    name, note = clean_name(name), clean_note(note)
    holder = holder_of(session, around, site.id, now)
    owners = owners_of(session, holder)
    if not owners.tariff:
        raise TariffRefused(why_none(holder, owners))
    return _add(session, site, holder, name, note, owners.tariff, now)


def import_file(session: Session, around: Surroundings, site: Site, content: bytes, now: datetime) -> SavedTariff:
    """Save what `as_file` wrote, under its name or, where that is taken, the name with a number. Commits. Raises TariffRefused."""
    file = understood(content)
    name, note = clean_name(file.name), clean_note(file.note)
    holder = holder_of(session, around, site.id, now)
    refuse_unfit(holder, file)
    taken = set(session.scalars(select(SavedTariff.name).where(SavedTariff.site_id == site.id)))
    return _add(session, site, holder, free_name(name, taken), note, file.tariff, now)


def rename(session: Session, row: SavedTariff, name: str, note: str) -> None:
    """Another name and note. Commits. Raises TariffRefused."""
    row.name, row.note = clean_name(name), clean_note(note)
    _commit(session)


def delete(session: Session, row: SavedTariff) -> None:
    """What the battery does, and what is kept to be given back, stays as it is. Commits."""
    session.delete(row)
    session.commit()


def _add(session: Session, site: Site, holder: Holder, name: str, note: str, tariff: Mapping[str, Any], now: datetime) -> SavedTariff:
    if (session.scalar(select(func.count()).where(SavedTariff.site_id == site.id)) or 0) >= MOST_SAVED:
        raise TariffRefused(f"There are {MOST_SAVED} saved tariffs already. Delete one first.")
    row = SavedTariff(site_id=site.id, name=name, note=note, brand=holder.connection.brand, tariff=dict(tariff), saved_at=now)
    session.add(row)
    _commit(session)
    return row


def _commit(session: Session) -> None:
    """Raises NameRefused where another saved tariff of the site has the name."""
    try:
        session.commit()
    except IntegrityError:
        session.rollback()
        raise NameRefused("Another saved tariff has this name.") from None


# Using


def use(session: Session, around: Surroundings, site: Site, row: SavedTariff, now: datetime) -> SavedTariff | None:
    """Make it the owner's tariff: the loop writes it as soon as no wish writes one of its own. Commits. Raises TariffRefused.

    Returns the tariff of before where it had to be saved."""
    if site.control != CONTROL_ON:
        raise TariffRefused("Control is off: PowerSync only watches and sends nothing. Switch control on to use a saved tariff.")
    holder = holder_of(session, around, site.id, now)
    holder.refuse_other(row.brand)
    owners = owners_of(session, holder, to_change=True)
    if holder.same(row.tariff, owners.tariff) and (owners.baseline is None or holder.field not in owners.baseline.refused):
        raise TariffRefused(f"“{row.name}” is your tariff already.")
    kept = _keep_before(session, site, holder, owners, now)
    if owners.baseline is not None:
        _replace(owners.baseline, holder.field, row.tariff, now)
    elif owners.state is None or not owners.found:
        raise TariffRefused(why_none(holder, owners))
    else:
        # Whatever tariff the next reading shows is replaced: it is not to be taken for a newer choice of the owner.
        owners.state.confirmed = {name: value for name, value in (owners.state.confirmed or {}).items() if name != holder.field}
        settings = {**owners.settings, holder.field: dict(row.tariff)}
        session.add(Baseline(connection_id=holder.connection.id, settings=settings, stored_at=now, changed_at=now, refused={}))
    ring(session, site.id)
    try:
        session.commit()
    except IntegrityError:
        session.rollback()
        raise TariffRefused("PowerSync is just beginning to steer your battery. Try again.") from None
    return kept


def set_default(session: Session, around: Surroundings, site: Site, row: SavedTariff, now: datetime) -> None:
    """What the owner's settings go back to, also after what PowerSync does at present. Commits. Raises TariffRefused."""
    holder = holder_of(session, around, site.id, now)
    holder.refuse_other(row.brand)
    # In one statement: of two that are chosen at the same time one is left.
    session.execute(update(SavedTariff).where(SavedTariff.site_id == site.id).values(is_default=SavedTariff.id == row.id))
    owners = owners_of(session, holder, to_change=True)
    if owners.baseline is not None and not holder.same(row.tariff, owners.tariff):
        _keep_before(session, site, holder, owners, now)
        _replace(owners.baseline, holder.field, row.tariff, now)
        ring(session, site.id)
    session.commit()


def unset_default(session: Session, row: SavedTariff) -> None:
    """What is kept to be given back stays as it is. Commits."""
    row.is_default = False
    session.commit()


def _replace(baseline: Baseline, field: str, tariff: Settings, now: datetime) -> None:
    """In the settings that are kept to be given back; everything else of them stays."""
    baseline.settings = {**baseline.settings, field: dict(tariff)}
    baseline.refused = {name: why for name, why in baseline.refused.items() if name != field}
    baseline.changed_at = now


def _keep_before(session: Session, site: Site, holder: Holder, owners: Owners, now: datetime) -> SavedTariff | None:
    if not owners.tariff:
        return None
    return keep_tariff(session, holder.driver, holder.connection, owners.tariff, before_name(site, now), now)


# Names


def clean_name(name: str) -> str:
    """On one line. Raises NameRefused."""
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise NameRefused(f"A name of 1 to {LONGEST_NAME} characters.")
    return name


def clean_note(note: str) -> str:
    """On one line. Raises TariffRefused."""
    note = " ".join(note.split())
    if len(note) > LONGEST_NOTE or not note.isprintable():
        raise TariffRefused(f"The note may have {LONGEST_NOTE} characters.")
    return note
