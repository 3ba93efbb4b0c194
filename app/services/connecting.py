"""Linking a home to a retailer or a device: the key is tried at once, the vendor's sites are offered, the chosen one is stored.

What was tried but not yet chosen is a `Draft`. It travels with the browser, sealed with the installation's key: nothing half-linked
stands in a table where the scheduler would find it, and no secret can be read from a page."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.control.budget import StoredBudget
from app.control.connections import brand_of, fields_of, split_secrets
from app.control.connections import brands_of as brands_of  # the pages ask here
from app.control.sign_ins import sign_in_of
from app.control.surroundings import Elapsing, Surroundings
from app.control.tokens import StoredTokens
from app.domain.brands import Brand, Choice
from app.domain.codec import to_json
from app.domain.pace import Pace
from app.feeds.capabilities import DerivesFromMarket
from app.feeds.registry import markets
from app.models.connection import Connection
from app.models.site import CONTROL_WATCH, OWNER, Membership, Site
from app.models.types import SecretUnreadable, keyring
from app.services import sites
from app.services.connecting_zones import USUAL, currency_in
from app.services.signals import ring
from app.services.site_file import ConnectionEntry
from app.transports.context import Budget, Context
from app.transports.errors import Unreachable

ROLE_TITLES: Mapping[str, str] = {
    "retailer": "Retailer",
    "battery": "Battery",
    "inverter": "Solar inverter",
    "charger": "Car charger",
    "solar_forecast": "Solar forecast",
}
SEVERAL = frozenset({"inverter", "charger"})  # roles of which a home may have more than one
TRY_S = 15.0  # no further call of a test begins after this; the one under way has 13 s of its own
DRAFT_LIVES = timedelta(minutes=30)
_DRAFT = "connection draft"


class DraftRefused(Exception):
    """The draft is too old, or not this person's: the key must be entered and tried again."""


class ChoiceRefused(Exception):
    """None of the vendor's usable choices was chosen."""


class NameTaken(Exception):
    """Another home has this name."""


class WithinTime:
    """A budget that ends: once `seconds` have passed no further call begins, and what is slow becomes Unreachable."""

    def __init__(self, inner: Budget, pace: Pace, seconds: float) -> None:
        self._inner, self._pace, self._seconds = inner, pace, seconds
        self._ends_at = pace.monotonic() + seconds

    def spend(self, vendor: str, account: str, purpose: str) -> None:
        """Raises Unreachable when the time is over, RateLimited as the inner budget does."""
        if self._pace.monotonic() >= self._ends_at:
            raise Unreachable(vendor, f"no whole answer within {self._seconds:.0f} s")
        self._inner.spend(vendor, account, purpose)

    def stay_away(self, vendor: str, account: str, seconds: float) -> None:
        self._inner.stay_away(vendor, account, seconds)

    def failed(self, vendor: str, account: str) -> None:
        self._inner.failed(vendor, account)

    def answered(self, vendor: str, account: str) -> None:
        self._inner.answered(vendor, account)


def trying(
    around: Surroundings,
    brand: Brand,
    now: datetime,
    timezone: str = USUAL,
    connection_id: int | None = None,
    site_id: int | None = None,
) -> Context:
    """What a driver or feed gets for a test: calls are counted in the account's budget and end soon. `connection_id`: the stored connection
    whose tokens and certificate count; without one the driver begins anew. `site_id`: the home whose sign-in it uses."""
    clock: Callable[[], datetime] = Elapsing(now, around.pace).instant
    budget = WithinTime(StoredBudget(around.session, around.reading, clock), around.pace, TRY_S)
    tokens = StoredTokens(around.session, around.reading, connection_id) if connection_id is not None else None
    sign_in = sign_in_of(around, site_id, brand, clock) if site_id is not None else None
    return around.context(budget, tokens, timezone, sign_in)


def choice_field(brand: Brand) -> str | None:
    """The field that the owner does not type but chooses from what the vendor offers."""
    return next(iter(brand.choices), None)


