"""The installation's application at developer.tesla.com: from the environment, which wins, or entered on the page and kept encrypted."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.devices.tesla.oauth import Application
from app.devices.tesla.regions import REGIONS, USUAL
from app.models.first_row import insert_if_missing
from app.models.sign_in import VendorApplication
from app.models.types import SecretUnreadable

VENDOR: Final = "tesla"
ENVIRONMENT: Final[Mapping[str, str]] = {
    "client_id": "TESLA_CLIENT_ID",
    "client_secret": "TESLA_CLIENT_SECRET",
    "redirect_uri": "TESLA_REDIRECT_URI",
    "domain": "APP_DOMAIN",
}
_DOMAIN: Final = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")


class NotYours(Exception):
    """Another account entered the application: it alone changes it."""


class ApplicationFields(BaseModel):
    """What is entered about the application. Each may be left for later."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    client_id: str = Field(default="", title="Client id", max_length=100, pattern=r"^\S*$", description="From developer.tesla.com.")
    client_secret: SecretStr | None = Field(default=None, title="Client secret", description="From the same page.")
    redirect_uri: str = Field(
        default="",
        title="Redirect address",
        max_length=300,
        description="To the letter as in your application at developer.tesla.com, with port and final slash.",
    )
    domain: str = Field(
        default="",
        title="Domain of the key page",
        max_length=253,
        description="A name of yours that the internet reaches by HTTPS, such as powerwall.example.com.",
    )
    region: Literal["na", "eu", "cn"] = Field(
        default="na",
        title="Region",
        description="Where your Tesla account belongs.",
        json_schema_extra={"labels": {key: each.title for key, each in REGIONS.items()}},
    )

    @field_validator("domain")
    @classmethod
    def _is_a_public_name(cls, value: str) -> str:
        value = value.lower()
        if value and not _DOMAIN.fullmatch(value):
            raise ValueError("a domain alone, such as powerwall.example.com, without https and without a path")
        return value

    @field_validator("redirect_uri")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.fragment):
            raise ValueError("a whole address, such as https://powerwall.example.com/settings/tesla/callback")
        return value


@dataclass(frozen=True)
class Stated:
    """The application as it holds now. `from_environment`: names of what is fixed there. `progress`: see `services.tesla.registering`."""

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    domain: str
    region: str
    private_key: str = field(repr=False)  # PEM; empty without one
    public_key: str  # PEM; empty without one
    from_environment: frozenset[str]
    user_id: int | None
    progress: Mapping[str, Any]
    is_unreadable: bool  # what was entered as a secret cannot be decrypted any more

    @property
    def lacks(self) -> tuple[str, ...]:
        """What is still to be entered, by its title."""
        titles = {name: info.title or name for name, info in ApplicationFields.model_fields.items()}
        return tuple(titles[name] for name in ENVIRONMENT if not getattr(self, name))

    def as_application(self) -> Application:
        return Application(self.client_id, self.client_secret, self.redirect_uri, self.region)

    def may_be_changed_by(self, user_id: int) -> bool:
        return self.user_id is None or self.user_id == user_id


def stated(session: Session, environment: Mapping[str, str]) -> Stated:
    """What the environment says, else what was entered."""
    row = session.get(VendorApplication, VENDOR)
    config: Mapping[str, Any] = row.config if row is not None else {}
    secrets, is_unreadable = _secrets(session)
    fixed = {name: environment[env].strip() for name, env in ENVIRONMENT.items() if environment.get(env, "").strip()}
    told = {name: str(config.get(name, "")) for name in ("client_id", "redirect_uri", "domain")} | {
        "client_secret": secrets.get("client_secret", "")
    }
    region = str(config.get("region"))
    return Stated(
        **{**told, **fixed},
        region=region if region in REGIONS else USUAL,
        private_key=secrets.get("private_key", ""),
        public_key=str(config.get("public_key", "")),
        from_environment=frozenset(fixed),
        user_id=row.user_id if row is not None else None,
        progress=row.progress if row is not None else {},
        is_unreadable=is_unreadable,
    )


def public_key(session: Session) -> str | None:
    """The public key in PEM, for the key page; None before there is one."""
    row = session.get(VendorApplication, VENDOR)
    return str(row.config["public_key"]) if row is not None and row.config.get("public_key") else None


def save(session: Session, present: Stated, fields: ApplicationFields, user_id: int, now: datetime) -> None:
    """Store what was entered; what the environment fixes is left to it, an empty secret is kept. Commits. Raises NotYours.

    Another domain or client is another registration: what was checked before says nothing of it."""
    entered = fields.model_dump(exclude={"client_secret"})
    row, secrets = _row(session, present, user_id, now)
    is_same = all(entered[name] == getattr(present, name) for name in ("client_id", "domain") if name not in present.from_environment)
    row.config = {**row.config, **{name: value for name, value in entered.items() if name not in present.from_environment}}
    if fields.client_secret is not None and fields.client_secret.get_secret_value():
        secrets["client_secret"] = fields.client_secret.get_secret_value()
    row.secrets = json.dumps(secrets)
    if not is_same:
        row.progress = {}
    session.commit()


def save_key(session: Session, present: Stated, private_pem: str, public_pem: str, user_id: int, now: datetime) -> None:
    """Store a new key pair; what was checked and registered with the one before is over. Commits. Raises NotYours."""
    row, secrets = _row(session, present, user_id, now)
    row.config = {**row.config, "public_key": public_pem}
    row.secrets = json.dumps({**secrets, "private_key": private_pem})
    row.progress = {}
    session.commit()


def note(session: Session, present: Stated, name: str, value: Mapping[str, Any], user_id: int, now: datetime) -> None:
    """Remember what was checked or registered, under `name`. Commits. Raises NotYours."""
    row, _ = _row(session, present, user_id, now)
    row.progress = {**row.progress, name: {**value, "at": now.isoformat()}}
    session.commit()


def _row(session: Session, present: Stated, user_id: int, now: datetime) -> tuple[VendorApplication, dict[str, str]]:
    """The row to change with its secrets, made on first use. What cannot be decrypted any more is dropped: it is entered anew."""
    if not present.may_be_changed_by(user_id):
        raise NotYours
    insert_if_missing(session, VendorApplication, vendor=VENDOR, user_id=user_id, config={}, progress={}, changed_at=now)
    if present.is_unreadable:
        session.execute(update(VendorApplication).where(VendorApplication.vendor == VENDOR).values(secrets=None))
    row = session.get_one(VendorApplication, VENDOR, populate_existing=True)
    row.user_id, row.changed_at = user_id, now
    return row, dict(_secrets(session)[0])


def _secrets(session: Session) -> tuple[dict[str, str], bool]:
    """What is encrypted, and whether it is lost."""
    try:
        stored = session.scalar(select(VendorApplication.secrets).where(VendorApplication.vendor == VENDOR))
    except SecretUnreadable:
        return {}, True
    return (json.loads(stored) if stored else {}), False
