"""The way to a Powerwall over Tesla's Fleet API, step by step, each with its state in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.devices.tesla.partner import KEY_PAGE
from app.devices.tesla.regions import REGIONS
from app.domain.sentences import day_and_clock
from app.models.connection import Connection
from app.models.site import Site
from app.services.tesla.application import VENDOR, Stated
from app.services.tesla.keys import point_of
from app.services.tesla.registering import PAGE, registration
from app.services.tesla.signing_in import signed_in_at

APPLICATION, KEY, KEY_PAGE_STEP, REGISTER, SIGN_IN, LINK = "application", "key", "key_page", "register", "sign_in", "link"
DONE, TODO, FAILED, WAITS = "ok", "none", "lost", "waits"
_BADGES: Final[Mapping[str, tuple[str, str]]] = {
    DONE: ("Done", "ok"),
    TODO: ("To do", "outline"),
    FAILED: ("Did not work", "lost"),
    WAITS: ("Waits for the steps above", ""),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `state`: DONE, TODO, FAILED or WAITS (something above is missing)."""

    key: str
    title: str
    state: str
    words: str

    @property
    def badge(self) -> tuple[str, str]:
        """(words, look) of its badge."""
        return _BADGES[self.state]

    @property
    def may_begin(self) -> bool:
        return self.state != WAITS


@dataclass(frozen=True, slots=True)
class Way:
    """The whole way. `key_url`: where Tesla looks for the key, once the domain is known. `connection_id`: the linked Powerwall's."""

    steps: tuple[Step, ...]
    key_url: str
    fingerprint: str
    connection_id: int | None

    def step(self, key: str) -> Step:
        return next(each for each in self.steps if each.key == key)


def way(session: Session, site: Site, stated: Stated) -> Way:
    """How far this home is. Reads what is stored, asks nobody."""
    zone = ZoneInfo(site.timezone)
    signed_in = signed_in_at(session, site.id)
    battery = session.execute(
        select(Connection.id, Connection.config).where(
            Connection.site_id == site.id, Connection.role == "battery", Connection.brand == VENDOR
        )
    ).first()
    is_linked = battery is not None and battery.config.get("connection") == "fleet"
    known = not stated.lacks
    steps = (
        _application(stated),
        _key(stated),
        _checked(KEY_PAGE_STEP, "Key page", stated.progress.get(PAGE), _NOT_CHECKED, zone, bool(stated.domain and stated.public_key)),
        _checked(
            REGISTER,
            f"Registration: {REGIONS[stated.region].title}",
            stated.progress.get(registration(stated.region)),
            "Tesla has to know your application in the region of your account. Once is enough.",
            zone,
            known and bool(stated.public_key),
        ),
        _sign_in(signed_in, zone, known),
        _link(is_linked, battery is not None, signed_in is not None),
    )
    url = f"https://{stated.domain}{KEY_PAGE}" if stated.domain else ""
    point = point_of(stated.public_key) if stated.public_key else None
    return Way(steps, url, _short(point), battery.id if battery is not None else None)


_NOT_CHECKED: Final = "Tesla fetches your public key from this page when you register. Check first whether it opens."


def _application(stated: Stated) -> Step:
    title = "Your application at Tesla"
    if stated.is_unreadable:
        return Step(APPLICATION, title, FAILED, "What was entered can no longer be decrypted. Enter the client secret and make a new key.")
    if stated.lacks:
        return Step(APPLICATION, title, TODO, f"Still missing: {', '.join(each.lower() for each in stated.lacks)}.")
    return Step(APPLICATION, title, DONE, "Everything is entered. The secret is kept encrypted and never shown.")


def _key(stated: Stated) -> Step:
    if not stated.public_key:
        return Step(
            KEY, "Key pair", TODO, "PowerSync makes it and keeps the private half encrypted. Energy commands are not signed with it."
        )
    return Step(KEY, "Key pair", DONE, "There is a key. Only its public half is ever shown.")


def _checked(key: str, title: str, noted: Any, otherwise: str, zone: ZoneInfo, may_begin: bool) -> Step:
    if not may_begin:
        return Step(key, title, WAITS, otherwise)
    if not isinstance(noted, Mapping):
        return Step(key, title, TODO, otherwise)
    at = day_and_clock(datetime.fromisoformat(noted["at"]), zone)
    return Step(key, title, DONE if noted["is_good"] else FAILED, f"{noted['words']} Tried {at}.")


def _sign_in(at: datetime | None, zone: ZoneInfo, known: bool) -> Step:
    title = "Sign in at Tesla"
    if at is not None:
        return Step(SIGN_IN, title, DONE, f"Signed in for this home. Renewed last {day_and_clock(at, zone)}; this goes on by itself.")
    words = "You sign in at tesla.com, never here, and allow energy data and energy commands."
    return Step(SIGN_IN, title, TODO if known else WAITS, words)


def _link(is_linked: bool, has_battery: bool, is_signed_in: bool) -> Step:
    title = "Link your Powerwall"
    if is_linked:
        return Step(LINK, title, DONE, "Your Powerwall is read and steered through Tesla's Fleet API.")
    words = "Change its connection to Tesla Fleet API." if has_battery else "Choose the energy site of this home."
    return Step(LINK, title, TODO if is_signed_in else WAITS, words)


def _short(point: str | None) -> str:
    """The first letters of a key, enough to tell two apart by eye."""
    return f"{point[:8]} … {point[-8:]}" if point else ""
