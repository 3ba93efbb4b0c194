"""Error pages: what happened in a sentence, an id that stands in the log, and nothing of the inside. Programs get problems instead."""

import secrets

import structlog
from flask import Flask, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from app.web.api import problems

log = structlog.get_logger(__name__)

_TEXTS = {
    400: ("This request was not understood", "Go back, load the page again and repeat what you did."),
    401: ("Please sign in", "You are not signed in, or your session has ended."),
    403: ("This is not open to you", "Your account may not see or change this."),
    404: ("There is no such page", "The address is wrong, or what it showed is gone."),
    405: ("This request was not understood", "Go back, load the page again and repeat what you did."),
    413: ("This is too large", "At most 1 MB can be sent, and a meter file of at most 5 MB."),
    429: ("Too many tries", "Wait a minute, then try again."),
    500: ("PowerSync made a mistake", "Your battery keeps what was set. The log tells more under this id."),
    503: ("The database does not answer", "Try again in a moment. Your battery keeps what was set."),
}
_STALE_FORM = ("This form has expired", "Go back, load the page again and repeat what you did.")


def init_app(app: Flask) -> None:
    app.register_error_handler(CSRFError, _on_csrf)
    app.register_error_handler(HTTPException, _on_http)
    app.register_error_handler(OperationalError, _on_database)
    app.register_error_handler(Exception, _on_mistake)


def _on_csrf(error: CSRFError) -> ResponseReturnValue:
    return _page(400, *_STALE_FORM, detail=error.description)


def _on_http(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None:
        return error.response
    code = error.code or 500
    if code < 400:
        return error  # a redirect of the router
    if _is_of_programs():
        return problems.answer_to(code, error)
    title, text = _TEXTS.get(code, _TEXTS[400] if code < 500 else _TEXTS[500])
    return _page(code, title, text, headers={"Retry-After": "60"} if code == 429 else None)


def _on_database(error: OperationalError) -> ResponseReturnValue:
    return _page(503, *_TEXTS[503], error=error, headers={"Retry-After": "5"})


def _on_mistake(error: Exception) -> ResponseReturnValue:
    return _page(500, *_TEXTS[500], error=error)


def _page(
    code: int, title: str, text: str, *, error: Exception | None = None, detail: str | None = None, headers: dict[str, str] | None = None
) -> ResponseReturnValue:
    error_id = secrets.token_hex(4)
    facts = {"error_id": error_id, "code": code, "method": request.method, "path": request.path, "detail": detail}
    if error is not None:
        log.error("request failed", exc_info=error, **facts)
    elif code != 404:
        log.info("request refused", **facts)
    if _is_of_programs():
        return problems.mistake(code, error_id, headers)
    if _wants_json():
        return jsonify(error=title, id=error_id), code, headers or {}
    return render_template("errors/error.html", code=code, title=title, text=text, error_id=error_id), code, headers or {}


def _wants_json() -> bool:
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], default="text/html")
    return best == "application/json"


def _is_of_programs() -> bool:
    return request.path.startswith("/api/")