def choices_for(around: Surroundings, brand: Brand, fields: BaseModel, now: datetime, site_id: int | None = None) -> tuple[Choice, ...]:
    """Try the key: what the vendor offers for `choice_field`, none for a brand without such a field. Reads only. Raises a VendorError."""
    name = choice_field(brand)
    return tuple(brand.choices[name](fields, trying(around, brand, now, site_id=site_id))) if name else ()


def market_behind(around: Surroundings, brand: Brand, fields: BaseModel) -> tuple[str, str] | None:
    """The region and the market, in words, that a retailer works its prices out from; None for others. Asks nobody."""
    feed = brand.open(fields, Context(around.pace, around.environment))
    if not isinstance(feed, DerivesFromMarket):
        return None
    key, _, region = feed.market.partition(":")
    market = markets()[key]
    return market.regions.get(region, region), market.title


@dataclass(frozen=True)
class Draft:
    """A connection whose key was tried and that is not stored yet."""

    user_id: int
    role: str
    brand: str
    values: Mapping[str, Any] = field(repr=False)  # of the brand's fields, secrets included
    choices: tuple[Choice, ...]
    made_at: datetime
    site_id: int | None = None  # None: the home is made with it
    connection_id: int | None = None  # the one that is changed
    home_name: str = ""

    @property
    def declaration(self) -> Brand:
        return brand_of(self.role, self.brand).as_linked(self.values)

    @property
    def usable(self) -> tuple[Choice, ...]:
        return tuple(choice for choice in self.choices if choice.is_usable)

    def preselected(self, known: str = "") -> str:
        """What stands chosen at first: what was stored before, else the only usable one, else nothing."""
        values = [choice.value for choice in self.usable]
        return known if known in values else values[0] if len(values) == 1 else ""

    def chosen(self, value: str) -> Choice | None:
        """The choice of that value; None where the brand offers none. Raises ChoiceRefused."""
        if choice_field(self.declaration) is None or (not self.choices and self.declaration.choice_is_optional):
            return None
        found = next((choice for choice in self.usable if choice.value == value), None)
        if found is None:
            raise ChoiceRefused
        return found

    def fields(self, choice: Choice | None) -> BaseModel:
        """The brand's fields with the choice in its place."""
        name = choice_field(self.declaration)
        chosen = {name: choice.value} if name and choice else {}
        model: type[BaseModel] = self.declaration.fields
        return model.model_validate({**self.values, **chosen})


def values_with_secrets(fields: BaseModel) -> dict[str, Any]:
    """Fields as plain JSON, secrets in the open: for a draft alone."""
    open_fields, secrets = split_secrets(fields)
    return {**open_fields, **secrets}


def stored_fields(session: Session, connection_id: int) -> BaseModel:
    """The fields of a stored connection, secrets included. Raises SecretUnreadable."""
    return fields_of(session.get_one(Connection, connection_id))


def kept_secrets(session: Session, connection_id: int) -> dict[str, str]:
    """The stored secrets of a connection, for a form that leaves them as they are; none where they cannot be read any more."""
    try:
        stored = session.scalar(select(Connection.secrets).where(Connection.id == connection_id))
    except SecretUnreadable:
        return {}
    return json.loads(stored) if stored else {}


def sealed(draft: Draft) -> str:
    """The draft as text that only this installation can read."""
    body = {"is": _DRAFT, **{name: to_json(getattr(draft, name)) for name in Draft.__dataclass_fields__}}
    return keyring.encrypt(json.dumps(body))


def opened(text: str, user_id: int, now: datetime) -> Draft:
    """The draft that `sealed` made for this person. Raises DraftRefused."""
    try:
        body = json.loads(keyring.decrypt(text))
    except (SecretUnreadable, ValueError):
        raise DraftRefused from None
    if not isinstance(body, dict) or body.pop("is", None) != _DRAFT:
        raise DraftRefused
    made_at = datetime.fromisoformat(body.pop("made_at"))
    choices = tuple(Choice(**each) for each in body.pop("choices"))
    draft = Draft(**body, choices=choices, made_at=made_at)
    if draft.user_id != user_id or not timedelta(0) <= now - draft.made_at <= DRAFT_LIVES:
        raise DraftRefused
    return draft


