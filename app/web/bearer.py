"""Programs that come with a bearer token (RFC 6750) instead of a session."""

from typing import NoReturn

import structlog
from flask import g, request
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, Unauthorized

from app.clock import utc_now
from app.extensions import db, reading
from app.models.site import Site
from app.services import api_tokens
from app.services.api_tokens import Caller

log = structlog.get_logger(__name__)


def admit(*, needs_control: bool) -> None:
    """Let the program of this request in, or abort with 401 (no good token) or 403 (it may only read)."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        _refuse("A token of this site is needed: Authorization: Bearer pws_…")
    now = utc_now()
    with Session(reading(db.engine)) as session:
        caller = api_tokens.caller_of(session, token.strip(), now)
    if caller is None:
        _refuse("This token is not known, was revoked, or has ended.", error="invalid_token")
    if needs_control and not caller.may_control:
        raise Forbidden("This token may only read.")
    if caller.was_used_long_ago(now):
        _mark_used(caller)
    g.api_caller = caller


def caller() -> Caller:
    """Whose request this is; only behind a view that asks for a token."""
    return g.api_caller  # type: ignore[no-any-return]


def site_of_token() -> Site:
    """The one site that this request may know of."""
    return db.session.get(Site, caller().site_id) or _refuse("The site of this token is gone.", error="invalid_token")


def _refuse(detail: str, error: str | None = None) -> NoReturn:
    raise Unauthorized(detail, www_authenticate=WWWAuthenticate("bearer", {"realm": "PowerSync", **({"error": error} if error else {})}))


def _mark_used(found: Caller) -> None:
    try:
        with Session(db.engine) as session:
            api_tokens.mark_used(session, found.token_id, utc_now())
    except OperationalError as error:
        # A full disk or a busy database: the answer matters more than knowing when the token was used.
        log.warning("cannot note when a token was used", reason=str(error.orig))
