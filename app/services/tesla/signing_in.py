"""The owner's sign-in at Tesla for one home: begun in a browser, bound to it, finished once."""

import hashlib
import json
import secrets
from datetime import datetime, timedelta
from typing import Any, Final

from authlib.oauth2.rfc6749.errors import MismatchingStateException, MissingCodeException
from authlib.oauth2.rfc6749.parameters import parse_authorization_code_response
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from app.control.connections import brand_of
from app.control.sign_ins import StoredSignIn, sign_in_of
from app.control.surroundings import Elapsing, Surroundings
from app.devices.tesla.access import FleetAccess, token_values
from app.devices.tesla.client import EnergyApi
from app.devices.tesla.oauth import Application, TokenService, authorize_url
from app.devices.tesla.regions import REGIONS, region_of_code
from app.models.connection import Connection
from app.models.control import Baseline
from app.models.first_row import insert_if_missing
from app.models.sign_in import SignIn
from app.models.types import SecretUnreadable
from app.services.signals import ring
from app.services.tesla.application import VENDOR
from app.transports.context import NoBudget
from app.transports.errors import VendorError

LASTS: Final = timedelta(minutes=15)
_BEGIN_AGAIN: Final = "Begin the sign-in again."


class NotSignedIn(Exception):
    """The sign-in did not come about; the text is for the owner."""


class StillInUse(Exception):
    """The battery still has settings to be given back through this sign-in."""


def begin(session: Session, around: Surroundings, application: Application, site_id: int, user_id: int, now: datetime) -> tuple[str, str]:
    """Where the browser goes, and the state that this browser must bring back. A sign-in that was begun before is over. Commits."""
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    begun = {
        "state": _digest(state),
        "verifier": verifier,
        "user_id": user_id,
        "at": now.isoformat(),
        "client_id": application.client_id,
        "redirect_uri": application.redirect_uri,
        "region": application.region,
    }
    insert_if_missing(session, SignIn, site_id=site_id, vendor=VENDOR, changed_at=now)
    session.execute(update(SignIn).where(*_row(site_id)).values(pending=json.dumps(begun)))
    session.commit()
    return authorize_url(around.context(NoBudget()), application, state, verifier), state


def finish(
    around: Surroundings, client_secret: str, callback_url: str, expected_state: str | None, site_id: int, user_id: int, now: datetime
) -> str | None:
    """Exchange what the browser brought back for tokens and store them. Returns what is still in the way, in words; None when all is well.

    Raises NotSignedIn."""
    code = _code_of(callback_url, expected_state)
    begun = _taken(around, site_id)
    is_this_one = begun.get("state") == _digest(expected_state or "") and begun.get("user_id") == user_id
    if not is_this_one or not timedelta(0) <= now - datetime.fromisoformat(begun["at"]) <= LASTS:
        raise NotSignedIn(f"This answer of Tesla belongs to another or to an older sign-in. {_BEGIN_AGAIN}")
    region = region_of_code(code, begun["region"])
    application = Application(begun["client_id"], client_secret, begun["redirect_uri"], region)
    try:
        granted = TokenService(around.context(NoBudget()), application.client_id, region).exchange(application, code, begun["verifier"])
    except VendorError as error:
        raise NotSignedIn(f"{error.for_people()}.") from error
    if granted.refresh_token is None:
        raise NotSignedIn(f"Tesla gave no lasting sign-in: leave offline access ticked. {_BEGIN_AGAIN}")
    clock = Elapsing(now, around.pace).instant
    store = sign_in_of(around, site_id, brand_of("battery", VENDOR), clock)
    values = {**token_values(granted), "client_id": application.client_id, "region": region, "account": secrets.token_hex(8)}
    with store.alone():
        store.save(values, granted.lasts_s)
    problem = _right_region(around, store)
    _let_it_be_asked(around, site_id)
    return problem


def signed_in_at(session: Session, site_id: int) -> datetime | None:
    """When the tokens of the home were given or renewed last; None without a sign-in."""
    query = select(SignIn.changed_at).where(*_row(site_id), SignIn.tokens.is_not(None))
    return session.scalar(query)


def sign_out(session: Session, site_id: int) -> None:
    """Forget the tokens of the home. Commits. Raises StillInUse while settings are to be given back through them."""
    for connection in _connections(session, site_id):
        if session.get(Baseline, connection.id) is not None:
            raise StillInUse
    session.execute(update(SignIn).where(*_row(site_id)).values(tokens=None, expires_at=None, pending=None))
    session.commit()


def _code_of(callback_url: str, expected_state: str | None) -> str:
    """The code, when it came back to the browser that asked for it. Raises NotSignedIn."""
    if not expected_state:
        raise NotSignedIn(f"This browser did not begin a sign-in at Tesla, or it was finished already. {_BEGIN_AGAIN}")
    try:
        return str(parse_authorization_code_response(callback_url, expected_state)["code"])
    except MismatchingStateException:
        raise NotSignedIn(f"This answer of Tesla belongs to another sign-in. {_BEGIN_AGAIN}") from None
    except MissingCodeException:
        raise NotSignedIn(f"You did not give your consent at Tesla, so nothing was changed. {_BEGIN_AGAIN}") from None


def _taken(around: Surroundings, site_id: int) -> dict[str, Any]:
    """What was begun; it can be taken once. Raises NotSignedIn."""
    with around.session() as session:
        try:
            row = session.execute(select(SignIn.pending).where(*_row(site_id)).with_for_update()).one_or_none()
        except SecretUnreadable:
            row = None
        session.execute(update(SignIn).where(*_row(site_id)).values(pending=None))
        session.commit()
    if row is None or row.pending is None:
        raise NotSignedIn(f"No sign-in at Tesla was begun for this home, or it was finished already. {_BEGIN_AGAIN}")
    begun: dict[str, Any] = json.loads(row.pending)
    return begun


def _right_region(around: Surroundings, store: StoredSignIn) -> str | None:
    """Ask Tesla in which region the account lives, and remember it; returns what stands in the way."""
    try:
        context = around.context(NoBudget(), sign_in=store)
        region = EnergyApi(context, FleetAccess(context)).region()
    except VendorError as error:
        return f"You are signed in, but Tesla does not answer yet as it should. {error.for_people()}."
    held = store.load()
    if held is not None and region is not None and region in REGIONS and region != held.values["region"]:
        with store.alone():
            store.save({**held.values, "region": region}, held.left_s)
    return None


def _let_it_be_asked(around: Surroundings, site_id: int) -> None:
    """What kept the scheduler from asking is over."""
    with around.session() as session:
        for connection in _connections(session, site_id):
            connection.problem = connection.problem_kind = connection.problem_since = connection.retry_at = None
        ring(session, site_id)
        session.commit()


def _connections(session: Session, site_id: int) -> list[Connection]:
    """The home's batteries that are reached with this sign-in."""
    rows = session.scalars(select(Connection).where(Connection.site_id == site_id, Connection.brand == VENDOR))
    return [row for row in rows if row.config.get("connection") == "fleet"]


def _row(site_id: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return SignIn.site_id == site_id, SignIn.vendor == VENDOR


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
