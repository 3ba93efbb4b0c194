"""What an owner can do with a home as a whole: import it, export it, find it, switch control."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.control.connections import brand_of, fields_of, fingerprint, split_secrets
from app.control.known_device import confirmed_anew
from app.models.connection import Connection
from app.models.control import Baseline
from app.models.policy_settings import PolicySettings
from app.models.site import CONTROL_ON, CONTROL_WATCH, OWNER, Membership, Site
from app.models.user import User
from app.services.accounts import normal_email
from app.services.device_address import device_address
from app.services.sealing import seal
from app.services.signals import ring
from app.services.site_file import ROLES, ConnectionEntry, SiteFile


class NoSuchSite(Exception):
    """There is no site of that name."""


class SameDeviceTwice(Exception):
    """Another connection of the home names the same device."""


class StillSteered(Exception):
    """The battery still has settings to be given back: switch control off first."""


def find(session: Session, name: str) -> Site:
    """The site of that name. Raises NoSuchSite."""
    site = session.scalars(select(Site).where(Site.name == name)).one_or_none()
    if site is None:
        names = ", ".join(session.scalars(select(Site.name).order_by(Site.name))) or "none"
        raise NoSuchSite(f"there is no site {name!r}; sites: {names}")
    return site


def all_of(session: Session) -> list[Site]:
    """All sites, by name."""
    return list(session.scalars(select(Site).order_by(Site.name)))


def import_file(session: Session, file: SiteFile, now: datetime) -> Site:
    """Create the site, or bring an existing one of that name to what the file says. The owner is created without a password
    if missing. Commits. Raises StillSteered; then nothing is changed."""
    site = session.scalars(select(Site).where(Site.name == file.name)).one_or_none()
    if site is None:
        site = Site(name=file.name, created_at=now)
        session.add(site)
    site.timezone, site.currency, site.control = file.timezone, file.currency, file.control
    site.max_import_w, site.max_export_w = file.limits.max_import_w, file.limits.max_export_w
    session.flush()
    _own(session, site, file.owner, now)
    _connect_all(session, site, file.connections, now)
    for policy, values in file.policies.items():
        save_policy(session, site.id, policy, values, now)
    ring(session, site.id)
    session.commit()
    return site


def _own(session: Session, site: Site, email: str, now: datetime) -> None:
    email = normal_email(email)
    user = session.scalars(select(User).where(User.email == email)).one_or_none()
    if user is None:
        user = User(email=email, created_at=now)
        session.add(user)
        session.flush()
    if session.get(Membership, (user.id, site.id)) is None:
        session.add(Membership(user_id=user.id, site_id=site.id, role=OWNER))


def _connect_all(session: Session, site: Site, entries: tuple[ConnectionEntry, ...], now: datetime) -> None:
    rows = {(row.role, row.key): row for row in session.scalars(select(Connection).where(Connection.site_id == site.id))}
    for entry in entries:
        rows.pop((entry.role, entry.key), None)
        connect(session, site, entry, now)
    for row in rows.values():
        disconnect(session, row)


def connect(session: Session, site: Site, entry: ConnectionEntry, now: datetime) -> Connection:
    """Store a connection, or change the one in its place. The caller commits. Raises StillSteered."""
    config, secrets = split_secrets(entry.fields)
    row = session.scalars(
        select(Connection).where(Connection.site_id == site.id, Connection.role == entry.role, Connection.key == entry.key)
    ).one_or_none()
    if row is not None and (row.brand != entry.brand.key or _device_changed(row.config, config)):
        disconnect(session, row)
        row = None
    if row is None:
        row = Connection(site_id=site.id, role=entry.role, key=entry.key, brand=entry.brand.key, created_at=now, facts={})
        session.add(row)
    if (row.config, row.account) != (config, fingerprint(secrets)):
        row.learned = None  # of another account, or of a device that answers elsewhere
    row.facts = confirmed_anew(row.facts, now)
    row.config, row.secrets, row.account = config, json.dumps(secrets), fingerprint(secrets)
    row.problem = row.problem_kind = row.problem_since = row.retry_at = None
    session.flush()
    return row


def refuse_a_device_twice(session: Session, site: Site, entry: ConnectionEntry) -> None:
    """Two drivers of one device would write against each other. Raises SameDeviceTwice."""
    address = device_address(split_secrets(entry.fields)[0])
    if address is None:
        return
    for other in session.scalars(select(Connection).where(Connection.site_id == site.id)):
        if (other.role, other.key) != (entry.role, entry.key) and device_address(other.config) == address:
            title = brand_of(other.role, other.brand).title
            raise SameDeviceTwice(f"{title} is linked at {address} already; one device can stand in one place only")


def _device_changed(old: dict[str, Any], new: dict[str, Any]) -> bool:
    """Whether another device or account of the same brand is meant: any field that names one differs."""
    naming = {name for name in {*old, *new} if name.endswith("_id") or name in ("host", "port", "region")}
    return any(old.get(name) != new.get(name) for name in naming)


def disconnect(session: Session, row: Connection, *, gives_up: bool = False) -> None:
    """Remove a connection with its records. The caller commits. Raises StillSteered while settings are to be given back, unless the owner
    gives them up, as for a device that is gone."""
    if session.get(Baseline, row.id) is not None and not gives_up:
        raise StillSteered("your battery still runs on PowerSync's settings; switch control off and wait until yours are back")
    session.delete(row)
    session.flush()


def save_policy(session: Session, site_id: int, policy: str, values: dict[str, Any], now: datetime) -> PolicySettings:
    """Store validated settings of a policy. The caller commits."""
    row = session.get(PolicySettings, (site_id, policy))
    if row is None:
        row = PolicySettings(site_id=site_id, policy=policy, version=1, revision=0, values={}, changed_at=now)
        session.add(row)
    if row.values != values:
        row.values, row.changed_at, row.revision = values, now, row.revision + 1
    return row


def switch_control(session: Session, site: Site, is_on: bool) -> None:
    """Control on, or watch only. Switched off, the loop gives the owner's settings back. Commits."""
    site.control = CONTROL_ON if is_on else CONTROL_WATCH
    ring(session, site.id)
    session.commit()


