"""From a stored connection to a working driver or feed, and its health as the owner sees it."""

import hashlib
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, SecretStr
from sqlalchemy.orm import Session, object_session

from app.control.budget import StoredBudget
from app.control.known_device import CONFIRMED, StoredKnownDevice
from app.control.sign_ins import sign_in_of
from app.control.steered import Steered, SteeredInverter
from app.control.surroundings import Surroundings
from app.control.tokens import StoredTokens
from app.devices.capabilities import Battery
from app.devices.registry import device_brands
from app.devices.solar import SolarInverter
from app.domain.brands import Brand
from app.feeds.capabilities import MarketFeed, Retailer
from app.feeds.forecasts.source import SolarSource
from app.feeds.registry import markets, retailer_brands, solar_forecast_brands
from app.models.connection import Connection
from app.models.site import Site
from app.models.types import SecretUnreadable
from app.transports.errors import CertificateChanged, CredentialsRefused, RateLimited, VendorError

UNREADABLE = "the stored key cannot be read with the present encryption key; enter it again under Devices"
ANOTHER_ANSWERS = CertificateChanged.__name__
REFUSALS = frozenset({CredentialsRefused.__name__, ANOTHER_ANSWERS})  # kinds of trouble that end with the owner alone
PROBE_REFUSED_EVERY = timedelta(hours=1)


def brand_of(role: str, key: str) -> Brand:
    """The declaration of a brand. Raises KeyError for one that is not installed."""
    return brands_of(role)[key]


def brands_of(role: str) -> dict[str, Brand]:
    """Brand key → declaration of all that can take a role, in order of title."""
    if role == "retailer":
        return retailer_brands()
    return solar_forecast_brands() if role == "solar_forecast" else device_brands(role)


def fields_of(connection: Connection) -> BaseModel:
    """The connection's fields, secrets included, as its brand declares them."""
    brand = brand_of(connection.role, connection.brand)
    secrets = json.loads(connection.secrets) if connection.secrets else {}
    model: type[BaseModel] = brand.fields
    return model.model_validate({**connection.config, **secrets})


def split_secrets(fields: BaseModel) -> tuple[dict[str, Any], dict[str, str]]:
    """What may be stored in the open, and what must be encrypted."""
    open_fields: dict[str, Any] = {}
    secrets: dict[str, str] = {}
    for name in type(fields).model_fields:
        value = getattr(fields, name)
        if isinstance(value, SecretStr):
            secrets[name] = value.get_secret_value()
        else:
            open_fields[name] = fields.model_dump(mode="json", include={name})[name]
    return open_fields, secrets


def fingerprint(secrets: Mapping[str, str]) -> str:
    """A name for the account behind secrets that gives nothing away: connections of one account share its budget."""
    return hashlib.sha256(json.dumps(secrets, sort_keys=True).encode()).hexdigest()[:16] if any(secrets.values()) else ""


@dataclass
class OpenMarket:
    """The feed of a market, asked by one at a time. What failed a moment ago is not asked again by the next site."""

    feed: MarketFeed
    lock: threading.Lock = field(default_factory=threading.Lock)
    failure: tuple[datetime, VendorError] | None = None


class Opener:
    """Opens each connection once and again only when it changed."""

    def __init__(self, surroundings: Surroundings, clock: Callable[[], datetime]) -> None:
        self._surroundings, self._clock = surroundings, clock
        self._open: dict[int, tuple[str, Any]] = {}
        self._markets: dict[str, OpenMarket] = {}
        self._lock = threading.Lock()

    def battery(self, connection: Connection) -> Battery:
        """The driver of a battery connection. Raises CredentialsRefused when its stored key cannot be read."""
        return self._opened(connection)  # type: ignore[no-any-return]

    def inverter(self, connection: Connection) -> SolarInverter:
        """The driver of an inverter connection. Raises CredentialsRefused when its stored key cannot be read."""
        return self._opened(connection)  # type: ignore[no-any-return]

    def steered(self, connection: Connection) -> Steered:
        """The driver of a device that the loop commands. Raises CredentialsRefused when its stored key cannot be read."""
        return SteeredInverter(self.inverter(connection)) if connection.role == "inverter" else self.battery(connection)

    def retailer(self, connection: Connection) -> Retailer:
        """The feed of a retailer connection. Raises CredentialsRefused when its stored key cannot be read."""
        return self._opened(connection)  # type: ignore[no-any-return]

    def solar_source(self, connection: Connection) -> SolarSource:
        """The source of a solar forecast connection. Raises CredentialsRefused when its stored key cannot be read."""
        return self._opened(connection)  # type: ignore[no-any-return]

    def market(self, key: str) -> "OpenMarket":
        """A market, one for all sites."""
        with self._lock:
            if key not in self._markets:
                self._markets[key] = OpenMarket(markets()[key].open(self._surroundings.context(self._budget())))
            return self._markets[key]

    def _opened(self, connection: Connection) -> Any:
        timezone = _timezone_of(connection)
        confirmed_at = (connection.facts or {}).get(CONFIRMED)
        version = json.dumps([connection.brand, connection.config, connection.account, timezone, confirmed_at], sort_keys=True)
        held = self._open.get(connection.id)
        if held is not None and held[0] == version:
            return held[1]
        brand = brand_of(connection.role, connection.brand).as_linked(connection.config)
        try:
            fields = fields_of(connection)
        except SecretUnreadable:
            raise CredentialsRefused(brand.vendor, UNREADABLE) from None
        around = self._surroundings
        tokens = StoredTokens(around.session, around.reading, connection.id)
        sign_in = sign_in_of(around, connection.site_id, brand, self._clock)
        known = StoredKnownDevice(connection.id, around.reading, around.session)
        opened = brand.open(fields, around.context(self._budget(), tokens, timezone, sign_in, known))
        self._open[connection.id] = (version, opened)
        return opened

    def _budget(self) -> StoredBudget:
        return StoredBudget(self._surroundings.session, self._surroundings.reading, self._clock)


def _timezone_of(connection: Connection) -> str:
    """The clock of the site that the connection belongs to."""
    session = object_session(connection)
    site = session.get(Site, connection.site_id) if session is not None else None
    return site.timezone if site is not None else "UTC"


def note_answer(connection: Connection, now: datetime) -> None:
    """The vendor answered well."""
    connection.seen_at = now
    connection.problem = connection.problem_kind = None
    connection.problem_since = connection.retry_at = None


def note_failure(connection: Connection, error: VendorError, now: datetime) -> None:
    """Remember a failure in words, since when, and when to ask again."""
    if connection.problem is None:
        connection.problem_since = now
    if connection.problem is None or not isinstance(error, RateLimited):
        # A pause after an outage must not hide what the outage was.
        connection.problem, connection.problem_kind = error.for_people(), error.kind
    if isinstance(error, CredentialsRefused):
        connection.retry_at = now + PROBE_REFUSED_EVERY
    elif isinstance(error, RateLimited):
        connection.retry_at = now + timedelta(seconds=error.retry_after_s)
    else:
        connection.retry_at = None


def may_ask(connection: Connection, now: datetime) -> bool:
    """False while a refused credential or a vendor's pause says to stay away."""
    return connection.retry_at is None or not timedelta(0) < connection.retry_at - now <= PROBE_REFUSED_EVERY


def load(session: Session, site_id: int, role: str) -> Connection | None:
    """The site's connection in a role, the first where there are several."""
    return session.query(Connection).filter_by(site_id=site_id, role=role).order_by(Connection.id).first()
