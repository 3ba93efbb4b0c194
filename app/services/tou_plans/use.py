"""A plan in use is the home's retailer: its settings are those of the custom plan's connection, as a site file has them."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.control.connections import brand_of, fields_of, load
from app.control.journal import last_upload
from app.control.observe import feed_row
from app.domain.charges import StandingCharges
from app.domain.codec import from_json
from app.domain.sentences import day_and_clock
from app.domain.tariffs.time_of_use import TimeOfUse
from app.feeds.retailers.custom_tou import BRAND, CustomTouFields, fields_of_plan
from app.models.connection import Connection
from app.models.control import TariffUpload
from app.models.site import Site
from app.models.tariffs import TouPlan
from app.models.types import SecretUnreadable
from app.services import connecting, sites
from app.services.connecting import Draft as LinkDraft
from app.services.signals import ring
from app.services.site_file import ConnectionEntry
from app.services.tou_plans import kept
from app.services.tou_plans.draft import read
from app.services.tou_plans.season import Values


class NotWhole(Exception):
    """The plan cannot be used as long as it has holes, overlaps or mistakes."""


class InUse(Exception):
    """The plan in use cannot be deleted."""


@dataclass(frozen=True)
class Present:
    """What the home's prices come from now."""

    retailer: str  # title; empty without one
    fields: CustomTouFields | None  # of the plan in use
    plan: TouPlan | None  # the one of the kept plans that it is
    is_other: bool  # another retailer than a custom plan
    can_copy: bool  # its prices are those of a plan that can be copied
    upload: TariffUpload | None  # the last tariff that was sent, where the plan in use was there already


def present(session: Session, site: Site) -> Present:
    """From what is stored."""
    connection = load(session, site.id, BRAND.role)
    if connection is None:
        return Present("", None, None, False, False, None)
    fields = in_use(session, site)
    if fields is None:
        return Present(brand_of(BRAND.role, connection.brand).title, None, None, True, _plan_of(session, connection) is not None, None)
    plan = _kept_as(session, site, fields)
    upload = last_upload(session, site.id)
    since = plan.activated_at if plan is not None else connection.created_at
    is_ours = upload is not None and (since is None or upload.at >= since)
    return Present(BRAND.title, fields, plan, False, True, upload if is_ours else None)


def in_use(session: Session, site: Site) -> CustomTouFields | None:
    """The fields of the custom plan that the home's prices come from; None with another retailer or none."""
    connection = load(session, site.id, BRAND.role)
    if connection is None or connection.brand != BRAND.key:
        return None
    return CustomTouFields.model_validate(connection.config)


def _kept_as(session: Session, site: Site, fields: CustomTouFields) -> TouPlan | None:
    """The kept plan that `fields` came from: of several alike the one of that name, else the one that was put in use last."""
    alike = [row for row in kept.of_site(session, site.id) if kept.same(row.plan, fields)]
    return max(alike, key=lambda row: (row.name == fields.name, row.activated_at is not None, row.activated_at, row.id), default=None)


def copied(session: Session, site: Site) -> Values | None:
    """The plan behind the home's present prices, to begin a new one with; None where they are no plan's."""
    fields = in_use(session, site)
    if fields is not None:
        return kept.values_of_fields(fields)
    connection = load(session, site.id, BRAND.role)
    plan = _plan_of(session, connection) if connection is not None else None
    if connection is None or plan is None:
        return None
    feed = feed_row(session, connection)
    charges = StandingCharges(feed.daily_charge_c, feed.monthly_charge_c) if feed else StandingCharges()
    return kept.values_of_fields(fields_of_plan(plan, charges))


def _plan_of(session: Session, connection: Connection) -> TimeOfUse | None:
    feed = feed_row(session, connection)
    return from_json(TimeOfUse, feed.plan) if feed is not None and feed.plan else None


def put_in_use(session: Session, site: Site, row: TouPlan, user_id: int, now: datetime) -> LinkDraft | None:
    """Make a whole plan the home's retailer and let the loop read it at once. Commits. Raises NotWhole.

    Returns the retailer that it replaced, if there was another one, so that it can be put back for a while. A plan that was in use and is
    not kept yet is kept first."""
    fields = read(kept.values_of(row)).fields
    if fields is None:
        raise NotWhole
    before = load(session, site.id, BRAND.role)
    replaced = _as_draft(before, site, user_id, now) if before is not None else None
    _keep_what_is_replaced(session, site, fields, now)
    sites.connect(session, site, ConnectionEntry(BRAND.role, "", BRAND, fields), now)
    row.activated_at = now
    ring(session, site.id, fetch_asked_at=now)
    session.commit()
    return replaced


def _as_draft(before: Connection, site: Site, user_id: int, now: datetime) -> LinkDraft | None:
    """A replaced retailer, whole, as the browser carries it: sealed, and for a short time."""
    if before.brand == BRAND.key:
        return None
    try:
        values = connecting.values_with_secrets(fields_of(before))
    except SecretUnreadable:
        return None
    return LinkDraft(user_id, before.role, before.brand, values, (), now, site.id)


def _keep_what_is_replaced(session: Session, site: Site, by: CustomTouFields | None, now: datetime) -> None:
    """A plan that came with a site file stands nowhere else."""
    found = present(session, site)
    if found.fields is None or found.plan is not None or found.fields == by:
        return
    name = found.fields.name or f"Before {day_and_clock(now, ZoneInfo(site.timezone))}"
    kept.add(session, site, {**kept.values_of_fields(found.fields), "name": name}, now)


def put_back(session: Session, site: Site, replaced: LinkDraft, now: datetime) -> None:
    """The retailer that a plan has replaced is the home's again. Commits."""
    connecting.link(session, site, replaced, None, now)


def change(session: Session, site: Site, row: TouPlan, values: Values, revision: str, now: datetime) -> None:
    """Change a kept plan; the one in use takes effect at once and must be whole. Commits.

    Raises what `kept.change` raises, and NotWhole; then nothing is changed."""
    is_in_use = is_used(session, site, row)
    fields = read(values).fields
    if is_in_use and fields is None:
        raise NotWhole
    kept.change(session, row, values, revision, now)
    if is_in_use:
        fields = cast(CustomTouFields, read(kept.values_of(row)).fields)
        sites.connect(session, site, ConnectionEntry(BRAND.role, "", BRAND, fields), now)
        ring(session, site.id, fetch_asked_at=now)
    session.commit()


def is_used(session: Session, site: Site, row: TouPlan) -> bool:
    """Whether the home's prices come from this plan."""
    fields = in_use(session, site)
    used = _kept_as(session, site, fields) if fields is not None else None
    return used is not None and used.id == row.id


def stop(session: Session, site: Site, now: datetime) -> None:
    """The home has no retailer any more: without prices the battery returns to the owner's settings. The plan stays kept. Commits."""
    connection = load(session, site.id, BRAND.role)
    if connection is not None and connection.brand == BRAND.key:
        _keep_what_is_replaced(session, site, None, now)
        connecting.unlink(session, site, connection)


def delete(session: Session, site: Site, row: TouPlan) -> None:
    """Forget a plan that is not in use. Commits. Raises InUse."""
    if is_used(session, site, row):
        raise InUse
    session.delete(row)
    session.commit()
