"""What a program gets instead of an answer: problems after RFC 9457."""

import secrets
from collections.abc import Mapping, Sequence
from http import HTTPStatus

import structlog
from flask import request
from flask.typing import ResponseReturnValue
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from app.web.api.schemas import Fault, Problem

log = structlog.get_logger(__name__)

_DETAILS = {
    404: "There is nothing at this address.",
    405: "This address does not take this method; Allow names those that it takes.",
    413: "At most 1 MB can be sent.",
    429: "Too many requests. Wait as long as Retry-After says.",
    500: "PowerSync made a mistake. The battery keeps what was set; the log tells more under this id.",
    503: "The database does not answer. Try again in a moment; the battery keeps what was set.",
}
_REFUSED = "Something about this request is not as it must be."
_HEADERS = ("Allow", "WWW-Authenticate")


class Refused(HTTPException):
    """An answer of /api/v1 that is a problem: its status, a sentence for people, and the values that were refused."""

    def __init__(self, status: int, detail: str, errors: Sequence[Fault] = ()) -> None:
        super().__init__(detail)
        self.code = status
        self.errors = tuple(errors)


def not_valid(error: ValidationError) -> Refused:
    """422, naming each value. What was sent is not repeated."""
    faults = [Fault(where=".".join(map(str, each["loc"])) or "body", problem=each["msg"]) for each in error.errors(include_input=False)]
    return Refused(422, "Some values are missing or not allowed.", faults)


def answer_to(code: int, error: HTTPException) -> ResponseReturnValue:
    """The problem that `error` stands for, with its own reason where it has one."""
    error_id = secrets.token_hex(4)
    reason = None if code in _DETAILS or error.description == type(error).description else error.description
    detail = reason or _DETAILS.get(code, _REFUSED)
    log.info("request refused", error_id=error_id, code=code, method=request.method, path=request.path, detail=detail)
    headers = {name: value for name, value in error.get_headers() if name in _HEADERS} | ({"Retry-After": "60"} if code == 429 else {})
    return _answer(code, detail, error_id, headers, getattr(error, "errors", ()))


def mistake(code: int, error_id: str, headers: Mapping[str, str] | None) -> ResponseReturnValue:
    """A failure that is logged already under `error_id`; nothing of the inside is told."""
    return _answer(code, _DETAILS.get(code, _REFUSED), error_id, headers or {}, ())


def _answer(code: int, detail: str, error_id: str, headers: Mapping[str, str], errors: Sequence[Fault]) -> ResponseReturnValue:
    problem = Problem(title=HTTPStatus(code).phrase, status=code, detail=detail, id=error_id, errors=list(errors))
    return problem.model_dump_json(), code, {**headers, "Content-Type": "application/problem+json"}
