"""From a key to a registered application: the key page is looked at, then Tesla is told of the domain, once for each region."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.control.surroundings import Surroundings
from app.devices.tesla.oauth import TESLA
from app.devices.tesla.partner import KEY_PAGE, key_page, register
from app.services.tesla import application
from app.services.tesla.application import Stated
from app.services.tesla.keys import point_of
from app.transports.context import NoBudget
from app.transports.errors import VendorError

PAGE: Final = "key_page"
_FROM_HERE: Final = (
    "This was tried from PowerSync's own computer. Some routers do not let a home reach its own address from inside; "
    "then open the page on a phone off your Wi-Fi."
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a step, for people."""

    is_good: bool
    words: str


def check_key_page(around: Surroundings, stated: Stated, user_id: int, now: datetime) -> Outcome:
    """Fetch the key page under its public name and compare. Remembers what came of it."""
    outcome = _looked_at(around, stated)
    with around.session() as session:
        application.note(session, stated, PAGE, {"is_good": outcome.is_good, "words": outcome.words}, user_id, now)
    return outcome


def register_here(around: Surroundings, stated: Stated, user_id: int, now: datetime) -> Outcome:
    """Register the domain in the region of the application. Remembers what came of it."""
    outcome = _registered(around, stated)
    with around.session() as session:
        application.note(session, stated, registration(stated.region), {"is_good": outcome.is_good, "words": outcome.words}, user_id, now)
    return outcome


def registration(region: str) -> str:
    """Under which name the registration in a region is remembered."""
    return f"registered_{region}"


def _looked_at(around: Surroundings, stated: Stated) -> Outcome:
    try:
        found = key_page(around.context(NoBudget()), stated.domain)
    except VendorError as error:
        return Outcome(False, f"{error.for_people()}. {_FROM_HERE}")
    served = point_of(found)
    if served is None:
        return Outcome(False, f"https://{stated.domain}{KEY_PAGE} answers, but not with a public key. Does the name lead to PowerSync?")
    if served != point_of(stated.public_key):
        return Outcome(False, f"https://{stated.domain}{KEY_PAGE} serves another key than this installation's.")
    return Outcome(True, "The page opens under its public name and serves this key.")


def _registered(around: Surroundings, stated: Stated) -> Outcome:
    try:
        held = register(around.context(NoBudget()), stated.as_application(), stated.domain)
    except VendorError as error:
        return Outcome(False, f"{error.for_people()}.")
    if held is not None and held != point_of(stated.public_key):
        return Outcome(False, f"{TESLA} holds another key for this domain. Check the key page, then register again.")
    return Outcome(True, "Registered, and Tesla holds this key." if held else "Registered.")
