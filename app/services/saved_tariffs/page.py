"""The saved tariffs as the owner sees them: which one is in use, which one is the default, and what steers the battery meanwhile."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.control.surroundings import Surroundings
from app.devices.capabilities import Settings
from app.domain.codec import from_json
from app.domain.opinions import NO_LIMITS, BatteryCommand, FollowTariff
from app.domain.reasons import Reason
from app.domain.sentences import sentence
from app.models.control import LastDecision
from app.models.site import CONTROL_ON, Site
from app.models.tariffs import SavedTariff
from app.services.saved_tariffs.holder import Holder, Owners, TariffRefused, brand_title, holder_of, owners_of, why_none


@dataclass(frozen=True, slots=True)
class Steering:
    """The wish that writes a tariff of its own at present, in words."""

    why: str
    is_tariff_sync: bool


@dataclass(frozen=True, slots=True)
class SavedRow:
    """One saved tariff as it is listed. `fits`: it is for the present battery."""

    id: int
    name: str
    note: str
    brand: str
    title: str  # in the battery's own app; empty where it does not fit
    saved_at: datetime
    is_current: bool  # means the same as the owner's now
    is_default: bool
    fits: bool


@dataclass(frozen=True, slots=True)
class SavedPage:
    """All that the page draws. `problem`: why no tariff is known as the owner's; `own_title`: what it is called where it is known."""

    rows: tuple[SavedRow, ...]
    problem: str = ""
    battery: str = ""  # empty where none can hold a tariff
    own_title: str = ""
    is_held: bool = True  # the battery shows the owner's tariff
    steering: Steering | None = None

    @property
    def is_own_saved(self) -> bool:
        return any(row.is_current for row in self.rows)

    @property
    def ignored_default(self) -> SavedRow | None:
        """A default that is not for this battery."""
        return next((row for row in self.rows if row.is_default and not row.fits), None) if self.battery else None


def saved_page(session: Session, around: Surroundings, site: Site, now: datetime) -> SavedPage:
    """The site's saved tariffs, the newest first, and how they stand to what the battery does. Nothing is asked of a vendor."""
    query = select(SavedTariff).where(SavedTariff.site_id == site.id)
    saved = session.scalars(query.order_by(SavedTariff.saved_at.desc(), SavedTariff.id.desc())).all()
    try:
        holder = holder_of(session, around, site.id, now)
    except TariffRefused as error:
        return SavedPage(tuple(_row(row, None, None) for row in saved), problem=str(error))
    owners = owners_of(session, holder)
    return SavedPage(
        rows=tuple(_row(row, holder, owners.tariff) for row in saved),
        problem="" if owners.tariff else why_none(holder, owners),
        battery=holder.brand.title,
        own_title=holder.title_of(owners.tariff) if owners.tariff else "",
        is_held=holder.same(owners.tariff, owners.found.get(holder.field)),
        steering=steering(session, site, holder, owners),
    )


def _row(row: SavedTariff, holder: Holder | None, own: Settings | None) -> SavedRow:
    fits = holder is not None and row.brand == holder.connection.brand
    return SavedRow(
        id=row.id,
        name=row.name,
        note=row.note,
        brand=brand_title(row.brand),
        title=holder.title_of(row.tariff) if holder is not None and fits else "",
        saved_at=row.saved_at,
        is_current=holder is not None and fits and holder.same(row.tariff, own),
        is_default=row.is_default,
        fits=fits,
    )


def steering(session: Session, site: Site, holder: Holder, owners: Owners) -> Steering | None:
    """The wish in force, where it writes a tariff; None where the battery is given the owner's."""
    decision = session.get(LastDecision, site.id)
    if owners.baseline is None or site.control != CONTROL_ON or decision is None or decision.command is None:
        return None
    if not _writes_a_tariff(decision, site, holder, owners):
        return None
    return Steering(sentence(Reason(decision.code, decision.params), ZoneInfo(site.timezone)), decision.policy == "tariff_sync")


def _writes_a_tariff(decision: LastDecision, site: Site, holder: Holder, owners: Owners) -> bool:
    if decision.command is None or decision.command.get("is") == FollowTariff.__name__:
        return decision.command is not None
    try:
        command = cast(BatteryCommand, from_json(BatteryCommand, decision.command))  # type: ignore[arg-type]
    except (KeyError, TypeError, ValueError):
        return False  # a command of another release
    began_at, zone = decision.began_at or decision.at, ZoneInfo(site.timezone)
    wanted = holder.driver.target(command, NO_LIMITS, owners.settings, now=began_at, until=decision.expires_at, zone=zone)
    return holder.field in holder.driver.differing(wanted, owners.settings)
