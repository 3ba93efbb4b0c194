"""The browser's side of a session: one cookie that holds a random token and nothing else."""

from datetime import datetime

import structlog
from flask import Flask, Request, request, session
from flask_login import current_user
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.clock import utc_now
from app.extensions import db, login, reading
from app.services import sign_in
from app.services.sign_in import ABSOLUTE, SignedIn
from app.web.security import cookie_name

_COOKIE = "powersync_session"
log = structlog.get_logger(__name__)


def init_app(app: Flask) -> None:
    login.session_protection = None  # the session lives on the server: nothing in the signed cookie needs protecting
    login.request_loader(load_signed_in)
    # Its context processor would look the caller up for every page, also for the one that says that the database is away.
    login.init_app(app, add_context_processor=False)


def load_signed_in(request: Request) -> SignedIn | None:
    """Who sends this request. Reads on a connection of its own, so that the request begins without a transaction."""
    token = request.cookies.get(cookie_name(_COOKIE))
    if not token:
        return None
    now = utc_now()
    with Session(reading(db.engine)) as database:
        found = sign_in.signed_in(database, token, now)
    if found is not None and found.was_seen_long_ago(now):
        _mark_seen(found, now)
    return found


def begin(response: Response, user_id: int, *, remember: bool, now: datetime) -> None:
    """Sign this browser in. Everything from before is dropped: the old session is revoked and the form cookie starts afresh."""
    if current_user.is_authenticated:
        sign_in.end_session(db.session(), current_user.id, current_user.session_id, now)
    session.clear()
    agent = request.user_agent.string
    token = sign_in.start_session(db.session(), user_id, remember=remember, user_agent=agent, ip=request.remote_addr or "", now=now)
    _set_cookie(response, token, remember)


def renew(response: Response, *, now: datetime) -> None:
    """The password was entered again: the browser gets a new token for the same session."""
    row = sign_in.renew_after_password(db.session(), current_user.session_id, now)
    _set_cookie(response, row.token, row.remember)


def end(response: Response, *, now: datetime) -> None:
    """Sign this browser out, here and on the server."""
    sign_in.end_session(db.session(), current_user.id, current_user.session_id, now)
    session.clear()
    response.delete_cookie(cookie_name(_COOKIE), path="/", secure=request.is_secure, httponly=True, samesite="Lax")


def _set_cookie(response: Response, token: str, remember: bool) -> None:
    response.set_cookie(
        cookie_name(_COOKIE),
        token,
        max_age=ABSOLUTE if remember else None,  # None: until the browser closes
        path="/",
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )


def _mark_seen(found: SignedIn, now: datetime) -> None:
    try:
        with Session(db.engine) as database:
            sign_in.mark_seen(database, found.session_id, now)
    except OperationalError as error:
        # A full disk or a busy database: reading the page matters more than knowing when it was read.
        log.warning("cannot note when a session was seen", reason=str(error.orig))
