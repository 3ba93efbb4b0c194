"""A view of /api/v1: what it takes is checked, what it answers is sent with an ETag, and both are described in openapi.json.

@bp.get("/prices")
@access(Access.TOKEN_READ)
@operation("The known prices", answer=Prices)
def prices(site: Site, asked: Asked) -> Prices: ...
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import Response, request
from pydantic import BaseModel, ValidationError

from app.web.api.problems import Refused, not_valid
from app.web.api.schemas import Answer, Body, Query
from app.web.bearer import site_of_token

_OPERATION = "powersync_operation"
MOST_KEY_LENGTH = 255
KEY_PATTERN = "^[!-~]+$"  # ASCII that can be seen
_READS = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Operation:
    """What openapi.json says about one view. `refuses`: statuses of its own, with the reason."""

    summary: str
    answer: type[Answer]
    query: type[Query] | None = None
    body: type[Body] | None = None
    status: int = 200
    has_key: bool = False  # asks for an Idempotency-Key
    refuses: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A checked request. `raw` is its body as it came."""

    query: Any = None
    body: Any = None
    key: str = ""
    raw: bytes = b""


def operation(summary: str, **more: Any) -> Callable[[Callable[..., Answer]], Callable[..., Response]]:
    """Make a view of a function that gets the token's site and what was asked. Stands below `access`."""
    told = Operation(summary, **more)

    def mark(view: Callable[..., Answer]) -> Callable[..., Response]:
        @wraps(view)
        def answered() -> Response:
            asked = Asked(_query(told), _body(told), _key(told), request.get_data())
            return _sent(view(site_of_token(), asked), told.status)

        setattr(answered, _OPERATION, told)
        return answered

    return mark


def operation_of(view: Callable[..., Any]) -> Operation | None:
    return getattr(view, _OPERATION, None)


def _query(told: Operation) -> Query | None:
    sent = request.args.to_dict(flat=False)
    twice = sorted(name for name, values in sent.items() if len(values) > 1)
    if twice:
        raise Refused(422, f"Given more than once: {', '.join(twice)}.")
    try:
        return (told.query or Query).model_validate({name: values[0] for name, values in sent.items()})
    except ValidationError as error:
        raise not_valid(error) from None


def _body(told: Operation) -> BaseModel | None:
    if told.body is None:
        return None
    if request.mimetype != "application/json":
        raise Refused(415, "The body must be JSON: Content-Type: application/json.")
    try:
        return told.body.model_validate_json(request.get_data())
    except ValidationError as error:
        if any(each["type"] == "json_invalid" for each in error.errors()):
            raise Refused(400, "The body is not JSON.") from None
        raise not_valid(error) from None


def _key(told: Operation) -> str:
    if not told.has_key:
        return ""
    key = request.headers.get("Idempotency-Key", "")
    if not re.fullmatch(KEY_PATTERN, key) or len(key) > MOST_KEY_LENGTH:
        raise Refused(
            400, f"The header Idempotency-Key is needed, with 1 to {MOST_KEY_LENGTH} letters, digits or signs, new for each wish."
        )
    return key


def _sent(answer: Answer, status: int) -> Response:
    response = Response(answer.model_dump_json(), status, content_type="application/json")
    if request.method in _READS:
        response.headers["Cache-Control"] = "private, no-cache"
        response.headers["Vary"] = "Authorization"
        response.add_etag()
        response.make_conditional(request)
    return response
