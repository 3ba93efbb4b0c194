"""A vendor's service without its socket: a request in, a response out, with the faults that befall it."""

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any, ClassVar

from app.simulators import effects as e
from app.simulators.effects import Effect
from app.simulators.faults import Fault, Faults
from app.simulators.pace import Clock

Taken = list[tuple[Effect, Fault]]


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; header names are in lower case, `query` holds the last value of each key."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def bearer(self) -> str | None:
        """The token of the Authorization header."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" and token.strip() else None


@dataclass(frozen=True, slots=True)
class Response:
    """One answer, and how the line treats it (Silence, Reset, Drip, HalfAnswer, WrongLength, HugeBody)."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    delivery: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True)
class Recorded:
    """A request as it arrived, for tests that count."""

    at: datetime
    method: str
    path: str
    body: Any
    query: dict[str, str] = field(default_factory=dict)


_REMEMBERED = 10_000
_LINE = (e.Silence, e.Reset, e.Drip, e.HalfAnswer, e.WrongLength, e.HugeBody)
_PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Sign in</h1><form method=post></form></body></html>"


class Service(ABC):
    """`answer` is the vendor; `handle` adds the recording and the faults."""

    name: ClassVar[str]

    def __init__(self, clock: Clock, faults: Faults) -> None:
        self.clock, self.faults = clock, faults
        self.requests: list[Recorded] = []

    @abstractmethod
    def answer(self, request: Request, taken: Taken) -> Response:
        """The vendor's answer; `taken` are the faults of this request that concern its content."""

    @abstractmethod
    def error(self, status: int, fault: e.Status | None = None) -> Response:
        """An error in the vendor's form."""

    def writes(self) -> list[Recorded]:
        """The POST and PUT requests so far."""
        return [recorded for recorded in self.requests if recorded.method in ("POST", "PUT")]

    def handle(self, request: Request) -> Response:
        """Record the request, let the faults befall it, and answer."""
        if len(self.requests) >= 2 * _REMEMBERED:
            del self.requests[:_REMEMBERED]
        self.requests.append(Recorded(self.clock.now(), request.method, request.path, _json_or_text(request.body), request.query))
        taken = self.faults.take(self.name, request.method, request.path)
        effects = [effect for effect, _ in taken]
        for effect in effects:
            if isinstance(effect, e.Latency):
                self.clock.sleep(effect.seconds)
        response = self._answer_or_error(request, taken, effects)
        headers = {"Date": format_datetime(self.clock.now() + _skew(effects), usegmt=True), **response.headers}
        return replace(response, headers=headers, delivery=tuple(effect for effect in effects if isinstance(effect, _LINE)))

    def _answer_or_error(self, request: Request, taken: Taken, effects: list[Effect]) -> Response:
        lost = [effect for effect in effects if isinstance(effect, e.Silence | e.Reset)]
        if any(not effect.after for effect in lost):
            return Response(503)
        status = next((effect for effect in effects if isinstance(effect, e.Status)), None)
        if status is not None and not status.after:
            return self._with_retry_after(self.error(status.code, status), status)
        response = self.answer(request, taken)
        if status is not None:
            return self._with_retry_after(self.error(status.code, status), status)
        for effect in effects:
            response = _garbled(response, effect)
        return response

    @staticmethod
    def _with_retry_after(response: Response, status: e.Status) -> Response:
        if status.retry_after_s is None:
            return response
        return replace(response, headers={**response.headers, "Retry-After": str(round(status.retry_after_s))})


def json_response(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer. NaN and infinity are written as Python does, for the faults that need them."""
    return Response(status, json.dumps(data, separators=(",", ":")).encode(), {"Content-Type": "application/json"} | (headers or {}))


def _garbled(response: Response, effect: Effect) -> Response:
    match effect:
        case e.GarbageJson():
            return replace(response, body=b'{"response": {"solar_power": 41' + response.body[7:40][::-1])
        case e.Html():
            return replace(response, status=200, body=_PAGE, headers=response.headers | {"Content-Type": "text/html; charset=utf-8"})
        case e.EmptyBody():
            return replace(response, status=200, body=b"")
        case e.EmptyResponse() if response.status == 200:
            return replace(response, body=b'{"response":null}' if effect.form == "null" else b'{"response":{}}')
    return response


def _skew(effects: list[Effect]) -> timedelta:
    return timedelta(seconds=sum(effect.seconds for effect in effects if isinstance(effect, e.SkewedDate)))


def _json_or_text(body: bytes) -> Any:
    if not body:
        return None
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