def export_file(session: Session, site: Site, passphrase: str | None = None) -> dict[str, Any]:
    """The site as a file; with a passphrase also its secrets, sealed. Raises PassphraseWrong."""
    data: dict[str, Any] = {
        "name": site.name,
        "timezone": site.timezone,
        "currency": site.currency,
        "owner": _owner_of(session, site),
        "control": site.control,
    }
    sealed: dict[str, dict[str, str]] = {}
    places = {role: place for place, role in ROLES.items()}
    for row in session.scalars(select(Connection).where(Connection.site_id == site.id).order_by(Connection.role, Connection.key)):
        place = places[row.role]
        entry = {"brand": row.brand, **row.config}
        if place == row.role:
            data[place] = entry
        else:
            data.setdefault(place, []).append(entry)
        sealed[f"{place}.{row.key}" if row.key else place] = split_secrets(fields_of(row))[1]
    data["limits"] = {
        name: value for name, value in (("max_import_w", site.max_import_w), ("max_export_w", site.max_export_w)) if value is not None
    }
    data["policies"] = {row.policy: row.values for row in session.scalars(select(PolicySettings).where(PolicySettings.site_id == site.id))}
    if passphrase is not None:
        data["sealed"] = seal(sealed, passphrase)
    return data


def _owner_of(session: Session, site: Site) -> str:
    return (
        session.scalars(
            select(User.email)
            .join(Membership, Membership.user_id == User.id)
            .where(Membership.site_id == site.id, Membership.role == OWNER)
        ).first()
        or ""
    )