def refuse_a_taken_name(session: Session, name: str, but: int | None = None) -> None:
    """Raises NameTaken when another home than `but` has that name."""
    other = session.scalar(select(Site.id).where(Site.name == name))
    if other is not None and other != but:
        raise NameTaken


def begin_home(session: Session, draft: Draft, choice: Choice | None, now: datetime, zone: str | None = None) -> Site:
    """Make the home of a draft with its first connection; it watches. `zone` counts where the vendor tells none. Commits.

    Raises NameTaken."""
    zone = (choice.timezone if choice else None) or zone or USUAL
    refuse_a_taken_name(session, draft.home_name)
    site = Site(name=draft.home_name, timezone=zone, currency=currency_in(zone), control=CONTROL_WATCH, created_at=now)
    session.add(site)
    try:
        session.flush()
    except IntegrityError:
        session.rollback()
        raise NameTaken from None
    session.add(Membership(user_id=draft.user_id, site_id=site.id, role=OWNER))
    link(session, site, draft, choice, now)
    return site


def link(session: Session, site: Site, draft: Draft, choice: Choice | None, now: datetime, zone: str | None = None) -> Connection:
    """Store what was tried, and let the scheduler read it at once. `zone`: the home's clock from now on. Commits.

    Raises SameDeviceTwice when the device stands in another place already, StillSteered when another device would take the place of one
    whose settings are still to be given back; then nothing is changed."""
    _drop_an_unreadable_secret(session, draft.connection_id)
    key = _key_of(session, site, draft)
    entry = ConnectionEntry(draft.role, key, draft.declaration, draft.fields(choice))
    sites.refuse_a_device_twice(session, site, entry)
    row = sites.connect(session, site, entry, now)
    row.learned = None  # the owner vouches for what answers now
    row.timezone = choice.timezone if choice else row.timezone
    if zone is not None:
        site.timezone = zone
    ring(session, site.id, fetch_asked_at=now if draft.role == "retailer" else None)
    session.commit()
    return row


def _drop_an_unreadable_secret(session: Session, connection_id: int | None) -> None:
    """A secret whose key is lost stands in the way of reading its row; the one that was entered now replaces it."""
    try:
        session.scalar(select(Connection.secrets).where(Connection.id == connection_id))
    except SecretUnreadable:
        session.execute(update(Connection).where(Connection.id == connection_id).values(secrets=None))


def _key_of(session: Session, site: Site, draft: Draft) -> str:
    """The place of the connection among those of its role: its own where it is changed, a free number where a home may have several."""
    query = select(Connection.id, Connection.key).where(Connection.site_id == site.id, Connection.role == draft.role)
    taken = {row.id: row.key for row in session.execute(query)}
    if draft.connection_id in taken:
        return str(taken[draft.connection_id])
    if draft.role not in SEVERAL:
        return ""
    return next(str(number) for number in range(len(taken) + 1) if str(number) not in taken.values())


def unlink(session: Session, site: Site, connection: Connection, *, gives_up: bool = False) -> None:
    """Remove a connection with its records; `gives_up`: what is still to be given back stays in the device. Commits. Raises StillSteered;
    then nothing is changed."""
    sites.disconnect(session, connection, gives_up=gives_up)
    ring(session, site.id)
    session.commit()


def set_right(session: Session, connection_id: int, now: datetime) -> bool:
    """A test went well: what kept the scheduler from asking is over. Commits. Returns whether there was something."""
    query = select(Connection.site_id).where(Connection.id == connection_id, Connection.problem.is_not(None))
    site_id = session.scalar(query)
    if site_id is None:
        return False
    row = session.get_one(Connection, connection_id)
    row.problem = row.problem_kind = row.problem_since = row.retry_at = None
    row.seen_at = now
    ring(session, site_id, fetch_asked_at=now if row.role == "retailer" else None)
    session.commit()
    return True
